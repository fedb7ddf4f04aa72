// The tokenizer and the scanner: a document read without a tree. What must hold: tokens lie in the
// document one after the other, all text is UTF-8 (the document is mended first) and as long as it
// may be, what a frame holds comes behind the document it stands in, and there is no more of
// anything than there are bytes.
#include <string>

#include "base/ascii.h"
#include "base/utf8.h"
#include "parse/html/arena.h"
#include "parse/html/scan.h"
#include "parse/html/tokenizer.h"
#include "tests/fuzz/require.h"

namespace {

using namespace scraper;
using namespace scraper::parse;
using scraper::fuzz::require;

constexpr std::size_t kText = 2'000;

void check_tokens(std::string_view html, TextState state) {
  Tokenizer tokenizer(html);
  tokenizer.switch_to(state, "script");
  tokenizer.allow_cdata(state == TextState::kData);
  std::string storage;
  std::size_t before = 0;
  for (TokenKind kind = tokenizer.next(); kind != TokenKind::kEnd; kind = tokenizer.next()) {
    require(tokenizer.position() > before && tokenizer.position() <= html.size());
    before = tokenizer.position();
    require(tokenizer.bytes().empty() ||
            (tokenizer.bytes().data() >= html.data() && tokenizer.bytes().end() <= html.end()));
    require(is_utf8(text_of(tokenizer.bytes(), tokenizer.text_state(), storage)));
    for (const RawAttribute& one : tokenizer.attributes()) {
      require(!one.name.empty() && is_utf8(attribute_name(one.name, storage)));
      require(is_utf8(attribute_value(one.value, storage)));
    }
  }
  require(tokenizer.next() == TokenKind::kEnd);
}

void check_page(const Extract& page, std::size_t size) {
  for (const std::string* text : {&page.title, &page.description, &page.lang, &page.text})
    require(is_utf8(*text));
  require(first_code_points(page.title, kMaxTitle) == page.title);
  require(page.lang.size() <= kMaxLang && page.text.size() <= kText);
  require(!page.documents.empty() && page.documents.size() <= size + 1 &&
          page.links.size() <= size);
  for (std::size_t i = 1; i < page.documents.size(); ++i) require(page.documents[i].parent < i);
  for (const auto& link : page.links) {
    require(link.document < page.documents.size());
    require(is_utf8(link.href) && strip_ascii_space(link.href) == link.href);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string html;
  append_mended(html, scraper::fuzz::view(data, size));
  for (const TextState state : {TextState::kData, TextState::kRcdata, TextState::kRawtext,
                                TextState::kScript, TextState::kCdata}) {
    check_tokens(html, state);
  }
  static Arena arena(&std::abort);
  arena.reset();
  check_page(scan(html, {true, &arena, "FooBot", kText, 512}), html.size());
  return 0;
}
