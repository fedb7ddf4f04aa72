// Words for the person on standard error. Whoever does not listen any more (a closed pipe, a full
// disk behind 2>file) must not end the crawl, so a failure to write is nobody's business.
#pragma once

#include <string_view>

namespace scraper {

bool say(
    std::string_view text);  // as it is, without a line end; false when it could not be written

}  // namespace scraper
