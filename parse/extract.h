// What a page's tree says, as it is written there: nothing is resolved yet. Pure; any thread.
//
// The tree is the one a browser without scripting builds, so what stands in <noscript> counts. Visible text is that of <body> less
// script, style, template, title and what only old or scripting browsers would show as raw text (iframe, noembed, noframes), with
// white space collapsed and a space where a block or <br> begins or ends. What style sheets hide is not known here and counts.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "parse/document.h"
#include "scraper/base/page_record.h"

namespace scraper::parse {

inline constexpr std::size_t kMaxTitle = 1'024;        // code points
inline constexpr std::size_t kMaxDescription = 2'048;  // code points
inline constexpr std::size_t kMaxLang = 64;            // bytes
inline constexpr std::size_t kMaxRobots = 2'048;       // bytes, of all directives together

struct WrittenLink {
  std::string_view href;  // ASCII white space at both ends removed; points into the tree
  LinkKind kind = LinkKind::kPage;
  bool is_nofollow = false;  // by its own rel
};

struct Extract {
  std::string title;
  std::string description;
  std::string lang;
  std::vector<std::string> robots;            // each <meta name=robots>
  std::optional<std::string_view> base_href;  // of the first <base> that has one
  std::vector<WrittenLink> links;             // in document order
  std::uint64_t text_length = 0;              // code points
  std::string text;
  bool is_too_deep = false;
};

struct ExtractOptions {
  bool wants_links = true;
  std::size_t text_bytes = 0;  // of the visible text to keep
  std::uint32_t max_depth = 512;
};

Extract extract(const GumboNode& document, const ExtractOptions& options);

// The URL in the content of <meta http-equiv=refresh> (HTML Standard 4.2.5.3, "shared declarative refresh steps"). Nothing when the
// content is not one, or names no URL: the page would only reload itself.
std::optional<std::string_view> refresh_url(std::string_view content);

// Whether `list`, a set of space-separated tokens, holds `token` (lower case; ASCII case-insensitive).
bool has_token(std::string_view list, std::string_view token);

}  // namespace scraper::parse
