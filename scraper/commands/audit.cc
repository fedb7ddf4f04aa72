#include "scraper/commands/audit.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <memory>
#include <string>
#include <utility>

#include "base/clock.h"
#include "base/exit_code.h"
#include "base/output.h"
#include "base/printable.h"
#include "base/say.h"
#include "scraper/audit/audit_bodies.h"
#include "scraper/audit/audit_rules.h"
#include "scraper/audit/audit_text.h"
#include "scraper/config/requested.h"
#include "storage/format.h"
#include "storage/ledger.h"
#include "storage/output_directory.h"
#include "storage/told_barrier.h"

namespace scraper {

namespace {

using storage::FindingKind;
using storage::Ledger;

// A line on a terminal, once it has taken some time.
class AuditProgress {
 public:
  AuditProgress() : is_shown_(isatty(STDERR_FILENO) != 0) {}
  ~AuditProgress() {
    if (has_line_) say("\r\x1b[K");
  }
  AuditProgress(const AuditProgress&) = delete;
  AuditProgress& operator=(const AuditProgress&) = delete;

  void tell(std::string_view step, std::uint64_t done, std::uint64_t of) {
    if (!is_shown_ || SteadyClock::now() < next_) return;
    next_ = SteadyClock::now() + std::chrono::milliseconds(200);
    const double part = of == 0 ? 0 : 100.0 * static_cast<double>(done) / static_cast<double>(of);
    has_line_ = true;
    is_shown_ = say(fmt::format("\r\x1b[K{:.0f}s  {}: {:.0f} %",
                                seconds(SteadyClock::now() - started_), step, part));
  }

 private:
  bool is_shown_;
  bool has_line_ = false;
  TimePoint started_ = SteadyClock::now();
  TimePoint next_ = started_ + std::chrono::seconds(2);
};

bool is_there(const std::string& path) {
  struct stat status {};
  return ::lstat(path.c_str(), &status) == 0;
}

// Nothing of it has to be readable: a crawl without its ledger is a damaged one.
bool holds_crawl(const std::string& out) {
  return is_there(out + "/ledger") || is_there(out + "/pages.jsonl") || is_there(out + "/warc") ||
         is_there(out + "/crawl.toml");
}

class Audit {
 public:
  Audit(std::string out, bool wants_bodies, const cli::Machine& machine)
      : out_(std::move(out)), wants_bodies_(wants_bodies), machine_(machine) {}

  Result<AuditAnswer> run() {
    answer_.directory = out_;
    const auto ledger = open_ledger();
    const bool has_not_begun = ledger == nullptr && answer_.findings.total() == 0;
    if (has_not_begun) return std::move(answer_);
    const auto asked = read_options();
    if (ledger == nullptr) return std::move(answer_);
    storage::AuditQuestion question;
    question.directory = out_;
    question.tell = tell_;
    if (asked) {
      question.follow = asked->follow;
      question.seeds.emplace();
      for (const Seed& seed : asked->seeds) question.seeds->push_back({seed.url.href(), seed.tag});
    }
    auto audited = storage::audit_disk(question, *ledger, answer_.findings);
    answer_.disk = audited.figures;
    if (asked && audited.is_whole) {
      const auto ruled = audit_rules(*asked, *ledger, answer_.findings);
      if (!ruled) answer_.findings.add(FindingKind::kLedger, "ledger/", ruled.error().context);
    }
    if (auto read = read_bodies(asked ? &*asked : nullptr, *ledger, audited); !read)
      return read.error();
    answer_.seconds = seconds(SteadyClock::now() - started_);
    return std::move(answer_);
  }

