#include "parse/sitemap.h"

#include <libxml/SAX2.h>
#include <libxml/parser.h>
#include <libxml/parserInternals.h>

#include <algorithm>
#include <memory>
#include <optional>

#include "base/ascii.h"

namespace scraper::parse {

namespace {

using std::string_view;

// libxml2 compares each attribute of a tag with all others.
constexpr std::size_t kLongestTag = 8u << 10;
constexpr std::size_t kMostDepth = 64;      // of elements; lists have five
constexpr std::size_t kLongestDetail = 64;  // bytes of a date, a language, a word
constexpr std::size_t kPiece = 1u << 20;    // given to libxml2 at a time

string_view view(const xmlChar* text) {
  return text == nullptr ? string_view() : reinterpret_cast<const char*>(text);
}

// White space of Unicode that is found around URLs: no-break space, U+2000 … U+200B, ideographic
// space, byte order mark.
std::size_t space_at(string_view text) {
  if (text.empty()) return 0;
  if (is_ascii_space(text[0])) return 1;
  if (text.starts_with("\xC2\xA0")) return 2;
  if (text.starts_with("\xE3\x80\x80") || text.starts_with("\xEF\xBB\xBF")) return 3;
  const bool is_general = text.size() >= 3 && text.starts_with("\xE2\x80") &&
                          static_cast<unsigned char>(text[2]) <= 0x8B;
  return is_general ? 3 : 0;
}

string_view without_leading_space(string_view text) {
  for (std::size_t n = space_at(text); n > 0; n = space_at(text)) text.remove_prefix(n);
  return text;
}

string_view trimmed(string_view text) {
  text = without_leading_space(text);
  while (!text.empty()) {
    std::size_t n = 1;
    while (n < 3 && n < text.size() &&
           (static_cast<unsigned char>(text[text.size() - n]) & 0xC0) == 0x80)
      ++n;
    if (space_at(text.substr(text.size() - n)) != n) break;
    text.remove_suffix(n);
  }
  return text;
}

bool is_reference(string_view rest) {
  for (const string_view known : {"amp;", "lt;", "gt;", "quot;", "apos;"}) {
    if (rest.starts_with(known)) return true;
  }
  if (!rest.starts_with('#')) return false;
  const auto end = rest.substr(0, 10).find(';');
  return end != rest.npos && end > 1;
}

struct Prepared {
  std::string text;
  bool is_cut = false;         // before a tag that is too long, or before declarations
  bool declares_list = false;  // the declarations were those of a list
};

bool is_root_of_list(string_view name) {
  return name == "urlset" || name == "sitemapindex" || name == "rss" || name == "RDF" ||
         name == "feed";
}

// The name of a document type that declares something itself: a list needs no such thing, and
// libxml2 takes quadratic time for attributes that are declared. Nothing where `rest` begins with
// anything else.
std::optional<string_view> declaring_type(string_view rest) {
  constexpr string_view kStart = "<!DOCTYPE";
  if (!rest.starts_with(kStart)) return std::nullopt;
  rest = rest.substr(kStart.size(), kLongestTag);
  const auto end = std::min(rest.find_first_of("[>"), rest.size());
  if (rest.substr(end).starts_with('>')) return std::nullopt;
  const string_view name = strip_ascii_space(rest.substr(0, end));
  return name.substr(0, name.find_first_of("\t\n\r "));
}

// Every '&' that begins none of the references XML has by itself is text. Within CDATA it is text
// anyway.
Prepared prepared(string_view rest) {
  constexpr string_view kCdata = "<![CDATA[";
  Prepared out;
  out.text.reserve(rest.size() + rest.size() / 16);
  while (!rest.empty()) {
    const auto at = std::min(rest.find_first_of("&<"), rest.size());
    out.text.append(rest.substr(0, at));
    rest.remove_prefix(at);
    if (rest.starts_with(kCdata)) {
      const auto end = std::min(rest.find("]]>"), rest.size());
      out.text.append(rest.substr(0, end));
      rest.remove_prefix(end);
    } else if (!rest.empty()) {
      const bool is_tag = rest[0] == '<' && !rest.starts_with("<!") && !rest.starts_with("<?");
      const bool is_too_long =
          is_tag && rest.size() > kLongestTag && rest.substr(0, kLongestTag).find('>') == rest.npos;
      const auto type = declaring_type(rest);
      if (is_too_long || type) {
        out.is_cut = true;
        out.declares_list = type && is_root_of_list(*type);
        break;
      }
      out.text.append(rest[0] == '&' && !is_reference(rest.substr(1)) ? string_view("&amp;")
                                                                      : rest.substr(0, 1));
      rest.remove_prefix(1);
    }
  }
  return out;
}

// Attributes as SAX2 gives them: five pointers each, of which the first is the local name and the
// last two the value's ends.
string_view attribute_in(const xmlChar** attributes, int count, string_view name) {
  for (int i = 0; i < count; ++i) {
    const xmlChar** const one = attributes + 5 * i;
    if (view(one[0]) == name)
      return {reinterpret_cast<const char*>(one[3]), static_cast<std::size_t>(one[4] - one[3])};
  }
  return {};
}

// In an attribute's value libxml2 leaves an '&' escaped as long as entities are not to be replaced.
std::string unescaped(string_view value) {
  constexpr string_view kAmpersand = "&#38;";
  std::string out;
  while (!value.empty()) {
    const auto at = std::min(value.find(kAmpersand), value.size());
    out.append(value.substr(0, at));
    if (at < value.size()) out += '&';
    value.remove_prefix(std::min(at + kAmpersand.size(), value.size()));
  }
  return out;
}

// Follows the elements of a list and picks the links out.
class ListReader {
 public:
  ListReader(std::size_t most_links, std::size_t most_entries, std::size_t longest)
      : most_links_(most_links), most_entries_(most_entries), longest_(longest) {}

