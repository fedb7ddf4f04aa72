// The format, all numbers little-endian as the processor has them (both ends are one machine and
// one build):
//
//   u32 version | u16 status | u8 fault | u8 links_cut | u32 links_too_long | u64 decoded_size |
//   u64 text_length | u32 cpu_micros u8 asks_nofollow | u8 asks_noindex the strings content_type …
//   retry_after in the order of strings_of(), each u32 length and its bytes f64 crawl delay | u32
//   n, n × (u32 line, u8 allows, string pattern) | u32 n, n × string sitemap u32 n, n × (u64, u64
//   fingerprint, u8 kind, u8 is_nofollow, string url) u32 n, n × (u32 link, string lastmod,
//   changefreq, priority, u32 m, m × (u32 link, string lang)): entries of a sitemap string text
//
// What may be left out for want of room stands last. Strings are views into the record's bytes when
// it is decoded.
#include "parse/record_codec.h"
#include "base/ascii.h"
#include "base/utf8.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <type_traits>

#include "base/url.h"

namespace scraper::parse {

namespace {

constexpr std::uint32_t kVersion = 0x31525053;  // "SPR1"
constexpr std::size_t kMaxField = 64u << 10;    // bytes of one string other than the text
constexpr std::size_t kLeastRule = 4 + 1 + 4;   // bytes of the smallest rule,
constexpr std::size_t kLeastString = 4;         // sitemap
constexpr std::size_t kLeastLink =
    16 + 2 + 4;  // and link: a count beyond what is left is refused before memory is taken
constexpr std::size_t kLeastEntry = 4 + 3 * 4 + 4;
constexpr std::size_t kLeastAlternate = 4 + 4;
constexpr std::size_t kMaxDetail = 64;  // bytes of a date, a language, a word of a sitemap
constexpr double kNoDelay = -1;

template <class Record>
auto strings_of(Record& r) {
  return std::array{&r.content_type, &r.charset, &r.title,    &r.description, &r.lang,
                    &r.canonical,    &r.base,    &r.location, &r.robots,      &r.retry_after};
}

// The URLs among them.
std::array<std::string_view*, 3> urls_of(PageRecord& r) {
  return {&r.canonical, &r.base, &r.location};
}

bool is_clean(std::string_view text) { return text.find('\0') == text.npos && is_utf8(text); }

bool has_printable_scheme(std::string_view url) {
  const auto colon = url.find(':');
  if (colon == 0 || colon == url.npos || url[0] < 'a' || url[0] > 'z') return false;
  for (char c : url.substr(0, colon)) {
    const bool may_be = (c >= 'a' && c <= 'z') || is_digit(c) || c == '+' || c == '-' || c == '.';
    if (!may_be) return false;
  }
  for (char c : url) {
    if (c < 0x20 || c > 0x7E) return false;
  }
  return true;
}

bool is_url(std::string_view url) {
  const std::string_view scheme = url.substr(0, url.find(':'));
  return scheme == "http" || scheme == "https" ? Url::is_serialised(url)
                                               : has_printable_scheme(url);
}

class Writer {
 public:
  explicit Writer(std::string& out) : out_(out) { out_.clear(); }

  template <class T>
  void number(T value) {
    static_assert(std::is_arithmetic_v<T>);
    out_.append(reinterpret_cast<const char*>(&value), sizeof value);
  }

  void string(std::string_view text, std::size_t most) {
    if (is_clean(text)) return plain(first_bytes(text, most));
    scratch_.clear();
    while (true) {
      const auto nul = std::min(text.find('\0'), text.size());
      append_mended(scratch_, text.substr(0, nul));
      if (nul == text.size()) break;
      scratch_.append(kReplacement);
      text.remove_prefix(nul + 1);
    }
    plain(first_bytes(scratch_, most));
  }

  void plain(std::string_view text) {
    number(static_cast<std::uint32_t>(text.size()));
    out_.append(text);
  }

  // A count that is known only when what it counts has been written.
  std::size_t count_here() {
    number(std::uint32_t{0});
    return out_.size() - sizeof(std::uint32_t);
  }
  void set_count(std::size_t at, std::uint32_t count) {
    std::memcpy(out_.data() + at, &count, sizeof count);
  }

  // Whether `bytes` more fit, with room for the counts and the empty text that must still come.
  bool has_room(std::size_t bytes) const { return out_.size() + bytes + kReserved <= kMaxRecord; }
  std::size_t room_for_text() const {
    return std::min(kMaxText, kMaxRecord - out_.size() - sizeof(std::uint32_t));
  }

  void set_links_cut() { out_[7] = 1; }

