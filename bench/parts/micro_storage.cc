// The owner's seen test, and the appender.
#include <fcntl.h>

#include <algorithm>
#include <future>
#include <memory>
#include <optional>
#include <random>
#include <utility>

#include "base/descriptor.h"
#include "bench/parts/micro.h"
#include "scraper/frontier/url_table.h"
#include "storage/segment_writer.h"
#include "storage/segments.h"
#include "tests/support/folder.h"

namespace scraper::micro {

namespace {

constexpr std::size_t kRows = 1'000'000;
constexpr std::size_t kBatch = 64;  // captures the appender takes at once

// One a row, `first` and the next kRows: the corpus's URLs, each many times with another query.
struct SeenUrl {
  std::string url;
  Fingerprint print;
};

std::vector<SeenUrl> seen_urls(const Corpus& corpus, const FingerprintKey& key, std::size_t first) {
  std::vector<SeenUrl> urls;
  urls.reserve(kRows);
  for (std::size_t i = first; i < first + kRows; ++i) {
    std::string url = corpus.pages[i % corpus.pages.size()].url.href() +
                      "?page=" + std::to_string(i / corpus.pages.size());
    const Fingerprint print = fingerprint(url, key);
    urls.push_back({std::move(url), print});
  }
  return urls;
}

void fill(storage::UrlTable& table, const std::vector<SeenUrl>& urls) {
  for (const SeenUrl& url : urls) {
    storage::UrlRow row;
    row.url = url.url;
    table.add(url.print, std::move(row));
  }
}

// In an order of their own: what comes again in a crawl lies anywhere in the table.
std::vector<Fingerprint> shuffled(const std::vector<SeenUrl>& urls) {
  std::vector<Fingerprint> prints;
  prints.reserve(urls.size());
  for (const SeenUrl& url : urls) prints.push_back(url.print);
  std::shuffle(prints.begin(), prints.end(), std::mt19937_64(1));
  return prints;
}

struct Seen {
  storage::SeenTable table;
  std::vector<Fingerprint> known;
  std::vector<Fingerprint> unknown;
};

std::shared_ptr<const Seen> seen_test_of(const Corpus& corpus) {
  const FingerprintKey key = FingerprintKey::random();
  auto seen = std::make_shared<Seen>();
  const auto urls = seen_urls(corpus, key, 0);
  for (std::size_t n = 0; n < urls.size(); ++n)
    seen->table.add(urls[n].print, static_cast<storage::UrlId>(n));
  seen->known = shuffled(urls);
  seen->unknown = shuffled(seen_urls(corpus, key, kRows));
  return seen;
}

// A table of its own each time, from empty to full; that it goes again is not counted.
void measure_adding(benchmark::State& state, const Corpus& corpus) {
  const auto urls = seen_urls(corpus, FingerprintKey::random(), 0);
  std::optional<storage::UrlTable> table;
  for (auto _ : state) {
    state.PauseTiming();
    table.emplace(storage::UrlTable::Source{});
    state.ResumeTiming();
    fill(*table, urls);
    benchmark::DoNotOptimize(table->size());
  }
  report(state, {0, "per URL", urls.size()});
}

std::vector<storage::Entry> batch_of(const Corpus& corpus, std::size_t first) {
  std::vector<storage::Entry> entries;
  for (std::size_t i = first; i < std::min(first + kBatch, corpus.pages.size()); ++i)
    entries.push_back({capture_of(corpus.pages[i]), storage::Keep::kNo});
  return entries;
}

// Into a file of its own, which goes with its folder. The clock stands, but for the appender's
// work.
Result<void> write_all(benchmark::State& state, const Corpus& corpus) {
  const test::Folder folder;
  storage::SegmentOptions options;
  options.directory = folder.path("");
  options.software = "scraper bench/micro";
  const Descriptor directory(::open(options.directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  auto writer = storage::SegmentWriter::open(options, directory.get());
  if (!writer) return writer.error();
  for (std::size_t first = 0; first < corpus.pages.size(); first += kBatch) {
    auto entries = batch_of(corpus, first);
    state.ResumeTiming();
    const auto answers = (*writer)->write(std::move(entries));
    state.PauseTiming();
    for (const auto& answer : answers) {
      if (!answer) return answer.error();
    }
  }
  return {};
}

// All that the appender does with a capture: SHA-256 of the body, the records, CRC-32C, a write for
// 64 captures. To the page cache: nothing waits for the disk, as in a crawl.
void measure_append(benchmark::State& state, const Corpus& corpus) {
  for (auto _ : state) {
    state.PauseTiming();
    const auto written = write_all(state, corpus);
    state.ResumeTiming();
    if (!written) {
      state.SkipWithError(written.error().context.c_str());
      break;
    }
  }
  report(state, pages_of(corpus));
}

}  // namespace

void add_seen_test(const Corpus& corpus) {
  const auto seen =
      std::async(std::launch::deferred, [&corpus] { return seen_test_of(corpus); }).share();
  const auto find = [seen](const Fingerprint& print) { return seen.get()->table.find(print); };
  add("seen_known/1M", [seen, find](benchmark::State& state) {
    measure(state, seen.get()->known, {0, "per URL", kRows}, find);
  });
  add("seen_unknown/1M", [seen, find](benchmark::State& state) {
    measure(state, seen.get()->unknown, {0, "per URL", kRows}, find);
  });
  add("seen_add/1M", [&corpus](benchmark::State& state) { measure_adding(state, corpus); });
}

void add_archive(const Corpus& corpus) {
  add("warc_append/" + corpus.name,
      [&corpus](benchmark::State& state) { measure_append(state, corpus); });
}

}  // namespace scraper::micro
