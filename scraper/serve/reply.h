// What the server behind `scraper serve` is asked and answers. Plain values.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "base/descriptor.h"

namespace scraper::serve {

struct Request {
  std::string method;  // GET or HEAD: the server refuses all else itself
  std::string host;    // of the Host field, lower case, without port
  std::string target;  // as sent: path and query
};

// The server adds Date, Content-Length and Connection.
struct Reply {
  int status = 200;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  Descriptor file;  // when there is one, its first `file_size` bytes are the body
  std::uint64_t file_size = 0;
  std::chrono::milliseconds pause{0};  // before the answer begins
};

// A short text/plain answer: "404 Not Found" and `text`.
Reply text_reply(int status, std::string text);

}  // namespace scraper::serve
