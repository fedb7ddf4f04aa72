#include "bench/handoff/cell.h"

#include <malloc.h>
#include <sys/resource.h>

#include <boost/asio/io_context.hpp>
#include <memory>
#include <utility>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "bench/handoff/archive.h"
#include "bench/handoff/memory.h"
#include "parse/workers/pool.h"

namespace scraper::bench {

namespace asio = boost::asio;
using parse::Handoff;

namespace {

double cpu_seconds(int whose) {
  rusage usage{};
  ::getrusage(static_cast<__rusage_who>(whose), &usage);
  const auto of = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return of(usage.ru_utime) + of(usage.ru_stime);
}

parse::PoolOptions pool_options(const HandoffCell& cell, const HandoffArchive& archive) {
  parse::PoolOptions options;
  options.handoff = cell.handoff;
  options.workers = cell.workers;
  options.page.key = FingerprintKey::random();
  options.page.robots_agent = "scraper";
  options.page.parser =
      cell.work == PageWork::kGumbo ? parse::Parser::kGumbo : parse::Parser::kScan;
  options.page.wants_text = cell.direction == Direction::kOut;
  // Nothing here is hostile, and 10 MB are more than a crawl's limits are made for.
  options.max_cpu = std::chrono::minutes(1);
  options.max_wall = std::chrono::minutes(2);
  options.max_memory = 4ull << 30;
  options.renew_after = ~0ull;
  options.open_segment = [&archive](std::uint32_t segment) { return archive.open(segment); };
  return options;
}

class CellRun {
 public:
  CellRun(const HandoffCell& cell, asio::io_context& io, const HandoffArchive& archive)
      : cell_(cell), io_(io), archive_(archive) {}

  Result<CellFigures> measure(std::chrono::milliseconds window) {
    auto pool = parse::ParsePool::start(io_.get_executor(), pool_options(cell_, archive_));
    if (!pool) return pool.error();
    pool_ = std::move(*pool);
    greet();
    burst();
    figures_ = {};
    forget_peak_memory();
    const double workers_before = pool_->stats().cpu_seconds;
    while (figures_.seconds < seconds(window) && figures_.failures == 0) burst();
    const parse::PoolStats stats = pool_->stats();
    if (cell_.handoff != Handoff::kInline)
      figures_.cpu_seconds += stats.cpu_seconds - workers_before;
    figures_.memory = peak_memory();
    pool_.reset();
    return figures_;
  }

 private:
  // Until every worker is up. Nobody says so; answers are what there is to wait for.
  void greet() {
    stock_.resize(archive_.size());
    while (pool_->stats().ready < cell_.workers && figures_.failures == 0) {
      ask_all(io_, 1, 1, [this](std::size_t i) { return ask(i, parse::TaskKind::kEcho); });
    }
  }

  void burst() {
    make_ready();
    const double own = cpu_seconds(RUSAGE_SELF);
    const double owner = cpu_seconds(RUSAGE_THREAD);
    const TimePoint begun = SteadyClock::now();
    ask_all(io_, archive_.size(), outstanding_of(cell_),
            [this](std::size_t i) { return ask(i, task_kind()); });
    figures_.seconds += seconds(SteadyClock::now() - begun);
    figures_.owner_cpu_seconds += cpu_seconds(RUSAGE_THREAD) - owner;
    figures_.cpu_seconds += cpu_seconds(RUSAGE_SELF) - own;
    figures_.pages += archive_.size();
  }

  void make_ready() {
    stock_.resize(archive_.size());
    if (cell_.handoff == Handoff::kFile) return;
    for (std::size_t i = 0; i < stock_.size(); ++i) stock_[i] = archive_.bytes(i);
  }

  parse::TaskKind task_kind() const {
    return cell_.work == PageWork::kNone ? parse::TaskKind::kEcho : parse::TaskKind::kPage;
  }

  asio::awaitable<void> ask(std::size_t i, parse::TaskKind kind) {
    RecordBytes bytes = std::move(stock_[i]);
    const parse::ParseOutcome outcome =
        co_await pool_->parse(archive_.place(i), kind, std::move(bytes));
    std::string wrong = what_is_wrong(outcome, kind);
    if (wrong.empty()) co_return;
    if (figures_.failures++ == 0) figures_.failure = std::move(wrong);
  }

  std::string what_is_wrong(const parse::ParseOutcome& outcome, parse::TaskKind kind) const {
    if (const auto* failure = std::get_if<parse::ParseFailure>(&outcome)) return failure->reason;
    const auto& record = std::get<PageRecord>(outcome);
    if (record.fault != PageFault::kNone) return std::string(to_string(record.fault));
    if (record.decoded_size != cell_.payload) return "an answer to another document";
    if (kind == parse::TaskKind::kPage && record.links.empty()) return "a page without links";
    if (cell_.direction == Direction::kOut && record.text.size() != cell_.payload)
      return "an answer that was cut";
    return {};
  }

  std::uint64_t peak_memory() const {
    std::uint64_t sum = memory_of(0).peak;
    for (const pid_t worker : pool_->worker_pids()) {
      const ProcessMemory memory = memory_of(worker);
      sum += memory.peak - std::min(memory.peak, memory.shared);
    }
    if (cell_.handoff == Handoff::kFile) return sum;
    return sum -
           std::min<std::uint64_t>(sum, (archive_.size() - outstanding_of(cell_)) * cell_.payload);
  }

  const HandoffCell cell_;
  asio::io_context& io_;
  const HandoffArchive& archive_;
  std::unique_ptr<parse::ParsePool> pool_;
  std::vector<RecordBytes> stock_;
  CellFigures figures_;
};

}  // namespace

Result<CellFigures> measure_cell(const HandoffCell& cell, const std::string& directory,
                                 std::chrono::milliseconds window) {
  // Bodies made for a burst come from memory that earlier ones left: the kernel's part in that is
  // no hand-off's.
  ::mallopt(M_MMAP_THRESHOLD, 32 << 20);
  ::mallopt(M_TRIM_THRESHOLD, 1 << 30);
  asio::io_context io(1);
  auto archive = HandoffArchive::write(
      io, {directory, cell.payload, burst_of(cell), cell.opening == Opening::kEach});
  if (!archive) return archive.error();
  ::malloc_trim(0);
  return CellRun(cell, io, **archive).measure(window);
}

}  // namespace scraper::bench
