#include "tests/storage/captures.h"

#include <openssl/sha.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>

namespace scraper::storage {

Sha256 sha256(const std::string& bytes) {
  Sha256 digest{};
  SHA256(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), digest.data());
  return digest;
}

Capture answer(const std::string& path, std::string body) {
  Capture capture;
  capture.url = Url::from_serialised("http://site.test/" + path).value();
  capture.request_head =
      "GET /" + path + " HTTP/1.1\r\nHost: site.test\r\nUser-Agent: test\r\n\r\n";
  capture.head = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: " +
                 std::to_string(body.size()) + "\r\n\r\n";
  capture.status = 200;
  capture.digest = sha256(body);
  capture.body.size = body.size();
  capture.body.memory = std::move(body);
  capture.remote_address = "127.0.0.1";
  capture.protocol = "http/1.1";
  capture.timing.started = WallTime(std::chrono::microseconds(1'772'366'400'123'456));
  capture.timing.first_byte = std::chrono::microseconds(1'500);
  capture.timing.total = std::chrono::microseconds(12'345);
  return capture;
}

void spool(Capture& capture) {
  std::FILE* file = std::tmpfile();
  if (file == nullptr) throw std::runtime_error("tmpfile");
  capture.body.spool.reset(dup(fileno(file)));
  std::fclose(file);
  std::string& bytes = capture.body.memory;
  for (std::size_t done = 0; done < bytes.size();) {
    const ssize_t n = write(capture.body.spool.get(), bytes.data() + done, bytes.size() - done);
    if (n <= 0) throw std::runtime_error("write to a spool file");
    done += static_cast<std::size_t>(n);
  }
  bytes = std::string();
}

Capture no_answer(const std::string& path, FetchError error) {
  Capture capture = answer(path, "");
  capture.head.clear();
  capture.status = 0;
  capture.digest = {};
  capture.error = error;
  capture.error_text = "it did not work";
  return capture;
}

RandomCapture random_capture(std::mt19937& random, int number) {
  const auto below = [&](unsigned n) { return static_cast<unsigned>(random() % n); };
  const std::string path = "page/" + std::to_string(number);
  if (below(8) == 0) return {no_answer(path, FetchError::kTimeout), ""};
  std::string body(below(30) == 0  ? 1'100'000 + below(500'000)
                   : below(3) == 0 ? below(4)
                                   : below(60'000),
                   '\0');
  // Bytes of any kind, and sprinkled among them those that end lines and heads.
  for (std::size_t i = 0; i < body.size(); i += 1 + below(40))
    body[i] = static_cast<char>(random());
  for (std::size_t i = 0; i + 4 <= body.size(); i += 4 + below(200)) body.replace(i, 4, "\r\n\r\n");
  Capture capture = answer(path, body);
  switch (below(5)) {
    case 0: capture.head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"; break;
    case 1:
      capture.head = "HTTP/1.0 404\nServer: x\n y\nContent-Length: 7\n\n";
      capture.status = 404;
      capture.protocol = "http/1.0";
      break;
    case 2:
      capture.head = "HTTP/2 200 \r\ncontent-type: text/plain\r\n\r\n";
      capture.protocol = "h2";
      break;
    case 3: capture.head = "HTTP/1.1 200 OK\r\n\r\n"; break;
    default: break;
  }
  if (below(6) == 0) capture.is_truncated = true;
  if (below(6) == 0) capture.request_head.clear();
  if (body.size() > 1'000'000 || below(10) == 0) spool(capture);
  return {std::move(capture), std::move(body)};
}

}  // namespace scraper::storage
