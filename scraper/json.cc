// The one place where Boost.JSON's sources are compiled into the program.
#include <boost/json/src.hpp>
