#include "scraper/commands/crawl.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <csignal>
#include <cstdio>
#include <memory>
#include <string_view>

#include "base/exit_code.h"
#include "base/kill_point.h"
#include "base/output.h"
#include "base/printable.h"
#include "base/progress.h"
#include "base/rethrow.h"
#include "base/say.h"
#include "scraper/crawl/crawl_files.h"
#include "scraper/crawl/open.h"
#include "scraper/crawl/report.h"

namespace asio = boost::asio;

namespace scraper {

using storage::UrlState;

namespace {

std::string output_word(const std::string& path) {
  return path.find(' ') == path.npos ? path : "'" + path + "'";
}

// wget's code for the reason why a URL was not fetched; 0 if there is none.
int exit_code_of_reason(std::string_view reason) {
  if (reason == "http 401" || reason == "http 407") return kExitLogin;
  if (reason.starts_with("http ") || reason == "redirect loop" || reason == "too large")
    return kExitServer;
  if (reason == "tls") return kExitTls;
  if (reason == "protocol" || reason == "head too large") return kExitProtocol;
  return reason.starts_with("quarantined") ? kExitDone : kExitNetwork;
}

// wget's codes 4 to 8, only when not one seed could be fetched: neither itself nor, before it, its
// robots.txt.
int exit_code_of_seeds(const Crawl& crawl) {
  constexpr std::string_view kNoRobots = "robots.txt: ";
  const storage::Frontier& frontier = crawl.frontier();
  if (frontier.count(UrlState::kStored) > 0) return 0;
  std::string_view first_reason;
  const auto most = std::min<std::uint64_t>(
      frontier.discovered(), crawl.options().seeds.size());  // they were offered first
  for (storage::UrlId id = 0; id < most; ++id) {
    if (frontier.referrer(id) != storage::kNoUrl) continue;
    std::string_view reason = frontier.reason(id);
    if (frontier.state(id) == UrlState::kDisallowed && reason.starts_with(kNoRobots)) {
      reason.remove_prefix(kNoRobots.size());
    } else if (frontier.state(id) != UrlState::kFailed) {
      return 0;
    }
    if (first_reason.empty()) first_reason = reason;
  }
  return first_reason.empty() ? 0 : exit_code_of_reason(first_reason);
}

// A limit of the whole crawl is in crawl.toml and would end the next run as it ended this.
std::string_view what_to_widen(End end) {
  if (end == End::kLimit) return " (with a larger --limit)";
  return end == End::kQuota ? " (with a larger --quota)" : "";
}

int exit_code_of(const Crawl& crawl) {
  switch (crawl.stopping().end()) {
    case End::kBroken: return exit_code(crawl.stopping().error()->code);
    case End::kInterrupted: return kExitInterrupted;
    case End::kTerminated: return kExitTerminated;
    case End::kOutputClosed: return kExitFile;
    default: return exit_code_of_seeds(crawl);
  }
}

asio::awaitable<void> show_progress(const Crawl& crawl, Clock& clock, Progress& progress) {
  const auto alarm = clock.make_alarm();
  while (progress.is_shown()) {
    co_await alarm->wait_until(clock.now() + progress.interval());
    const storage::Frontier& frontier = crawl.frontier();
    const Meter& meter = crawl.meter();
    progress.show({seconds(crawl.elapsed()), frontier.count(UrlState::kStored),
                   frontier.count(UrlState::kFailed), frontier.count(UrlState::kPending),
                   frontier.discovered(), meter.received_bytes, meter.in_flight.value(),
                   meter.unparsed.value(), frontier.hosts_waiting(), crawl.is_paused()});
  }
}

void run_shown(OpenCrawl& open) {
  const CrawlOptions& options = open.crawl->options();
  Progress progress(options.progress, options.is_quiet);
  asio::co_spawn(open.io, show_progress(*open.crawl, open.clock, progress), kRethrow);
  open.crawl->run();
  progress.end();
  open.crawl->finish();
}

void report_opened(const OpenCrawl& open) {
  const CrawlOptions& options = open.crawl->options();
  const std::string out = printable(options.output);
  if (open.resumed && !options.is_quiet)
    say(fmt::format("going on with the crawl in {}\n{}", out,
                    cli::describe_changes(*open.resumed)));
  // Printed even with --quiet: data was lost.
  for (const std::string& what : open.crawl->checkpoints().recovered())
    say(fmt::format("{}\n", printable(what)));
  if (!open.is_idle) return;
  const storage::Frontier& frontier = open.crawl->frontier();
  say(
      fmt::format("{} holds a complete crawl: {} URLs, {} stored; nothing is left to do (--fresh "
                  "starts over)\n",
                  out, frontier.discovered(), frontier.count(UrlState::kStored)));
}

// The report, the summary and how to go on. The exit code.
int report_ended(const OpenCrawl& open) {
  const Crawl& crawl = *open.crawl;
  const CrawlOptions& options = crawl.options();
  const auto& error = crawl.stopping().error();
  if (error) cli::complain(*error);
  const int code = exit_code_of(crawl);
  const boost::json::object report = report_of(crawl, open.resumed.has_value());
  const auto written = write_report(options.output + "/report.json", report);
  kill_point("end.reported");
  if (!options.is_quiet) say(summary_of(report, output_word(options.output), written.has_value()));
  // What an error kept from being written may be all that is left.
  if (crawl.has_work() || error) {
    say(fmt::format("not complete; to go on{}: {}\n", what_to_widen(crawl.stopping().end()),
                    resume_command(options)));
  }
  if (written) return code;
  cli::complain(written.error());
  if (code != kExitDone) return code;
  return kExitExhausted;
}

// Ends the program at once. Coroutines still hang on engines and workers, and the kernel ends both
// better than we could.
[[noreturn]] void leave(OpenCrawl& open, int code) {
  std::fflush(nullptr);
  open.directory.reset();  // takes the file of its lock along
  _exit(code);
}

}  // namespace

int run_crawl(const CrawlOptions& options, const std::string& effective) {
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);  // a file-size limit is an error like a full disk
  const auto opened = open_crawl(options, effective);
  if (!opened) return cli::complain(opened.error());
  OpenCrawl& open = **opened;
  report_opened(open);
  if (open.is_idle) return kExitDone;
  run_shown(open);
  const int code = report_ended(open);
  if (open.crawl->stopping().is_unfinished()) leave(open, code);
  return code;
}

}  // namespace scraper
