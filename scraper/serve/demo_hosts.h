// The hosts of the demo site, a function each: from a target (path and query) to its answer.
// demo_site.h says what is on which.
#pragma once

#include <string_view>

#include "scraper/serve/reply.h"

namespace scraper::serve {

Reply news_reply(std::string_view target);
Reply docs_reply(std::string_view target);  // the plain answer: demo_reply compresses it
Reply shop_reply(std::string_view target);
Reply wiki_reply(std::string_view target);
Reply blog_reply(std::string_view target);
Reply img_reply(std::string_view target);
Reply slow_reply(std::string_view target);  // without the delay, which is demo_reply's
Reply busy_reply(std::string_view target, unsigned attempt);
Reply closed_reply(std::string_view target);

}  // namespace scraper::serve
