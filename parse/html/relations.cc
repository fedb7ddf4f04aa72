#include "parse/html/relations.h"

#include <algorithm>
#include <array>
#include <string>

#include "base/ascii.h"

namespace scraper::parse {

namespace {

using std::string_view;

bool is_any_of(string_view text, std::initializer_list<string_view> words) {
  return std::any_of(words.begin(), words.end(),
                     [&](string_view word) { return equals_ignoring_case(text, word); });
}

bool has_any(string_view rel, std::initializer_list<string_view> relations) {
  return std::any_of(relations.begin(), relations.end(),
                     [&](string_view relation) { return has_token(rel, relation); });
}

string_view essence_of(string_view type) {
  return strip_ascii_space(type.substr(0, type.find(';')));
}

bool is_feed(string_view type) {
  return is_any_of(essence_of(type), {"application/rss+xml", "application/atom+xml",
                                      "application/rdf+xml", "application/feed+json"});
}

// What is to be loaded in advance, by the request destination it is loaded for.
LinkKind kind_of_destination(string_view as) {
  if (equals_ignoring_case(as, "image")) return LinkKind::kImage;
  if (equals_ignoring_case(as, "script")) return LinkKind::kScript;
  if (equals_ignoring_case(as, "style")) return LinkKind::kStyle;
  if (is_any_of(as, {"audio", "video", "track"})) return LinkKind::kMedia;
  return LinkKind::kOther;
}

string_view skip_space(string_view text) {
  while (!text.empty() && (text[0] == ' ' || text[0] == '\t')) text.remove_prefix(1);
  return text;
}

// A parameter's value, a token or a quoted string, taken off `rest`. Of a quoted one what is
// between the quotes; quoted pairs stay as they are: no relation, type or destination has one.
string_view take_value(string_view& rest) {
  if (rest.starts_with('"')) {
    std::size_t end = 1;
    while (end < rest.size() && rest[end] != '"') end += rest[end] == '\\' ? 2 : 1;
    const string_view value = rest.substr(1, std::min(end, rest.size()) - 1);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    return value;
  }
  const string_view value = rest.substr(0, std::min(rest.find_first_of(";,"), rest.size()));
  rest.remove_prefix(value.size());
  return strip_ascii_space(value);
}

struct Parameters {
  std::optional<string_view> rel;  // the first of each counts (3.3)
  string_view type;
  string_view as;
  bool has_anchor = false;
};

void keep(Parameters& parameters, string_view name, string_view value) {
  if (equals_ignoring_case(name, "rel") && !parameters.rel) parameters.rel = value;
  if (equals_ignoring_case(name, "type") && parameters.type.empty()) parameters.type = value;
  if (equals_ignoring_case(name, "as") && parameters.as.empty()) parameters.as = value;
  if (equals_ignoring_case(name, "anchor")) parameters.has_anchor = true;
}

// Everything up to the comma that ends the link, or the end.
Parameters take_parameters(string_view& rest) {
  Parameters parameters;
  while (true) {
    rest = skip_space(rest);
    if (!rest.starts_with(';')) return parameters;
    rest = skip_space(rest.substr(1));
    const string_view name = rest.substr(0, std::min(rest.find_first_of("=;,"), rest.size()));
    rest.remove_prefix(name.size());
    string_view value;
    if (rest.starts_with('=')) {
      rest = skip_space(rest.substr(1));
      value = take_value(rest);
    }
    keep(parameters, strip_ascii_space(name), value);
  }
}

}  // namespace

std::optional<LinkKind> kind_of_relation(string_view rel, string_view type, string_view as) {
  if (has_token(rel, "canonical")) return LinkKind::kCanonical;
  if (has_any(rel, {"next", "prev", "previous"})) return LinkKind::kNext;
  if (has_token(rel, "stylesheet")) return LinkKind::kStyle;
  if (has_any(rel, {"icon", "apple-touch-icon", "apple-touch-icon-precomposed", "mask-icon",
                    "fluid-icon"}))
    return LinkKind::kIcon;
  if (has_token(rel, "image_src")) return LinkKind::kImage;
  if (has_token(rel, "manifest")) return LinkKind::kManifest;
  if (has_token(rel, "modulepreload")) return LinkKind::kScript;
  if (has_any(rel, {"preload", "prefetch"})) return kind_of_destination(as);
  if (has_any(rel, {"feed"})) return LinkKind::kFeed;
  if (has_token(rel, "alternate")) return is_feed(type) ? LinkKind::kFeed : LinkKind::kAlternate;
  if (has_any(rel, {"dns-prefetch", "preconnect"})) return std::nullopt;
  if (strip_ascii_space(rel).empty()) return std::nullopt;
  return LinkKind::kOther;
}

std::vector<FieldLink> parse_link_field(string_view field) {
  std::vector<FieldLink> links;
  while (true) {
    while (!field.empty() && (field[0] == ',' || field[0] == ' ' || field[0] == '\t'))
      field.remove_prefix(1);
    if (!field.starts_with('<')) return links;
    const auto end = field.find('>');
    if (end == field.npos) return links;
    const string_view target = strip_ascii_space(field.substr(1, end - 1));
    field.remove_prefix(end + 1);
    const Parameters parameters = take_parameters(field);
    if (!field.empty() && field[0] != ',') return links;
    const auto kind = kind_of_relation(parameters.rel.value_or(""), parameters.type, parameters.as);
    if (kind && !parameters.has_anchor && !target.empty()) links.push_back({target, *kind});
  }
}

}  // namespace scraper::parse
