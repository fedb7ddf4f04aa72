// What the hosts of the demo site have in common: the frame of a page, and how a target is read.
// Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "scraper/serve/demo_text.h"
#include "scraper/serve/reply.h"

namespace scraper::serve {

struct DemoPage {
  Tongue tongue = Tongue::kEnglish;
  std::string title;
  std::string description;
  std::string head;  // more elements of <head>
  std::string main;  // HTML
};

// A whole document: head, navigation with the host's own links, main, and a footer that leads to
// the other hosts' front pages.
std::string render(std::string_view host, const DemoPage& page);

// 200, text/html; charset=utf-8.
Reply page_reply(std::string_view host, const DemoPage& page);
Reply bytes_reply(std::string_view content_type, std::string bytes);
Reply moved_reply(int status, std::string location);
Reply missing_reply(std::string_view host);

// <p> elements of prose.
std::string prose(Tongue tongue, std::uint32_t number, unsigned paragraphs);

// "<a href=…>text</a>"; `attributes` follow href. Neither is escaped: they are our own.
std::string anchor(std::string_view href, std::string_view text, std::string_view attributes = "");
std::string list_item(std::string_view href, std::string_view text,
                      std::string_view attributes = "");

// The number N of "PREFIXNSUFFIX" when it is one from `first` to `last`, without leading zeros.
std::optional<std::uint32_t> number_in(std::string_view target, std::string_view prefix,
                                       std::uint32_t first, std::uint32_t last,
                                       std::string_view suffix = "");

}  // namespace scraper::serve
