// Google Benchmark's command line over the project's own parts; see bench/micro. Memory is glibc's,
// which parse workers have too; the program itself has tcmalloc.
#include "bench/parts/micro.h"

#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>
#include <exception>

namespace {

using namespace scraper::micro;

std::string folder_of(const char* variable, const char* usual) {
  const char* const given = std::getenv(variable);
  return given != nullptr && *given != '\0' ? given : usual;
}

void describe(const Corpus& corpus) {
  benchmark::AddCustomContext(corpus.name, fmt::format("{} pages, {:.1f} MB", corpus.pages.size(),
                                                       static_cast<double>(corpus.bytes) / 1e6));
}

int run(int& argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  const Corpus cppreference = load_corpus(
      "cppreference", folder_of("MICRO_CPPREFERENCE", "/usr/share/cppreference/doc/html/en"),
      "https://en.cppreference.com/en/");
  const Corpus python =
      load_corpus("python", folder_of("MICRO_PYTHON", "/usr/share/doc/python3.11/html"),
                  "https://docs.python.org/3.11/");
  for (const Corpus* corpus : {&cppreference, &python}) describe(*corpus);
  for (const auto add_for : {&add_parsing, &add_charsets, &add_codings, &add_archive, &add_urls,
                             &add_robots, &add_charset_decision}) {
    for (const Corpus* corpus : {&cppreference, &python}) add_for(*corpus);
  }
  add_seen_test(cppreference);
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "micro: %s\n", error.what());
    return 1;
  }
}
