#include "parse/link_finder.h"

#include <algorithm>

#include "parse/relations.h"
#include "parse/srcset.h"
#include "parse/utf8.h"

namespace scraper::parse {

namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::string_view skip_space(std::string_view text) {
  while (!text.empty() && is_ascii_space(text[0])) text.remove_prefix(1);
  return text;
}

std::string_view without_quotes(std::string_view text) {
  if (text.empty() || (text[0] != '"' && text[0] != '\'')) return text;
  return text.substr(1, text.find(text[0], 1) - 1);  // npos - 1 is still past the end
}

// What follows the number of seconds: the standard's steps from "if position is not past the end" on.
std::string_view refresh_target(std::string_view rest) {
  const std::string_view whole = rest;
  for (const char letter : std::string_view("url")) {
    if (rest.empty() || ascii_lower(rest[0]) != letter) return letter == 'u' ? without_quotes(rest) : whole;
    rest.remove_prefix(1);
  }
  rest = skip_space(rest);
  if (rest.empty() || rest[0] != '=') return whole;
  return without_quotes(skip_space(rest.substr(1)));
}

// gumbo knows SVG's elements by name only.
bool is_named(const GumboElement& element, std::string_view name) {
  GumboStringPiece piece = element.original_tag;
  gumbo_tag_from_original_text(&piece);
  return equals_ignoring_case({piece.data, piece.length}, name);
}

// SVG takes either attribute; "href" wins (SVG 2, 16.1.6).
const char* svg_href(const GumboElement& element) {
  const char* href = attribute(element, "href");
  return href != nullptr ? href : attribute(element, "href", GUMBO_ATTR_NAMESPACE_XLINK);
}

bool is_value(const char* value, std::string_view lower) { return value != nullptr && equals_ignoring_case(value, lower); }

bool is_nofollow(const GumboElement& element) {
  const char* rel = attribute(element, "rel");
  return rel != nullptr && has_token(rel, "nofollow");
}

// Nothing but a GET may be sent to a place nobody has asked to change.
bool posts(const char* method) { return is_value(method, "post") || is_value(method, "dialog"); }

}  // namespace

void LinkFinder::enter(const GumboElement& element) {
  if (is_html(element)) {
    at_html(element);
  } else if (element.tag_namespace == GUMBO_NAMESPACE_SVG) {
    at_svg(element);
  }
}

void LinkFinder::leave(const GumboElement& element) {
  if (is_html(element) && element.tag == GUMBO_TAG_FORM) is_in_post_form_ = false;
}

void LinkFinder::at_html(const GumboElement& element) {
  switch (element.tag) {
    case GUMBO_TAG_A:
    case GUMBO_TAG_AREA: return at_anchor(element, attribute(element, "href"));
    case GUMBO_TAG_IFRAME:
    case GUMBO_TAG_FRAME: add_source(element, LinkKind::kFrame); return add(attribute(element, "longdesc"), LinkKind::kLongdesc);
    case GUMBO_TAG_IMG: return at_image(element);
    case GUMBO_TAG_SOURCE: return at_source(element);
    case GUMBO_TAG_VIDEO: add(attribute(element, "poster"), LinkKind::kImage); [[fallthrough]];
    case GUMBO_TAG_AUDIO:
    case GUMBO_TAG_TRACK: return add_source(element, LinkKind::kMedia);
    case GUMBO_TAG_EMBED: return add_source(element, LinkKind::kObject);
    case GUMBO_TAG_OBJECT: return add(attribute(element, "data"), LinkKind::kObject);
    case GUMBO_TAG_SCRIPT: return add_source(element, LinkKind::kScript);
    case GUMBO_TAG_LINK: return at_link(element);
    case GUMBO_TAG_META: return at_meta(element);
    case GUMBO_TAG_FORM: return at_form(element);
    case GUMBO_TAG_INPUT:
      if (is_value(attribute(element, "type"), "image")) add(attribute(element, "src"), LinkKind::kImage);
      return at_submitter(element);
    case GUMBO_TAG_BUTTON: return at_submitter(element);
    case GUMBO_TAG_BLOCKQUOTE:
    case GUMBO_TAG_Q:
    case GUMBO_TAG_DEL:
    case GUMBO_TAG_INS: return add(attribute(element, "cite"), LinkKind::kCite);
    case GUMBO_TAG_BODY:
    case GUMBO_TAG_TABLE:
    case GUMBO_TAG_THEAD:
    case GUMBO_TAG_TBODY:
    case GUMBO_TAG_TFOOT:
    case GUMBO_TAG_TR:
    case GUMBO_TAG_TD:
    case GUMBO_TAG_TH: return add(attribute(element, "background"), LinkKind::kImage);
    case GUMBO_TAG_HTML: return add(attribute(element, "manifest"), LinkKind::kManifest);
    default: return;
  }
}

