// The crawler's own frontier with its ledger under the crawl of bench/parts/frontier_model.h: what
// it takes in memory and CPU as it grows, and to begin again from the disk. The pages are leased,
// captured and settled in turn, each with its hundred links; what the syncer does is done on the
// same thread, so all CPU is in the figures, RocksDB's too.
//
//   frontier_growth [URLS]   5,000,000 URLs, below TMPDIR in a folder which it removes
//
// A line for each tenth: URLs, pages done, resident MB, resident bytes a URL since the line before,
// us CPU a page (100 links) since then. Last the start from the disk: resident MB, us CPU a URL, s
// by the clock.
#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "bench/parts/frontier_model.h"
#include "scraper/frontier/frontier.h"
#include "storage/ledger.h"
#include "tests/support/folder.h"

namespace scraper::growth {
namespace {

constexpr std::size_t kRowsOfBarrier = 50'000;
const FingerprintKey kKey{1, 2};

double cpu_seconds() {
  rusage use{};
  ::getrusage(RUSAGE_SELF, &use);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) * 1e-6;
  };
  return seconds(use.ru_utime) + seconds(use.ru_stime);
}

double resident_bytes() {
  std::ifstream file("/proc/self/statm");
  double all = 0;
  double resident = 0;
  file >> all >> resident;
  return resident * static_cast<double>(::sysconf(_SC_PAGESIZE));
}

[[noreturn]] void give_up(const Error& error) {
  fmt::print(stderr, "frontier_growth: {}\n", error.context);
  std::exit(1);
}

class Growth {
 public:
  Growth() {
    auto ledger = storage::Ledger::create(folder_.path(""));
    if (!ledger) give_up(ledger.error());
    ledger_ = std::move(*ledger);
    frontier_ = std::make_unique<storage::Frontier>(options());
    offer(0);
    rows_ = 1;
  }

  void run(std::uint64_t urls) {
    fmt::print("{:>12} {:>12} {:>9} {:>12} {:>12}\n", "URLs", "pages", "MB", "bytes/URL",
               "us CPU/page");
    for (int tenth = 1; tenth <= 10; ++tenth) {
      const double cpu = cpu_seconds();
      const double memory = resident_bytes();
      const std::uint64_t pages = pages_;
      const std::uint64_t rows = rows_;
      while (rows_ < urls * static_cast<std::uint64_t>(tenth) / 10) crawl_page();
      fmt::print("{:>12} {:>12} {:>9.1f} {:>12.2f} {:>12.1f}\n", rows_, pages_,
                 resident_bytes() / 1e6,
                 (resident_bytes() - memory) / static_cast<double>(rows_ - rows),
                 (cpu_seconds() - cpu) * 1e6 / static_cast<double>(pages_ - pages));
      std::fflush(stdout);
    }
    commit();
  }

  void start_again() {
    frontier_ = std::make_unique<storage::Frontier>(options());
    const double cpu = cpu_seconds();
    const auto begin = SteadyClock::now();
    if (auto loaded =
            frontier_->load(*ledger_, kKey, storage::Frontier::LastRun::kEnded, begin, wall_now());
        !loaded)
      give_up(loaded.error());
    fmt::print("started again: {} URLs, {} pending, {:.2f} us CPU a URL, {:.1f} s\n",
               frontier_->discovered(), frontier_->count(storage::UrlState::kPending),
               (cpu_seconds() - cpu) * 1e6 / static_cast<double>(rows_),
               std::chrono::duration<double>(SteadyClock::now() - begin).count());
  }

 private:
  storage::FrontierOptions options() {
    storage::FrontierOptions options;
    options.per_host = 1;
    options.delay = Duration::zero();
    options.asks_robots = false;
    options.depth = 1'000'000;
    options.exclusion = [this](std::string_view) {
      return is_excluded(asked_about_++) ? std::optional<std::string>("scope") : std::nullopt;
    };
    return options;
  }

  void offer(std::uint64_t row) {
    std::string url;
    append_url(row, url);
    storage::Found found;
    found.url = url;
    found.fingerprint = fingerprint(url, kKey);
    found.path.left = 1'000'000;
    found.is_seed = true;
    frontier_->offer(found);
    ++asked_about_;
  }

  void crawl_page() {
    auto lease = frontier_->lease(SteadyClock::now());
    while (const auto host = frontier_->take_unresolved())
      frontier_->host_resolved(*host, TimePoint::max());
    if (!lease) lease = frontier_->lease(SteadyClock::now());
    if (!lease) give_up({Errc::kInvalid, "nothing is left to crawl"});
    frontier_->release(*lease);
    frontier_->captured(lease->id, {0, pages_ * 10'000, 9'000, 1});
    links_.resize(kLinks);
    children_.clear();
    for (std::uint64_t n = 0; n < kLinks; ++n) {
      links_[n].clear();
      append_url(n < kNew ? rows_ + n : known_link(rows_, random_), links_[n]);
      children_.push_back({fingerprint(links_[n], kKey), links_[n], false});
    }
    rows_ += kNew;
    frontier_->add_links(lease->id, children_, false);
    frontier_->set_line(lease->id, {pages_ * 300, 2});
    frontier_->settle(lease->id, storage::UrlState::kStored, {});
    ++pages_;
    if (frontier_->changes() >= kRowsOfBarrier) commit();
  }

  void commit() {
    storage::LedgerBatch batch = ledger_->batch();
    frontier_->write_changes(batch, SteadyClock::now(), wall_now());
    if (auto done = ledger_->commit(batch); !done) give_up(done.error());
    frontier_->committed(*ledger_);
  }

  test::Folder folder_;
  std::unique_ptr<storage::Ledger> ledger_;
  std::unique_ptr<storage::Frontier> frontier_;
  std::vector<std::string> links_;
  std::vector<storage::Frontier::Child> children_;
  Random random_{1};
  std::uint64_t rows_ = 0;
  std::uint64_t pages_ = 0;
  std::uint64_t asked_about_ = 0;
};

}  // namespace
}  // namespace scraper::growth

int main(int argc, char** argv) {
  const std::uint64_t urls = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 5'000'000;
  scraper::growth::Growth growth;
  growth.run(urls);
  growth.start_again();
}
