// A page record: all that the crawl learns from one capture, made by a parse worker. What a worker
// answers is foreign bytes, so the record that reaches the owner has been decoded and checked by
// parse/record_codec.h: every string is valid UTF-8, every URL splits, every count is bounded; but
// of a link's URL only the length, until somebody takes it for new (is_sound there). Views point
// into `bytes`, which the record owns; moving a record keeps them valid.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/fingerprint.h"

namespace scraper {

// In what way a page refers to the other URL. The names are the `kind` of `scraper extract`, of
// --links and of --follow; stable.
enum class LinkKind : std::uint8_t {
  kPage,       // <a>, <area>
  kFrame,      // <iframe>, <frame>
  kRefresh,    // meta refresh, Refresh field
  kCanonical,  // rel=canonical, of <link> or of a Link field, as all that follow by rel
  kNext,       // rel=next, rel=prev
  kRedirect,   // Location of a 3xx answer
  kSitemap,    // a sitemap in a sitemap index
  kImage,      // <img>, srcset, poster, background, <input type=image>, SVG
  kIcon,       // rel=icon and its kin
  kScript,     // <script>, rel=modulepreload
  kStyle,      // rel=stylesheet
  kMedia,      // <audio>, <video>, <source>, <track>
  kObject,     // <object>, <embed>
  kForm,       // where a form goes that is sent by GET
  kFeed,       // rel=alternate of a feed's type
  kAlternate,  // rel=alternate else: another language, another medium
  kManifest,   // rel=manifest
  kCite,       // cite of a quotation or a change
  kLongdesc,   // longdesc
  kPing,       // ping
  kOther,      // <link> of any other relation
};
inline constexpr std::size_t kLinkKinds = 21;

std::string_view to_string(LinkKind kind);

// A set of kinds: bits by their numbers.
using LinkKindSet = std::uint32_t;
constexpr LinkKindSet set_of(LinkKind kind) {
  return LinkKindSet{1} << static_cast<unsigned>(kind);
}
constexpr bool holds(LinkKindSet set, LinkKind kind) { return (set & set_of(kind)) != 0; }
inline constexpr LinkKindSet kAllKinds = (LinkKindSet{1} << kLinkKinds) - 1;
// What leads to pages.
inline constexpr LinkKindSet kUsualKinds =
    set_of(LinkKind::kPage) | set_of(LinkKind::kFrame) | set_of(LinkKind::kRefresh) |
    set_of(LinkKind::kCanonical) | set_of(LinkKind::kNext) | set_of(LinkKind::kSitemap);

struct Link {
  std::string_view url;  // absolute; canonical in a crawl, as resolved (fragment off) when the task
                         // asked for that
  Fingerprint fingerprint;  // of the canonical URL, by the crawl's key
  LinkKind kind = LinkKind::kPage;
  bool is_nofollow = false;
};

// One line of robots.txt that applies to us.
struct RobotsRule {
  std::string_view
      pattern;  // as matched: percent-encoding in normal form, may hold '*' and a final '$'
  std::uint32_t line = 0;  // 1-based line in the file
  bool allows = false;
};

struct RobotsRules {
  std::vector<RobotsRule> rules;
  double crawl_delay_seconds = -1;  // < 0: not given
  std::vector<std::string_view> sitemaps;
};

// One entry of a sitemap or feed, with what it says of itself, as written; empty: nothing.
struct SitemapEntry {
  std::uint32_t link = 0;  // its URL, among the record's links
  std::string_view lastmod;
  std::string_view changefreq;
  std::string_view priority;
  std::uint32_t alternates = 0;  // how many of the record's sitemap_alternates are its own; they
                                 // lie in the order of the entries
};

// The same page in another language.
struct SitemapAlternate {
  std::uint32_t link = 0;  // among the record's links
  std::string_view lang;   // hreflang, as written
};

// What a worker can find wrong with a document, without being hurt by it.
enum class PageFault : std::uint8_t {
  kNone,
  kBadEncoding,      // content-encoding that does not decode; what did decode was used
  kDecodedTooLarge,  // past 64 MiB or 200:1; what was below was used
  kUnknownEncoding,  // a content-encoding that we cannot undo, or too many of them
  kBadXml,           // a sitemap or feed that is not well-formed; what came before was used
  kNoSitemap,        // asked for as a sitemap, and neither one nor a list of URLs
  kTooDeep,          // the tree passed depth 512; what was found before was used
  kBadRecord,        // the place does not hold the record it should: our disk, not the site
};

std::string_view to_string(PageFault fault);

struct PageRecord {
  std::vector<char> bytes;

  int status = 0;
  PageFault fault = PageFault::kNone;
  bool links_cut = false;  // more links than the limit: the rest were left out
  bool asks_nofollow =
      false;  // by what it says to all agents or to ours: meta elements, X-Robots-Tag
  bool asks_noindex = false;
  std::uint32_t links_too_long = 0;  // links past the URL length limit, left out
  std::uint64_t decoded_size = 0;    // body bytes after content-encoding
  std::uint64_t text_length = 0;     // visible text, in code points, runs of white space as one
  std::uint32_t cpu_micros = 0;      // what the worker spent on it

  std::string_view content_type;  // essence, lower case: "text/html"
  std::string_view charset;       // WHATWG name: "UTF-8"; empty when nothing was decoded
  std::string_view title;
  std::string_view description;
  std::string_view lang;
  std::string_view canonical;  // absolute URL of <link rel=canonical>
  std::string_view base;       // absolute URL of <base>, when there is one
  std::string_view robots;    // directives of <meta name=robots> (or our name) and X-Robots-Tag, as
                              // written, joined by ", "
  std::string_view location;  // absolute URL of a 3xx answer's Location
  std::string_view retry_after;  // the field as received
  std::string_view text;         // the visible text when the task asked for it

  std::vector<Link> links;                    // in document order
  RobotsRules robots_rules;                   // of a robots task
  std::vector<SitemapEntry> sitemap_entries;  // of a sitemap task
  std::vector<SitemapAlternate> sitemap_alternates;

  PageRecord() = default;
  PageRecord(PageRecord&&) = default;
  PageRecord& operator=(PageRecord&&) = default;
  PageRecord(const PageRecord&) = delete;
  PageRecord& operator=(const PageRecord&) = delete;
};

}  // namespace scraper
