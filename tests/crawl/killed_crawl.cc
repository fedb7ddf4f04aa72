#include "tests/crawl/killed_crawl.h"

#include <time.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <optional>
#include <set>
#include <sstream>

#include "tests/catch.h"
#include "tests/support/graph.h"

namespace json = boost::json;

namespace scraper::test {

namespace {

using Clock = std::chrono::system_clock;

constexpr std::string_view kVersion = "WARC/1.1\r\n";

std::string field_of(std::string_view head, std::string_view name) {
  const std::string wanted = "\r\n" + std::string(name) + ": ";
  const auto at = head.find(wanted);
  if (at == head.npos) return {};
  const auto begin = at + wanted.size();
  return std::string(head.substr(begin, head.find("\r\n", begin) - begin));
}

// One record at `at`, or nothing when it is torn.
std::optional<Archived> record_at(std::string_view bytes, std::size_t at) {
  const std::string_view rest = bytes.substr(at);
  const auto head_end = rest.find("\r\n\r\n");
  if (!rest.starts_with(kVersion) || head_end == rest.npos) return std::nullopt;
  const std::string_view head = rest.substr(0, head_end + 2);
  const std::string size = field_of(head, "Content-Length");
  if (size.empty()) return std::nullopt;
  const std::size_t end = head_end + 4 + std::stoull(size);
  if (rest.size() < end + 4 || rest.substr(end, 4) != "\r\n\r\n") return std::nullopt;
  return Archived{field_of(head, "WARC-Type"),
                  field_of(head, "WARC-Record-ID"),
                  field_of(head, "WARC-Target-URI"),
                  "",
                  at,
                  end + 4};
}

// "2026-11-24T02:00:00.123456Z"
Clock::time_point time_of(const std::string& text) {
  std::tm utc{};
  long micros = 0;
  REQUIRE(std::sscanf(text.c_str(), "%d-%d-%dT%d:%d:%d.%6ldZ", &utc.tm_year, &utc.tm_mon,
                      &utc.tm_mday, &utc.tm_hour, &utc.tm_min, &utc.tm_sec, &micros) == 7);
  utc.tm_year -= 1900;
  utc.tm_mon -= 1;
  return Clock::from_time_t(timegm(&utc)) + std::chrono::microseconds(micros);
}

std::string text_of(const json::object& line, const char* key) {
  const auto& value = line.at(key);
  return value.is_string() ? std::string(value.get_string()) : std::string();
}

bool is_robots(const std::string& url) { return url.ends_with("/robots.txt"); }

}  // namespace

KilledCrawl::KilledCrawl(TestServer& server, Sites sites, std::vector<std::string> options)
    : server_(server), sites_(std::move(sites)), options_(std::move(options)) {
  for (const std::string& host : sites_.hosts) {
    for (const auto& [n, depth] : graph_depths(sites_.size)) {
      const GraphKind kind = graph_kind(n);
      const char* state = kind == GraphKind::kPage       ? "stored"
                          : kind == GraphKind::kRedirect ? "duplicate"
                                                         : "failed";
      expected_[url_of(host, n)] = {depth, state};
    }
  }
}

std::string KilledCrawl::url_of(const std::string& host, unsigned page) const {
  return "http://" + host + graph_path(page, sites_.size) + "&slow=" + std::to_string(sites_.slow);
}

void KilledCrawl::expect_failed(unsigned page) {
  for (const std::string& host : sites_.hosts) expected_.at(url_of(host, page)).state = "failed";
}

std::vector<std::string> KilledCrawl::command(const std::vector<std::string>& more) const {
  std::vector<std::string> words = {"crawl",
                                    "--delay",
                                    "0",
                                    "--allow-net",
                                    "127.0.0.1/32",
                                    "--connect-to",
                                    server_.connect_to(),
                                    "--per-host",
                                    "6",
                                    "--progress",
                                    "none",
                                    "--workers",
                                    "2",
                                    "-o",
                                    folder_.path("out")};
  for (const std::string& host : sites_.hosts) {
    words.push_back(url_of(host, 0));
  }
  words.insert(words.end(), options_.begin(), options_.end());
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

std::unique_ptr<Program> KilledCrawl::same_command(
    const std::vector<std::string>& more, const std::vector<std::string>& environment) const {
  Program::Apart apart{environment_};
  apart.environment.insert(apart.environment.end(), environment.begin(), environment.end());
  return std::make_unique<Program>(command(more), std::move(apart));
}

std::unique_ptr<Program> KilledCrawl::resume(const std::vector<std::string>& more) const {
  std::vector<std::string> words = {"crawl", "--resume", folder_.path("out")};
  words.insert(words.end(), more.begin(), more.end());
  return std::make_unique<Program>(words, Program::Apart{environment_});
}

std::string KilledCrawl::file(const std::string& name) const {
  std::ostringstream bytes;
  bytes << std::ifstream(path(name), std::ios::binary).rdbuf();
  return bytes.str();
}

std::vector<json::object> KilledCrawl::lines() const {
  std::vector<json::object> all;
  const std::string text = file("pages.jsonl");
  for (std::size_t at = 0, end = 0; (end = text.find('\n', at)) != text.npos; at = end + 1) {
    all.push_back(json::parse(std::string_view(text).substr(at, end - at)).as_object());
  }
  return all;
}

std::vector<Archived> KilledCrawl::records(bool may_be_torn) const {
  std::vector<Archived> all;
  if (!std::filesystem::exists(path("warc"))) return all;
  for (const auto& entry : std::filesystem::directory_iterator(path("warc"))) {
    const std::string name = entry.path().filename();
    if (!name.ends_with(".warc")) continue;
    const std::string bytes = file("warc/" + name);
    for (std::size_t at = 0; at < bytes.size();) {
      auto record = record_at(bytes, at);
      INFO(name << " at " << at);
      if (!may_be_torn) REQUIRE(record);
      if (!record) break;
      CHECK((record->type == "warcinfo") == (at == 0));
      at += record->length;
      record->segment = name;
      all.push_back(std::move(*record));
    }
  }
  return all;
}

std::size_t KilledCrawl::expected_requests() const {
  return expected_.size() + sites_.hosts.size();
}

// A run that has asked for something had ended its recovery. A record that is there before and
// after, under the same id, was not cut by it: it was committed, and so is whatever comes of it.
void KilledCrawl::note_killed_run() {
  // Killed while --fresh removed it, it is half a crawl, and damage.
  const bool has_begun = records(true).size() > 1 || !file("pages.jsonl").empty();
  if (std::filesystem::exists(path(has_begun ? "ledger/CURRENT" : "crawl.toml"))) check_audit();
  std::map<std::string, Archived> now;
  for (Archived& record : records(true)) now.emplace(record.id, record);
  const std::size_t seen = server_.requests_seen();
  for (const auto& [id, record] : committed_) {
    CAPTURE(id, record.url);
    CHECK(now.contains(id));
  }
  if (seen > seen_before_) {
    for (const auto& [id, record] : found_) {
      if (record.type == "response" && !is_robots(record.url) && now.contains(id))
        committed_.emplace(id, record);
    }
  }
  found_ = std::move(now);
  seen_before_ = seen;
}

void KilledCrawl::set_back(const std::vector<Archived>& committed) {
  committed_.clear();
  for (const Archived& record : committed) committed_.emplace(record.id, record);
  found_.clear();
  forgotten_ = seen_before_ = server_.requests_seen();
  set_back_at_ = Clock::now();
}

void KilledCrawl::check_lines() const {
  std::set<std::string> urls;
  for (const json::object& line : lines()) {
    const std::string url = text_of(line, "url");
    CAPTURE(url);
    CHECK(urls.insert(url).second);
    REQUIRE(expected_.contains(url));
    CHECK(text_of(line, "state") == expected_.at(url).state);
    CHECK(line.at("depth").as_int64() == expected_.at(url).depth);
  }
  CHECK(urls.size() == expected_.size());
}

// A capture that was committed is never asked for again, and one that was not is cut: so there is
// one of each page, and it is the one that the line names.
void KilledCrawl::check_archive() const {
  std::map<std::string, Archived> responses;
  std::size_t answers = 0;
  std::size_t requests = 0;
  for (const Archived& record : records(false)) {
    CAPTURE(record.url, record.type);
    CHECK(record.type != "metadata");
    answers += record.type == "response" ? 1 : 0;
    requests += record.type == "request" ? 1 : 0;
    if (record.type != "response" || is_robots(record.url)) continue;
    CHECK(responses.emplace(record.url, record).second);
  }
  CHECK(answers == requests);
  CHECK(responses.size() == expected_.size());
  for (const json::object& line : lines()) {
    const std::string url = text_of(line, "url");
    CAPTURE(url);
    REQUIRE(responses.contains(url));
    const Archived& record = responses.at(url);
    CHECK(text_of(line, "segment") == record.segment);
    CHECK(line.at("offset").to_number<std::uint64_t>() == record.offset);
    CHECK(line.at("length").to_number<std::uint64_t>() == record.length);
  }
  for (const auto& [id, record] : committed_) {
    CAPTURE(id, record.url);
    REQUIRE(responses.contains(record.url));
    CHECK(responses.at(record.url).id == id);
  }
}

// From the start of the transfer that its line tells of, a URL is asked for once; where that was
// before it was set back, not again.
void KilledCrawl::check_requests() const {
  constexpr auto kClocks = std::chrono::milliseconds(2);  // the two clocks are not read at once
  const auto steady = std::chrono::steady_clock::now();
  const auto wall = Clock::now();
  std::map<std::string, std::vector<Clock::time_point>> asked;
  const auto requests = server_.requests();
  for (std::size_t i = forgotten_; i < requests.size(); ++i) {
    const Request& request = requests[i];
    asked["http://" + request.host + request.target].push_back(
        wall - std::chrono::duration_cast<Clock::duration>(steady - request.start));
  }
  for (const json::object& line : lines()) {
    const std::string url = text_of(line, "url");
    const std::string fetched_at = text_of(line, "fetched_at");
    CAPTURE(url, fetched_at);
    const auto since = time_of(fetched_at) - kClocks;
    const auto& times = asked[url];
    CHECK(std::count_if(times.begin(), times.end(), [&](const auto& t) { return t >= since; }) ==
          (since < set_back_at_ ? 0 : 1));
  }
}

void KilledCrawl::check_complete() {
  check_lines();
  check_archive();
  check_requests();
  const std::size_t seen = server_.requests_seen();
  const std::string pages = file("pages.jsonl");
  const Ended again = same_command()->wait();
  INFO(again.err);
  CHECK(again.code == 0);
  CHECK(again.err.find("holds a complete crawl") != std::string::npos);
  CHECK(server_.requests_seen() == seen);
  CHECK(file("pages.jsonl") == pages);
  CHECK(check_audit().find("the last run ended: complete\n") != std::string::npos);
}

std::string KilledCrawl::check_audit() const {
  const Ended audit = run_program({"audit", path("")});
  INFO(audit.out << audit.err);
  CHECK(audit.code == 0);
  return audit.out;
}

}  // namespace scraper::test
