// HTML: gumbo's tree, what is read from it, and its links resolved. The input's first line is the
// label of the document's encoding (queries are written in it), the rest the document. What must
// hold: all text is UTF-8 and as long as it may be, what a frame holds comes behind the document it
// stands in, and every link that can be resolved is a URL.
#include <string>

#include "base/ascii.h"
#include "base/utf8.h"
#include "parse/html/document.h"
#include "parse/html/extract.h"
#include "parse/links.h"
#include "tests/fuzz/require.h"

namespace {

using namespace scraper;
using namespace scraper::parse;
using fuzz::require;

constexpr std::size_t kText = 2'000;

// gumbo makes any byte of a numeric reference past 32 bits, so only a document without one is known
// to give UTF-8.
class Checker {
 public:
  explicit Checker(std::string_view html)
      : size_(html.size()), is_known_(html.find('#') == html.npos) {}

  void check_text(const Extract& page) const {
    for (const std::string* text : {&page.title, &page.description, &page.lang, &page.text})
      require(is_fine(*text));
    require(first_code_points(page.title, kMaxTitle) == page.title);
    require(first_code_points(page.description, kMaxDescription) == page.description);
    require(page.lang.size() <= kMaxLang && page.text.size() <= kText);
    require(!is_known_ || page.text_length >= page.text.size() / 4);
    std::size_t robots = 0;
    for (const auto& directives : page.robots) {
      require(is_fine(directives));
      robots += directives.size();
    }
    require(robots <= kMaxRobots);
  }

  void check_written(const Extract& page) const {
    require(!page.documents.empty() && page.documents[0].parent == 0);
    for (std::size_t i = 1; i < page.documents.size(); ++i) require(page.documents[i].parent < i);
    for (const auto& document : page.documents)
      require(!document.base_href || is_fine(*document.base_href));
    require(page.links.size() <= size_);
    for (const auto& link : page.links) {
      require(link.document < page.documents.size());
      require(is_fine(link.href) && strip_ascii_space(link.href) == link.href);
    }
  }

 private:
  bool is_fine(std::string_view text) const { return !is_known_ || is_utf8(text); }

  const std::size_t size_;
  const bool is_known_;
};

void check_resolved(const Extract& page, const Encoding& encoding) {
  const auto base = parse_url("http://example.test/a/b?c");
  for (const auto& link : page.links) {
    const auto url = resolve(link.href, *base, encoding);
    require(!url || !url->is_http() || Url::is_serialised(url->href()));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view rest = fuzz::view(data, size);
  const Encoding* const named = find_encoding(fuzz::take_line(rest));
  const Encoding& encoding = named != nullptr ? *named : *utf8_encoding();
  std::string html;
  append_mended(html, rest);
  Arena arena(DocumentLimits{64u << 20, std::chrono::seconds(2)});
  arena.reset();
  const GumboNode* const document = parse_html(html, arena);
  if (document == nullptr) return 0;
  ExtractOptions options;
  options.arena = &arena;
  options.text_bytes = kText;
  options.max_depth = 64;
  const Extract page = extract(*document, options);
  const Checker checker(html);
  checker.check_text(page);
  checker.check_written(page);
  check_resolved(page, encoding);
  return 0;
}
