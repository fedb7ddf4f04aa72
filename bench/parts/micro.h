// The micro-benchmarks of bench/micro: what each needs of the corpora, and how it says what it
// measured. One thread.
//
// An iteration is one pass over all things of its kind. Beside Google Benchmark's own columns a
// line has `bytes`, a rate in powers of 1,000, and the time per page, link or URL.
#pragma once

#include <benchmark/benchmark.h>

#include <cstddef>
#include <string>
#include <vector>

#include "base/capture.h"

namespace scraper::micro {

struct Page {
  Url url;
  std::string html;
};

struct Corpus {
  std::string name;
  std::vector<Page> pages;
  std::size_t bytes = 0;  // of all pages
};

// Every *.html below `folder`, in the order of their names, with its place below `site` for URL.
// Throws when there is none, or one that is not UTF-8.
Corpus load_corpus(const std::string& name, const std::string& folder, const std::string& site);

// The page as a fetch engine hands it over, in the answer of a web server that names no charset.
Capture capture_of(const Page& page);

// What an iteration went through.
struct Amount {
  std::size_t bytes = 0;  // 0: no rate is given
  const char* per_thing;  // "per page"
  std::size_t things = 0;
};

inline void report(benchmark::State& state, const Amount& amount) {
  using benchmark::Counter;
  const auto of = [](std::size_t n, int flags) {
    return Counter(static_cast<double>(n),
                   static_cast<Counter::Flags>(Counter::kIsIterationInvariantRate | flags));
  };
  if (amount.bytes != 0) state.counters["bytes"] = of(amount.bytes, 0);
  state.counters[amount.per_thing] = of(amount.things, Counter::kInvert);
}

inline Amount pages_of(const Corpus& corpus) {
  return {corpus.bytes, "per page", corpus.pages.size()};
}

// Calls `read` with each of `things`, over and over. What it returns counts as used.
template <class Things, class Read>
void measure(benchmark::State& state, const Things& things, const Amount& amount, Read read) {
  for (auto _ : state) {
    for (const auto& thing : things) benchmark::DoNotOptimize(read(thing));
  }
  report(state, amount);
}

template <class Run>
benchmark::internal::Benchmark* add(const std::string& name, Run run) {
  return benchmark::RegisterBenchmark(name.c_str(), run)->Unit(benchmark::kMillisecond);
}

// These register what there is to measure; a corpus must outlive it.
void add_parsing(const Corpus& corpus);   // HTML, page records, result lines
void add_charsets(const Corpus& corpus);  // converted from, and UTF-8 checked
void add_codings(const Corpus& corpus);   // content-encodings
void add_archive(const Corpus& corpus);   // WARC append
void add_urls(const Corpus& corpus);      // links
void add_robots(const Corpus& corpus);
void add_charset_decision(const Corpus& corpus);
void add_seen_test(const Corpus& corpus);

}  // namespace scraper::micro
