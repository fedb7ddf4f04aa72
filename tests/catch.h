// The one place that names the test framework (Debian's Catch2 2.13).
#pragma once

#include <catch2/catch.hpp>
