// `scraper fetch URL` and `scraper extract FILE`: one page through the real way of the data
// (engine, segment, worker, record), its record on standard output as JSON on one line. The segment
// lives in a private temporary directory that is gone afterwards.
#pragma once

#include "base/capture.h"
#include "fetch/fetcher.h"
#include "scraper/config/option_table.h"

namespace scraper::cli {

// Both say what went wrong and return the program's exit code.
int run_fetch(const Settings& settings);
int run_extract(const Settings& settings);

// wget's codes: 4 network, 5 TLS, 6 login, 7 protocol, 8 an answer of 400 and more; 3 ours, 130
// interrupted, 0.
int exit_code_of(const Capture& capture);

}  // namespace scraper::cli
