// The vocabulary of the command line's tests: a command line as a person types it, and a directory
// for files.
#pragma once

#include <filesystem>
#include <fstream>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "scraper/commands/command_line.h"

namespace scraper::cli {

inline constexpr Machine kMachine{.descriptors = 2'048, .cores = 3};

using Words = std::vector<std::string_view>;

inline Result<Invocation> parse(const Words& words) { return parse_command_line(words, kMachine); }

// "crawl https://example.com/ WORDS..."
inline Result<Invocation> parse_crawl(const Words& words) {
  Words all = {"crawl", "https://example.com/"};
  all.insert(all.end(), words.begin(), words.end());
  return parse(all);
}

// The error's line, or "no error".
template <class T>
std::string error_of(const Result<T>& result) {
  return result ? std::string("no error") : result.error().context;
}

// The crawl's options after WORDS..., which must be right.
inline CrawlOptions options_of(const Words& words) {
  auto invocation = parse_crawl(words);
  if (!invocation) throw std::runtime_error(invocation.error().context);
  return invocation->settings.crawl;
}

}  // namespace scraper::cli
