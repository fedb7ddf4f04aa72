// The part of TOML 1.0 that options need: `key = value` lines of strings, numbers, booleans and
// arrays of strings, and comments. Sections, dates, inline tables and multi-line strings are
// refused by name. Pure; any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace scraper::cli {

enum class TomlType : std::uint8_t { kString, kNumber, kBoolean, kArray };

struct TomlEntry {
  std::string key;
  TomlType type = TomlType::kString;
  std::vector<std::string>
      values;  // one, but for an array; a number or boolean as it is written, without '_'
  std::size_t line = 0;
};

// `name` is the file's, for errors: "crawl.toml:3: …".
Result<std::vector<TomlEntry>> parse_toml(std::string_view text, std::string_view name);

std::string toml_string(std::string_view text);
std::string toml_array(const std::vector<std::string>& values);

}  // namespace scraper::cli
