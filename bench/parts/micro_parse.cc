// From a page's bytes to its result line.
#include <cstdlib>
#include <cstring>
#include <future>
#include <stdexcept>

#include "bench/parts/micro.h"
#include "parse/html/document.h"
#include "parse/html/extract.h"
#include "parse/html/scan.h"
#include "parse/page.h"
#include "parse/record_codec.h"
#include "storage/results.h"
#include "storage/warc.h"

namespace scraper::micro {

namespace {

using parse::Arena;
using parse::PageParser;
using parse::Parser;
using parse::TaskKind;

std::size_t count_less_than(std::string_view text) {
  std::size_t count = 0;
  const char* const end = text.data() + text.size();
  for (const char* at = text.data();
       (at = static_cast<const char*>(std::memchr(at, '<', static_cast<std::size_t>(end - at))));) {
    ++count;
    if (++at == end) break;
  }
  return count;
}

// What was found, so that nothing of it can be left undone.
std::size_t size_of(const parse::Extract& extract) {
  return extract.links.size() + extract.text_length;
}

parse::ExtractOptions wanted_in(Arena& arena) { return {true, &arena, "scraper"}; }

void add_html(const Corpus& corpus) {
  add("memchr/" + corpus.name, [&corpus](benchmark::State& state) {
    measure(state, corpus.pages, pages_of(corpus),
            [](const Page& page) { return count_less_than(page.html); });
  });
  add("scan/" + corpus.name, [&corpus](benchmark::State& state) {
    Arena arena(&std::abort);
    measure(state, corpus.pages, pages_of(corpus), [&arena](const Page& page) {
      arena.reset();
      return size_of(parse::scan(page.html, wanted_in(arena)));
    });
  });
  add("gumbo/" + corpus.name, [&corpus](benchmark::State& state) {
    Arena arena(&std::abort);
    measure(state, corpus.pages, pages_of(corpus), [&arena](const Page& page) {
      arena.reset();
      return parse::parse_html(page.html, arena);
    });
  });
  add("gumbo_extract/" + corpus.name, [&corpus](benchmark::State& state) {
    Arena arena(&std::abort);
    measure(state, corpus.pages, pages_of(corpus), [&arena](const Page& page) {
      arena.reset();
      return size_of(parse::extract(*parse::parse_html(page.html, arena), wanted_in(arena)));
    });
  });
}

// A page as it lies in the archive: the record up to the body, and the body.
struct StoredPage {
  std::string head;
  std::string_view body;
};

std::vector<StoredPage> stored_pages(const Corpus& corpus) {
  storage::RecordIds ids;
  const std::string warcinfo = ids.next();
  std::vector<StoredPage> pages;
  for (const Page& page : corpus.pages)
    pages.push_back({storage::to_warc(capture_of(page), warcinfo, ids).before_body, page.html});
  return pages;
}

parse::PageOptions options_for(Parser parser) {
  parse::PageOptions options;
  options.key = FingerprintKey::random();
  options.robots_agent = "scraper";
  options.parser = parser;
  return options;
}

void measure_page_record(benchmark::State& state, const Corpus& corpus, Parser parser) {
  PageParser pages(options_for(parser));
  measure(state, stored_pages(corpus), pages_of(corpus), [&pages](const StoredPage& page) {
    return pages.parse(page.head, page.body, TaskKind::kPage).size();
  });
}

// What the owner knows of a page when its line is written.
struct ReadPage {
  std::vector<char> encoded;
  PageRecord record;
  Capture capture;
};

std::vector<char> copy_of(std::string_view bytes) { return {bytes.begin(), bytes.end()}; }

std::vector<ReadPage> read_pages(const Corpus& corpus) {
  PageParser parser(options_for(Parser::kScan));
  const auto stored = stored_pages(corpus);
  std::vector<ReadPage> pages;
  for (std::size_t i = 0; i < stored.size(); ++i) {
    const std::string_view encoded = parser.parse(stored[i].head, stored[i].body, TaskKind::kPage);
    auto record = parse::decode(copy_of(encoded));
    if (!record || record->status != 200 || record->fault != PageFault::kNone)
      throw std::runtime_error("no page record of " + corpus.pages[i].url.href());
    pages.push_back({copy_of(encoded), std::move(*record), capture_of(corpus.pages[i]).outline()});
  }
  return pages;
}

storage::RenderedLine line_of(const ReadPage& page) {
  storage::ResultLine line;
  line.url = page.capture.url.href();
  line.state = "stored";
  line.capture = &page.capture;
  line.record = &page.record;
  line.seed = page.capture.url.href();
  return storage::render(line);
}

using ReadPages = std::shared_future<std::vector<ReadPage>>;

// Its bytes come out of a ring or a socket into a vector, so their copy is part of it.
void measure_decode(benchmark::State& state, const ReadPages& pages) {
  Amount amount{0, "per page", pages.get().size()};
  for (const ReadPage& page : pages.get()) amount.bytes += page.encoded.size();
  measure(state, pages.get(), amount,
          [](const ReadPage& page) { return parse::decode(page.encoded)->links.size(); });
}

void measure_lines(benchmark::State& state, const ReadPages& pages) {
  Amount amount{0, "per page", pages.get().size()};
  for (const ReadPage& page : pages.get()) amount.bytes += line_of(page).text.size();
  measure(state, pages.get(), amount,
          [](const ReadPage& page) { return line_of(page).text.size(); });
}

}  // namespace

void add_parsing(const Corpus& corpus) {
  add_html(corpus);
  add("page_record_scan/" + corpus.name,
      [&corpus](benchmark::State& state) { measure_page_record(state, corpus, Parser::kScan); });
  add("page_record_gumbo/" + corpus.name,
      [&corpus](benchmark::State& state) { measure_page_record(state, corpus, Parser::kGumbo); });
  const ReadPages pages =
      std::async(std::launch::deferred, [&corpus] { return read_pages(corpus); }).share();
  add("record_decode/" + corpus.name,
      [pages](benchmark::State& state) { measure_decode(state, pages); });
  add("result_line/" + corpus.name,
      [pages](benchmark::State& state) { measure_lines(state, pages); });
}

}  // namespace scraper::micro
