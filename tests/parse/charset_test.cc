#include "parse/text/charset.h"

#include "base/utf8.h"
#include "parse/text/content_type.h"
#include "parse/text/prescan.h"
#include "tests/catch.h"

using namespace scraper;
using namespace scraper::parse;
using namespace std::string_literals;

namespace {

std::string_view name_of(const Encoding* encoding) {
  return encoding == nullptr ? "none" : encoding->name;
}

// Of one Content-Type field.
std::string charset_of(std::string_view field) {
  scraper::HttpHead head;
  head.fields.push_back({"Content-Type", field});
  return content_type(head).charset;
}

std::string_view decided(std::string_view bytes, std::string_view content_type = "text/html",
                         bool is_html = true) {
  return decide_charset(bytes, charset_of(content_type), is_html).encoding->name;
}

std::string text_in(const char* label, std::string_view bytes) {
  std::string storage;
  return std::string(to_utf8(bytes, *find_encoding(label), storage));
}

std::string encoded_query(const char* label, std::string_view query) {
  std::string out;
  append_encoded_query(out, query, *find_encoding(label));
  return out;
}

}  // namespace

TEST_CASE("labels are found whatever their case and the space around them") {
  const std::pair<const char*, const char*> table[] = {
      {"utf-8", "UTF-8"},
      {" UTF8\n", "UTF-8"},
      {"unicode-1-1-utf-8", "UTF-8"},
      {"latin1", "windows-1252"},
      {"US-ASCII", "windows-1252"},
      {"ISO_8859-1:1987", "windows-1252"},
      {"iso-8859-9", "windows-1254"},
      {"iso-8859-11", "windows-874"},
      {"gb2312", "GBK"},
      {"GB18030", "gb18030"},
      {"x-sjis", "Shift_JIS"},
      {"ks_c_5601-1987", "EUC-KR"},
      {"utf-16", "UTF-16LE"},
      {"hz-gb-2312", "replacement"},
      {"iso-2022-kr", "replacement"},
      {"x-user-defined", "x-user-defined"},
      {"logical", "ISO-8859-8-I"},
      {"utf-7", "none"},
      {"unicode-1-1-utf-7", "none"},
      {"utf-32", "none"},
      {"cesu-8", "none"},
      {"", "none"},
      {"utf -8", "none"},
  };
  for (const auto& [label, name] : table) {
    CAPTURE(label);
    CHECK(name_of(find_encoding(label)) == name);
  }
  CHECK(find_encoding(std::string(1u << 20, 'x')) == nullptr);
}

TEST_CASE("what decides the encoding of a page, the stronger first") {
  const std::string_view meta = "<meta charset=iso-8859-2>\xB1";
  CHECK(decided("\xEF\xBB\xBF<meta charset=iso-8859-2>", "text/html; charset=iso-8859-5") ==
        "UTF-8");
  CHECK(decided("\xFE\xFF\0a", "text/html; charset=utf-8") == "UTF-16BE");
  CHECK(decided("\xFF\xFE"
                "a",
                "text/html; charset=utf-8") == "UTF-16LE");
  CHECK(decided(meta, "text/html; charset=iso-8859-5") == "ISO-8859-5");
  CHECK(decided(meta, "text/html; charset=bogus") == "ISO-8859-2");
  CHECK(decided(meta, "text/html") == "ISO-8859-2");
  CHECK(decided(meta, "text/plain", false) != "ISO-8859-2");
  CHECK(decided("na\xC3\xAFve") == "UTF-8");
  CHECK(decided("plain ASCII") == "windows-1252");
  CHECK(decided("") == "windows-1252");
  CHECK(decided("\x81\x8D\x8F") == "windows-1252");
}

