// What lists URLs: sitemaps and their indexes (sitemaps.org protocol 0.9, with Google's extensions
// for images, videos and languages), RSS (0.9x, 1.0, 2.0), Atom (RFC 4287), and text with a URL a
// line. XML is read by libxml2, as lenient as real files need: an '&' may stand bare, what comes
// before a fault counts, elements are known by their local names. No entity is ever resolved and
// nothing is loaded; a document type that declares anything itself is not read on. Pure; any
// thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/page_record.h"

namespace scraper::parse {

// The protocol's limits.
inline constexpr std::size_t kMostSitemapEntries = 50'000;
inline constexpr std::size_t kLargestSitemap = 50u << 20;  // bytes, uncompressed

struct ListedLink {
  static constexpr std::uint32_t kNoEntry = 0xFFFFFFFF;

  std::string url;  // as written, without white space at both ends (Unicode's too)
  LinkKind kind = LinkKind::kPage;
  std::uint32_t entry = kNoEntry;  // which of the entries it belongs to
  std::string lang;                // of an alternate: its hreflang
};

// A <url>, <sitemap>, <item> or <entry>, with what it says of itself, as written.
struct ListedEntry {
  static constexpr std::size_t kNoLink = ~std::size_t{0};

  std::size_t link = kNoLink;  // its own URL, among the links
  std::string lastmod;         // of feeds: pubDate, updated
  std::string changefreq;
  std::string priority;
};

struct UrlList {
  bool is_list =
      false;  // its root is that of a sitemap, an index or a feed; of text: some line is a URL
  bool is_broken =
      false;            // it is not well-formed, or declares something; a missing end is no fault
  bool is_cut = false;  // there was more than `most`
  std::vector<ListedLink> links;
  std::vector<ListedEntry> entries;  // in document order
};

// `text` is UTF-8, whatever its XML declaration says. At most `most` links are read, each of at
// most `longest` bytes.
UrlList read_xml_list(std::string_view text, std::size_t most, std::size_t longest);

// The same of what is known to be meant as a sitemap: XML, or text. At most kMostSitemapEntries
// entries, with all their links.
UrlList read_sitemap(std::string_view text, std::size_t longest);

}  // namespace scraper::parse
