// The raw replies of curl's own test suite, hostile and odd: both engines make the same of each and
// come back.
#include <fmt/format.h>

#include <boost/beast/core/detail/base64.hpp>
#include <boost/json.hpp>
#include <cstdio>
#include <cstdlib>
#include <map>

#include "tests/fetch/harness.h"

namespace scraper::fetch {

namespace {

std::string decode_base64(std::string_view text) {
  std::string bytes(boost::beast::detail::base64::decoded_size(text.size()), '\0');
  bytes.resize(boost::beast::detail::base64::decode(bytes.data(), text.data(), text.size()).first);
  return bytes;
}

std::string output_of(const std::string& command) {
  FILE* pipe = ::popen(command.c_str(), "r");
  REQUIRE(pipe != nullptr);
  std::string text;
  char buffer[65'536];
  while (const std::size_t size = std::fread(buffer, 1, sizeof buffer, pipe))
    text.append(buffer, size);
  REQUIRE(::pclose(pipe) == 0);
  return text;
}

struct Reply {
  std::string source;
  std::string bytes;
  bool is_plain = false;  // curl was asked for nothing but this URL
  std::int64_t curl_error = 0;
};

std::vector<Reply> load_replies(const char* directory) {
  std::vector<Reply> replies;
  const auto text = output_of(fmt::format("xz -dc '{}/curl-replies/replies.json.xz'", directory));
  const auto cases = boost::json::parse(text);
  for (const auto& entry : cases.as_array()) {
    const auto& row = entry.as_object();
    for (const auto& part : row.at("reply").as_array()) {
      if (part.as_object().at("name").as_string() != "data") continue;
      const auto* code = row.at("curl_errorcode").if_int64();
      const auto* is_plain = row.at("plain_get").if_bool();
      replies.push_back({std::string(row.at("source").as_string()),
                         decode_base64(part.as_object().at("b64").as_string()),
                         is_plain != nullptr && *is_plain, code == nullptr ? 0 : *code});
    }
  }
  return replies;
}

std::string summary(const Capture& capture) {
  return fmt::format("{} {} {} {}", capture.status, to_string(capture.error),
                     capture.has_answer() ? digest_of(bytes_of(capture.body)) : "",
                     capture.error_text);
}

}  // namespace

TEST_CASE("both engines make the same of the replies of curl's tests") {
  const char* directory = std::getenv("SCRAPER_CONFORMANCE");
  if (directory == nullptr) {
    WARN("skipped: SCRAPER_CONFORMANCE is not set");
    return;
  }
  const auto replies = load_replies(directory);
  REQUIRE(replies.size() > 300);
  TestServer server;
  std::vector<std::string> urls;
  for (std::size_t i = 0; i < replies.size(); ++i) {
    const std::string path = fmt::format("/reply/{}", i);
    server.on(path, [&replies, i](const test::Request&) { return test::raw(replies[i].bytes); });
    urls.push_back(server.url(path));
  }
  Client threads(Engine::kThreads);
  Client async(Engine::kAsync);
  std::size_t answers = 0;
  std::size_t surprises = 0;
  for (std::size_t i = 0; i < replies.size(); ++i) {
    CAPTURE(replies[i].source, replies[i].bytes.substr(0, 400));
    const Capture one = threads.get(urls[i]);
    const Capture other = async.get(urls[i]);
    CHECK(summary(one) == summary(other));
    CHECK(one.head == other.head);
    CHECK(one.error != FetchError::kLocal);
    answers += one.has_answer() ? 1 : 0;
    if (replies[i].is_plain && replies[i].curl_error == 0 && !one.has_answer()) {
      ++surprises;
    }
  }
  CHECK(answers > replies.size() / 2);
  // What curl takes and we do not: framing that cannot be trusted (RFC 9112 6.3) and HTTP/0.9.
  CHECK(surprises <= 5);
}

}  // namespace scraper::fetch
