#include "scraper/commands/why.h"

#include "base/output.h"
#include "scraper/config/requested.h"
#include "scraper/why/why_facts.h"
#include "scraper/why/why_text.h"

namespace scraper {

namespace {

constexpr int kTries = 5;

// A crawl that runs may remove a file while it is looked for; what is there then is as good.
Result<Why> find_out_patiently(const std::string& url, const CrawlOptions& asked) {
  auto why = find_out_why(url, asked);
  for (int tried = 1; !why && why.error().code != Errc::kUsage && tried < kTries; ++tried)
    why = find_out_why(url, asked);
  return why;
}

}  // namespace

int run_why(const cli::Settings& settings, const cli::Machine& machine) {
  const auto asked = read_requested(settings.arguments[1], machine);
  if (!asked) return cli::complain_of_crawl(asked.error());
  const auto why = find_out_patiently(settings.arguments[0], *asked);
  if (!why) return cli::complain_of_crawl(why.error());
  return cli::write_standard_output(settings.wants_json ? why_json(*why, *asked)
                                                        : why_text(*why, *asked));
}

}  // namespace scraper
