// What `scraper why` says, for a person and as JSON. Pure; any thread. All that somebody else wrote
// is shown escaped.
#pragma once

#include <string>
#include <vector>

#include "scraper/rules/options.h"
#include "scraper/why/why_facts.h"

namespace scraper {

// Why a URL is in its state or would be, in words, and what would change that (nothing where
// nothing would).
struct WhyWords {
  std::vector<std::string> because;
  std::string change;
};
WhyWords explain(const Why& why, const CrawlOptions& asked);

std::string why_text(const Why& why, const CrawlOptions& asked);

// One line.
std::string why_json(const Why& why, const CrawlOptions& asked);

}  // namespace scraper
