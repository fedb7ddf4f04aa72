#include "scraper/serve/demo_page.h"

#include <fmt/format.h>

#include <charconv>

#include "scraper/serve/demo_site.h"

namespace scraper::serve {

namespace {

constexpr std::string_view kStyle =
    "body{font:16px/1.5 sans-serif;margin:0 auto;max-width:46rem}nav "
    "a{margin-right:1em}footer{border-top:1px "
    "solid;margin-top:3em}";

std::string navigation() {
  return "<nav aria-label=\"main\">" + anchor("/", "Start") +
         anchor("#content", "Skip to content") + "</nav>\n";
}

// Leads to the other hosts' front pages, but not to slow: only its own seed does, so that the
// seed's depth=1 is what counts there.
std::string footer() {
  std::string html = "<footer><p>Elsewhere: ";
  for (std::string_view host : demo_hosts()) {
    const std::string_view name = host.substr(0, host.find('.'));
    if (name != "slow") html += anchor(fmt::format("http://{}/", host), name) + " · ";
  }
  return html + anchor("mailto:editor@demo.test", "write to us") + " · © demo.test</p></footer>\n";
}

}  // namespace

std::string render(std::string_view host, const DemoPage& page) {
  std::string html =
      fmt::format("<!DOCTYPE html>\n<html lang=\"{}\">\n<head>\n<meta charset=\"utf-8\">\n",
                  lang_of(page.tongue));
  html += fmt::format("<title>{} – {}</title>\n<meta name=\"description\" content=\"{}\">\n",
                      page.title, host, page.description);
  html += fmt::format(
      "<meta name=\"viewport\" content=\"width=device-width\">\n<style>{}</style>\n{}</head>\n",
      kStyle, page.head);
  html += fmt::format("<body>\n<header><p>{}</p>\n{}</header>\n", host, navigation());
  html += fmt::format("<main id=\"content\">\n<h1>{}</h1>\n{}</main>\n{}</body>\n</html>\n",
                      page.title, page.main, footer());
  return html;
}

Reply bytes_reply(std::string_view content_type, std::string bytes) {
  Reply reply;
  reply.headers.emplace_back("Content-Type", content_type);
  reply.body = std::move(bytes);
  return reply;
}

Reply page_reply(std::string_view host, const DemoPage& page) {
  return bytes_reply("text/html; charset=utf-8", render(host, page));
}

Reply moved_reply(int status, std::string location) {
  Reply reply = text_reply(status, "moved to " + location);
  reply.headers.emplace_back("Location", std::move(location));
  return reply;
}

Reply missing_reply(std::string_view host) {
  DemoPage page;
  page.title = "Not here";
  page.main = "<p>This page is missing, and meant to be.</p>\n";
  Reply reply = page_reply(host, page);
  reply.status = 404;
  return reply;
}

std::string prose(Tongue tongue, std::uint32_t number, unsigned paragraphs) {
  std::string html;
  for (unsigned i = 0; i < paragraphs; ++i)
    html += fmt::format("<p>{}</p>\n", demo_paragraph(tongue, number * 31 + i, 4 + i % 3));
  return html;
}

std::string anchor(std::string_view href, std::string_view text, std::string_view attributes) {
  return fmt::format("<a href=\"{}\"{}{}>{}</a>", href, attributes.empty() ? "" : " ", attributes,
                     text);
}

std::string list_item(std::string_view href, std::string_view text, std::string_view attributes) {
  return fmt::format("<li>{}</li>\n", anchor(href, text, attributes));
}

std::optional<std::uint32_t> number_in(std::string_view target, std::string_view prefix,
                                       std::uint32_t first, std::uint32_t last,
                                       std::string_view suffix) {
  if (target.size() <= prefix.size() + suffix.size() || target.substr(0, prefix.size()) != prefix ||
      target.substr(target.size() - suffix.size()) != suffix) {
    return std::nullopt;
  }
  const std::string_view digits =
      target.substr(prefix.size(), target.size() - prefix.size() - suffix.size());
  std::uint32_t number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  const bool is_number = error == std::errc() && end == digits.data() + digits.size() &&
                         (digits[0] != '0' || digits.size() == 1);
  return is_number && number >= first && number <= last ? std::optional(number) : std::nullopt;
}

}  // namespace scraper::serve