 private:
  static constexpr std::size_t kReserved = 64;
  std::string& out_;
  std::string scratch_;
};

void write_rules(const RobotsRules& rules, Writer& out) {
  out.number(rules.crawl_delay_seconds >= 0 && std::isfinite(rules.crawl_delay_seconds)
                 ? rules.crawl_delay_seconds
                 : kNoDelay);
  const std::size_t rule_count = out.count_here();
  std::uint32_t written = 0;
  for (const auto& rule : rules.rules) {
    if (!out.has_room(kLeastRule + 3 * rule.pattern.size()))
      break;  // 500 KiB of robots.txt cannot come to this
    out.number(rule.line);
    out.number(static_cast<std::uint8_t>(rule.allows));
    out.string(rule.pattern, kMaxField);
    ++written;
  }
  out.set_count(rule_count, written);
  const std::size_t sitemap_count = out.count_here();
  written = 0;
  for (const auto sitemap : rules.sitemaps) {
    if (!out.has_room(kLeastString + 3 * sitemap.size())) break;
    out.string(sitemap, kMaxField);
    ++written;
  }
  out.set_count(sitemap_count, written);
}

constexpr std::uint32_t kLeftOut = 0xFFFFFFFF;

// `places`, unless it is empty, gets the number among those written of each link that an entry may
// name.
void write_links(const std::vector<Link>& links, std::vector<std::uint32_t>& places, Writer& out) {
  const std::size_t count = out.count_here();
  std::uint32_t written = 0;
  for (std::size_t i = 0; i < links.size(); ++i) {
    const Link& link = links[i];
    if (!out.has_room(kLeastLink + link.url.size())) {
      out.set_links_cut();
      break;
    }
    if (link.url.size() > kMaxField) continue;
    out.number(link.fingerprint.low);
    out.number(link.fingerprint.high);
    out.number(static_cast<std::uint8_t>(link.kind));
    out.number(static_cast<std::uint8_t>(link.is_nofollow));
    out.plain(link.url);
    if (!places.empty() && is_url(link.url)) places[i] = written;
    ++written;
  }
  out.set_count(count, written);
}

// An entry is written with all its alternates or not at all.
void write_entries(const PageRecord& record, const std::vector<std::uint32_t>& places,
                   Writer& out) {
  const std::size_t count = out.count_here();
  std::uint32_t written = 0;
  const SitemapAlternate* alternate = record.sitemap_alternates.data();
  for (const auto& entry : record.sitemap_entries) {
    const SitemapAlternate* const end = alternate + entry.alternates;
    if (!out.has_room(kLeastEntry + 3 * kMaxDetail +
                      entry.alternates * (kLeastAlternate + kMaxDetail)))
      return out.set_links_cut();
    if (places[entry.link] != kLeftOut) {
      out.number(places[entry.link]);
      for (const auto text : {entry.lastmod, entry.changefreq, entry.priority})
        out.string(text, kMaxDetail);
      const std::size_t alternate_count = out.count_here();
      std::uint32_t alternates = 0;
      for (const SitemapAlternate* one = alternate; one != end; ++one) {
        if (places[one->link] == kLeftOut) continue;
        out.number(places[one->link]);
        out.string(one->lang, kMaxDetail);
        ++alternates;
      }
      out.set_count(alternate_count, alternates);
      out.set_count(count, ++written);
    }
    alternate = end;
  }
}

// Reads what is there and remembers whether anything was wrong; after that everything reads as
// empty.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : rest_(bytes) {}

  template <class T>
  T number() {
    T value{};
    const std::string_view bytes = take(sizeof value);
    if (!bytes.empty()) std::memcpy(&value, bytes.data(), sizeof value);
    return value;
  }

  bool flag() {
    const auto value = number<std::uint8_t>();
    require(value <= 1);
    return value == 1;
  }

  std::string_view plain(std::size_t most) {
    const auto length = number<std::uint32_t>();
    require(length <= most);
    return take(length);
  }

  std::string_view string(std::size_t most = kMaxField) {
    const std::string_view text = plain(most);
    require(is_clean(text));
    return text;
  }

  // A count of things that take at least `least` bytes each.
  std::size_t count(std::size_t least) {
    const auto value = number<std::uint32_t>();
    require(value <= rest_.size() / least);
    return is_good_ ? value : 0;
  }

  void require(bool condition) {
    is_good_ &= condition;
    if (!is_good_) rest_ = {};
  }

  bool is_good() const { return is_good_; }
  bool is_at_end() const { return rest_.empty(); }

 private:
  std::string_view take(std::size_t size) {
    require(size <= rest_.size());
    if (!is_good_) return {};
    const std::string_view bytes = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return bytes;
  }

