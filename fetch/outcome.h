// What libcurl's end of a transfer means: CURLcode to FetchError. Pure.
#pragma once

#include <curl/curl.h>

#include <string>

#include "base/capture.h"
#include "base/error.h"

namespace scraper::fetch {

// What is known about the transfer beside the code.
struct Ending {
  CURLcode code = CURLE_OK;
  std::string_view detail;    // libcurl's error buffer; may be empty
  bool is_connected = false;  // TCP was established (or the connection was kept)
  bool has_head = false;      // the final response's header block is whole
  bool has_proxy = false;
  long connect_status = 0;  // the proxy's answer to CONNECT, 0 if there was none
};

struct Outcome {
  FetchError error = FetchError::kNone;
  std::string text;  // one line, printable, at most 300 bytes
};

Outcome outcome_of(const Ending& ending);
Outcome outcome_of(const Error& fault);  // of our own

// `text` as it may be shown: without control characters, cut at 300 bytes.
std::string one_line(std::string_view text);

}  // namespace scraper::fetch
