#include "parse/html/scan.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/ascii.h"
#include "base/bytes.h"
#include "base/utf8.h"
#include "parse/html/element_reader.h"
#include "parse/html/tags.h"
#include "parse/html/tokenizer.h"
#include "parse/text/text_collector.h"

namespace scraper::parse {

namespace {

using std::string_view;

// Open <svg>, <math> and their integration points: more are not told apart.
constexpr std::size_t kMostForeign = 512;

// A start tag as an element. Values that hold references are resolved into the arena.
class ScannedElement final : public Element {
 public:
  ScannedElement(const Tokenizer& tokenizer, GumboTag tag, string_view name, Space space,
                 Arena& arena)
      : Element(tag, name, space), tokenizer_(tokenizer), arena_(arena) {}

  std::optional<string_view> attribute(string_view name) const override {
    for (const RawAttribute& one : tokenizer_.attributes()) {
      if (!equals_ignoring_case(one.name, name)) continue;
      std::string storage;
      const string_view value = attribute_value(one.value, storage);
      return value.data() == storage.data() ? arena_.copy(value) : value;
    }
    return std::nullopt;
  }

 private:
  const Tokenizer& tokenizer_;
  Arena& arena_;
};

// How the text of an element that is raw is read.
TextState raw_state(GumboTag tag) {
  switch (tag) {
    case GUMBO_TAG_TITLE:
    case GUMBO_TAG_TEXTAREA: return TextState::kRcdata;
    case GUMBO_TAG_SCRIPT: return TextState::kScript;
    case GUMBO_TAG_PLAINTEXT: return TextState::kPlaintext;
    default: return TextState::kRawtext;
  }
}

bool is_one_of(string_view name, std::initializer_list<string_view> names) {
  return std::any_of(names.begin(), names.end(),
                     [&](string_view one) { return equals_ignoring_case(name, one); });
}

// Where HTML may stand again (13.2.6.5, "HTML integration point", "MathML text integration point").
bool is_integration_point(const Element& element) {
  if (element.space() == Space::kSvg)
    return is_one_of(element.name(), {"foreignobject", "desc", "title"});
  if (is_one_of(element.name(), {"mi", "mo", "mn", "ms", "mtext"})) return true;
  const string_view encoding = element.attribute("encoding").value_or("");
  return equals_ignoring_case(element.name(), "annotation-xml") &&
         is_one_of(encoding, {"text/html", "application/xhtml+xml"});
}

// Goes through the tokens of a document; text only where it is the page.
class Scanner {
 public:
  Scanner(string_view html, const ExtractOptions& options, Extract& out, ElementReader reader,
          TextCollector* text)
      : tokenizer_(html), options_(options), out_(out), reader_(reader), text_(text) {}

  void run() {
    for (TokenKind kind = tokenizer_.next(); kind != TokenKind::kEnd; kind = tokenizer_.next()) {
      switch (kind) {
        case TokenKind::kStartTag: at_start_tag(); break;
        case TokenKind::kEndTag: at_end_tag(); break;
        case TokenKind::kText: at_text(); break;
        default: break;
      }
    }
  }

 private:
  enum class Body : std::uint8_t { kUndecided, kBody, kFrameset };

  struct Foreign {
    string_view name;
    Space inside;
  };

  Space space() const { return foreign_.empty() ? Space::kHtml : foreign_.back().inside; }

  void at_start_tag() {
    const string_view name = tokenizer_.bytes();
    GumboTag tag = tag_named(name, tokenizer_.slack());
    if (tag == GUMBO_TAG_IMAGE && space() == Space::kHtml) tag = GUMBO_TAG_IMG;
    if (space() != Space::kHtml && leaves_foreign(tag)) pop_foreign();
    if (space() == Space::kHtml) {
      at_html(tag, name);
    } else {
      at_foreign(tag, name);
    }
  }

