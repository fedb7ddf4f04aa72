#include "parse/text/charset.h"

#include <uchardet/uchardet.h>
#include <unicode/ucnv.h>
#include <unicode/ucnv_cb.h>
#include <unicode/ucnv_err.h>
#include <unicode/utf16.h>
#include <unicode/utf8.h>

#include <algorithm>
#include <array>
#include <memory>

#include "base/percent.h"
#include "base/utf8.h"
#include "parse/text/prescan.h"

namespace scraper::parse {

namespace {

constexpr std::size_t kPrescanned = 1'024;
constexpr std::size_t kGuessedFrom = 64u << 10;
constexpr std::string_view kGb18030 = "gb18030";  // ICU's converter for it and for GBK
constexpr std::size_t kBeforeFirst =
    1'024;  // ASCII shown to the guesser before the first byte that is not

constexpr std::array<std::uint16_t, 96> kIso8859_16From0xA0 = {
    0x00A0, 0x0104, 0x0105, 0x0141, 0x20AC, 0x201E, 0x0160, 0x00A7, 0x0161, 0x00A9, 0x0218, 0x00AB,
    0x0179, 0x00AD, 0x017A, 0x017B, 0x00B0, 0x00B1, 0x010C, 0x0142, 0x017D, 0x201D, 0x00B6, 0x00B7,
    0x017E, 0x010D, 0x0219, 0x00BB, 0x0152, 0x0153, 0x0178, 0x017C, 0x00C0, 0x00C1, 0x00C2, 0x0102,
    0x00C4, 0x0106, 0x00C6, 0x00C7, 0x00C8, 0x00C9, 0x00CA, 0x00CB, 0x00CC, 0x00CD, 0x00CE, 0x00CF,
    0x0110, 0x0143, 0x00D2, 0x00D3, 0x00D4, 0x0150, 0x00D6, 0x015A, 0x0170, 0x00D9, 0x00DA, 0x00DB,
    0x00DC, 0x0118, 0x021A, 0x00DF, 0x00E0, 0x00E1, 0x00E2, 0x0103, 0x00E4, 0x0107, 0x00E6, 0x00E7,
    0x00E8, 0x00E9, 0x00EA, 0x00EB, 0x00EC, 0x00ED, 0x00EE, 0x00EF, 0x0111, 0x0144, 0x00F2, 0x00F3,
    0x00F4, 0x0151, 0x00F6, 0x015B, 0x0171, 0x00F9, 0x00FA, 0x00FB, 0x00FC, 0x0119, 0x021B, 0x00FF};

using Converter = std::unique_ptr<UConverter, decltype(&ucnv_close)>;

Converter open_converter(const char* name) {
  UErrorCode error = U_ZERO_ERROR;
  return {ucnv_open(name, &error), &ucnv_close};
}

CharsetDecision from_bom(std::string_view bytes) {
  if (bytes.substr(0, 3) == "\xEF\xBB\xBF") return {utf8_encoding(), 3};
  if (bytes.substr(0, 2) == "\xFE\xFF") return {find_encoding("utf-16be"), 2};
  if (bytes.substr(0, 2) == "\xFF\xFE") return {find_encoding("utf-16le"), 2};
  return {nullptr, 0};
}

// Pure ASCII is the same in every encoding that could be meant, except that ISO-2022-JP works by
// escapes.
bool is_plain_ascii(std::string_view bytes) {
  return is_ascii(bytes) && bytes.find('\x1B') == bytes.npos;
}

const Encoding* guess(std::string_view bytes) {
  if (is_plain_ascii(bytes)) return windows_1252();
  if (!is_ascii(bytes) && is_utf8(bytes)) return utf8_encoding();
  const auto first = std::find_if(bytes.begin(), bytes.end(),
                                  [](char c) { return static_cast<unsigned char>(c) >= 0x80; });
  const auto at = static_cast<std::size_t>(first - bytes.begin());
  const std::string_view shown =
      bytes.substr(at == bytes.size() ? 0 : at - std::min(at, kBeforeFirst), kGuessedFrom);
  const std::unique_ptr<uchardet, decltype(&uchardet_delete)> detector(uchardet_new(),
                                                                       &uchardet_delete);
  if (!detector || uchardet_handle_data(detector.get(), shown.data(), shown.size()) != 0)
    return windows_1252();
  uchardet_data_end(detector.get());
  const std::string_view name = uchardet_get_charset(detector.get());
  const Encoding* encoding = find_encoding(name == "UHC" ? "euc-kr" : name);
  const bool is_usable = encoding != nullptr && encoding->method != Encoding::Method::kReplacement;
  return is_usable ? encoding : windows_1252();
}

// The gb18030 decoder of the Encoding Standard (10.2.1) takes 0x80 for the euro sign, as Windows
// does; ICU takes it for a mistake.
void replace_or_euro(const void* context, UConverterToUnicodeArgs* args, const char* units,
                     std::int32_t length, UConverterCallbackReason reason, UErrorCode* error) {
  const bool is_euro = reason <= UCNV_IRREGULAR && length == 1 && units[0] == '\x80';
  if (!is_euro) return UCNV_TO_U_CALLBACK_SUBSTITUTE(context, args, units, length, reason, error);
  constexpr UChar kEuro = 0x20AC;
  *error = U_ZERO_ERROR;
  ucnv_cbToUWriteUChars(args, &kEuro, 1, 0, error);
}

void convert_by_icu(std::string_view bytes, const char* name, std::string& out) {
  const Converter from = open_converter(name);
  const Converter to = open_converter("UTF-8");
  if (!from || !to) return append_mended(out, bytes);  // an ICU without its data
  if (std::string_view(name) == kGb18030) {
    UErrorCode error = U_ZERO_ERROR;
    ucnv_setToUCallBack(from.get(), replace_or_euro, nullptr, nullptr, nullptr, &error);
  }
  std::array<UChar, 2'048> pivot;
  UChar* pivot_source = pivot.data();
  UChar* pivot_target = pivot.data();
  const char* source = bytes.data();
  out.resize(bytes.size() + bytes.size() / 2 + 64);
  std::size_t used = 0;
  for (UBool reset = true;; reset = false) {
    UErrorCode error = U_ZERO_ERROR;
    char* target = out.data() + used;
    ucnv_convertEx(to.get(), from.get(), &target, out.data() + out.size(), &source,
                   bytes.data() + bytes.size(), pivot.data(), &pivot_source, &pivot_target,
                   pivot.data() + pivot.size(), reset, true, &error);
    used = static_cast<std::size_t>(target - out.data());
    if (error != U_BUFFER_OVERFLOW_ERROR) break;
    out.resize(out.size() * 2);
  }
  out.resize(used);
}

template <class Map>
void convert_by_byte(std::string_view bytes, std::string& out, Map code_point_of) {
  for (char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    append_code_point(out, byte < 0x80 ? byte : code_point_of(byte));
  }
}

// GBK is written without the four-byte sequences of gb18030, and with a euro sign of its own
// (Encoding Standard 10.2.2).
void append_converted(std::string& out, UChar32 code_point, UConverter* converter, bool is_gbk) {
  constexpr UChar32 kEuro = 0x20AC;
  if (is_gbk && code_point == kEuro) return append_escape(out, '\x80');
  std::array<UChar, 2> units;
  std::int32_t length = 0;
  U16_APPEND_UNSAFE(units.data(), length, code_point);
  std::array<char, 32> bytes;
  UErrorCode error = U_ZERO_ERROR;
  const std::int32_t size =
      ucnv_fromUChars(converter, bytes.data(), bytes.size(), units.data(), length, &error);
  if (U_FAILURE(error) || (is_gbk && size == 4)) {
    out.append("%26%23").append(std::to_string(code_point)).append("%3B");
    return;
  }
  append_encoded(out, {bytes.data(), static_cast<std::size_t>(size)}, EncodeSet::kSpecialQuery);
}

}  // namespace

CharsetDecision decide_charset(std::string_view bytes, std::string_view label, bool is_html) {
  if (const auto decision = from_bom(bytes); decision.encoding != nullptr) return decision;
  if (const Encoding* named = find_encoding(label)) return {named};
  if (is_html) {
    if (const Encoding* found = prescan(bytes.substr(0, kPrescanned))) return {found};
    if (bytes.size() > kPrescanned) {
      if (const Encoding* found = find_late_meta(bytes)) return {found};
    }
  }
  return {guess(bytes)};
}

std::string_view to_utf8(std::string_view bytes, const Encoding& encoding, std::string& storage) {
  if (encoding.method == Encoding::Method::kUtf8 && is_utf8(bytes)) return bytes;
  storage.clear();
  switch (encoding.method) {
    case Encoding::Method::kUtf8: append_mended(storage, bytes); break;
    case Encoding::Method::kIcu: convert_by_icu(bytes, encoding.icu, storage); break;
    case Encoding::Method::kIso8859_16:
      convert_by_byte(bytes, storage, [](unsigned char b) -> std::uint32_t {
        return b < 0xA0 ? b : kIso8859_16From0xA0[b - 0xA0u];
      });
      break;
    case Encoding::Method::kUserDefined:
      convert_by_byte(bytes, storage,
                      [](unsigned char b) -> std::uint32_t { return 0xF780u + b - 0x80u; });
      break;
    case Encoding::Method::kReplacement:
      if (!bytes.empty()) storage = kReplacement;
      break;
  }
  return storage;
}

void append_encoded_query(std::string& out, std::string_view query, const Encoding& encoding) {
  const bool is_unicode = encoding.method != Encoding::Method::kIcu ||
                          encoding.is_utf16();  // the standard's "output encoding"
  const Converter converter = open_converter(is_unicode ? "UTF-8" : encoding.icu);
  if (is_unicode || !converter || is_ascii(query)) {
    out.append(query);
    return;
  }
  UErrorCode error = U_ZERO_ERROR;
  ucnv_setFromUCallBack(converter.get(), UCNV_FROM_U_CALLBACK_STOP, nullptr, nullptr, nullptr,
                        &error);
  ucnv_setFallback(converter.get(), false);
  for (std::size_t at = 0; at < query.size();) {
    if (static_cast<unsigned char>(query[at]) < 0x80) {
      out.push_back(query[at++]);
      continue;
    }
    UChar32 code_point;
    U8_NEXT_OR_FFFD(query.data(), at, query.size(), code_point);
    append_converted(out, code_point, converter.get(), encoding.name == "GBK");
  }
}

}  // namespace scraper::parse
