// The one place where Boost.JSON is compiled for these tests.
#include <boost/json/src.hpp>
