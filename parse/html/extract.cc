#include "parse/html/extract.h"

#include <optional>

#include "parse/html/element_reader.h"
#include "parse/html/tags.h"
#include "parse/text/text_collector.h"

namespace scraper::parse {

namespace {

std::string text_inside(const GumboElement& element) {
  std::string text;
  for (unsigned i = 0; i < element.children.length; ++i) {
    const auto& child = *static_cast<const GumboNode*>(element.children.data[i]);
    if (child.type == GUMBO_NODE_TEXT || child.type == GUMBO_NODE_WHITESPACE)
      text += child.v.text.text;
  }
  return text;
}

bool is_html_form(const GumboElement& element) {
  return element.tag == GUMBO_TAG_FORM && element.tag_namespace == GUMBO_NAMESPACE_HTML;
}

// Goes through the tree of a document and those of its frames; text only where it is the page.
class TreeVisitor {
 public:
  TreeVisitor(const ExtractOptions& options, Extract& out, ElementReader reader,
              TextCollector* text)
      : options_(options), out_(out), reader_(reader), text_(text) {}

  bool enter(const GumboElement& element) {
    separate_at(element);
    const TreeElement view(element);
    reader_.enter(view);
    if (view.is_html() && element.tag == GUMBO_TAG_TITLE && !reader_.has_title())
      reader_.title(text_inside(element));
    if (const auto html = reader_.frame_html(view)) read_frame(*html);
    return text_ == nullptr || !has_trait(element.tag, kIsHidden);
  }

  void leave(const GumboElement& element) {
    separate_at(element);
    if (is_html_form(element)) reader_.leave_form();
  }

  void text(const char* text) {
    if (text_ != nullptr) text_->add(text);
  }

 private:
  void separate_at(const GumboElement& element) {
    if (text_ != nullptr && !has_trait(element.tag, kIsPhrasing)) text_->separate();
  }

  void read_frame(std::string_view html) {
    const GumboNode* const inner = parse_html(html, *options_.arena);
    if (inner == nullptr) return;  // the arena knows why
    TreeVisitor visitor(options_, out_, reader_.of_frame(), nullptr);
    if (!walk(*inner, options_.max_depth, visitor)) out_.is_too_deep = true;
  }

  const ExtractOptions& options_;
  Extract& out_;
  ElementReader reader_;
  TextCollector* const text_;
};

}  // namespace

Extract extract(const GumboNode& document, const ExtractOptions& options) {
  Extract out;
  TextCollector text(options.text_bytes);
  TreeVisitor visitor(options, out, ElementReader(options, out), &text);
  if (!walk(document, options.max_depth, visitor)) out.is_too_deep = true;
  out.text_length = text.code_points();
  out.text = text.text();
  return out;
}

}  // namespace scraper::parse
