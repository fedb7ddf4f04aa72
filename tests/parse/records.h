// The vocabulary of the page tests: WARC records from their parts, and what PageParser makes of
// them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "parse/page.h"
#include "parse/record_codec.h"
#include "tests/catch.h"

namespace scraper::parse::testing {

inline const std::string kPageUrl = "http://example.test/dir/sub/page.html";

// As the appender writes it. `block` is the whole HTTP response.
inline std::string warc_record(std::string_view target, std::string_view block) {
  std::string record = "WARC/1.1\r\nWARC-Type: response\r\nWARC-Target-URI: ";
  record.append(target).append(
      "\r\nWARC-Date: 2026-03-01T12:00:00.000000Z\r\nContent-Type: "
      "application/http;msgtype=response\r\n");
  record.append("Content-Length: ").append(std::to_string(block.size())).append("\r\n\r\n");
  return record.append(block).append("\r\n\r\n");
}

// `fields` are whole lines, each with its end.
inline std::string response(std::string_view body,
                            std::string_view fields = "Content-Type: text/html; charset=utf-8\r\n",
                            std::string_view status = "200 OK",
                            std::string_view target = kPageUrl) {
  std::string block = "HTTP/1.1 ";
  block.append(status).append("\r\n").append(fields).append("\r\n").append(body);
  return warc_record(target, block);
}

inline PageRecord decoded(std::string_view bytes) {
  auto record = decode(std::vector<char>(bytes.begin(), bytes.end()));
  REQUIRE(record.has_value());
  return std::move(*record);
}

// The record's bytes, as if it had taken no time.
inline std::string without_time(PageRecord record) {
  record.cpu_micros = 0;
  std::string bytes;
  encode(record, bytes);
  return bytes;
}

inline PageRecord parsed_by(Parser by, std::string_view warc, PageOptions options = {},
                            TaskKind kind = TaskKind::kPage) {
  options.parser = by;
  PageParser parser(std::move(options));
  return decoded(parser.parse(warc, kind));
}

// What both say who can read HTML, which is the same.
inline PageRecord parsed(std::string_view warc, const PageOptions& options = {},
                         TaskKind kind = TaskKind::kPage) {
  CHECK(without_time(parsed_by(Parser::kScan, warc, options, kind)) ==
        without_time(parsed_by(Parser::kGumbo, warc, options, kind)));
  return parsed_by(options.parser, warc, options, kind);
}

inline PageOptions as_resolved() {
  PageOptions options;
  options.links_as_resolved = true;
  return options;
}

// "page http://a/", "nofollow frame http://b/", …
inline std::vector<std::string> shown_links(const PageRecord& record) {
  std::vector<std::string> out;
  for (const auto& link : record.links) {
    out.push_back((link.is_nofollow ? "nofollow " : "") + std::string(to_string(link.kind)) + " " +
                  std::string(link.url));
  }
  return out;
}

}  // namespace scraper::parse::testing