 private:
  // Null, and a finding, when there is nothing to be read in it.
  std::unique_ptr<Ledger> open_ledger() {
    auto& findings = answer_.findings;
    const auto has_results = storage::OutputDirectory::has_results(out_);
    const bool has_begun = !has_results || *has_results || told_barrier(out_).has_value();
    auto ledger = Ledger::open(out_ + "/ledger", Ledger::Access::kAudit);
    if (!ledger) {
      if (has_begun) {
        findings.add(FindingKind::kLedger, "ledger/", ledger.error().context);
      } else {
        findings.note(
            "the crawl has not begun: there is no whole ledger yet, and nothing else");  // killed
                                                                                         // as it
                                                                                         // was made
      }
      return nullptr;
    }
    if (auto checked = (*ledger)->check_blocks(); !checked) {
      findings.add(FindingKind::kLedger, "ledger/", checked.error().context);
      return nullptr;
    }
    if (!(*ledger)->is_begun()) {
      bool has_rows = false;
      const auto read =
          (*ledger)->each_url([&](storage::UrlId, const storage::UrlEntry&) { has_rows = true; });
      if (!read || has_rows) {
        findings.add(FindingKind::kBooks, "ledger/", "there are rows of URLs and no books");
      } else if (has_begun) {
        findings.add(
            FindingKind::kBooks, "ledger/",
            "it says that the crawl has not begun, and there are results of it: it is lost");
      } else {
        findings.note("the crawl has not begun: nothing is in its ledger yet");
      }
      return nullptr;
    }
    const auto books = (*ledger)->books();
    if (const auto told = told_barrier(out_); told && books && *told > books->barrier) {
      findings.add(FindingKind::kBooks, "ledger/",
                   fmt::format("its last barrier is number {}, and report.json tells of number {}: "
                               "it has lost its end",
                               books->barrier, *told));
    }
    return std::move(*ledger);
  }

  std::optional<CrawlOptions> read_options() {
    auto asked = read_requested(out_, machine_);
    if (!asked) {
      answer_.findings.add(FindingKind::kOptions, "crawl.toml, seeds.txt", asked.error().context);
      return std::nullopt;
    }
    return std::move(*asked);
  }

  Result<void> read_bodies(const CrawlOptions* asked, const Ledger& ledger,
                           storage::Audited& audited) {
    if (!wants_bodies_) {
      answer_.why_no_bodies = "--no-closure";
    } else if (asked == nullptr) {
      answer_.why_no_bodies =
          "without crawl.toml and seeds.txt they cannot be read as the crawl did";
    } else if (!audited.is_whole) {
      answer_.why_no_bodies = "the ledger could not be read to its end";
    } else {
      auto bodies = audit_bodies(*asked, ledger, audited, answer_.findings, tell_);
      if (!bodies) return bodies.error();
      answer_.bodies = *bodies;
    }
    return {};
  }

  std::string out_;
  bool wants_bodies_;
  const cli::Machine& machine_;
  TimePoint started_ = SteadyClock::now();
  AuditAnswer answer_;
  AuditProgress progress_;
  storage::TellProgress tell_ = [this](std::string_view step, std::uint64_t done,
                                       std::uint64_t of) { progress_.tell(step, done, of); };
};

}  // namespace

int run_audit(const cli::Settings& settings, const cli::Machine& machine) {
  const std::string out = storage::OutputDirectory::name_of(settings.arguments[0]);
  const auto held = storage::OutputDirectory::hold(out);
  if (!held) return cli::complain(held.error());
  if (!holds_crawl(out))
    return cli::complain(Error{Errc::kFile, fmt::format("{} holds no crawl", printable(out))});
  if (auto read = storage::check_format(out); !read) return cli::complain(read.error());
  for (const char* room : {"/ledger", "/warc", "/quarantine"}) {
    if (::access((out + room).c_str(), R_OK | X_OK) != 0 && errno == EACCES)
      return cli::complain(errno_error("cannot read", printable(out) + room));
  }
  auto answer = Audit(out, !settings.skips_closure, machine).run();
  if (!answer) return cli::complain(answer.error());
  const int code =
      cli::write_standard_output(settings.wants_json ? audit_json(*answer) : audit_text(*answer));
  if (code != kExitDone) return code;
  return answer->findings.total() > 0 ? kExitDamage : kExitDone;
}

}  // namespace scraper
