// The content of a meta refresh or a Refresh field. What must hold: the URL stands in it, and
// written in quotes it is found again.
#include <string>

#include "base/ascii.h"
#include "parse/html/link_finder.h"
#include "tests/fuzz/require.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace scraper;
  const std::string_view content = fuzz::view(data, size);
  const auto url = parse::refresh_url(content);
  if (!url) return 0;
  fuzz::require(fuzz::is_within(*url, content) && !url->empty() && strip_ascii_space(*url) == *url);
  for (const char quote : {'\'', '"'}) {
    if (url->find(quote) != url->npos) continue;
    const std::string written =
        std::string("0;URL=").append(1, quote).append(*url).append(1, quote);
    fuzz::require(parse::refresh_url(written) == *url);
  }
  return 0;
}
