#include "parse/html/link_finder.h"

#include <algorithm>

#include "base/ascii.h"
#include "parse/html/relations.h"
#include "parse/html/srcset.h"

namespace scraper::parse {

namespace {

std::string_view skip_space(std::string_view text) {
  while (!text.empty() && is_ascii_space(text[0])) text.remove_prefix(1);
  return text;
}

std::string_view without_quotes(std::string_view text) {
  if (text.empty() || (text[0] != '"' && text[0] != '\'')) return text;
  return text.substr(1, text.find(text[0], 1) - 1);  // npos - 1 is still past the end
}

// What follows the number of seconds: the standard's steps from "if position is not past the end"
// on.
std::string_view refresh_target(std::string_view rest) {
  const std::string_view whole = rest;
  for (const char letter : std::string_view("url")) {
    if (rest.empty() || ascii_lower(rest[0]) != letter)
      return letter == 'u' ? without_quotes(rest) : whole;
    rest.remove_prefix(1);
  }
  rest = skip_space(rest);
  if (rest.empty() || rest[0] != '=') return whole;
  return without_quotes(skip_space(rest.substr(1)));
}

// SVG takes either attribute; "href" wins (SVG 2, 16.1.6).
std::optional<std::string_view> svg_href(const Element& element) {
  const auto href = element.attribute("href");
  return href ? href : element.attribute("xlink:href");
}

bool is_value(std::optional<std::string_view> value, std::string_view lower) {
  return value && equals_ignoring_case(*value, lower);
}

bool is_nofollow(const Element& element) {
  return has_token(element.attribute("rel").value_or(""), "nofollow");
}

// Nothing but a GET may be sent to a place nobody has asked to change.
bool posts(std::optional<std::string_view> method) {
  return is_value(method, "post") || is_value(method, "dialog");
}

}  // namespace

void LinkFinder::enter(const Element& element) {
  if (element.is_html()) {
    at_html(element);
  } else if (element.space() == Space::kSvg) {
    at_svg(element);
  }
}

void LinkFinder::at_html(const Element& element) {
  switch (element.tag()) {
    case GUMBO_TAG_A:
    case GUMBO_TAG_AREA: return at_anchor(element, element.attribute("href"));
    case GUMBO_TAG_IFRAME:
    case GUMBO_TAG_FRAME:
      add_source(element, LinkKind::kFrame);
      return add(element.attribute("longdesc"), LinkKind::kLongdesc);
    case GUMBO_TAG_IMG: return at_image(element);
    case GUMBO_TAG_SOURCE: return at_source(element);
    case GUMBO_TAG_VIDEO: add(element.attribute("poster"), LinkKind::kImage); [[fallthrough]];
    case GUMBO_TAG_AUDIO:
    case GUMBO_TAG_TRACK: return add_source(element, LinkKind::kMedia);
    case GUMBO_TAG_EMBED: return add_source(element, LinkKind::kObject);
    case GUMBO_TAG_OBJECT: return add(element.attribute("data"), LinkKind::kObject);
    case GUMBO_TAG_SCRIPT: return add_source(element, LinkKind::kScript);
    case GUMBO_TAG_LINK: return at_link(element);
    case GUMBO_TAG_META: return at_meta(element);
    case GUMBO_TAG_FORM: return at_form(element);
    case GUMBO_TAG_INPUT:
      if (is_value(element.attribute("type"), "image"))
        add(element.attribute("src"), LinkKind::kImage);
      return at_submitter(element);
    case GUMBO_TAG_BUTTON: return at_submitter(element);
    case GUMBO_TAG_BLOCKQUOTE:
    case GUMBO_TAG_Q:
    case GUMBO_TAG_DEL:
    case GUMBO_TAG_INS: return add(element.attribute("cite"), LinkKind::kCite);
    case GUMBO_TAG_BODY:
    case GUMBO_TAG_TABLE:
    case GUMBO_TAG_THEAD:
    case GUMBO_TAG_TBODY:
    case GUMBO_TAG_TFOOT:
    case GUMBO_TAG_TR:
    case GUMBO_TAG_TD:
    case GUMBO_TAG_TH: return add(element.attribute("background"), LinkKind::kImage);
    case GUMBO_TAG_HTML: return add(element.attribute("manifest"), LinkKind::kManifest);
    default: return;
  }
}

// What only names a part of the same document is no reference.
void LinkFinder::at_svg(const Element& element) {
  const auto href = svg_href(element);
  if (!href) return;
  if (element.tag() == GUMBO_TAG_A) return at_anchor(element, href);
  if (element.tag() == GUMBO_TAG_SCRIPT) return add(href, LinkKind::kScript);
  const auto is_named = [&](std::string_view lower) {
    return equals_ignoring_case(element.name(), lower);
  };
  const bool is_image = is_named("image") || is_named("use") || is_named("feimage");
  if (is_image && !href->starts_with('#')) add(href, LinkKind::kImage);
}

// An empty href is one too: it is the document itself.
void LinkFinder::at_anchor(const Element& element, std::optional<std::string_view> href) {
  if (!href) return;
  links_.push_back({strip_ascii_space(*href), LinkKind::kPage, is_nofollow(element), document_});
  for (std::string_view rest = element.attribute("ping").value_or(""); !rest.empty();) {
    const auto end = std::min(rest.find_first_of("\t\n\f\r "), rest.size());
    if (end > 0) links_.push_back({rest.substr(0, end), LinkKind::kPing, false, document_});
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
}

void LinkFinder::at_image(const Element& element) {
  add_source(element, LinkKind::kImage);
  add_candidates(element.attribute("srcset"));
  add_candidates(element.attribute("data-srcset"));
  add(element.attribute("longdesc"), LinkKind::kLongdesc);
}

// src is that of <audio> and <video>, srcset that of <picture>.
void LinkFinder::at_source(const Element& element) {
  add_source(element, LinkKind::kMedia);
  add_candidates(element.attribute("srcset"));
  add_candidates(element.attribute("data-srcset"));
}

void LinkFinder::at_link(const Element& element) {
  const auto text = [&](std::string_view name) { return element.attribute(name).value_or(""); };
  const auto kind = kind_of_relation(text("rel"), text("type"), text("as"));
  if (!kind) return;
  add(element.attribute("href"), *kind, has_token(text("rel"), "nofollow"));
  add_candidates(element.attribute("imagesrcset"));
}

// The first refresh that can be read is the one that is obeyed.
void LinkFinder::at_meta(const Element& element) {
  const auto content = element.attribute("content");
  if (has_refresh_ || !content || !is_value(element.attribute("http-equiv"), "refresh")) return;
  const auto url = refresh_url(*content);
  if (!url) return;
  has_refresh_ = true;
  links_.push_back({*url, LinkKind::kRefresh, false, document_});
}

void LinkFinder::at_form(const Element& element) {
  is_in_post_form_ = posts(element.attribute("method"));
  if (!is_in_post_form_) add(element.attribute("action"), LinkKind::kForm, is_nofollow(element));
}

void LinkFinder::at_submitter(const Element& element) {
  const auto method = element.attribute("formmethod");
  if (method ? posts(method) : is_in_post_form_) return;
  add(element.attribute("formaction"), LinkKind::kForm);
}

void LinkFinder::add(std::optional<std::string_view> url, LinkKind kind, bool is_nofollow) {
  if (!url) return;
  const std::string_view stripped = strip_ascii_space(*url);
  if (!stripped.empty()) links_.push_back({stripped, kind, is_nofollow, document_});
}

void LinkFinder::add_source(const Element& element, LinkKind kind) {
  add(element.attribute("src"), kind);
  add(element.attribute("data-src"), kind);
}

void LinkFinder::add_candidates(std::optional<std::string_view> srcset) {
  if (!srcset) return;
  candidates_.clear();
  append_candidates(candidates_, *srcset);
  for (const std::string_view url : candidates_)
    links_.push_back({url, LinkKind::kImage, false, document_});
}

std::optional<std::string_view> refresh_url(std::string_view content) {
  std::string_view rest = skip_space(content);
  if (rest.empty() || (!is_digit(rest[0]) && rest[0] != '.')) return std::nullopt;
  while (!rest.empty() && (is_digit(rest[0]) || rest[0] == '.')) rest.remove_prefix(1);
  if (!rest.empty() && rest[0] != ';' && rest[0] != ',' && !is_ascii_space(rest[0]))
    return std::nullopt;
  rest = skip_space(rest);
  if (!rest.empty() && (rest[0] == ';' || rest[0] == ',')) rest = skip_space(rest.substr(1));
  const std::string_view url = strip_ascii_space(refresh_target(rest));
  if (url.empty()) return std::nullopt;
  return url;
}

}  // namespace scraper::parse
