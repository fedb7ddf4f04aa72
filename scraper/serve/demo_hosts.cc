// news, docs, shop, slow, busy and closed.
#include "scraper/serve/demo_hosts.h"

#include <fmt/format.h>

#include <array>

#include "scraper/serve/demo_page.h"

namespace scraper::serve {

namespace {

constexpr std::array<std::string_view, 6> kSections = {"world", "city",    "science",
                                                       "sport", "culture", "weather"};
constexpr std::uint32_t kArticles = 180;  // 30 a section, 10 a page
constexpr std::uint32_t kPagesOfSection = 3;
constexpr std::uint32_t kChapters = 40;
constexpr std::uint32_t kReferences = 120;
constexpr std::uint32_t kVersions = 12;
constexpr std::array<std::string_view, 8> kShelves = {"lamps", "clocks", "maps",  "kettles",
                                                      "bread", "boots",  "ropes", "tools"};
constexpr std::uint32_t kProducts = 200;  // 25 a shelf
constexpr std::uint32_t kSlowPages = 16;
constexpr std::uint32_t kDesks = 10;
constexpr std::uint32_t kQueues = 6;

constexpr std::string_view kNews = "news.demo.test";
constexpr std::string_view kDocs = "docs.demo.test";
constexpr std::string_view kShop = "shop.demo.test";
constexpr std::string_view kSlow = "slow.demo.test";
constexpr std::string_view kBusy = "busy.demo.test";
constexpr std::string_view kClosed = "closed.demo.test";

DemoPage front_page(std::string_view title, std::string_view description, std::uint32_t number) {
  DemoPage page;
  page.title = title;
  page.description = description;
  page.main = prose(Tongue::kEnglish, number, 2);
  return page;
}

DemoPage prose_page(std::uint32_t number, unsigned paragraphs) {
  DemoPage page;
  page.title = demo_title(Tongue::kEnglish, number);
  page.description = demo_paragraph(Tongue::kEnglish, number, 1);
  page.main = prose(Tongue::kEnglish, number, paragraphs);
  return page;
}

std::string links_to(std::string_view prefix, std::uint32_t first, std::uint32_t last,
                     std::string_view text) {
  std::string html = "<ul>\n";
  for (std::uint32_t n = first; n <= last; ++n)
    html += list_item(fmt::format("{}{}", prefix, n), fmt::format("{} {}", text, n));
  return html + "</ul>\n";
}

std::string article_path(std::uint32_t n) {
  return fmt::format("/{}/article-{}", kSections[n % kSections.size()], n);
}

Reply news_front() {
  DemoPage page = front_page("The Demo Courier", "News that follows from a number", 1);
  page.main += "<ul>\n";
  for (std::string_view section : kSections)
    page.main += list_item(fmt::format("/{}/", section), section);
  for (std::uint32_t n = 0; n < 12; ++n)
    page.main += list_item(article_path(n), demo_title(Tongue::kEnglish, n));
  page.main += list_item("/archive/1999", "Archive") + "</ul>\n";
  // One page, five spellings: a crawler asks once.
  page.main += "<p>" + anchor("HTTP://NEWS.Demo.Test/weather/", "Weather") +
               anchor("http://news.demo.test:80/weather/", "Wetter") +
               anchor("/world/../weather/", "météo") + anchor("/weather/#today", "погода") +
               anchor("/%77eather/", "天気") + "</p>\n";
  return page_reply(kNews, page);
}

Reply news_section(std::uint32_t section, std::uint32_t number) {
  const std::string path = fmt::format("/{}/", kSections[section]);
  DemoPage page = front_page(fmt::format("{}, page {}", kSections[section], number),
                             "A section of the Courier", section * 10 + number);
  page.main += "<ul>\n";
  for (std::uint32_t i = (number - 1) * 10; i < number * 10; ++i) {
    const std::uint32_t n = i * static_cast<std::uint32_t>(kSections.size()) + section;
    page.main += list_item(article_path(n), demo_title(Tongue::kEnglish, n));
  }
  page.main += "</ul>\n<p>" + anchor(path, "1");
  for (std::uint32_t n = 2; n <= kPagesOfSection; ++n)
    page.main += anchor(fmt::format("{}?page={}", path, n), std::to_string(n));
  page.main += "</p>\n";
  return page_reply(kNews, page);
}

Reply news_article(std::uint32_t n) {
  DemoPage page = prose_page(n, 6);
  page.main += "<p>" + anchor(article_path((n + 1) % kArticles), "Next article") + " · " +
               anchor(fmt::format("http://wiki.demo.test/article/{}", n * 7 % 300), "Background") +
               " · " +
               anchor(fmt::format("http://shop.demo.test/p/{}", 1 + n % kProducts), "Advertisement",
                      "rel=\"sponsored\"") +
               "</p>\n";
  return page_reply(kNews, page);
}

Reply docs_front() {
  DemoPage page = front_page("The Manual", "How everything here works, compressed", 2);
  page.main += links_to("/guide/", 1, kChapters, "Chapter");
  page.main += "<ul>\n" + list_item("/reference/", "Reference") +
               list_item("/changelog/1", "Changes") + list_item("/latest", "Latest version") +
               list_item("/old/a", "Old manual") + list_item("/private/keys", "Keys") +
               list_item("/private/plans", "Plans") + list_item("/private/licence", "Licence") +
               "</ul>\n";
  return page_reply(kDocs, page);
}

Reply docs_robots() {
  return bytes_reply("text/plain; charset=utf-8",
                     "# The manual is public, its drafts are not.\nUser-agent: *\nDisallow: "
                     "/private/\nAllow: /private/licence\n");
}

Reply docs_change(std::uint32_t n) {
  DemoPage page = prose_page(3'000 + n, 2);
  if (n < kVersions)
    page.main +=
        "<p>" + anchor(fmt::format("/changelog/{}", n + 1), "The version before") + "</p>\n";
  return page_reply(kDocs, page);
}

Reply docs_page(std::uint32_t n, std::uint32_t others, std::string_view prefix) {
  DemoPage page = prose_page(2'000 + n, 5);
  page.main +=
      "<pre><code>$ scraper crawl https://example.com/ &amp;&amp; echo done</code></pre>\n<p>";
  for (std::uint32_t step : {1u, 5u, 17u})
    page.main += anchor(fmt::format("{}{}", prefix, 1 + (n + step) % others), "see also") + " ";
  page.main += "</p>\n";
  return page_reply(kDocs, page);
}

Reply shop_front() {
  DemoPage page = front_page("The Corner Shop", "Two hundred useful things", 4);
  page.main += "<ul>\n";
  for (std::string_view shelf : kShelves)
    page.main += list_item(fmt::format("/c/{}", shelf), shelf);
  page.main += "</ul>\n<form action=\"/search\"><input name=\"q\"></form>\n<p>" +
               anchor("/search?q=lamp", "Popular: lamp") + " " + anchor("/terms.xhtml", "Terms") +
               "</p>\n";
  return page_reply(kShop, page);
}

Reply shop_shelf(std::uint32_t shelf) {
  DemoPage page = front_page(kShelves[shelf], "A shelf of the Corner Shop", 400 + shelf);
  const auto shelves = static_cast<std::uint32_t>(kShelves.size());
  page.main += "<ul>\n";
  for (std::uint32_t n = 1 + shelf; n <= kProducts; n += shelves)
    page.main += list_item(fmt::format("/p/{}", n), demo_title(Tongue::kGerman, n));
  page.main += "</ul>\n";
  return page_reply(kShop, page);
}

Reply shop_product(std::uint32_t n) {
  DemoPage page;
  page.tongue = Tongue::kGerman;
  page.title = demo_title(page.tongue, n);
  page.description = demo_paragraph(page.tongue, n, 1);
  page.main = prose(page.tongue, 4'000 + n, 3);
  page.main +=
      fmt::format("<p>Preis: {},{:02} € · {}</p>\n", 3 + n % 90, n * 7 % 100,
                  anchor(fmt::format("/basket?add={}", n), "In den Korb", "rel=\"nofollow\""));
  page.main += "<p>" + anchor(fmt::format("/p/{}", 1 + n % kProducts), "Dazu passt") + " · " +
               anchor(fmt::format("http://img.demo.test/photo/{}", n % 80), "Foto") + "</p>\n";
  return page_reply(kShop, page);
}

Reply shop_terms() {
  return bytes_reply("application/xhtml+xml; charset=utf-8",
                     "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<html "
                     "xmlns=\"http://www.w3.org/1999/xhtml\" xml:lang=\"en\" lang=\"en\">"
                     "<head><title>Terms</title></head><body><p>Be fair. <a "
                     "href=\"/\">Back</a></p></body></html>\n");
}

}  // namespace

Reply news_reply(std::string_view target) {
  if (target == "/") return news_front();
  if (target == "/robots.txt") return bytes_reply("text/plain", "User-agent: *\nDisallow:\n");
  for (std::uint32_t section = 0; section < kSections.size(); ++section) {
    const std::string path = fmt::format("/{}/", kSections[section]);
    if (target == path) return news_section(section, 1);
    if (const auto page = number_in(target, path + "?page=", 2, kPagesOfSection))
      return news_section(section, *page);
    const auto article = number_in(target, path + "article-", 0, kArticles - 1);
    if (article && *article % kSections.size() == section) return news_article(*article);
  }
  return missing_reply(kNews);
}

Reply docs_reply(std::string_view target) {
  if (target == "/") return docs_front();
  if (target == "/robots.txt") return docs_robots();
  if (target == "/latest") return moved_reply(301, "/v3");
  if (target == "/v3") return moved_reply(302, "http://docs.demo.test/v3/");
  if (target == "/v3/") return moved_reply(308, "../guide/1");
  if (target == "/old/a") return moved_reply(302, "/old/b");
  if (target == "/old/b") return moved_reply(302, "/old/a");
  if (target == "/private/licence") return page_reply(kDocs, prose_page(9, 2));
  if (target == "/reference/") {
    DemoPage page = front_page("Reference", "All names", 3);
    page.main += links_to("/reference/", 1, kReferences, "Name");
    return page_reply(kDocs, page);
  }
  if (const auto n = number_in(target, "/guide/", 1, kChapters))
    return docs_page(*n, kChapters, "/guide/");
  if (const auto n = number_in(target, "/reference/", 1, kReferences))
    return docs_page(100 + *n, kReferences, "/reference/");
  if (const auto n = number_in(target, "/changelog/", 1, kVersions)) return docs_change(*n);
  return missing_reply(kDocs);
}

Reply shop_reply(std::string_view target) {
  if (target == "/") return shop_front();
  if (target == "/terms.xhtml") return shop_terms();
  if (target == "/robots.txt") {
    return bytes_reply("text/plain",
                       "User-agent: greedybot\nDisallow: /\n\nUser-agent: *\nDisallow: "
                       "/*?q=\nCrawl-delay: 0.005\n");
  }
  for (std::uint32_t shelf = 0; shelf < kShelves.size(); ++shelf) {
    if (target == fmt::format("/c/{}", kShelves[shelf])) return shop_shelf(shelf);
  }
  if (const auto n = number_in(target, "/p/", 1, kProducts)) return shop_product(*n);
  if (number_in(target, "/basket?add=", 1, kProducts))
    return page_reply(kShop, front_page("Your basket", "Nothing to crawl here", 42));
  return missing_reply(kShop);
}

Reply slow_reply(std::string_view target) {
  if (target == "/robots.txt") return bytes_reply("text/plain", "User-agent: *\nDisallow:\n");
  if (target == "/") {
    DemoPage page = front_page("The Patient Archive", "Every answer takes its time", 6);
    page.main += links_to("/box/", 1, kSlowPages, "Box");
    return page_reply(kSlow, page);
  }
  if (const auto n = number_in(target, "/box/", 1, kSlowPages)) {
    DemoPage page = prose_page(6'000 + *n, 3);
    page.main += "<p>" + anchor(fmt::format("/box/{}/inside", *n), "What is inside") + "</p>\n";
    return page_reply(kSlow, page);
  }
  if (const auto n = number_in(target, "/box/", 1, kSlowPages, "/inside"))
    return page_reply(kSlow, prose_page(6'100 + *n, 2));
  return missing_reply(kSlow);
}

Reply busy_reply(std::string_view target, unsigned attempt) {
  if (target == "/robots.txt") return bytes_reply("text/plain", "User-agent: *\nDisallow:\n");
  if (target == "/") {
    DemoPage page = front_page("The Town Office", "Please wait until your number is called", 7);
    page.main += links_to("/desk/", 1, kDesks, "Desk") + links_to("/queue/", 1, kQueues, "Queue");
    return page_reply(kBusy, page);
  }
  if (const auto n = number_in(target, "/desk/", 1, kDesks))
    return page_reply(kBusy, prose_page(7'000 + *n, 3));
  const auto queue = number_in(target, "/queue/", 1, kQueues);
  if (!queue) return missing_reply(kBusy);
  if (attempt % 2 == 0) return page_reply(kBusy, prose_page(7'100 + *queue, 3));
  Reply reply = text_reply(503, "not yet, come back in a second");
  reply.headers.emplace_back("Retry-After", "1");
  return reply;
}

Reply closed_reply(std::string_view target) {
  if (target != "/") return text_reply(503, "closed for repair");
  return page_reply(kClosed, front_page("Closed", "Nobody who keeps to robots.txt reads this", 8));
}

}  // namespace scraper::serve
