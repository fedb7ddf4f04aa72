// Content-Type. Each line of the input is a field of it; all of it is looked at as if it were a
// body. What must hold: the essence is a media type in lower case that means itself, the last field
// that has one is taken, and more bytes do not make HTML look like less.
#include <algorithm>
#include <string>

#include "base/ascii.h"
#include "parse/text/charset.h"
#include "parse/text/content_type.h"
#include "parse/text/prescan.h"
#include "tests/fuzz/require.h"

namespace {

using namespace scraper;
using namespace scraper::parse;
using fuzz::require;

ContentType type_of(std::string_view field) {
  HttpHead head;
  head.fields.push_back({"content-TYPE", field});
  return content_type(head);
}

void check_essence(std::string_view essence) {
  require(essence.size() <= 255 && std::count(essence.begin(), essence.end(), '/') == 1);
  require(std::all_of(essence.begin(), essence.end(), [](char c) {
    return c > 0x20 && c < 0x7F && c == ascii_lower(c) && c != ';';
  }));
  require(type_of(essence).essence == essence);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input = fuzz::view(data, size);
  HttpHead head;
  ContentType last;
  bool is_last_alone = true;  // no list
  for (std::string_view rest = input; !rest.empty();) {
    const std::string_view field = fuzz::take_line(rest);
    head.fields.push_back({"Content-Type", field});
    ContentType type = type_of(field);
    if (const Encoding* encoding = encoding_in(field))
      require(find_encoding(encoding->name) == encoding);
    if (type.essence.empty()) continue;
    check_essence(type.essence);
    last = std::move(type);
    is_last_alone = field.find(',') == field.npos;
  }
  const ContentType type = content_type(head);
  require(type.essence == last.essence);
  // Of a list the last may say no charset, and which one it then has is for all before it to say
  // (Fetch Standard).
  require(!is_last_alone || last.charset.empty() || type.charset == last.charset);
  require(type.charset.size() <= size);
  if (looks_like_html(input)) require(looks_like_html(std::string(input) + "x"));
  return 0;
}
