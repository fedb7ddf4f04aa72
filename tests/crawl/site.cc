#include "tests/crawl/site.h"

#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/crc32c.h"
#include "tests/catch.h"

namespace json = boost::json;

namespace scraper::test {

namespace {

std::vector<std::string> command(const std::string& engine, std::vector<std::string> arguments,
                                 const std::string& out) {
  std::vector<std::string> words = {
      "crawl", "--engine",  engine, "--delay", "0", "--allow-net", "127.0.0.1/32", "--progress",
      "none",  "--workers", "2",    "-o",      out};
  words.insert(words.end(), arguments.begin(), arguments.end());
  return words;
}

std::string text_of(const Line& line, const char* key) {
  const auto& value = line.at(key);
  return value.is_string() ? std::string(value.get_string()) : std::string();
}

}  // namespace

SiteCrawl::SiteCrawl(const std::string& engine, std::vector<std::string> arguments,
                     const std::vector<std::string>& environment)
    : program_(command(engine, std::move(arguments), folder_.path("out")), "", environment) {}

int SiteCrawl::wait() {
  ended_ = program_.wait();
  return ended_.code;
}

std::string SiteCrawl::file(const std::string& name) const {
  std::ostringstream bytes;
  bytes << std::ifstream(folder_.path("out/" + name), std::ios::binary).rdbuf();
  return bytes.str();
}

const std::map<std::string, Line>& SiteCrawl::lines() {
  if (!lines_.empty()) return lines_;
  std::istringstream text(file("pages.jsonl"));
  for (std::string line; std::getline(text, line);) {
    Line page = json::parse(line).as_object();
    const std::string url = text_of(page, "url");
    INFO(url);
    REQUIRE(lines_.emplace(url, std::move(page)).second);
  }
  return lines_;
}

std::string SiteCrawl::state(const std::string& url) {
  const auto it = lines().find(url);
  return it == lines().end() ? std::string() : text_of(it->second, "state");
}

std::string SiteCrawl::error(const std::string& url) {
  const auto it = lines().find(url);
  return it == lines().end() ? std::string("no line") : text_of(it->second, "error");
}

Line SiteCrawl::report() const { return json::parse(file("report.json")).as_object(); }

bool SiteCrawl::has(const std::string& name) const {
  return std::filesystem::exists(folder_.path("out/" + name));
}

std::size_t SiteCrawl::quarantined() const {
  std::size_t files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder_.path("out/quarantine")))
    files += entry.is_regular_file() ? 1 : 0;
  return files;
}

void SiteCrawl::check_books() {
  const Line urls = report().at("urls").as_object();
  std::int64_t sum = 0;
  for (const auto& [state, count] : urls) sum += state == "discovered" ? 0 : count.as_int64();
  CHECK(sum == urls.at("discovered").as_int64());
  const auto count_of = [&](const char* state) { return urls.at(state).as_int64(); };
  CHECK(static_cast<std::int64_t>(lines().size()) ==
        count_of("stored") + count_of("failed") + count_of("duplicate"));
  for (const auto& [url, line] : lines()) {
    CAPTURE(url);
    const std::string segment = file("warc/" + text_of(line, "segment"));
    const auto offset = static_cast<std::size_t>(line.at("offset").as_int64());
    const auto length = static_cast<std::size_t>(line.at("length").as_int64());
    REQUIRE(offset + length <= segment.size());
    const std::string record = segment.substr(offset, length);
    CHECK(crc32c(record) == line.at("crc32c").to_number<std::uint32_t>());
    CHECK(record.starts_with("WARC/1.1\r\n"));
    CHECK(record.find("WARC-Target-URI: " + url + "\r\n") != std::string::npos);
  }
}

Line without_run_fields(Line line) {
  for (const char* field : {"segment", "offset", "length", "crc32c", "attempts", "referrer", "seed",
                            "fetched_at", "duration_ms", "first_byte_ms", "remote_address"}) {
    line.erase(field);
  }
  return line;
}

}  // namespace scraper::test
