#include "parse/text/content_type.h"

#include <algorithm>
#include <optional>

#include "base/ascii.h"

namespace scraper::parse {

namespace {

constexpr std::size_t kLongestEssence = 255;  // RFC 6838 4.2 allows 127 on either side

// Off the front: what comes before the first `end`, which goes too; between quotes it is none.
std::string_view next_part(std::string_view& rest, char end) {
  std::size_t at = 0;
  for (bool is_quoted = false; at < rest.size() && (is_quoted || rest[at] != end); ++at) {
    if (rest[at] == '"') is_quoted = !is_quoted;
    if (is_quoted && rest[at] == '\\') ++at;
  }
  const std::string_view part = rest.substr(0, at);
  rest.remove_prefix(std::min(at + 1, rest.size()));
  return part;
}

// A parameter's value. Between quotes, of which the last may be missing and behind which nothing
// counts; or bare. White space before it and single quotes around it are no part of it to browsers
// either, whatever the standard says.
std::string value_of(std::string_view text) {
  text = strip_ascii_space(text);
  if (text.size() >= 2 && text.front() == '\'' && text.back() == '\'')
    text = text.substr(1, text.size() - 2);
  if (text.empty() || text[0] != '"') return std::string(text);
  std::string value;
  for (std::size_t at = 1; at < text.size() && text[at] != '"'; ++at) {
    if (text[at] == '\\' && at + 1 < text.size()) ++at;
    value.push_back(text[at]);
  }
  return value;
}

// Of the first parameter that is called so; nothing when there is none. `type`: a media type and
// its parameters.
std::optional<std::string> charset_of(std::string_view type) {
  next_part(type, ';');
  while (!type.empty()) {
    const std::string_view parameter = next_part(type, ';');
    const auto equals = std::min(parameter.find('='), parameter.size());
    if (!equals_ignoring_case(strip_ascii_space(parameter.substr(0, equals)), "charset")) continue;
    if (equals == parameter.size() || strip_ascii_space(parameter.substr(equals + 1)).empty())
      continue;
    return value_of(parameter.substr(equals + 1));
  }
  return std::nullopt;
}

std::string essence_of(std::string_view field) {
  const std::string_view type = strip_ascii_space(field.substr(0, field.find(';')));
  const auto slash = type.find('/');
  if (type.size() > kLongestEssence || slash == type.npos) return {};
  if (!is_http_token(type.substr(0, slash)) || !is_http_token(type.substr(slash + 1))) return {};
  return ascii_lowered(type);
}

}  // namespace

ContentType content_type(const HttpHead& head) {
  ContentType type;
  std::string inherited;
  for (std::string_view field : head.all("content-type")) {
    while (!field.empty()) {
      const std::string_view one = next_part(field, ',');
      std::string essence = essence_of(one);
      if (essence.empty() || essence == "*/*") continue;
      const auto charset = charset_of(one);
      if (essence != type.essence) inherited = charset.value_or("");
      type = {std::move(essence), charset.value_or(inherited)};
    }
  }
  return type;
}

bool looks_like_html(std::string_view bytes) {
  if (bytes.substr(0, 3) == "\xEF\xBB\xBF") bytes.remove_prefix(3);
  while (!bytes.empty() && is_ascii_space(bytes[0])) bytes.remove_prefix(1);
  if (bytes.substr(0, 4) == "<!--") return true;
  for (std::string_view tag :
       {"<!doctype html", "<html", "<head", "<script", "<iframe", "<h1", "<div", "<font", "<table",
        "<a", "<style", "<title", "<b", "<body", "<br", "<p"}) {
    if (bytes.size() <= tag.size() || !equals_ignoring_case(bytes.substr(0, tag.size()), tag))
      continue;
    if (bytes[tag.size()] == ' ' || bytes[tag.size()] == '>') return true;
  }
  return false;
}

}  // namespace scraper::parse
