// What a page's tree says, as it is written there: nothing is resolved yet. Pure; any thread.
//
// The tree is the one a browser without scripting builds, so what stands in <noscript> counts.
// Visible text is that of <body> less script, style, template, title and what only old or scripting
// browsers would show as raw text (iframe, noembed, noframes), with white space collapsed and a
// space where a block or <br> begins or ends. What style sheets hide is not known here and counts.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/page_record.h"
#include "parse/html/document.h"
#include "parse/html/link_finder.h"

namespace scraper::parse {

inline constexpr std::size_t kMaxTitle = 1'024;        // code points
inline constexpr std::size_t kMaxDescription = 2'048;  // code points
inline constexpr std::size_t kMaxLang = 64;            // bytes
inline constexpr std::size_t kMaxRobots = 2'048;       // bytes, of all directives together

// The page (0) or what a frame of it holds (<iframe srcdoc>).
struct WrittenDocument {
  std::optional<std::string_view> base_href;  // of the first <base> that has one
  std::uint32_t parent =
      0;  // the document it stands in, whose base it has when it names none; comes before it
};

struct Extract {
  std::string title;
  std::string description;
  std::string lang;
  std::vector<std::string> robots;  // each <meta name=robots>, and those with the agent's name
  std::vector<WrittenDocument> documents;  // the page first
  std::vector<WrittenLink> links;          // in document order
  std::uint64_t text_length = 0;           // code points
  std::string text;
  bool is_too_deep = false;
};

struct ExtractOptions {
  bool wants_links = true;
  Arena* arena = nullptr;  // where documents in frames are built; null: they are not looked into
  std::string_view agent;  // whose name a meta element may have
  std::size_t text_bytes = 0;  // of the visible text to keep
  std::uint32_t max_depth = 512;
};

Extract extract(const GumboNode& document, const ExtractOptions& options);

}  // namespace scraper::parse
