// Where a document says which encoding it is in: the HTML Standard's "prescan a byte stream to
// determine its encoding" and "get an XML encoding" (13.2.3.2). Pure, linear in what it is given;
// any thread.
#pragma once

#include <string_view>

namespace scraper::parse {

struct Encoding;

// As the standard has it, over `bytes` (the caller cuts at 1,024). Null when they say nothing.
const Encoding* prescan(std::string_view bytes);

// What the tree builder would come upon later and change the encoding for (13.2.3.4), found without
// building the tree: the same scan, except that the contents of elements that hold raw text are
// passed over. Null when there is nothing.
const Encoding* find_late_meta(std::string_view bytes);

// The value of charset= in a Content-Type field or in a meta element's content ("extracting a
// character encoding from a meta element"). Null when there is none or its label is unknown.
const Encoding* encoding_in(std::string_view content);

}  // namespace scraper::parse