  bool leaves_foreign(GumboTag tag) const {
    if (has_trait(tag, kBreaksOut)) return true;
    if (tag != GUMBO_TAG_FONT) return false;
    const auto& all = tokenizer_.attributes();
    return std::any_of(all.begin(), all.end(), [](const RawAttribute& one) {
      return is_one_of(one.name, {"color", "face", "size"});
    });
  }

  void at_html(GumboTag tag, string_view name) {
    const bool is_nothing = is_passed_over(tag);
    const bool is_raw_anyway = !is_nothing || template_depth_ > 0;
    if (has_trait(tag, kIsRaw) && is_raw_anyway) {
      tokenizer_.switch_to(raw_state(tag), gumbo_normalized_tagname(tag));
      raw_tag_ = tag;
    }
    if (tag == GUMBO_TAG_TEMPLATE) ++template_depth_;
    if (is_nothing) return;
    if (tag == GUMBO_TAG_TABLE) ++table_depth_;
    const bool is_foreign_root = tag == GUMBO_TAG_SVG || tag == GUMBO_TAG_MATH;
    const Space own = tag == GUMBO_TAG_SVG    ? Space::kSvg
                      : tag == GUMBO_TAG_MATH ? Space::kMathml
                                              : Space::kHtml;
    enter({tokenizer_, tag, name, own, *options_.arena});
    if (is_foreign_root && !tokenizer_.is_self_closing()) push_foreign(name, own);
  }

  // What a tree would not hold, or not for us.
  bool is_passed_over(GumboTag tag) {
    if (template_depth_ > 0) return true;
    if (tag == GUMBO_TAG_FRAMESET && body_ == Body::kUndecided) body_ = Body::kFrameset;
    if (body_ == Body::kFrameset)
      return tag != GUMBO_TAG_FRAMESET && tag != GUMBO_TAG_FRAME && tag != GUMBO_TAG_NOFRAMES &&
             tag != GUMBO_TAG_HTML;
    if (!has_trait(tag, kIsOfHead)) body_ = Body::kBody;
    if (tag == GUMBO_TAG_FRAME || tag == GUMBO_TAG_FRAMESET) return true;
    if (has_trait(tag, kIsTablePart)) return table_depth_ == 0;
    if (tag == GUMBO_TAG_FORM) return std::exchange(has_form_, true);
    if (tag == GUMBO_TAG_BODY) return std::exchange(has_body_, true);
    return tag == GUMBO_TAG_HTML &&
           !out_.lang.empty();  // a second one adds what the first did not say
  }

  void at_foreign(GumboTag tag, string_view name) {
    if (template_depth_ > 0) return;
    if (hidden_depth_ > 0) {
      if (are_same_ignoring_case(name, hidden_name_) && !tokenizer_.is_self_closing())
        ++hidden_depth_;
      return;
    }
    const ScannedElement element(tokenizer_, tag, name, space(), *options_.arena);
    const bool is_open = !tokenizer_.is_self_closing();
    enter(element);
    if (is_open && has_trait(tag, kIsHidden)) {
      hidden_name_ = name;
      hidden_depth_ = 1;
    } else if (is_open && is_integration_point(element)) {
      push_foreign(name, Space::kHtml);
    } else if (is_open &&
               (equals_ignoring_case(name, "svg") || equals_ignoring_case(name, "math"))) {
      push_foreign(name, space());
    }
  }

  void enter(const ScannedElement& element) {
    separate_at(element.tag());
    reader_.enter(element);
    if (element.tag() != GUMBO_TAG_IFRAME) return;
    const auto html = reader_.frame_html(element);
    if (!html) return;
    Scanner inner(*html, options_, out_, reader_.of_frame(), nullptr);
    inner.run();
  }

  void at_end_tag() {
    const string_view name = tokenizer_.bytes();
    const GumboTag tag = tag_named(name, tokenizer_.slack());
    if (hidden_depth_ > 0) {
      if (are_same_ignoring_case(name, hidden_name_)) --hidden_depth_;
      return;
    }
    if (tag == GUMBO_TAG_TEMPLATE && template_depth_ > 0) --template_depth_;
    if (template_depth_ > 0) return;
    if (tag != GUMBO_TAG_BODY && tag != GUMBO_TAG_HTML)
      separate_at(tag);  // what follows is in the body still
    if (!foreign_.empty()) return at_end_tag_in_foreign(tag, name);
    if (tag == GUMBO_TAG_TABLE && table_depth_ > 0) --table_depth_;
    if (tag == GUMBO_TAG_FORM) {
      has_form_ = false;
      reader_.leave_form();
    }
  }

