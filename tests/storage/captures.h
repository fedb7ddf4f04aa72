// Captures as the fetch engines would make them.
#pragma once

#include <random>
#include <string>

#include "base/capture.h"

namespace scraper::storage {

Sha256 sha256(const std::string& bytes);

// 200, HTTP/1.1, with a request; url is http://site.test/ and `path`.
Capture answer(const std::string& path, std::string body);

// The body goes to a file without a name.
void spool(Capture& capture);

Capture no_answer(const std::string& path, FetchError error);

// Any of the above with sizes, heads and bytes as they come; `body` is what a reader must find.
struct RandomCapture {
  Capture capture;
  std::string body;
};
RandomCapture random_capture(std::mt19937& random, int number);

}  // namespace scraper::storage