// What the MIME Sniffing Standard (4.4) and the Fetch Standard ("extract a MIME type") make of
// them.
TEST_CASE(
    "the charset of a Content-Type field is that of its parameter, of one type or a list of them") {
  const std::pair<const char*, const char*> table[] = {
      {"text/html; charset=koi8-r", "koi8-r"},
      {"text/html;CHARSET=\"koi8-r\"", "koi8-r"},
      {"text/html; charset=\"koi8-r", "koi8-r"},
      {"text/html; charset=\"koi\\8-r\"x; charset=utf-8", "koi8-r"},
      {"text/html; charset='koi8-r'", "koi8-r"},
      {"text/html; charset = koi8-r ; x=y", "koi8-r"},
      {"text/html; charset=; charset=koi8-r", "koi8-r"},
      {"text/html; x=\"a; charset=utf-7;\"; charset=koi8-r", "koi8-r"},
      {"text/html; x=\"a; charset=utf-7\"", ""},
      {"text/html; xcharset=koi8-r", ""},
      {"text/html; charset charset=koi8-r", ""},
      {"text/html; charset", ""},
      {"text/html", ""},
      {"", ""},
      {"text/html; charset=koi8-r, text/html", "koi8-r"},
      {"text/html; charset=koi8-r, text/html; charset=utf-8", "utf-8"},
      {"text/html; charset=koi8-r, text/plain", ""},
      {"text/html; charset=koi8-r, */*, bogus", "koi8-r"},
      {"text/html; x=\"a, text/plain\"; charset=koi8-r", "koi8-r"},
  };
  for (const auto& [field, label] : table) {
    CAPTURE(field);
    CHECK(charset_of(field) == label);
  }
  CHECK(charset_of("text/html; charset=\"" + std::string(1u << 20, 'x') + "\\").size() ==
        (1u << 20) + 1);
}

TEST_CASE("the charset in a meta's content") {
  const std::pair<const char*, const char*> table[] = {
      {"text/html; charset=koi8-r", "KOI8-R"},
      {"text/html;CHARSET=\"koi8-r\"", "KOI8-R"},
      {"text/html; charset='koi8-r'; x=y", "KOI8-R"},
      {"text/html; charset = koi8-r ;x", "KOI8-R"},
      {"text/html; charset charset=koi8-r", "KOI8-R"},
      {"text/html; charset=\"koi8-r", "none"},
      {"text/html; charset=", "none"},
      {"text/html; charset", "none"},
      {"text/html", "none"},
      {"", "none"},
  };
  for (const auto& [field, name] : table) {
    CAPTURE(field);
    CHECK(name_of(encoding_in(field)) == name);
  }
}

TEST_CASE("the prescan reads markup as the standard has it") {
  const std::pair<std::string_view, const char*> table[] = {
      {"<meta charset=koi8-r>", "KOI8-R"},
      {"<META/CHARSET = 'koi8-r'>", "KOI8-R"},
      {"<meta http-equiv=content-type content='text/html; charset=koi8-r'>", "KOI8-R"},
      {"<meta content='text/html; charset=koi8-r'>", "none"},
      {"<meta charset=koi8-r", "none"},
      {"<!-- <meta charset=koi8-u> --><meta charset=koi8-r>", "KOI8-R"},
      {"<!--><meta charset=koi8-r>-->", "KOI8-R"},
      {"<a title='<meta charset=koi8-u>'><meta charset=koi8-r>", "KOI8-R"},
      {"</p a='>'><?x <meta charset=koi8-u> <!y><meta charset=koi8-r>", "KOI8-R"},
      {"<metadata charset=koi8-r>", "none"},
      {"<meta charset=utf-16be>", "UTF-8"},
      {"<meta charset=x-user-defined>", "windows-1252"},
      {"<meta charset=utf-7>", "none"},
      {"<meta charset=bogus charset=koi8-r>", "none"},
      {"<?xml version='1.0' encoding=\"koi8-r\"?><p>", "KOI8-R"},
      {"<?xml encoding='utf-16'?>", "UTF-8"},
      {"<?xml version='1.0'?>", "none"},
      {std::string_view("<\0?\0x\0m\0l\0", 10), "UTF-16LE"},
      {std::string_view("\0<\0?\0x\0m\0l", 10), "UTF-16BE"},
  };
  for (const auto& [bytes, name] : table) {
    CAPTURE(bytes);
    CHECK(name_of(prescan(bytes)) == name);
  }
}

