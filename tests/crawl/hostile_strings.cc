#include "tests/crawl/hostile_strings.h"

#include <fmt/format.h>

#include <boost/json.hpp>

#include "base/utf8.h"
#include "tests/parse/conformance.h"

namespace scraper::test {

using namespace std::string_literals;

std::vector<std::string> hostile_strings() {
  std::vector<std::string> all = {
      "\x1B[2J\x1B[31mred\x1B[0m",                     // clears the screen
      "\x1B]0;title\x07\x1B]52;c;ZXZpbA==\x07",        // sets the window's title, the clipboard
      "\x1BP+q544e\x1B\\\x1B[6n",                      // makes the terminal answer
      "\xC2\x9B\x33\x31mCSI of one code point",        //
      "over\rwritten\b\b\b\x7F",                       //
      "\xE2\x80\xAEgnp.exe\xE2\x80\xAC",               // right to left
      "\xE2\x81\xA6isolated\xE2\x81\xA9\xE2\x80\x8F",  //
      "\xD8\x9C\xEF\xBB\xBFmarks",                     //
      "a\xE2\x80\xA8two\xE2\x80\xA9lines\xC2\x85more",
      "x\n2026-01-01T00:00:00Z stored http://forged.test/",
      "\n{\"url\":\"http://forged.test/\"}\n",
      "\"},{\"url\":\"http://forged.test/\",\"x\":\"\\",
      "\r\nWARC-Type: response\r\nWARC-Target-URI: http://forged.test/\r\n\r\nHTTP/1.1 200 OK\r\n",
      "%0d%0aWARC-Type:%20warcinfo",
      "nul\0 and after"s,
      "\xED\xB3\xBF lone surrogate",
      "\xC0\xAF overlong, \xFF\xFE none, \xF4\x90\x80\x80 too high",
      "cut \xE2\x80",
      "</script><script>alert(1)</script><!--",
      "'\"><img src=x onerror=alert(1)>&lt;&#27;",
      "=1+1\t@SUM(1)",
      "../../../../etc/passwd",
      "$(touch x)`id`; DROP TABLE x;--%s%n",
  };
  if (auto json = parse::testing::conformance_file("hostile/payloads.json")) {
    const std::string lone =
        "\\udcff";  // stands in our own table; no JSON reader of UTF-8 takes it
    for (auto at = json->find(lone); at != json->npos; at = json->find(lone))
      json->replace(at, lone.size(), "\\ufffd");
    const boost::json::value list = boost::json::parse(*json);
    for (const auto& one : list.as_array()) all.emplace_back(one.at("s").as_string());
  }
  return all;
}

std::string what_acts(std::string_view shown) {
  std::string found;
  if (!scraper::is_utf8(shown)) found += "no UTF-8; ";
  for (const char c : shown) {
    if ((static_cast<unsigned char>(c) < 0x20 && c != '\n') || c == 0x7F)
      found += fmt::format("\\x{:02X}; ", static_cast<int>(c));
  }
  std::vector<std::string> sequences = {"\xD8\x9C", "\xEF\xBB\xBF", "\xE2\x80\x8E", "\xE2\x80\x8F"};
  for (char c = '\x80'; c <= '\x9F'; ++c) sequences.push_back("\xC2"s + c);
  for (char c = '\xA8'; c <= '\xAE'; ++c) sequences.push_back("\xE2\x80"s + c);
  for (char c = '\xA6'; c <= '\xA9'; ++c) sequences.push_back("\xE2\x81"s + c);
  for (const std::string& sequence : sequences) {
    if (shown.find(sequence) == shown.npos) continue;
    for (const char c : sequence) found += fmt::format("\\x{:02X}", static_cast<unsigned char>(c));
    found += "; ";
  }
  return found;
}

}  // namespace scraper::test