// What only names a part of the same document is no reference.
void LinkFinder::at_svg(const GumboElement& element) {
  const char* const href = svg_href(element);
  if (href == nullptr) return;
  if (element.tag == GUMBO_TAG_A) return at_anchor(element, href);
  if (element.tag == GUMBO_TAG_SCRIPT) return add(href, LinkKind::kScript);
  const bool is_image = is_named(element, "image") || is_named(element, "use") || is_named(element, "feimage");
  if (is_image && *href != '#') add(href, LinkKind::kImage);
}

// An empty href is one too: it is the document itself.
void LinkFinder::at_anchor(const GumboElement& element, const char* href) {
  if (href == nullptr) return;
  links_.push_back({strip_ascii_space(href), LinkKind::kPage, is_nofollow(element), document_});
  const char* const ping = attribute(element, "ping");
  for (std::string_view rest = ping == nullptr ? "" : ping; !rest.empty();) {
    const auto end = std::min(rest.find_first_of("\t\n\f\r "), rest.size());
    if (end > 0) links_.push_back({rest.substr(0, end), LinkKind::kPing, false, document_});
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
}

void LinkFinder::at_image(const GumboElement& element) {
  add_source(element, LinkKind::kImage);
  add_candidates(attribute(element, "srcset"));
  add_candidates(attribute(element, "data-srcset"));
  add(attribute(element, "longdesc"), LinkKind::kLongdesc);
}

// src is that of <audio> and <video>, srcset that of <picture>.
void LinkFinder::at_source(const GumboElement& element) {
  add_source(element, LinkKind::kMedia);
  add_candidates(attribute(element, "srcset"));
  add_candidates(attribute(element, "data-srcset"));
}

void LinkFinder::at_link(const GumboElement& element) {
  const auto text = [&](std::string_view name) {
    const char* const value = attribute(element, name);
    return std::string_view(value == nullptr ? "" : value);
  };
  const auto kind = kind_of_relation(text("rel"), text("type"), text("as"));
  if (!kind) return;
  add(attribute(element, "href"), *kind, has_token(text("rel"), "nofollow"));
  add_candidates(attribute(element, "imagesrcset"));
}

// The first refresh that can be read is the one that is obeyed.
void LinkFinder::at_meta(const GumboElement& element) {
  const char* const content = attribute(element, "content");
  if (has_refresh_ || content == nullptr || !is_value(attribute(element, "http-equiv"), "refresh")) return;
  const auto url = refresh_url(content);
  if (!url) return;
  has_refresh_ = true;
  links_.push_back({*url, LinkKind::kRefresh, false, document_});
}

void LinkFinder::at_form(const GumboElement& element) {
  is_in_post_form_ = posts(attribute(element, "method"));
  if (!is_in_post_form_) add(attribute(element, "action"), LinkKind::kForm, is_nofollow(element));
}

void LinkFinder::at_submitter(const GumboElement& element) {
  const char* const method = attribute(element, "formmethod");
  if (method != nullptr ? posts(method) : is_in_post_form_) return;
  add(attribute(element, "formaction"), LinkKind::kForm);
}

void LinkFinder::add(const char* url, LinkKind kind, bool is_nofollow) {
  if (url == nullptr) return;
  const std::string_view stripped = strip_ascii_space(url);
  if (!stripped.empty()) links_.push_back({stripped, kind, is_nofollow, document_});
}

void LinkFinder::add_source(const GumboElement& element, LinkKind kind) {
  add(attribute(element, "src"), kind);
  add(attribute(element, "data-src"), kind);
}

void LinkFinder::add_candidates(const char* srcset) {
  if (srcset == nullptr) return;
  candidates_.clear();
  append_candidates(candidates_, srcset);
  for (const std::string_view url : candidates_) links_.push_back({url, LinkKind::kImage, false, document_});
}

std::optional<std::string_view> refresh_url(std::string_view content) {
  std::string_view rest = skip_space(content);
  if (rest.empty() || (!is_digit(rest[0]) && rest[0] != '.')) return std::nullopt;
  while (!rest.empty() && (is_digit(rest[0]) || rest[0] == '.')) rest.remove_prefix(1);
  if (!rest.empty() && rest[0] != ';' && rest[0] != ',' && !is_ascii_space(rest[0])) return std::nullopt;
  rest = skip_space(rest);
  if (!rest.empty() && (rest[0] == ';' || rest[0] == ',')) rest = skip_space(rest.substr(1));
  const std::string_view url = strip_ascii_space(refresh_target(rest));
  if (url.empty()) return std::nullopt;
  return url;
}

}  // namespace scraper::parse