TEST_CASE("a meta past the prescan is found, unless it is no markup") {
  const std::string far(2'000, ' ');
  CHECK(decided(far + "<meta charset=koi8-r>") == "KOI8-R");
  CHECK(decided(far + "<script>'<meta charset=koi8-u>'</script><meta charset=koi8-r>") == "KOI8-R");
  CHECK(decided(far + "<!-- <meta charset=koi8-r> -->") == "windows-1252");
}

TEST_CASE("text in each kind of encoding becomes UTF-8") {
  CHECK(text_in("windows-1252", "\x80 \xE9 \x81") == "\xE2\x82\xAC \xC3\xA9 \xC2\x81");
  CHECK(text_in("iso-8859-16", "\xAA\xBA\xA4") == "\xC8\x98\xC8\x99\xE2\x82\xAC");
  CHECK(text_in("koi8-r", "\xD0\xD2\xC9") == "\xD0\xBF\xD1\x80\xD0\xB8");
  CHECK(text_in("shift_jis", "\x93\xFA\x96{\\~") == "\xE6\x97\xA5\xE6\x9C\xAC\\~");
  CHECK(text_in("euc-jp", "\xC6\xFC\xCB\xDC\\~") == "\xE6\x97\xA5\xE6\x9C\xAC\\~");
  CHECK(text_in("iso-2022-jp", "\x1B$BF|K\\\x1B(B!") == "\xE6\x97\xA5\xE6\x9C\xAC!");
  CHECK(text_in("euc-kr", "\xC7\xD1\x81\x41\\~") == "\xED\x95\x9C\xEA\xB0\x82\\~");
  CHECK(text_in("gb2312", "\xC4\xE3\x81\x30\x81\x30\\") == "\xE4\xBD\xA0\xC2\x80\\");
  CHECK(text_in("gbk", "1\x80\xFF\x80\x81\x80") ==
        "1\xE2\x82\xAC" + std::string(kReplacement) + "\xE2\x82\xAC\xE4\xBA\x90");
  CHECK(text_in("gb18030", "\xA2\xE3\x80") == "\xE2\x82\xAC\xE2\x82\xAC");
  CHECK(text_in("big5", "\xA7\x41\\") == "\xE4\xBD\xA0\\");
  CHECK(text_in("utf-16le", std::string_view("a\0\x3D\xD8\x00\xDE", 6)) == "a\xF0\x9F\x98\x80");
  CHECK(text_in("utf-16be", std::string_view("\xD8\x3D\0a", 4)) == std::string(kReplacement) + "a");
  CHECK(text_in("x-user-defined", "a\x80\xFF") == "a\xEF\x9E\x80\xEF\x9F\xBF");
  CHECK(text_in("utf-8", "a\xFF") == "a"s + std::string(kReplacement));
  CHECK(text_in("iso-2022-kr", "<a href=x>") == kReplacement);
  CHECK(text_in("iso-2022-kr", "") == "");
}

TEST_CASE("ASCII stays ASCII in every encoding that holds it") {
  std::string ascii;
  for (char c = ' '; c < 0x7F; ++c) ascii.push_back(c);
  for (const char* label :
       {"utf-8",         "866",    "latin2",      "latin3",      "latin4",         "cyrillic",
        "arabic",        "greek",  "hebrew",      "logical",     "latin6",         "iso-8859-13",
        "iso-8859-14",   "l9",     "iso-8859-16", "koi8-r",      "koi8-u",         "mac",
        "tis-620",       "cp1250", "cp1251",      "cp1252",      "cp1253",         "cp1254",
        "cp1255",        "cp1256", "cp1257",      "cp1258",      "x-mac-cyrillic", "gbk",
        "gb18030",       "big5",   "euc-jp",      "iso-2022-jp", "sjis",           "euc-kr",
        "x-user-defined"}) {
    CAPTURE(label);
    CHECK(text_in(label, ascii) == ascii);
  }
}

TEST_CASE("any bytes in any encoding become UTF-8, the long and the broken too") {
  std::string bytes;
  for (int i = 0; i < 20'000; ++i) bytes.push_back(static_cast<char>(i * 7 + i / 256));
  for (const char* label : {"utf-8", "cp1253", "gb18030", "big5", "euc-jp", "iso-2022-jp", "sjis",
                            "euc-kr", "utf-16le", "utf-16be"}) {
    CAPTURE(label);
    const std::string text = text_in(label, bytes);
    CHECK(is_utf8(text));
    CHECK(text.size() > 5'000);
  }
}

TEST_CASE("a query is encoded as its document is") {
  CHECK(encoded_query("utf-8", "?q=\xC3\xA4") == "?q=\xC3\xA4");
  CHECK(encoded_query("windows-1252", "?q=\xC3\xA4&r=1") == "?q=%E4&r=1");
  CHECK(encoded_query("windows-1252", "?\xE2\x98\x83") == "?%26%239731%3B");
  CHECK(encoded_query("shift_jis", "?\xE6\x97\xA5") == "?%93%FA");
  CHECK(encoded_query("gbk", "?\xE2\x82\xAC\xE4\xBD\xA0") == "?%80%C4%E3");
  CHECK(encoded_query("gbk", "?\xC2\x80") == "?%26%23128%3B");
  CHECK(encoded_query("gb18030", "?\xE2\x82\xAC\xC2\x80") == "?%A2%E3%810%810");
  CHECK(encoded_query("iso-2022-kr", "?\xC3\xA4") == "?\xC3\xA4");
  CHECK(encoded_query("utf-16le", "?\xC3\xA4") == "?\xC3\xA4");
}
