#include "scraper/config/sizing.h"

#include "tests/catch.h"
#include "tests/commands/cases.h"

namespace scraper::cli {

namespace {

constexpr std::uint64_t kMiB = 1ull << 20;

Settings of(const Words& words, const Machine& machine) {
  const auto invocation = parse_command_line(words, machine);
  REQUIRE(invocation.has_value());
  return invocation->settings;
}

CrawlOptions asked(fetch::Engine engine, std::size_t concurrency, std::size_t workers) {
  CrawlOptions options;
  options.engine = engine;
  options.concurrency = concurrency;
  options.workers = workers;
  return options;
}

constexpr auto kThreads = fetch::Engine::kThreads;
constexpr auto kAsync = fetch::Engine::kAsync;

}  // namespace

TEST_CASE("little of anything lowers the defaults") {
  const Words words = {"crawl", "https://example.com/"};
  CHECK(of(words, {.descriptors = 400, .cores = 1}).crawl.concurrency == 80);
  CHECK(of(words, {.descriptors = 64, .cores = 2}).crawl.concurrency == 1);
  CHECK(of(words, {.descriptors = 1'000'000, .cores = 1}).crawl.concurrency == 256);
  CHECK(of(words, {.descriptors = 1'000'000, .cores = 1, .threads = 100}).crawl.concurrency == 83);
  CHECK(of(words, {.descriptors = 1'000'000, .cores = 64, .memory = 200 * kMiB}).crawl.workers ==
        6);
  CHECK(of(words, {.descriptors = 1'000'000, .cores = 1, .memory = 82 * kMiB}).crawl.concurrency ==
        85);
}

TEST_CASE("what does not fit is refused with the number that would do") {
  const Machine machine{
      .descriptors = 20'000, .cores = 2, .threads = 32'768, .memory = 20'000 * kMiB};
  const std::size_t threads = most_transfers(kThreads, 2, parse::Handoff::kFile, machine);
  const std::size_t async = most_transfers(kAsync, 2, parse::Handoff::kFile, machine);
  CHECK(threads == (20'000 - 40 - 32 - 12) / 4);
  CHECK(async == (20'000 - 40 - 32 - 12) / 2);
  CHECK(check_sizes(asked(kThreads, threads, 2), machine).has_value());
  CHECK(check_sizes(asked(kAsync, async, 2), machine).has_value());
  CHECK(check_sizes(asked(kThreads, threads + 1, 2), machine).error().context ==
        "--concurrency: 4980 do not fit into the descriptors available: 4979 would do, or ulimit "
        "-n 20004");
  CHECK(check_sizes(asked(kThreads, 500, 2), {.descriptors = 20'000, .memory = 120 * kMiB})
            .error()
            .context == "--concurrency: 500 do not fit into the memory available: 204 would do");
  CHECK(check_sizes(asked(kThreads, 1'000, 2), {.descriptors = 20'000, .threads = 512})
            .error()
            .context == "--concurrency: 1000 do not fit into the threads available: 494 would do");
  CHECK(check_sizes(asked(kThreads, 10, 900), {.descriptors = 20'000, .memory = 1'000 * kMiB})
            .error()
            .context == "--workers: 900 do not fit into the memory available: 39 would do");
}

TEST_CASE("address space is counted as it is mapped: stacks, rings and inboxes in whole") {
  const auto refusal = [](parse::Handoff handoff, std::size_t workers, std::uint64_t mebibytes) {
    CrawlOptions options = asked(kThreads, 1, workers);
    options.handoff = handoff;
    const Machine machine{
        .descriptors = 20'000, .address_space = mebibytes * kMiB, .mapped = 60 * kMiB};
    return error_of(check_sizes(options, machine));
  };
  using parse::Handoff;
  // The number is not written here: a sanitizer's build has larger stacks.
  const auto would_do = [&](Handoff handoff, std::size_t workers, std::uint64_t mebibytes) {
    const std::string said = refusal(handoff, workers, mebibytes);
    const std::string start =
        "--workers: " + std::to_string(workers) + " do not fit into the address space available: ";
    CAPTURE(said);
    REQUIRE(said.starts_with(start));
    const std::size_t number = std::stoull(said.substr(start.size()));
    CHECK(refusal(handoff, number, mebibytes) == "no error");
    CHECK(refusal(handoff, number + 1, mebibytes) != "no error");
    return number;
  };
  const std::size_t file = would_do(Handoff::kFile, 500, 1'200);
  CHECK(file > 10);
  CHECK(would_do(Handoff::kInline, 500, 1'200) > file);  // a stack is less than a ring
  CHECK(would_do(Handoff::kShm, 30, 1'200) < file);      // an inbox each
  CHECK(refusal(Handoff::kFile, 500, 40'000) == "no error");
  CHECK(refusal(Handoff::kFile, 1, 100).find("ulimit -v") != std::string::npos);
  // The number that is named does.
  const std::string named = refusal(Handoff::kFile, 500, 1'200);
  const auto kibibytes = std::stoull(named.substr(named.rfind(' ') + 1));
  CHECK(refusal(Handoff::kFile, 500, kibibytes >> 10) == "no error");
}

TEST_CASE("what does not do for one transfer and one worker is refused with the limit that would") {
  const auto refusal = [](std::size_t descriptors) {
    return error_of(check_sizes(asked(kThreads, 1, 1), {.descriptors = descriptors}));
  };
  CHECK(refusal(24) ==
        "a crawl of one transfer and one worker does not fit into the descriptors available: "
        "ulimit -n 54 would do");
  CHECK(refusal(53) != "no error");
  CHECK(refusal(54) == "no error");
  // Commands that are no crawl do not ask for so much.
  CHECK(parse_command_line(Words{"report", "a"}, {.descriptors = 8}).has_value());
}

TEST_CASE("idle connections take what transfers leave, within bounds") {
  const auto idle = [](std::size_t concurrency, std::size_t descriptors) {
    return idle_connections(asked(kThreads, concurrency, 1), {.descriptors = descriptors});
  };
  CHECK(idle(100, 20'000) == 256);
  CHECK(idle(100, 546) == 100);
  CHECK(idle(100, 450) == 4);
}

TEST_CASE("this machine's own figures are plausible") {
  const Machine here = Machine::here();
  CHECK(here.descriptors >= 64);
  CHECK(here.cores >= 1);
  CHECK(here.threads >= 64);
  CHECK(here.memory >= 64 * kMiB);
  CHECK(here.mapped >= kMiB);
  CHECK(here.address_space >= here.mapped);
}

}  // namespace scraper::cli
