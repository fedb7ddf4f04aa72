// What may stand after an option: times, sizes, counts, rates and words out of a short list. Pure;
// any thread.
//
// An Error's context is the half sentence that follows the option's name: `"abc" is no time
// (examples: 500ms, 2s, 1h)`. Who asked puts "--delay: " or "crawl.toml:4: delay: " before it. What
// the person wrote is shown through printable().
#pragma once

#include <chrono>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace scraper::cli {

// "500ms", "2s", "1.5m", "1h"; a bare number is seconds. At most ten years.
Result<std::chrono::milliseconds> parse_time(std::string_view text);

// "500K", "16M", "1.5G", "2T", powers of 1024; a bare number is bytes.
Result<std::uint64_t> parse_size(std::string_view text);

// A whole number in [least, most].
Result<std::uint64_t> parse_count(std::string_view text, std::uint64_t least,
                                  std::uint64_t most = std::numeric_limits<std::uint64_t>::max());

// "50/s", "10/m", "600/h": how often in a second; a bare number is per second.
Result<double> parse_rate(std::string_view text);

// The shortest spelling that reads back the same: "500ms", "2s", "90s" as "90s", "1h".
std::string show_time(std::chrono::milliseconds time);
std::string show_size(std::uint64_t bytes);
std::string show_rate(double per_second);

// `"x"` made safe to show and not longer than a line can bear.
std::string in_quotes(std::string_view text);

// One of the names a person may have meant: the nearest by edit distance (insert, delete, replace,
// swap), when it is near enough to be worth a question.
std::optional<std::string_view> nearest(std::string_view wrong,
                                        std::span<const std::string_view> names);

// ": did you mean NAME?" with `before` in front of the name, or nothing.
std::string did_you_mean(std::string_view wrong, std::span<const std::string_view> names,
                         std::string_view before = "");

// The words an enumeration has on the command line, in result lines and in crawl.toml.
template <class E>
struct Word {
  std::string_view name;
  E value;
};

template <class E>
std::vector<std::string_view> names_of(std::span<const Word<E>> words) {
  std::vector<std::string_view> names;
  for (const Word<E>& word : words) names.push_back(word.name);
  return names;
}

Error no_such_word(std::string_view text, std::span<const std::string_view> names);

template <class E>
Result<E> parse_word(std::string_view text, std::span<const Word<E>> words) {
  for (const Word<E>& word : words) {
    if (word.name == text) return word.value;
  }
  return no_such_word(text, names_of(words));
}

template <class E>
std::string_view word_of(E value, std::span<const Word<E>> words) {
  for (const Word<E>& word : words) {
    if (word.value == value) return word.name;
  }
  return {};
}

}  // namespace scraper::cli
