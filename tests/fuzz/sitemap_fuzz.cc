// Sitemaps and feeds. What must hold: links and entries are as many and as long as they may be, and
// each names one of the other that is there.
#include <string>

#include "base/utf8.h"
#include "parse/sitemap.h"
#include "tests/fuzz/require.h"

namespace {

using namespace scraper;
using namespace scraper::parse;
using scraper::fuzz::require;

constexpr std::size_t kMost = 10;
constexpr std::size_t kLongest = 200;

void check_list(const UrlList& list) {
  require(list.is_list || (list.links.empty() && list.entries.empty()));
  for (const ListedLink& link : list.links) {
    require(!link.url.empty() && link.url.size() <= kLongest && is_utf8(link.url));
    require(link.entry == ListedLink::kNoEntry || link.entry < list.entries.size());
  }
  for (const ListedEntry& entry : list.entries)
    require(entry.link == ListedEntry::kNoLink || entry.link < list.links.size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string text;
  append_mended(text, scraper::fuzz::view(data, size));
  const UrlList list = read_xml_list(text, kMost, kLongest);
  require(list.links.size() <= kMost);
  check_list(list);
  check_list(read_sitemap(text, kLongest));
  return 0;
}
