// How a Result looks in a test's output, so that CHECK(result) can be written.
#pragma once

#include <string>

#include "base/error.h"
#include "tests/catch.h"

namespace Catch {

template <class T>
struct StringMaker<scraper::Result<T>> {
  static std::string convert(const scraper::Result<T>& result) {
    return result ? "a value" : "error: " + result.error().context;
  }
};

}  // namespace Catch
