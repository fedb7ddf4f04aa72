// Charsets: the decision, and the way to UTF-8. The input's first line is the label that
// Content-Type gives, the rest the document. What must hold: there is always an encoding, what
// comes out is UTF-8 and bounded, UTF-8 stays as it is, and cuts are between code points.
#include <algorithm>
#include <string>

#include "base/utf8.h"
#include "parse/text/charset.h"
#include "parse/text/prescan.h"
#include "parse/text/text_collector.h"
#include "tests/fuzz/require.h"

namespace {

using namespace scraper;
using namespace scraper::parse;
using scraper::fuzz::require;

void check_converted(std::string_view bytes, const Encoding& encoding) {
  std::string storage;
  const std::string text(to_utf8(bytes, encoding, storage));
  require(is_utf8(text) && text.size() <= 3 * bytes.size() + 3);
  require(to_utf8(text, *utf8_encoding(), storage) == text);
  if (encoding.method == Encoding::Method::kUtf8 && is_utf8(bytes)) require(text == bytes);
  std::string query;
  append_encoded_query(query, text, encoding);
  require(query == text || is_ascii(query));
}

void check_decided(std::string_view bytes, std::string_view label, bool is_html) {
  const CharsetDecision decision = decide_charset(bytes, label, is_html);
  require(decision.encoding != nullptr &&
          decision.bom_length <= std::min<std::size_t>(bytes.size(), 3));
  require(find_encoding(decision.encoding->name) == decision.encoding);
  check_converted(bytes.substr(decision.bom_length), *decision.encoding);
}

void check_utf8(std::string_view bytes) {
  std::string text;
  append_mended(text, bytes);
  require(is_utf8(text) && is_utf8(bytes) == (text == bytes));
  for (const std::size_t most : {std::size_t{0}, text.size() / 3, text.size() / 2}) {
    const auto cut = first_bytes(text, most);
    require(is_utf8(cut) && cut.size() <= most && cut.size() + 3 >= std::min(most, text.size()));
    require(is_utf8(first_code_points(text, most)));
  }
  TextCollector collector(text.size() / 2);
  collector.add(text);
  require(is_utf8(collector.text()) && collector.text().size() <= text.size() / 2 &&
          collector.code_points() <= text.size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view bytes = scraper::fuzz::view(data, size);
  const std::string_view label = scraper::fuzz::take_line(bytes);
  check_decided(bytes, label, true);
  check_decided(bytes, label, false);
  if (const Encoding* late = find_late_meta(bytes))
    require(!late->is_utf16() && !late->is_user_defined());
  check_utf8(bytes);
  return 0;
}
