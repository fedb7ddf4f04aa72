// Boost.JSON's definitions, once for this test program.
#include <boost/json/src.hpp>
