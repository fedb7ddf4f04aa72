// What stands between a body as it came and UTF-8: charsets and content-encodings. What they are
// converted from is made before.
#include <future>
#include <stdexcept>

#include "base/utf8.h"
#include "bench/parts/micro.h"
#include "parse/text/charset.h"
#include "parse/text/decode.h"
#include "tests/support/encodings.h"

namespace scraper::micro {

namespace {

using Bodies = std::vector<std::string>;

template <class Make>
Bodies made_from(const Corpus& corpus, Make make) {
  Bodies bodies;
  for (const Page& page : corpus.pages) bodies.push_back(make(page.html));
  return bodies;
}

// Bytes of the charset that is converted from; what it has no sign for was replaced.
void measure_conversion(benchmark::State& state, const Corpus& corpus, const char* charset) {
  const parse::Encoding& encoding = *parse::find_encoding(charset);
  const Bodies bodies = made_from(
      corpus, [&encoding](std::string_view html) { return test::in_charset(html, encoding.icu); });
  Amount amount{0, "per page", bodies.size()};
  for (const std::string& body : bodies) amount.bytes += body.size();
  std::string storage;
  measure(state, bodies, amount,
          [&](const std::string& body) { return parse::to_utf8(body, encoding, storage).size(); });
}

// Bytes of the pages, not of what they were packed to.
void measure_decoder(benchmark::State& state, const Corpus& corpus, const Bodies& bodies,
                     std::string_view coding) {
  parse::Decoder decoder;
  std::size_t wrong = 0;
  measure(state, bodies, pages_of(corpus),
          [&, codings = std::vector{coding}](const std::string& body) {
            const parse::Decoded decoded = decoder.undo(body, codings, {});
            wrong += decoded.fault != PageFault::kNone;
            return decoded.bytes.size();
          });
  if (wrong != 0) throw std::runtime_error("a page does not decode from " + std::string(coding));
}

void add_coding(const Corpus& corpus, const char* coding, std::string (*pack)(std::string_view)) {
  const auto bodies = std::async(std::launch::deferred, [&corpus, pack] {
                        return made_from(corpus, pack);
                      }).share();
  add(std::string("decode_") + coding + "/" + corpus.name,
      [&corpus, bodies, coding](benchmark::State& state) {
        measure_decoder(state, corpus, bodies.get(), coding);
      });
}

}  // namespace

void add_charsets(const Corpus& corpus) {
  add("is_utf8/" + corpus.name, [&corpus](benchmark::State& state) {
    measure(state, corpus.pages, pages_of(corpus),
            [](const Page& page) { return scraper::is_utf8(page.html); });
  });
  for (const char* charset : {"windows-1252", "Shift_JIS", "UTF-16LE"}) {
    add(std::string("from_") + charset + "/" + corpus.name,
        [&corpus, charset](benchmark::State& state) {
          measure_conversion(state, corpus, charset);
        });
  }
}

// Without a word from the server: the page's own meta element decides, near its beginning, so there
// is no rate.
void add_charset_decision(const Corpus& corpus) {
  add("decide_charset/" + corpus.name, [&corpus](benchmark::State& state) {
    measure(state, corpus.pages, {0, "per page", corpus.pages.size()},
            [](const Page& page) { return parse::decide_charset(page.html, "", true).encoding; });
  });
}

void add_codings(const Corpus& corpus) {
  add_coding(corpus, "gzip", &test::gzipped);
  add_coding(corpus, "deflate", &test::zlib_wrapped);
  add_coding(corpus, "br", &test::brotli);
  add_coding(corpus, "zstd", &test::zstd);
}

}  // namespace scraper::micro
