// srcset. What must hold: candidates stand in the attribute one behind the other, are no white
// space and do not end in a comma; written as a new attribute they are found again.
#include <algorithm>
#include <string>
#include <vector>

#include "base/ascii.h"
#include "parse/html/srcset.h"
#include "tests/fuzz/require.h"

namespace {

using scraper::fuzz::require;

std::vector<std::string_view> candidates(std::string_view srcset) {
  std::vector<std::string_view> urls;
  scraper::parse::append_candidates(urls, srcset);
  return urls;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view srcset = scraper::fuzz::view(data, size);
  const auto urls = candidates(srcset);
  std::string written;
  std::string_view rest = srcset;
  for (const auto url : urls) {
    require(scraper::fuzz::is_within(url, rest) && !url.empty() && url.front() != ',' &&
            url.back() != ',');
    require(std::none_of(url.begin(), url.end(), scraper::is_ascii_space));
    rest.remove_prefix(static_cast<std::size_t>(url.data() - rest.data()) + url.size());
    written.append(url).append(url.size() % 2 == 0 ? " 2x," : ", ");
  }
  require(candidates(written) == urls);
  return 0;
}
