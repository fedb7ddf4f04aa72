// What a body is: the Content-Type field, and where there is none a look at the bytes. Pure; any thread.
#pragma once

#include <string>
#include <string_view>

#include "scraper/base/http_head.h"

namespace scraper::parse {

struct ContentType {
  std::string essence;     // "text/html", lower case; empty when there is no field that is a media type
  std::string_view field;  // the whole value, for its charset

  bool is_html() const { return essence == "text/html" || essence == "application/xhtml+xml"; }
  bool is_xml() const { return essence == "text/xml" || essence == "application/xml" || essence.ends_with("+xml"); }
  bool is_text() const { return essence.compare(0, 5, "text/") == 0; }
};

// The last field that holds a media type, as browsers choose (Fetch Standard, "extract a MIME type").
ContentType content_type(const HttpHead& head);

// The signatures by which the MIME Sniffing Standard (7.1) knows HTML.
bool looks_like_html(std::string_view bytes);

}  // namespace scraper::parse
