// `scraper url`: what the one URL parser makes of a URL, for a person or for a program. Asks nobody
// and touches no file.
#pragma once

#include <string>
#include <string_view>

#include "base/error.h"
#include "parse/url/url.h"
#include "scraper/config/option_table.h"

namespace scraper::cli {

// The URL that is the argument explained to a person; without one, JSON lines from standard input,
// an answer for each. The exit code.
int run_url(const Settings& settings);

// One JSON line's answer with its line feed. A question is {"input": TEXT, "base"?: TEXT or null};
// an answer {"href", "canonical", "host", "domain"}, the last two null where there is none, or
// {"error"} when the URL or its base is none. Fails, with the half sentence that follows "line 1:
// ", when the line is no question.
Result<std::string> answer_url_line(std::string_view line, const parse::QueryRules& rules = {});

// The explanation, a line a part. Fails when it is no URL.
Result<std::string> explain_url(std::string_view input, std::string_view base,
                                const parse::QueryRules& rules = {});

}  // namespace scraper::cli
