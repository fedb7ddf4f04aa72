// The two streams of the program: results on standard output, everything else on standard error.
#pragma once

#include <string_view>

#include "base/error.h"

namespace scraper::cli {

// Writes all of `text`. 0, or the exit code: 141 without a word when the reader is gone (as for a
// program that SIGPIPE ended, which must be ignored), else that of an error which has been said.
int write_standard_output(std::string_view text);

// "scraper: " before each line of `context`, which is safe to show.
void complain(std::string_view context);

// Says it and gives its exit code.
int complain(const Error& error);

// The same where a crawl is read: files that are not as they were written end with the code of
// files that cannot be read.
int complain_of_crawl(const Error& error);

}  // namespace scraper::cli
