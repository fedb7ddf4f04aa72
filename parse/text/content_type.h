// What a body is: the Content-Type field, and where there is none a look at the bytes. Pure; any
// thread.
#pragma once

#include <string>
#include <string_view>

#include "base/http_head.h"

namespace scraper::parse {

struct ContentType {
  std::string
      essence;  // "text/html", lower case; empty when there is no field that is a media type
  std::string charset;  // the label as it was given; empty when there is none

  bool is_html() const { return essence == "text/html" || essence == "application/xhtml+xml"; }
  bool is_xml() const {
    return essence == "text/xml" || essence == "application/xml" || essence.ends_with("+xml");
  }
  bool is_text() const { return essence.compare(0, 5, "text/") == 0; }
};

// The last media type of all fields, each of which may be a list; its charset may be that of one
// before it of the same type (Fetch Standard, "extract a MIME type"; parameters as in the MIME
// Sniffing Standard 4.4).
ContentType content_type(const HttpHead& head);

// The signatures by which the MIME Sniffing Standard (7.1) knows HTML.
bool looks_like_html(std::string_view bytes);

}  // namespace scraper::parse
