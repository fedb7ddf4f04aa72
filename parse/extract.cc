#include "parse/extract.h"

#include <algorithm>

#include "parse/utf8.h"

namespace scraper::parse {

namespace {

constexpr unsigned kMaxFrameLevel = 3;  // of srcdoc within srcdoc

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

// The links of a document and of those its frames hold.
class LinkVisitor {
 public:
  LinkVisitor(const ExtractOptions& options, Extract& out, std::uint32_t parent, unsigned level)
      : options_(options),
        out_(out),
        document_(static_cast<std::uint32_t>(out.documents.size())),
        level_(level),
        finder_(out.links, document_) {
    out.documents.push_back({std::nullopt, parent});
  }

  bool enter(const GumboElement& element) {
    if (options_.wants_links) finder_.enter(element);
    if (is_html(element) && element.tag == GUMBO_TAG_BASE) at_base(element);
    if (is_html(element) && element.tag == GUMBO_TAG_IFRAME) at_frame(element);
    return true;
  }

  void leave(const GumboElement& element) { finder_.leave(element); }

  void text(const char*) {}

 private:
  void at_base(const GumboElement& element) {
    auto& base = out_.documents[document_].base_href;
    if (base) return;
    if (const char* href = attribute(element, "href")) base = strip_ascii_space(href);
  }

  // What srcdoc holds is a document of its own, with this one's base until it names another.
  void at_frame(const GumboElement& element) {
    const char* const html = attribute(element, "srcdoc");
    if (html == nullptr || !options_.wants_links || options_.arena == nullptr || level_ == kMaxFrameLevel) return;
    const GumboNode* const inner = parse_html(html, *options_.arena);
    if (inner == nullptr) return;  // the arena knows why
    LinkVisitor visitor(options_, out_, document_, level_ + 1);
    if (!walk(*inner, options_.max_depth, visitor)) out_.is_too_deep = true;
  }

  const ExtractOptions& options_;
  Extract& out_;
  const std::uint32_t document_;
  const unsigned level_;
  LinkFinder finder_;
};

// All that a page says.
class PageVisitor {
 public:
  PageVisitor(const ExtractOptions& options, Extract& out)
      : out_(out), agent_(options.agent), links_(options, out, 0, 0), text_(options.text_bytes) {}

  bool enter(const GumboElement& element) {
    if (!is_phrasing(element.tag)) text_.separate();
    if (is_html(element)) at_html(element);
    links_.enter(element);
    return !is_hidden(element.tag);
  }

  void leave(const GumboElement& element) {
    if (!is_phrasing(element.tag)) text_.separate();
    links_.leave(element);
  }

  void text(const char* text) { text_.add(text); }

  void finish() {
    out_.text_length = text_.code_points();
    out_.text = text_.text();
  }

 private:
  void at_html(const GumboElement& element) {
    switch (element.tag) {
      case GUMBO_TAG_META: at_meta(element); break;
      case GUMBO_TAG_TITLE: at_title(element); break;
      case GUMBO_TAG_HTML: at_root(element); break;
      default: break;
    }
  }

  void at_meta(const GumboElement& element) {
    const char* content = attribute(element, "content");
    const char* name = attribute(element, "name");
    if (content == nullptr || name == nullptr) return;
    if (equals_ignoring_case(name, "robots") || is_agent(name)) {
      add_robots(content);
    } else if (out_.description.empty() && equals_ignoring_case(name, "description")) {
      out_.description = collapsed(content, kMaxDescription);
    }
  }

  bool is_agent(std::string_view name) const { return !agent_.empty() && are_same_ignoring_case(name, agent_); }

  void add_robots(std::string_view content) {
    const std::string_view directives = first_bytes(strip_ascii_space(content), kMaxRobots - robots_bytes_);
    robots_bytes_ += directives.size();
    if (!directives.empty()) out_.robots.emplace_back(directives);
  }

  void at_title(const GumboElement& element) {
    if (!has_title_) out_.title = collapsed(text_inside(element), kMaxTitle);
    has_title_ = true;
  }

  void at_root(const GumboElement& element) {
    if (const char* lang = attribute(element, "lang")) out_.lang = first_bytes(strip_ascii_space(lang), kMaxLang);
  }

  Extract& out_;
  const std::string_view agent_;
  LinkVisitor links_;
  TextCollector text_;
  std::size_t robots_bytes_ = 0;
  bool has_title_ = false;
};

}  // namespace

Extract extract(const GumboNode& document, const ExtractOptions& options) {
  Extract out;
  PageVisitor visitor(options, out);
  if (!walk(document, options.max_depth, visitor)) out.is_too_deep = true;
  visitor.finish();
  return out;
}

}  // namespace scraper::parse