  void at_end_tag_in_foreign(GumboTag tag, string_view name) {
    if (space() != Space::kHtml && (tag == GUMBO_TAG_P || tag == GUMBO_TAG_BR))
      return pop_foreign();
    const auto open = std::find_if(foreign_.rbegin(), foreign_.rend(), [&](const Foreign& one) {
      return are_same_ignoring_case(one.name, name);
    });
    if (open == foreign_.rend()) return;
    foreign_.erase(std::prev(open.base()), foreign_.end());
    tokenizer_.allow_cdata(space() != Space::kHtml);
  }

  void push_foreign(string_view name, Space inside) {
    if (foreign_.size() == kMostForeign) return;
    foreign_.push_back({name, inside});
    tokenizer_.allow_cdata(inside != Space::kHtml);
  }

  // To where HTML may stand.
  void pop_foreign() {
    while (space() != Space::kHtml) foreign_.pop_back();
    hidden_depth_ = 0;
    tokenizer_.allow_cdata(false);
  }

  void at_text() {
    if (template_depth_ > 0 || hidden_depth_ > 0) return;
    const TextState state = tokenizer_.text_state();
    const bool is_raw = state != TextState::kData && state != TextState::kCdata;
    if (is_raw && raw_tag_ == GUMBO_TAG_TITLE && !reader_.has_title()) {
      std::string storage;
      reader_.title(text_of(tokenizer_.bytes(), state, storage));
    }
    if (body_ == Body::kUndecided && !is_raw && !strip_ascii_space(tokenizer_.bytes()).empty())
      body_ = Body::kBody;
    if (text_ == nullptr || body_ == Body::kFrameset || (is_raw && has_trait(raw_tag_, kIsHidden)))
      return;
    if (!is_raw && !holds_any(tokenizer_.bytes(), '&', '\0'))
      return text_->add(tokenizer_.bytes(), tokenizer_.slack());  // line ends are white space
    add_text(text_of(tokenizer_.bytes(), state, storage_));
  }

  // NUL is nothing in HTML and U+FFFD in what is foreign to it (13.2.6.4.7, 13.2.6.5).
  void add_text(string_view text) {
    while (true) {
      const auto nul = std::min(text.find('\0'), text.size());
      text_->add(text.substr(0, nul));
      if (nul == text.size()) return;
      if (space() != Space::kHtml) text_->add(kReplacement);
      text.remove_prefix(nul + 1);
    }
  }

  void separate_at(GumboTag tag) {
    if (text_ != nullptr && !has_trait(tag, kIsPhrasing)) text_->separate();
  }

  Tokenizer tokenizer_;
  const ExtractOptions& options_;
  Extract& out_;
  ElementReader reader_;
  TextCollector* const text_;
  std::string storage_;
  std::vector<Foreign> foreign_;
  string_view hidden_name_;         // of the foreign element whose contents are not seen
  std::uint32_t hidden_depth_ = 0;  // 0: none
  std::uint32_t template_depth_ = 0;
  std::uint32_t table_depth_ = 0;
  GumboTag raw_tag_ = GUMBO_TAG_UNKNOWN;  // whose text is read in a way of its own
  Body body_ = Body::kUndecided;
  bool has_form_ = false;
  bool has_body_ = false;
};

}  // namespace

Extract scan(string_view html, const ExtractOptions& options) {
  Extract out;
  TextCollector text(options.text_bytes);
  Scanner scanner(html, options, out, ElementReader(options, out), &text);
  scanner.run();
  out.text_length = text.code_points();
  out.text = text.text();
  return out;
}

}  // namespace scraper::parse
