// OUT/sitemaps.jsonl: what sitemaps say of the URLs they list, one JSON object a line, an entry
// each. The field names are documented in docs/results.md and stable. Pure; any thread.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "base/page_record.h"

namespace scraper::storage {

// The lines of all entries of a sitemap, in document order; `write` gets each without its line end.
void render_entries(std::string_view sitemap, const PageRecord& record,
                    const std::function<void(const std::string& line)>& write);

}  // namespace scraper::storage
