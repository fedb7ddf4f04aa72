// wiki, blog and img: charsets, images, and the page that is too much.
#include <fmt/format.h>

#include <array>

#include "scraper/serve/demo_hosts.h"
#include "scraper/serve/demo_page.h"

namespace scraper::serve {

namespace {

constexpr std::uint32_t kWikiArticles = 300;
constexpr std::uint32_t kPortals = 15;
constexpr std::uint32_t kPosts = 120;
constexpr std::uint32_t kPostsOnPage = 20;
constexpr std::uint32_t kAlbums = 10;
constexpr std::uint32_t kPhotos = 80;

// Gumbo's time grows with the square of the depth: 600 KB of open elements keep it for half a
// minute and more, wherever it runs.
constexpr std::uint32_t kBoxes = 120'000;

constexpr std::string_view kWiki = "wiki.demo.test";
constexpr std::string_view kBlog = "blog.demo.test";
constexpr std::string_view kImg = "img.demo.test";

Tongue tongue_of(std::uint32_t article) { return static_cast<Tongue>(article % 5); }
std::string wiki_path(std::uint32_t article) { return fmt::format("/article/{}", article); }

Reply wiki_front() {
  DemoPage page;
  page.title = "The Little Encyclopædia";
  page.description = "Three hundred articles in five languages";
  page.main = prose(Tongue::kFrench, 5, 2) + "<ul>\n";
  for (std::uint32_t n = 0; n < kPortals; ++n)
    page.main += list_item(fmt::format("/portal/{}", n), fmt::format("Portal {}", n));
  page.main += list_item("/日本", "日本") + list_item("/stra%C3%9Fe", "Straße") +
               list_item("/straße", "Straße") + "</ul>\n";
  return page_reply(kWiki, page);
}

Reply wiki_portal(std::uint32_t portal) {
  DemoPage page;
  page.title = fmt::format("Portal {}", portal);
  page.description = "A door to twenty articles";
  page.head = "<base href=\"http://wiki.demo.test/article/\">\n";
  page.main = prose(Tongue::kEnglish, 500 + portal, 1) + "<ul>\n";
  for (std::uint32_t n = portal; n < kWikiArticles; n += kPortals)
    page.main += list_item(std::to_string(n), demo_title(tongue_of(n), n));
  page.main += "</ul>\n";
  return page_reply(kWiki, page);
}

// Every fifth article (the Russian ones) is sent in windows-1251, and only the Content-Type says
// so: <meta> is wrong, as on many an old site.
Reply wiki_article(std::uint32_t n) {
  DemoPage page;
  page.tongue = tongue_of(n);
  page.title = demo_title(page.tongue, n);
  page.description = demo_paragraph(page.tongue, n, 1);
  page.head = fmt::format("<link rel=\"canonical\" href=\"http://{}{}\">\n", kWiki, wiki_path(n));
  page.main = prose(page.tongue, 5'000 + n, 5) + "<p>";
  for (std::uint32_t step : {1u, 60u, 149u})
    page.main += anchor(wiki_path((n + step) % kWikiArticles) + "#top", "→") + " ";
  page.main +=
      anchor(fmt::format("http://docs.demo.test/reference/{}", 1 + n % 120), "manual") + "</p>\n";
  if (page.tongue != Tongue::kRussian) return page_reply(kWiki, page);
  return bytes_reply("text/html; charset=windows-1251", in_windows_1251(render(kWiki, page)));
}

// "日本語のページ" and "こんにちは" in Shift_JIS, declared by <meta> alone.
Reply wiki_shift_jis() {
  return bytes_reply("text/html",
                     "<html lang=ja><head><meta http-equiv=\"Content-Type\" content=\"text/html; "
                     "charset=Shift_JIS\">\n"
                     "<title>\x93\xFA\x96{\x8C\xEA\x82\xCC\x83y\x81[\x83W</title></head>\n"
                     "<body><p>\x82\xB1\x82\xF1\x82\xC9\x82\xBF\x82\xCD <a "
                     "href=\"/article/4\">next</a></body></html>\n");
}

Reply wiki_street() {
  DemoPage page;
  page.tongue = Tongue::kGerman;
  page.title = "Straße";
  page.main = prose(page.tongue, 77, 3);
  return page_reply(kWiki, page);
}

std::string post_path(std::uint32_t n) { return fmt::format("/post/{}", n); }

Reply blog_list(std::uint32_t number) {
  DemoPage page;
  page.title = number == 1 ? "A Workshop Diary" : fmt::format("A Workshop Diary, page {}", number);
  page.description = "Mostly about clocks";
  page.main = "<ul>\n";
  for (std::uint32_t n = kPosts - (number - 1) * kPostsOnPage; n > kPosts - number * kPostsOnPage;
       --n) {
    page.main += list_item(post_path(n), demo_title(Tongue::kEnglish, 800 + n));
  }
  for (std::uint32_t n = 2; n <= kPosts / kPostsOnPage; ++n)
    page.main += list_item(fmt::format("/?page={}", n), fmt::format("Page {}", n));
  page.main += list_item("/drafts/", "Drafts") +
               list_item("/experiments/boxes-in-boxes", "Boxes in boxes") + "</ul>\n";
  return page_reply(kBlog, page);
}

Reply blog_post(std::uint32_t n, bool is_feed) {
  DemoPage page;
  page.title = demo_title(Tongue::kEnglish, 800 + n);
  page.description = demo_paragraph(Tongue::kEnglish, 800 + n, 1);
  page.head = fmt::format("<link rel=\"canonical\" href=\"{}\">\n", post_path(n));
  page.main = prose(Tongue::kEnglish, 8'000 + n, 4) + "<p>" +
              anchor(post_path(n % kPosts + 1), "Newer") + "</p>\n";
  if (n % 20 == 0 && !is_feed)
    page.main += "<p>" + anchor(post_path(n) + "?ref=feed", "For feed readers") + "</p>\n";
  page.main += "<section><p>Nice clock! " +
               anchor("http://pills.example/buy", "cheap pills", "rel=\"ugc nofollow\"") +
               "</p></section>\n";
  return page_reply(kBlog, page);
}

Reply blog_drafts() {
  DemoPage page;
  page.title = "Drafts";
  page.head = "<meta name=\"robots\" content=\"noarchive, nofollow\">\n";
  page.main =
      "<ul>\n" + list_item("/draft/1", "Unfinished") + list_item("/draft/2", "Unbegun") + "</ul>\n";
  return page_reply(kBlog, page);
}

Reply blog_boxes() {
  std::string html =
      "<!DOCTYPE html>\n<html lang=\"en\"><head><title>Boxes in boxes</title></head><body>\n";
  for (std::uint32_t n = 0; n < kBoxes; ++n) html += "<div>";
  return bytes_reply("text/html; charset=utf-8", html + "empty</body></html>\n");
}

void append_little_endian(std::string& out, std::uint32_t value, int bytes) {
  for (; bytes > 0; --bytes, value >>= 8) out += static_cast<char>(value & 0xFF);
}

// An uncompressed 24-bit bitmap with a gradient: two headers (14 and 40 bytes), then rows of three
// bytes a pixel, each row a multiple of four bytes.
std::string bitmap(std::uint32_t side, std::uint32_t hue) {
  const std::uint32_t row = (side * 3 + 3) / 4 * 4;
  std::string out = "BM";
  for (std::uint32_t value : {54 + row * side, 0u, 54u, 40u, side, side})
    append_little_endian(out, value, 4);
  append_little_endian(out, 1, 2);   // planes
  append_little_endian(out, 24, 2);  // bits a pixel
  for (std::uint32_t value : {0u, row * side, 2'835u, 2'835u, 0u, 0u})
    append_little_endian(out, value, 4);
  for (std::uint32_t y = 0; y < side; ++y) {
    const std::size_t start = out.size();
    for (std::uint32_t x = 0; x < side; ++x)
      append_little_endian(out, (x & 0xFF) | (y & 0xFF) << 8 | (hue & 0xFF) << 16, 3);
    out.resize(start + row, '\0');
  }
  return out;
}

Reply img_front() {
  DemoPage page;
  page.title = "The Picture Cellar";
  page.description = "Squares of many colours";
  page.main = "<ul>\n";
  for (std::uint32_t n = 0; n < kAlbums; ++n)
    page.main += list_item(fmt::format("/album/{}", n), fmt::format("Album {}", n));
  page.main += list_item("/full/panorama.bmp", "Panorama (1.5 MB)") + "</ul>\n";
  return page_reply(kImg, page);
}

Reply img_album(std::uint32_t album) {
  DemoPage page;
  page.title = fmt::format("Album {}", album);
  page.main = "<ul>\n";
  for (std::uint32_t n = album; n < kPhotos; n += kAlbums)
    page.main += list_item(fmt::format("/photo/{}", n), fmt::format("Photo {}", n));
  page.main += "</ul>\n";
  return page_reply(kImg, page);
}

Reply img_photo(std::uint32_t n) {
  DemoPage page;
  page.tongue = Tongue::kFrench;
  page.title = demo_title(page.tongue, n);
  page.main = fmt::format(
      "<figure><img src=\"/full/{0}.bmp\" alt=\"photo "
      "{0}\"><figcaption>{1}</figcaption></figure>\n",
      n, demo_paragraph(page.tongue, n, 1));
  if (n % 4 == 0)
    page.main += "<p>" + anchor(fmt::format("/full/{}.bmp", n), "Full size") + "</p>\n";
  return page_reply(kImg, page);
}

}  // namespace

Reply wiki_reply(std::string_view target) {
  if (target == "/" || target == "/article/")
    return wiki_front();  // where "#content" leads from a page with a base
  if (target == "/%E6%97%A5%E6%9C%AC") return wiki_shift_jis();
  if (target == "/stra%C3%9Fe") return wiki_street();
  if (const auto n = number_in(target, "/portal/", 0, kPortals - 1)) return wiki_portal(*n);
  const auto article = number_in(target, "/article/", 0, kWikiArticles - 1);
  if (!article) return missing_reply(kWiki);  // robots.txt too
  return *article % 50 == 49 ? moved_reply(301, wiki_path(*article - 1)) : wiki_article(*article);
}

Reply blog_reply(std::string_view target) {
  if (target == "/") return blog_list(1);
  if (target == "/robots.txt") return bytes_reply("text/plain", "User-agent: *\nAllow: /\n");
  if (target == "/drafts/") return blog_drafts();
  if (target == "/experiments/boxes-in-boxes") return blog_boxes();
  if (const auto n = number_in(target, "/?page=", 2, kPosts / kPostsOnPage)) return blog_list(*n);
  if (const auto n = number_in(target, "/post/", 1, kPosts)) return blog_post(*n, false);
  if (const auto n = number_in(target, "/post/", 1, kPosts, "?ref=feed"))
    return blog_post(*n, true);
  return missing_reply(kBlog);
}

Reply img_reply(std::string_view target) {
  if (target == "/") return img_front();
  if (target == "/robots.txt") return bytes_reply("text/plain", "User-agent: *\nDisallow:\n");
  if (target == "/full/panorama.bmp") return bytes_reply("image/bmp", bitmap(720, 99));
  if (const auto n = number_in(target, "/album/", 0, kAlbums - 1)) return img_album(*n);
  if (const auto n = number_in(target, "/photo/", 0, kPhotos - 1)) return img_photo(*n);
  if (const auto n = number_in(target, "/full/", 0, kPhotos - 1, ".bmp"))
    return bytes_reply("image/bmp", bitmap(32, *n * 3));
  return missing_reply(kImg);
}

}  // namespace scraper::serve
