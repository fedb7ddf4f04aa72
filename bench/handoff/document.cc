#include "bench/handoff/document.h"

#include <array>
#include <cassert>
#include <string_view>

namespace scraper::bench {

namespace {

constexpr std::array<std::string_view, 48> kWords = {
    "the",       "container", "returns",   "a",         "iterator",  "value",     "if",
    "otherwise", "behaviour", "undefined", "type",      "of",        "element",   "which",
    "function",  "template",  "is",        "parameter", "argument",  "allocator", "and",
    "sequence",  "range",     "to",        "exception", "thrown",    "constant",  "compares",
    "linear",    "size",      "past",      "end",       "reference", "remains",   "valid",
    "unless",    "erased",    "specified", "in",        "object",    "moved",     "from",
    "until",     "since",     "overload",  "deduced",   "library",   "standard"};

// PCG's multiplier and increment (O'Neill 2014): enough of chance that no two pages are alike, and
// the same everywhere.
class Dice {
 public:
  explicit Dice(std::uint32_t seed) : state_(seed * 2'654'435'761ull + 0x9E3779B97F4A7C15ull) {}

  std::uint32_t roll(std::uint32_t sides) {
    state_ = state_ * 6364136223846793005ull + 1442695040888963407ull;
    return static_cast<std::uint32_t>(state_ >> 33) % sides;
  }

 private:
  std::uint64_t state_;
};

constexpr std::size_t kBytesPerLink = 420;  // 85 in 35 KB

class Page {
 public:
  Page(std::size_t size, std::uint32_t number) : dice_(number), size_(size), number_(number) {
    html_.reserve(size + 4'096);
  }

  std::string write() {
    begin();
    while (html_.size() < size_) {
      if (links_ * kBytesPerLink < html_.size()) {
        table();
        continue;
      }
      switch (dice_.roll(10)) {
        case 0: heading(); break;
        case 1: table(); break;
        case 2: listing(); break;
        case 3: definitions(); break;
        case 4: item_list(); break;
        default: paragraph(); break;
      }
    }
    end();
    return std::move(html_);
  }

 private:
  void put(std::string_view text) { html_ += text; }
  void word() { put(kWords[dice_.roll(kWords.size())]); }

  void words(std::uint32_t least, std::uint32_t most) {
    for (std::uint32_t left = least + dice_.roll(most - least + 1); left > 0; --left) {
      word();
      if (left > 1) put(" ");
    }
  }

  void path() {
    put(dice_.roll(4) == 0 ? "/w/cpp/" : "../");
    word();
    put("/");
    word();
    put(std::to_string(dice_.roll(400)));
  }

  void link() {
    ++links_;
    put("<a href=\"");
    path();
    put(dice_.roll(5) == 0 ? ".html#Notes\" title=\"" : ".html\" title=\"");
    words(1, 3);
    put("\">");
    words(1, 3);
    put("</a>");
  }

  void begin() {
    put("<!DOCTYPE html>\n<html lang=\"en\" dir=\"ltr\"><head><meta charset=\"utf-8\"><title>");
    words(2, 5);
    put(" ");
    put(std::to_string(number_));
    put("</title>\n");
    if (size_ >= 4'096) description();
    put("</head><body class=\"page\">");
    if (size_ >= 4'096) navigation();
    put("<main>\n<p>");
    link();
    put("</p>\n");
  }

  void description() {
    put("<link rel=\"stylesheet\" href=\"/style.css\"><meta name=\"description\" content=\"");
    words(8, 14);
    put("\">\n");
  }

  void navigation() {
    put("<div id=\"nav\" class=\"noprint\"><ul>");
    for (int i = 0; i < 8; ++i) {
      put("<li class=\"nav-item\">");
      link();
      put("</li>\n");
    }
    put("</ul></div>\n");
  }

  void heading() {
    put("<h3><span class=\"mw-headline\" id=\"s");
    put(std::to_string(html_.size()));
    put("\">");
    words(1, 4);
    put("</span></h3>\n");
  }

  void paragraph() {
    put("<p>");
    for (std::uint32_t left = 2 + dice_.roll(4); left > 0; --left) {
      words(6, 18);
      const std::uint32_t kind = dice_.roll(8);
      put(kind == 0 ? " <b>" : kind < 3 ? " <code>" : " ");
      if (kind < 3) word();
      put(kind == 0 ? "</b>. " : kind < 3 ? "</code>. " : ". ");
      if (dice_.roll(5) == 0) link();
    }
    put("</p>\n");
  }

  void table() {
    put("<table class=\"t-dcl-begin\"><tbody>\n");
    for (std::uint32_t left = 2 + dice_.roll(5); left > 0; --left) {
      put("<tr class=\"t-dcl\"><td><div class=\"t-member\">");
      link();
      put("</div></td><td> ");
      words(5, 12);
      put(" <br> <span class=\"t-mark\">(");
      word();
      put(" C++11)</span></td></tr>\n");
    }
    put("</tbody></table>\n");
  }

  void listing() {
    put("<div class=\"source-cpp\"><pre class=\"de1\">");
    for (std::uint32_t left = 3 + dice_.roll(8); left > 0; --left) {
      put("<span class=\"kw4\">auto</span> ");
      word();
      put(" <span class=\"sy1\">=</span> std<span class=\"sy4\">::</span>");
      word();
      put("&lt;<span class=\"kw4\">int</span>&gt;<span class=\"br0\">(</span>");
      word();
      put("<span class=\"br0\">)</span><span class=\"sy4\">;</span>\n");
    }
    put("</pre></div>\n");
  }

  void definitions() {
    put("<dl>");
    for (std::uint32_t left = 2 + dice_.roll(3); left > 0; --left) {
      put("<dt><code>");
      word();
      put("</code></dt><dd>");
      words(8, 20);
      put("</dd>\n");
    }
    put("</dl>\n");
  }

  void item_list() {
    put("<ul>");
    for (std::uint32_t left = 2 + dice_.roll(4); left > 0; --left) {
      put("<li>");
      words(5, 15);
      put("</li>\n");
    }
    put("</ul>\n");
  }

  // What is cut in the middle of a tag goes; elements left open are the parser's to close.
  void end() {
    constexpr std::string_view kEnd = "</main></body></html>\n";
    html_.resize(size_ - kEnd.size());
    if (const auto tag = html_.rfind('<'); html_.find('>', tag) == html_.npos)
      html_.replace(tag, html_.npos, html_.size() - tag, ' ');
    put(kEnd);
  }

  Dice dice_;
  const std::size_t size_;
  const std::uint32_t number_;
  std::string html_;
  std::size_t links_ = 0;
};

}  // namespace

std::string documentation_page(std::size_t size, std::uint32_t number) {
  assert(size >= 256);
  return Page(size, number).write();
}

}  // namespace scraper::bench
