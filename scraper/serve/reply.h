// What the server behind `scraper serve` is asked and answers. Plain values.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace scraper::serve {

struct Request {
  std::string method;  // GET or HEAD: the server refuses all else itself
  std::string host;    // of the Host field, lower case, without port
  std::string target;  // as sent: path and query
};

// A regular file that is open for reading, closed with its last owner.
class OpenFile {
 public:
  OpenFile(int descriptor, std::uint64_t size) : descriptor_(descriptor), size_(size) {}
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;
  ~OpenFile();
  int descriptor() const { return descriptor_; }
  std::uint64_t size() const { return size_; }

 private:
  int descriptor_;
  std::uint64_t size_;
};

// The server adds Date, Content-Length and Connection.
struct Reply {
  int status = 200;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  std::unique_ptr<OpenFile> file;      // when there is one, its bytes are the body
  std::chrono::milliseconds pause{0};  // before the answer begins
};

// A short text/plain answer: "404 Not Found" and `text`.
Reply text_reply(int status, std::string text);

}  // namespace scraper::serve
