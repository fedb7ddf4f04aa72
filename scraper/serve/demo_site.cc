#include "scraper/serve/demo_site.h"

#include <fmt/format.h>
#include <zlib.h>

#include <array>
#include <cassert>

#include "scraper/serve/demo_hosts.h"
#include "scraper/serve/demo_page.h"

namespace scraper::serve {

namespace {

constexpr std::chrono::milliseconds kSlowness{150};

constexpr std::array<std::string_view, 9> kHosts = {
    "news.demo.test", "docs.demo.test", "shop.demo.test", "wiki.demo.test",  "blog.demo.test",
    "img.demo.test",  "slow.demo.test", "busy.demo.test", "closed.demo.test"};

std::string gzipped(const std::string& plain) {
  constexpr int kGzipWindow = 15 + 16;  // 32 KiB, in gzip's frame
  z_stream stream{};
  if (deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, kGzipWindow, 8, Z_DEFAULT_STRATEGY) != Z_OK)
    return {};
  std::string out(deflateBound(&stream, plain.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(plain.data()));
  stream.avail_in = static_cast<uInt>(plain.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  [[maybe_unused]] const int result = deflate(&stream, Z_FINISH);
  assert(result == Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

Reply compressed(Reply reply) {
  reply.body = gzipped(reply.body);
  reply.headers.emplace_back("Content-Encoding", "gzip");
  reply.headers.emplace_back("Vary", "Accept-Encoding");
  return reply;
}

Reply delayed(Reply reply) {
  reply.pause = kSlowness;
  return reply;
}

// What a browser sees that was pointed at the address itself.
Reply explanation(const Request& request) {
  DemoPage page;
  page.title = "The demo site of scraper";
  page.description = "Nine host names behind one port";
  page.main =
      "<p>This port answers for the hosts below; their names are in no DNS. Crawl them with</p>\n"
      "<pre>build/scraper crawl seeds/demo.txt --connect-to ::127.0.0.1:PORT --allow-net "
      "127.0.0.0/8 --per-host 8 --delay 0</pre>\n"
      "<p>or look at one with</p>\n<pre>curl --connect-to ::127.0.0.1:PORT "
      "http://news.demo.test/</pre>\n";
  Reply reply = page_reply("demo.test", page);
  if (request.target != "/") reply.status = 404;
  return reply;
}

}  // namespace

std::span<const std::string_view> demo_hosts() { return kHosts; }

bool demo_counts_attempts(const Request& request) {
  return request.host == "busy.demo.test" && busy_reply(request.target, 1).status == 503;
}

Reply demo_reply(const Request& request, unsigned attempt) {
  const std::string_view target = request.target;
  if (request.host == "news.demo.test") return news_reply(target);
  if (request.host == "docs.demo.test") return compressed(docs_reply(target));
  if (request.host == "shop.demo.test") return shop_reply(target);
  if (request.host == "wiki.demo.test") return wiki_reply(target);
  if (request.host == "blog.demo.test") return blog_reply(target);
  if (request.host == "img.demo.test") return img_reply(target);
  if (request.host == "slow.demo.test") return delayed(slow_reply(target));
  if (request.host == "busy.demo.test") return busy_reply(target, attempt);
  if (request.host == "closed.demo.test") return closed_reply(target);
  return explanation(request);
}

Reply DemoSite::answer(const Request& request) {
  const bool counts = request.method == "GET" && demo_counts_attempts(request);
  return demo_reply(request, counts ? ++attempts_[request.target] : 1);
}

}  // namespace scraper::serve