  UrlList read(string_view text);

 private:
  struct ParserDeleter {
    void operator()(xmlParserCtxt* parser) const {
      if (parser->myDoc != nullptr) xmlFreeDoc(parser->myDoc);
      xmlFreeParserCtxt(parser);
    }
  };

  static ListReader& self(void* context) {
    return *static_cast<ListReader*>(static_cast<xmlParserCtxt*>(context)->_private);
  }

  // NOLINTNEXTLINE(readability-function-size): libxml2 wants it so
  static void on_start(void* context, const xmlChar* name, const xmlChar*, const xmlChar*, int,
                       const xmlChar**, int count, int, const xmlChar** attributes) {
    self(context).start(view(name), attributes, count);
  }
  static void on_end(void* context, const xmlChar* name, const xmlChar*, const xmlChar*) {
    self(context).end(view(name));
  }
  static void on_text(void* context, const xmlChar* text, int length) {
    self(context).text({reinterpret_cast<const char*>(text), static_cast<std::size_t>(length)});
  }
  static void on_error(void*, xmlError*) {}

  // Of a sitemap <url> and <sitemap>; of a feed <item> and <entry>, where an image may have a
  // <url>.
  bool is_entry(string_view name) const {
    return is_sitemap_ ? name == "url" || name == "sitemap" : name == "item" || name == "entry";
  }
  void start(string_view name, const xmlChar** attributes, int count);
  void start_entry();
  void end(string_view name);
  void text(string_view text);
  void refuse();
  void at_link(const xmlChar** attributes, int count);
  void at_location(string_view parent);
  void end_entry(string_view name);
  bool take_detail(string_view name, string_view parent);
  void add(string_view url, LinkKind kind, string_view lang = {});
  void add_own(string_view url, LinkKind kind);
  void cut();

