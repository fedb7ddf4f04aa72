// What lists URLs in XML: sitemaps and their indexes (sitemaps.org protocol 0.9, with Google's extensions for images, videos and
// languages), RSS (0.9x, 1.0, 2.0) and Atom (RFC 4287). Read by libxml2, as lenient as real files need: an '&' may stand bare, what comes
// before a fault counts, elements are known by their local names. No entity is ever resolved and nothing is loaded; a document that
// declares entities is not read on. Pure; any thread.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "scraper/base/page_record.h"

namespace scraper::parse {

struct ListedLink {
  std::string url;  // as written, without white space at both ends (Unicode's too)
  LinkKind kind = LinkKind::kPage;
};

struct XmlList {
  bool is_list = false;    // its root is that of a sitemap, an index or a feed
  bool is_broken = false;  // it is not well-formed, or declares entities; a missing end is no fault
  std::vector<ListedLink> links;
};

// `text` is UTF-8, whatever its XML declaration says. At most `most` links are read, each of at most `longest` bytes.
XmlList read_xml_list(std::string_view text, std::size_t most, std::size_t longest);

}  // namespace scraper::parse
