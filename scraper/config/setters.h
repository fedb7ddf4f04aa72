// What a row of the option table does with its value: check it and put it where it belongs. All of
// them leave the field alone when they fail, and fail as values.h says: with the half sentence that
// follows the option's name. Pure, but for set_ca_certificate.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "scraper/config/option_table.h"
#include "scraper/config/values.h"

namespace scraper::cli {

template <class T, class U>
Result<void> keep(Result<T> value, U& field) {
  if (!value) return value.error();
  field = static_cast<U>(std::move(*value));
  return {};
}

template <class E, std::size_t N>
Result<void> set_word(std::string_view text, const std::array<Word<E>, N>& words, E& field) {
  return keep(parse_word(text, std::span<const Word<E>>(words)), field);
}

// What a parser of another room says about it.
template <class T>
Result<void> add_parsed(Result<T> value, std::vector<T>& list) {
  if (!value) return usage_error(value.error().context);
  list.push_back(std::move(*value));
  return {};
}

// A flag: "true" or "false".
Result<void> set_flag(std::string_view text, bool& field);
Result<void> set_time(std::string_view text, std::chrono::milliseconds least,
                      std::chrono::milliseconds& field);
Result<void> set_count_or_inf(std::string_view text, std::uint64_t& field);
Result<void> set_size(std::string_view text, std::uint64_t least, std::uint64_t& field);
Result<void> add_sitemap(std::string_view text, CrawlOptions& options);
Result<void> set_max_body(std::string_view text, std::uint64_t& field);
Result<void> set_max_head(std::string_view text, std::uint64_t& field);
Result<void> set_quota(std::string_view text, std::uint64_t& field);
Result<void> set_max_time(std::string_view text, std::optional<std::chrono::milliseconds>& field);
Result<void> set_text(std::string_view text, std::string& field);
Result<void> set_field_text(std::string_view text, std::string& field);
Result<void> set_contact(std::string_view text, std::string& field);
Result<void> add_expression(std::string_view text, std::vector<std::string>& list);
Result<void> add_header(std::string_view text, fetch::FetchOptions& options);
Result<void> set_proxy(std::string_view text, std::string& field);
Result<void> set_ca_certificate(std::string_view text, std::string& field);
Result<void> set_tries(std::string_view text, unsigned& retries);
Result<void> set_names(std::string_view text, std::vector<std::string>& names);
Result<void> set_kinds(std::string_view text, LinkKindSet& kinds);
Result<void> set_level(std::string_view text, std::uint32_t& depth);
Result<void> set_record(std::string_view text, std::optional<RecordRange>& record);

}  // namespace scraper::cli