  const std::size_t most_links_;
  const std::size_t most_entries_;
  const std::size_t longest_;
  UrlList list_;
  xmlParserCtxt* parser_ = nullptr;
  bool is_sitemap_ = false;
  std::vector<std::string> path_;
  std::string text_;           // of the innermost element, as far as it is of interest
  bool has_children_ = false;  // has the element that ends had any?
  bool is_in_entry_ = false;
  std::string guid_;
};

UrlList ListReader::read(string_view text) {
  xmlSAXHandler handler{};
  handler.initialized = XML_SAX2_MAGIC;
  handler.startElementNs = on_start;
  handler.endElementNs = on_end;
  handler.characters = on_text;
  handler.cdataBlock = on_text;
  handler.serror = on_error;
  const Prepared clean = prepared(without_leading_space(text));
  const std::unique_ptr<xmlParserCtxt, ParserDeleter> parser(
      xmlCreatePushParserCtxt(&handler, nullptr, nullptr, 0, nullptr));
  if (parser == nullptr) return std::move(list_);
  parser_ = parser.get();
  parser->_private = this;
  xmlCtxtUseOptions(
      parser_, XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING | XML_PARSE_IGNORE_ENC);
  xmlSwitchEncoding(parser_, XML_CHAR_ENCODING_UTF8);
  for (string_view rest = clean.text; !rest.empty() && parser->disableSAX == 0;) {
    const string_view piece = rest.substr(0, kPiece);
    xmlParseChunk(parser_, piece.data(), static_cast<int>(piece.size()), 0);
    rest.remove_prefix(piece.size());
  }
  if (clean.declares_list && path_.empty()) list_.is_list = true;
  if (parser->wellFormed == 0 || clean.is_cut) list_.is_broken = list_.is_list;
  if (parser->disableSAX == 0)
    xmlParseChunk(parser_, nullptr, 0, 1);  // whatever is left; that it has no end is no fault
  return std::move(list_);
}

void ListReader::start(string_view name, const xmlChar** attributes, int count) {
  if (path_.empty()) {
    list_.is_list = is_root_of_list(name);
    if (!list_.is_list) return refuse();
    is_sitemap_ = name == "urlset" || name == "sitemapindex";
  }
  if (path_.size() == kMostDepth) return refuse();
  path_.emplace_back(name);
  text_.clear();
  has_children_ = false;
  if (is_entry(name)) {
    start_entry();
  } else if (name == "link") {
    at_link(attributes, count);
  } else if (name == "enclosure") {
    add(unescaped(attribute_in(attributes, count, "url")), LinkKind::kMedia);
  }
}

void ListReader::start_entry() {
  if (list_.entries.size() == most_entries_) return cut();
  list_.entries.emplace_back();
  is_in_entry_ = true;
  guid_.clear();
}

void ListReader::end(string_view name) {
  if (path_.empty()) return;
  path_.pop_back();
  const string_view parent = path_.empty() ? string_view() : string_view(path_.back());
  if (name == "loc" && !has_children_) {
    at_location(parent);
  } else if (name == "link" && parent == "item" && !trimmed(text_).empty()) {
    add_own(text_, LinkKind::kPage);
  } else if (name == "guid" && parent == "item") {
    guid_ = trimmed(text_);
  } else if (!take_detail(name, parent)) {
    end_entry(name);
  }
  text_.clear();
  has_children_ = true;
}

// What an entry is about when it does not say so in the usual place: in a sitemap its bare text, in
// a feed an identifier that is a URL.
void ListReader::end_entry(string_view name) {
  if (!is_in_entry_ || !is_entry(name)) return;
  if (list_.entries.back().link == ListedEntry::kNoLink) {
    if (is_sitemap_ && !has_children_)
      add_own(text_, name == "url" ? LinkKind::kPage : LinkKind::kSitemap);
    if (!is_sitemap_ && (guid_.starts_with("http://") || guid_.starts_with("https://")))
      add_own(guid_, LinkKind::kPage);
  }
  is_in_entry_ = false;
}

// What is longer than any sensible date or word is none.
bool ListReader::take_detail(string_view name, string_view parent) {
  if (!is_in_entry_ || !is_entry(parent)) return false;
  ListedEntry& entry = list_.entries.back();
  std::string* const field = name == "lastmod" || name == "pubDate" || name == "updated"
                                 ? &entry.lastmod
                             : name == "changefreq" ? &entry.changefreq
                             : name == "priority"   ? &entry.priority
                                                    : nullptr;
  if (field == nullptr) return false;
  const string_view value = trimmed(text_);
  if (value.size() <= kLongestDetail) *field = value;
  return true;
}

void ListReader::at_location(string_view parent) {
  if (parent == "sitemap") add_own(text_, LinkKind::kSitemap);
  if (parent == "url") add_own(text_, LinkKind::kPage);
  if (parent == "image") add(text_, LinkKind::kImage);
}

// Atom's, and the <xhtml:link> of a sitemap. The first alternate of an entry is its page.
void ListReader::at_link(const xmlChar** attributes, int count) {
  const std::string url = unescaped(attribute_in(attributes, count, "href"));
  if (url.empty() || path_.size() < 2) return;
  const string_view rel = attribute_in(attributes, count, "rel");
  const string_view parent = path_[path_.size() - 2];
  const bool is_first = is_in_entry_ && list_.entries.back().link == ListedEntry::kNoLink;
  const string_view lang = attribute_in(attributes, count, "hreflang");
  if (parent == "entry" && (rel.empty() || rel == "alternate")) {
    is_first ? add_own(url, LinkKind::kPage) : add(url, LinkKind::kAlternate, lang);
  } else if (parent == "entry" && rel == "enclosure") {
    add(url, LinkKind::kMedia);
  } else if (parent == "feed" && (rel == "next" || rel == "previous" || rel == "prev-archive")) {
    add(url, LinkKind::kNext);
  } else if (parent == "url" && rel == "alternate") {
    add(url, LinkKind::kAlternate, lang);
  }
}

// White space before it takes none of its room, so that what is cut is longer than any URL may be.
void ListReader::text(string_view text) {
  if (text_.empty()) text = without_leading_space(text);
  if (text_.size() <= longest_ + 1'024) text_.append(text.substr(0, longest_ + 1'024));
}

void ListReader::refuse() {
  list_.is_broken = list_.is_list;
  xmlStopParser(parser_);
}

void ListReader::cut() {
  list_.is_cut = true;
  xmlStopParser(parser_);
}

void ListReader::add(string_view url, LinkKind kind, string_view lang) {
  url = trimmed(url);
  if (url.empty() || url.size() > longest_) return;
  if (list_.links.size() == most_links_) return cut();
  const auto entry =
      is_in_entry_ ? static_cast<std::uint32_t>(list_.entries.size() - 1) : ListedLink::kNoEntry;
  list_.links.push_back(
      {std::string(url), kind, entry, std::string(lang.substr(0, kLongestDetail))});
}

// The URL that the entry is about: the first that it gives.
void ListReader::add_own(string_view url, LinkKind kind) {
  const std::size_t at = list_.links.size();
  add(url, kind);
  if (is_in_entry_ && list_.links.size() > at && list_.entries.back().link == ListedEntry::kNoLink)
    list_.entries.back().link = at;
}

// A URL a line; what is none is passed over. Absolute ones only: in text anything else would be
// some word.
UrlList read_text_list(string_view text, std::size_t longest) {
  UrlList list;
  while (!text.empty()) {
    const auto end = std::min(text.find_first_of("\r\n"), text.size());
    const string_view line = trimmed(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    const auto has_scheme = [&](string_view scheme) {
      return line.size() > scheme.size() &&
             equals_ignoring_case(line.substr(0, scheme.size()), scheme);
    };
    if (!has_scheme("http://") && !has_scheme("https://")) continue;
    list.is_list = true;
    list.is_cut = list.entries.size() == kMostSitemapEntries;
    if (list.is_cut) break;
    if (line.size() > longest) continue;
    list.links.push_back(
        {std::string(line), LinkKind::kPage, static_cast<std::uint32_t>(list.entries.size()), {}});
    list.entries.push_back({list.links.size() - 1, {}, {}, {}});
  }
  return list;
}

UrlList read_xml(string_view text, ListReader reader) {
  [[maybe_unused]] static const bool is_ready =
      (xmlInitParser(), true);  // once, before threads do it at the same time
  return reader.read(text);
}

}  // namespace

UrlList read_xml_list(string_view text, std::size_t most, std::size_t longest) {
  return read_xml(text, ListReader(most, most, longest));
}

UrlList read_sitemap(string_view text, std::size_t longest) {
  constexpr std::size_t kMostLinks = 20 * kMostSitemapEntries;
  if (!without_leading_space(text).starts_with('<')) return read_text_list(text, longest);
  return read_xml(text, ListReader(kMostLinks, kMostSitemapEntries, longest));
}

}  // namespace scraper::parse