  std::string_view rest_;
  bool is_good_ = true;
};

void read_fixed(Reader& in, PageRecord& record) {
  in.require(in.number<std::uint32_t>() == kVersion);
  record.status = in.number<std::uint16_t>();
  in.require(record.status <= 999);
  record.fault = static_cast<PageFault>(in.number<std::uint8_t>());
  in.require(record.fault <= PageFault::kBadRecord);
  record.links_cut = in.flag();
  record.links_too_long = in.number<std::uint32_t>();
  record.decoded_size = in.number<std::uint64_t>();
  record.text_length = in.number<std::uint64_t>();
  record.cpu_micros = in.number<std::uint32_t>();
  record.asks_nofollow = in.flag();
  record.asks_noindex = in.flag();
  for (std::string_view* field : strings_of(record)) *field = in.string();
  for (const std::string_view* url : urls_of(record)) in.require(url->empty() || is_url(*url));
}

void read_rules(Reader& in, RobotsRules& rules) {
  const auto delay = in.number<double>();
  in.require(delay == kNoDelay || (std::isfinite(delay) && delay >= 0));
  if (in.is_good()) rules.crawl_delay_seconds = delay;
  rules.rules.resize(in.count(kLeastRule));
  for (auto& rule : rules.rules) {
    rule.line = in.number<std::uint32_t>();
    rule.allows = in.flag();
    rule.pattern = in.string();
  }
  rules.sitemaps.resize(in.count(kLeastString));
  for (auto& sitemap : rules.sitemaps) sitemap = in.string();
}

void read_links(Reader& in, std::vector<Link>& links) {
  links.resize(in.count(kLeastLink));
  for (auto& link : links) {
    link.fingerprint.low = in.number<std::uint64_t>();
    link.fingerprint.high = in.number<std::uint64_t>();
    link.kind = static_cast<LinkKind>(in.number<std::uint8_t>());
    in.require(static_cast<std::size_t>(link.kind) < kLinkKinds);
    link.is_nofollow = in.flag();
    link.url = in.plain(kMaxField);
    if (!in.is_good()) return;
  }
}

void read_entries(Reader& in, PageRecord& record) {
  const auto link_number = [&] {
    const auto link = in.number<std::uint32_t>();
    in.require(link < record.links.size() && is_url(record.links[link].url));
    return link;
  };
  record.sitemap_entries.resize(in.count(kLeastEntry));
  for (auto& entry : record.sitemap_entries) {
    entry.link = link_number();
    for (auto* const text : {&entry.lastmod, &entry.changefreq, &entry.priority})
      *text = in.string(kMaxDetail);
    entry.alternates = static_cast<std::uint32_t>(in.count(kLeastAlternate));
    for (std::uint32_t i = 0; i < entry.alternates && in.is_good(); ++i) {
      const auto link = link_number();
      record.sitemap_alternates.push_back({link, in.string(kMaxDetail)});
    }
    if (!in.is_good()) return;
  }
}

}  // namespace

void encode(const PageRecord& record, std::string& bytes) {
  Writer out(bytes);
  out.number(kVersion);
  out.number(static_cast<std::uint16_t>(record.status));
  out.number(static_cast<std::uint8_t>(record.fault));
  out.number(static_cast<std::uint8_t>(record.links_cut));
  out.number(record.links_too_long);
  out.number(record.decoded_size);
  out.number(record.text_length);
  out.number(record.cpu_micros);
  out.number(static_cast<std::uint8_t>(record.asks_nofollow));
  out.number(static_cast<std::uint8_t>(record.asks_noindex));
  for (const std::string_view* field : strings_of(record)) {
    const bool is_url_field =
        field == &record.canonical || field == &record.base || field == &record.location;
    const bool is_fit = !is_url_field || (field->size() <= kMaxField && is_url(*field));
    out.string(is_fit ? *field : std::string_view{}, kMaxField);
  }
  write_rules(record.robots_rules, out);
  std::vector<std::uint32_t> places(record.sitemap_entries.empty() ? 0 : record.links.size(),
                                    kLeftOut);
  write_links(record.links, places, out);
  write_entries(record, places, out);
  out.string(record.text, out.room_for_text());
}

Result<PageRecord> decode(std::vector<char> bytes) {
  PageRecord record;
  record.bytes = std::move(bytes);
  Reader in({record.bytes.data(), record.bytes.size()});
  in.require(record.bytes.size() <= kMaxRecord);
  read_fixed(in, record);
  read_rules(in, record.robots_rules);
  read_links(in, record.links);
  read_entries(in, record);
  record.text = in.string(kMaxText);
  if (!in.is_good() || !in.is_at_end())
    return Error{Errc::kInvalid, "a parse worker answered with something that is no page record"};
  return record;
}

bool is_sound(const Fingerprint& print, std::string_view url, const FingerprintKey& key) {
  return is_url(url) && fingerprint(url, key) == print;
}

}  // namespace scraper::parse
