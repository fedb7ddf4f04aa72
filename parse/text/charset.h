// From bytes to UTF-8 by the WHATWG Encoding Standard: which encoding a document is in, and its
// conversion by ICU. A charset never fails a page: what cannot be converted becomes U+FFFD, what
// cannot be known is windows-1252. UTF-7 does not exist here. Pure but for ICU's own cache of
// converters; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace scraper::parse {

// One encoding of the standard. There is one object for each; compare pointers.
struct Encoding {
  enum class Method : std::uint8_t {
    kUtf8,
    kIcu,
    kIso8859_16,   // ICU has no table for it
    kUserDefined,  // x-user-defined
    kReplacement,  // dangerous ones: the whole document is one U+FFFD
  };

  std::string_view name;  // as the standard writes it: "UTF-8", "windows-1252", "Shift_JIS"
  Method method;
  const char* icu;  // the converter for kIcu whose table is the standard's, or closest to it
  std::string_view labels;  // lower case, separated by spaces

  bool is_utf16() const { return name.substr(0, 6) == "UTF-16"; }
  bool is_user_defined() const { return method == Method::kUserDefined; }
};

// "Get an encoding" from a label: white space around it and case do not matter. Null when there is
// none of that name.
const Encoding* find_encoding(std::string_view label);
const Encoding* utf8_encoding();
const Encoding* windows_1252();

struct CharsetDecision {
  const Encoding* encoding;
  std::size_t bom_length = 0;  // bytes at the start that are no text
};

// In this order: byte order mark, `label` (the charset of Content-Type), for HTML the meta prescan
// over 1,024 bytes and then a meta further down, valid UTF-8, uchardet's guess, windows-1252.
CharsetDecision decide_charset(std::string_view bytes, std::string_view label, bool is_html);

// The text as UTF-8: a view of `bytes` where they are that already, else of `storage`, which is
// overwritten.
std::string_view to_utf8(std::string_view bytes, const Encoding& encoding, std::string& storage);

// A URL's query in a document of that encoding, from UTF-8: non-ASCII characters encoded and
// percent-encoded, those that the encoding lacks as "&#NNN;" percent-encoded (URL Standard 1.3,
// "percent-encode after encoding"). ASCII is copied as it is.
void append_encoded_query(std::string& out, std::string_view query, const Encoding& encoding);

}  // namespace scraper::parse
