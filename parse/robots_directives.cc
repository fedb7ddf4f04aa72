#include "parse/robots_directives.h"

#include <algorithm>

#include "base/ascii.h"

namespace scraper::parse {

namespace {

// Directives that have a value behind a colon, which is not to be taken for the name of an agent.
bool has_value(std::string_view word) {
  constexpr std::string_view kValued[] = {"unavailable_after", "max-snippet", "max-image-preview",
                                          "max-video-preview"};
  return std::any_of(std::begin(kValued), std::end(kValued),
                     [&](std::string_view known) { return are_same_ignoring_case(word, known); });
}

void add_word(std::string_view word, RobotsDirectives& directives) {
  const bool is_none = are_same_ignoring_case(word, "none");
  directives.asks_nofollow |= is_none || are_same_ignoring_case(word, "nofollow");
  directives.asks_noindex |= is_none || are_same_ignoring_case(word, "noindex");
}

std::string_view take_word(std::string_view& rest) {
  const auto end = std::min(rest.find(','), rest.size());
  const std::string_view word = strip_ascii_space(rest.substr(0, end));
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return word;
}

}  // namespace

std::string_view agent_name(std::string_view agent) {
  return agent.substr(0, agent.find_first_of("/ \t"));
}

void add_meta_directives(std::string_view content, RobotsDirectives& directives) {
  while (!content.empty()) add_word(take_word(content), directives);
}

void add_field_directives(std::string_view field, std::string_view agent,
                          RobotsDirectives& directives) {
  bool is_for_us = true;
  while (!field.empty()) {
    std::string_view word = take_word(field);
    const auto colon = word.find(':');
    if (colon != word.npos && !has_value(strip_ascii_space(word.substr(0, colon)))) {
      is_for_us =
          are_same_ignoring_case(strip_ascii_space(word.substr(0, colon)), agent_name(agent));
      word = strip_ascii_space(word.substr(colon + 1));
    }
    if (is_for_us) add_word(word, directives);
  }
}

}  // namespace scraper::parse
