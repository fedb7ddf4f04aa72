#include "parse/extract.h"

#include <algorithm>

#include "parse/utf8.h"

namespace scraper::parse {

namespace {

// Elements that do not interrupt a line of text.
bool is_phrasing(GumboTag tag) {
  switch (tag) {
    case GUMBO_TAG_A:
    case GUMBO_TAG_ABBR:
    case GUMBO_TAG_ACRONYM:
    case GUMBO_TAG_B:
    case GUMBO_TAG_BDI:
    case GUMBO_TAG_BDO:
    case GUMBO_TAG_BIG:
    case GUMBO_TAG_CITE:
    case GUMBO_TAG_CODE:
    case GUMBO_TAG_DATA:
    case GUMBO_TAG_DEL:
    case GUMBO_TAG_DFN:
    case GUMBO_TAG_EM:
    case GUMBO_TAG_FONT:
    case GUMBO_TAG_I:
    case GUMBO_TAG_IMG:
    case GUMBO_TAG_INS:
    case GUMBO_TAG_KBD:
    case GUMBO_TAG_LABEL:
    case GUMBO_TAG_MARK:
    case GUMBO_TAG_NOBR:
    case GUMBO_TAG_Q:
    case GUMBO_TAG_RB:
    case GUMBO_TAG_RP:
    case GUMBO_TAG_RT:
    case GUMBO_TAG_RTC:
    case GUMBO_TAG_RUBY:
    case GUMBO_TAG_S:
    case GUMBO_TAG_SAMP:
    case GUMBO_TAG_SMALL:
    case GUMBO_TAG_SPAN:
    case GUMBO_TAG_STRIKE:
    case GUMBO_TAG_STRONG:
    case GUMBO_TAG_SUB:
    case GUMBO_TAG_SUP:
    case GUMBO_TAG_TIME:
    case GUMBO_TAG_TT:
    case GUMBO_TAG_U:
    case GUMBO_TAG_VAR:
    case GUMBO_TAG_WBR:
    case GUMBO_TAG_UNKNOWN: return true;
    default: return false;
  }
}

bool is_hidden(GumboTag tag) {
  switch (tag) {
    case GUMBO_TAG_SCRIPT:
    case GUMBO_TAG_STYLE:
    case GUMBO_TAG_TITLE:
    case GUMBO_TAG_IFRAME:
    case GUMBO_TAG_NOEMBED:
    case GUMBO_TAG_NOFRAMES: return true;
    default: return false;
  }
}

std::string collapsed(std::string_view text, std::size_t code_points) {
  TextCollector collector(4 * code_points);
  collector.add(text);
  return std::string(first_code_points(collector.text(), code_points));
}

std::string text_inside(const GumboElement& element) {
  std::string text;
  for (unsigned i = 0; i < element.children.length; ++i) {
    const auto& child = *static_cast<const GumboNode*>(element.children.data[i]);
    if (child.type == GUMBO_NODE_TEXT || child.type == GUMBO_NODE_WHITESPACE) text += child.v.text.text;
  }
  return text;
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::string_view skip_space(std::string_view text) {
  while (!text.empty() && is_ascii_space(text[0])) text.remove_prefix(1);
  return text;
}

std::string_view without_quotes(std::string_view text) {
  if (text.empty() || (text[0] != '"' && text[0] != '\'')) return text;
  return text.substr(1, text.find(text[0], 1) - 1);  // npos - 1 is still past the end
}

class Visitor {
 public:
  Visitor(const ExtractOptions& options, Extract& out) : options_(options), out_(out), text_(options.text_bytes) {}

  bool enter(const GumboElement& element) {
    if (!is_phrasing(element.tag)) text_.separate();
    if (is_html(element)) {
      at_html(element);
    } else if (element.tag == GUMBO_TAG_A) {
      at_foreign_anchor(element);
    }
    return !is_hidden(element.tag);
  }

  void leave(const GumboElement& element) {
    if (!is_phrasing(element.tag)) text_.separate();
  }

  void text(const char* text) { text_.add(text); }

  void finish() {
    out_.text_length = text_.code_points();
    out_.text = text_.text();
  }

 private:
  void at_html(const GumboElement& element) {
    switch (element.tag) {
      case GUMBO_TAG_A:
      case GUMBO_TAG_AREA: add_link(attribute(element, "href"), LinkKind::kPage, element); break;
      case GUMBO_TAG_IFRAME:
      case GUMBO_TAG_FRAME: add_nonempty(attribute(element, "src"), LinkKind::kFrame); break;
      case GUMBO_TAG_LINK: at_link(element); break;
      case GUMBO_TAG_META: at_meta(element); break;
      case GUMBO_TAG_BASE: at_base(element); break;
      case GUMBO_TAG_TITLE: at_title(element); break;
      case GUMBO_TAG_HTML: at_root(element); break;
      default: break;
    }
  }

  // SVG's <a> takes either attribute; "href" wins (SVG 2, 16.1.6).
  void at_foreign_anchor(const GumboElement& element) {
    const char* href = attribute(element, "href");
    if (href == nullptr) href = attribute(element, "href", GUMBO_ATTR_NAMESPACE_XLINK);
    add_link(href, LinkKind::kPage, element);
  }

  void add_link(const char* href, LinkKind kind, const GumboElement& element) {
    if (href == nullptr || !options_.wants_links) return;
    const char* rel = attribute(element, "rel");
    out_.links.push_back({strip_ascii_space(href), kind, rel != nullptr && has_token(rel, "nofollow")});
  }

  void add_nonempty(const char* url, LinkKind kind) {
    if (url == nullptr || !options_.wants_links) return;
    const std::string_view stripped = strip_ascii_space(url);
    if (!stripped.empty()) out_.links.push_back({stripped, kind, false});
  }

  void at_link(const GumboElement& element) {
    const char* rel = attribute(element, "rel");
    if (rel == nullptr) return;
    if (has_token(rel, "canonical")) {
      add_nonempty(attribute(element, "href"), LinkKind::kCanonical);
    } else if (has_token(rel, "next") || has_token(rel, "prev") || has_token(rel, "previous")) {
      add_nonempty(attribute(element, "href"), LinkKind::kNext);
    }
  }

  void at_meta(const GumboElement& element) {
    const char* content = attribute(element, "content");
    if (content == nullptr) return;
    if (const char* pragma = attribute(element, "http-equiv"); pragma != nullptr && equals_ignoring_case(pragma, "refresh")) {
      at_refresh(content);
    }
    const char* name = attribute(element, "name");
    if (name == nullptr) return;
    if (equals_ignoring_case(name, "robots")) {
      add_robots(content);
    } else if (out_.description.empty() && equals_ignoring_case(name, "description")) {
      out_.description = collapsed(content, kMaxDescription);
    }
  }

  // The first one that can be read is the one that is obeyed.
  void at_refresh(std::string_view content) {
    if (has_refresh_ || !options_.wants_links) return;
    const auto url = refresh_url(content);
    if (!url) return;
    has_refresh_ = true;
    out_.links.push_back({*url, LinkKind::kRefresh, false});
  }

  void add_robots(std::string_view content) {
    const std::string_view directives = first_bytes(strip_ascii_space(content), kMaxRobots - robots_bytes_);
    robots_bytes_ += directives.size();
    if (!directives.empty()) out_.robots.emplace_back(directives);
  }

  void at_base(const GumboElement& element) {
    if (out_.base_href) return;
    if (const char* href = attribute(element, "href")) out_.base_href = strip_ascii_space(href);
  }

  void at_title(const GumboElement& element) {
    if (!has_title_) out_.title = collapsed(text_inside(element), kMaxTitle);
    has_title_ = true;
  }

  void at_root(const GumboElement& element) {
    if (const char* lang = attribute(element, "lang")) out_.lang = first_bytes(strip_ascii_space(lang), kMaxLang);
  }

  const ExtractOptions& options_;
  Extract& out_;
  TextCollector text_;
  std::size_t robots_bytes_ = 0;
  bool has_title_ = false;
  bool has_refresh_ = false;
};

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

}  // namespace

Extract extract(const GumboNode& document, const ExtractOptions& options) {
  Extract out;
  Visitor visitor(options, out);
  out.is_too_deep = !walk(document, options.max_depth, visitor);
  visitor.finish();
  return out;
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

bool has_token(std::string_view list, std::string_view token) {
  while (!list.empty()) {
    const auto end = std::min(list.find_first_of("\t\n\f\r "), list.size());
    if (equals_ignoring_case(list.substr(0, end), token)) return true;
    list.remove_prefix(std::min(end + 1, list.size()));
  }
  return false;
}

}  // namespace scraper::parse
