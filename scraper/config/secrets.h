// What crawl.toml leaves out and only names, in comments: credentials in headers and in the proxy's
// URL. The comments are written and read here, so that a crawl that is gone on with can ask for
// them again. Pure; any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "scraper/rules/options.h"

namespace scraper::cli {

// A line for each, or nothing.
std::string secrets_comment(const CrawlOptions& options);

struct LeftOut {
  std::vector<std::string> headers;  // their names, as they were given
  std::string proxy;                 // "http://***@proxy.test:3128"; empty: it had no credentials
};

// From the text of a crawl.toml.
LeftOut left_out_of(std::string_view toml);

}  // namespace scraper::cli
