// Sitemaps and feeds. What must hold: links are as many and as long as they may be.
#include <string>

#include "parse/sitemap.h"
#include "parse/utf8.h"
#include "tests/fuzz/require.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using scraper::fuzz::require;
  std::string text;
  scraper::parse::append_mended(text, scraper::fuzz::view(data, size));
  const auto list = scraper::parse::read_xml_list(text, 10, 200);
  require(list.links.size() <= 10 && (list.is_list || list.links.empty()));
  for (const auto& link : list.links) require(!link.url.empty() && link.url.size() <= 200 && scraper::parse::is_utf8(link.url));
  return 0;
}
