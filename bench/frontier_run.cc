#include "bench/frontier_run.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <ctime>
#include <deque>
#include <fstream>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "bench/frontier_model.h"

namespace scraper::layouts {

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kPagesATurn = 100;
constexpr std::size_t kBarrierRows = 50'000;
constexpr std::chrono::seconds kBarrierTime{1};
constexpr std::size_t kWindow = 8;  // leases read of a host's queue at once
constexpr std::size_t kSamples = 200'000;

double seconds(Clock::duration time) { return std::chrono::duration<double>(time).count(); }

double cpu_seconds(clockid_t clock) {
  timespec time{};
  ::clock_gettime(clock, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

// What some part of the work took on this thread.
struct Spent {
  double wall = 0;
  double cpu = 0;
  std::uint64_t times = 0;
};

template <class Work>
void spend(Spent& spent, std::uint64_t times, Work&& work) {
  const auto start = Clock::now();
  const double cpu = cpu_seconds(CLOCK_THREAD_CPUTIME_ID);
  work();
  spent.cpu += cpu_seconds(CLOCK_THREAD_CPUTIME_ID) - cpu;
  spent.wall += seconds(Clock::now() - start);
  spent.times += times;
}

void say(const char* name, double value) { std::printf("%s %.9g\n", name, value); }

void say(const std::string& name, const Spent& spent, double unit) {
  const double each = unit / static_cast<double>(std::max<std::uint64_t>(1, spent.times));
  say((name + "_wall").c_str(), spent.wall * each);
  say((name + "_cpu").c_str(), spent.cpu * each);
}

std::uint64_t resident() {
  std::ifstream file("/proc/self/statm");
  std::uint64_t pages = 0;
  file >> pages >> pages;
  return pages * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

void say_memory(const Ledger& ledger) {
  const LedgerMemory memory = ledger.memory();
  say("resident_bytes", static_cast<double>(resident()));
  say("cache_bytes", static_cast<double>(memory.cache));
  say("memtable_bytes", static_cast<double>(memory.memtables));
  say("table_bytes", static_cast<double>(memory.table));
  say("filter_bytes", static_cast<double>(memory.filters));
  say("index_bytes", static_cast<double>(memory.indexes));
}

RowName name_of(std::uint64_t row) {
  std::string url;
  append_url(row, url);
  return {row, fingerprint_of(url)};
}

class Crawl {
 public:
  explicit Crawl(const RunOptions& options);

  void run();
  void report();

 private:
  // What the pages of a turn lead to.
  struct Turn {
    std::vector<RowName> names;
    std::vector<std::string> urls;
    std::vector<Fingerprint> known;
  };

  Turn make_turn();
  void test(const Turn& turn);
  std::vector<Queued> lease(std::size_t most);
  bool refill(std::uint32_t host);
  void discover(const Turn& turn, const RowName& referrer);
  void settle(const Queued& page, Row row);
  void barrier();
  void progress();
  void report_seen();
  void report_writes();
  Spent test_all(const std::vector<Fingerprint>& fingerprints, bool is_known);

  const RunOptions options_;
  Ledger ledger_;
  Random random_;
  std::vector<HostRow> hosts_;
  std::vector<std::vector<Queued>> windows_;  // read and not leased, the next one last
  std::deque<std::uint32_t> ring_;            // hosts with a queue take turns
  std::vector<bool> is_in_ring_;
  std::vector<std::uint32_t> newly_queued_;  // a host for each, since the last barrier
  std::vector<std::uint32_t> touched_;
  Turn ahead_;

  Spent model_, seen_known_, seen_new_, leases_, writes_;
  std::vector<double> barriers_;
  Clock::time_point last_barrier_ = Clock::now();
  Clock::time_point last_word_ = Clock::now();
  double process_cpu_at_start_ = cpu_seconds(CLOCK_PROCESS_CPUTIME_ID);
  std::uint64_t rows_at_start_;
};

Crawl::Crawl(const RunOptions& options)
    : options_(options),
      ledger_(options.folder, options.layout, options.cache_bytes),
      random_(ledger_.books().discovered),
      hosts_(ledger_.load_hosts()),
      rows_at_start_(ledger_.books().discovered) {
  const std::size_t most = hosts_after(options.rows + kNew * kPagesATurn);
  hosts_.resize(most);
  windows_.resize(most);
  is_in_ring_.resize(most);
  for (std::uint32_t host = 0; host < most; ++host) {
    if (hosts_[host].queued > 0) ring_.push_back(host);
    is_in_ring_[host] = hosts_[host].queued > 0;
  }
  process_cpu_at_start_ = cpu_seconds(CLOCK_PROCESS_CPUTIME_ID);
}

Crawl::Turn Crawl::make_turn() {
  Turn turn;
  const std::uint64_t first = ledger_.books().discovered;
  for (std::uint64_t row = first; row < first + kNew * kPagesATurn; ++row) {
    std::string url;
    append_url(row, url);
    turn.names.push_back({row, fingerprint_of(url)});
    turn.urls.push_back(std::move(url));
  }
  for (std::size_t n = 0; first > 0 && n < options_.known * kPagesATurn; ++n) {
    turn.known.push_back(name_of(known_link(first, random_)).fingerprint);
  }
  return turn;
}

void Crawl::test(const Turn& turn) {
  std::size_t seen = 0;
  spend(seen_known_, turn.known.size(), [&] {
    for (const Fingerprint& fingerprint : turn.known) seen += ledger_.seen(fingerprint);
  });
  if (seen != turn.known.size()) throw std::runtime_error("a known URL was taken for new");
  spend(seen_new_, turn.names.size(), [&] {
    for (const RowName& name : turn.names) seen += ledger_.seen(name.fingerprint);
  });
  if (seen != turn.known.size()) throw std::runtime_error("a new URL was taken for known");
}

bool Crawl::refill(std::uint32_t host) {
  windows_[host] = ledger_.queued(host, hosts_[host].read_to, kWindow);
  std::reverse(windows_[host].begin(), windows_[host].end());
  return !windows_[host].empty();
}

std::vector<Queued> Crawl::lease(std::size_t most) {
  std::vector<Queued> leases;
  while (leases.size() < most && !ring_.empty()) {
    const std::uint32_t host = ring_.front();
    ring_.pop_front();
    if (windows_[host].empty() && !refill(host))
      throw std::runtime_error("a queue is shorter than its host says");
    leases.push_back(windows_[host].back());
    windows_[host].pop_back();
    HostRow& row = hosts_[host];
    row.read_to = {leases.back().place.depth, leases.back().place.order + 1};
    ++row.requests;
    touched_.push_back(host);
    is_in_ring_[host] = --row.queued > 0;
    if (is_in_ring_[host]) ring_.push_back(host);
  }
  return leases;
}

void Crawl::discover(const Turn& turn, const RowName& referrer) {
  for (std::size_t n = 0; n < turn.names.size(); ++n) {
    Row row;
    const std::uint64_t number = turn.names[n].order;
    row.head.order = number;
    row.head.depth = depth_of(number);
    row.head.left = 100 - static_cast<std::int32_t>(row.head.depth);
    row.head.host = host_of(number);
    row.head.state = is_excluded(number) ? State::kExcluded : State::kPending;
    row.head.reason = is_excluded(number) ? 3 : 0;
    row.referrer = referrer;
    row.url = turn.urls[n];
    ledger_.discover(turn.names[n], row);
    if (row.head.state == State::kPending) newly_queued_.push_back(row.head.host);
  }
}

void Crawl::settle(const Queued& page, Row row) {
  const bool failed = Random::mixed(page.name.order) % 20 == 0;
  row.head.state = failed ? State::kFailed : State::kStored;
  row.head.reason = failed ? 404 : 0;
  row.head.attempts = 1;
  row.head.line_at = page.name.order * 900;
  row.head.line_width = 2;
  ledger_.settle(page, row);
}

void Crawl::barrier() {
  const auto start = Clock::now();
  for (const std::uint32_t host : newly_queued_) {
    ++hosts_[host].queued;
    touched_.push_back(host);
  }
  std::sort(touched_.begin(), touched_.end());
  touched_.erase(std::unique(touched_.begin(), touched_.end()), touched_.end());
  for (const std::uint32_t host : touched_) ledger_.put_host(host, hosts_[host]);
  ledger_.commit();
  for (const std::uint32_t host : newly_queued_) {
    if (!is_in_ring_[host]) ring_.push_back(host);
    is_in_ring_[host] = true;
  }
  newly_queued_.clear();
  touched_.clear();
  last_barrier_ = Clock::now();
  barriers_.push_back(seconds(last_barrier_ - start));
}

void Crawl::progress() {
  if (Clock::now() - last_word_ < std::chrono::seconds(5)) return;
  last_word_ = Clock::now();
  std::fprintf(stderr, "frontier: %s: %.1f of %.1f million rows\n",
               std::string(kLayoutNames[static_cast<int>(options_.layout)]).c_str(),
               1e-6 * static_cast<double>(ledger_.books().discovered),
               1e-6 * static_cast<double>(options_.rows));
}

void Crawl::run() {
  while (ledger_.books().discovered < options_.rows) {
    spend(model_, kPagesATurn, [&] { ahead_ = make_turn(); });
    test(ahead_);
    std::vector<Queued> pages;
    std::vector<Row> rows;
    spend(leases_, 0, [&] {
      pages = lease(kPagesATurn);
      for (const Queued& page : pages) rows.push_back(ledger_.read(page.name));
    });
    leases_.times += pages.size();
    spend(writes_, ahead_.names.size() + pages.size(), [&] {
      discover(ahead_, pages.empty() ? RowName{} : pages.front().name);
      for (std::size_t n = 0; n < pages.size(); ++n) settle(pages[n], std::move(rows[n]));
      if (ledger_.batch_rows() >= kBarrierRows || Clock::now() - last_barrier_ >= kBarrierTime)
        barrier();
    });
    progress();
  }
  spend(writes_, 0, [&] { barrier(); });
}

Spent Crawl::test_all(const std::vector<Fingerprint>& fingerprints, bool is_known) {
  Spent spent;
  std::size_t seen = 0;
  spend(spent, fingerprints.size(), [&] {
    for (const Fingerprint& fingerprint : fingerprints) seen += ledger_.seen(fingerprint);
  });
  if (seen != (is_known ? fingerprints.size() : 0))
    throw std::runtime_error("the seen test is wrong");
  return spent;
}

void Crawl::report_seen() {
  const std::uint64_t rows = ledger_.books().discovered;
  std::vector<Fingerprint> known, uniform, unknown;
  for (std::size_t n = 0; n < kSamples; ++n) {
    known.push_back(name_of(known_link(rows, random_)).fingerprint);
    uniform.push_back(name_of(random_.next() % rows).fingerprint);
    unknown.push_back(name_of(rows + n).fingerprint);
  }
  say("seen_known_ns", test_all(known, true), 1e9);
  say("seen_uniform_ns", test_all(uniform, true), 1e9);
  say("seen_unknown_ns", test_all(unknown, false), 1e9);
  if (options_.layout != Layout::kOrderTable && options_.layout != Layout::kOrderSplit) return;
  Spent confirmed;
  std::size_t sound = 0;
  spend(confirmed, known.size(), [&] {
    for (const Fingerprint& fingerprint : known) sound += ledger_.is_confirmed(fingerprint);
  });
  if (sound != known.size()) throw std::runtime_error("the file of fingerprints is wrong");
  say("seen_confirmed_ns", confirmed, 1e9);
}

// All CPU of the process that is not of another part is the writes': flushes and compactions run on
// threads of their own.
void Crawl::report_writes() {
  const double others = model_.cpu + seen_known_.cpu + seen_new_.cpu + leases_.cpu;
  Spent writes = writes_;
  writes.cpu = cpu_seconds(CLOCK_PROCESS_CPUTIME_ID) - process_cpu_at_start_ - others;
  say("write_us", writes, 1e6);
  say("write_thread_cpu_us", writes_.cpu * 1e6 / static_cast<double>(writes_.times));
  say("rows_written", static_cast<double>(writes_.times));
  say("seconds", model_.wall + seen_known_.wall + seen_new_.wall + leases_.wall + writes_.wall);
  say("model_us_a_page", model_, 1e6);
  say("lease_us", leases_, 1e6);
  say("crawl_seen_known_ns", seen_known_, 1e9);
  say("crawl_seen_unknown_ns", seen_new_, 1e9);
  std::sort(barriers_.begin(), barriers_.end());
  say("barriers", static_cast<double>(barriers_.size()));
  say("barrier_median_ms", 1e3 * barriers_[barriers_.size() / 2]);
  say("barrier_p99_ms", 1e3 * barriers_[(barriers_.size() * 99 - 1) / 100]);
  say("barrier_worst_ms", 1e3 * barriers_.back());
  const LedgerBytes bytes = ledger_.bytes();
  say("given_bytes", static_cast<double>(bytes.given));
  say("written_bytes", static_cast<double>(bytes.written));
  say("stall_seconds", 1e-6 * static_cast<double>(bytes.stall_us));
}

void Crawl::report() {
  report_writes();
  report_seen();
  say_memory(ledger_);
  say("rows", static_cast<double>(ledger_.books().discovered));
  say("pages", static_cast<double>(ledger_.books().pages));
  say("hosts", static_cast<double>(hosts_.size()));
  say("committed", static_cast<double>(ledger_.books().discovered));
  ledger_.append_uncommitted();
}

// The last URLs are known, the next ones are not, and their rows are there.
void verify(Ledger& ledger) {
  const std::uint64_t rows = ledger.books().discovered;
  for (std::uint64_t row = rows - 1000; row < rows; ++row) {
    const RowName name = name_of(row);
    std::string url;
    append_url(row, url);
    if (!ledger.seen(name.fingerprint) || ledger.read(name).url != url)
      throw std::runtime_error("a committed row is lost");
    if (ledger.seen(name_of(row + 1000).fingerprint))
      throw std::runtime_error("a row that was never found is there");
  }
}

}  // namespace

void grow(const RunOptions& options) {
  Crawl crawl(options);
  crawl.run();
  crawl.report();
  std::fflush(stdout);
  ::kill(::getpid(), SIGKILL);
}

void reopen(const RunOptions& options) {
  Spent opening;
  std::optional<Ledger> ledger;
  spend(opening, 1, [&] {
    ledger.emplace(options.folder, options.layout, options.cache_bytes);
    (void)ledger->load_hosts();
  });
  say("open_ms", opening, 1e3);
  say("open_resident_bytes", static_cast<double>(resident()));
  say("committed", static_cast<double>(ledger->books().discovered));
  verify(*ledger);
  Spent scan;
  spend(scan, 1, [&] { say("scan_url_bytes", static_cast<double>(ledger->scan())); });
  say("scan_ms", scan, 1e3);
  spend(scan, 0, [&] { ledger->close(); });
}

}  // namespace scraper::layouts
