// scraper: reads the command line and hands over to what does the work.
#include <signal.h>

#include <algorithm>
#include <exception>
#include <iostream>
#include <string>
#include <string_view>
#include <vector>

#include "base/exit_code.h"
#include "base/kill_point.h"
#include "base/output.h"
#include "scraper/commands/audit.h"
#include "scraper/commands/bench.h"
#include "scraper/commands/command_line.h"
#include "scraper/commands/crawl.h"
#include "scraper/commands/dry_run.h"
#include "scraper/commands/page_command.h"
#include "scraper/commands/parse.h"
#include "scraper/commands/robots_command.h"
#include "scraper/commands/url_command.h"
#include "scraper/commands/why.h"
#include "scraper/config/effective.h"
#include "scraper/config/seed_guard.h"
#include "scraper/config/seed_list.h"
#include "scraper/crawl/crawl_files.h"
#include "scraper/crawl/report.h"
#include "scraper/serve/serve.h"
#include "storage/output_directory.h"

namespace {

using scraper::Result;
using scraper::cli::complain;
using scraper::cli::Machine;
using scraper::cli::Settings;

// Seeds are read and judged before anything starts.
Result<void> add_seeds(Settings& settings) {
  const auto& rules = settings.crawl.query_rules;
  auto list = settings.crawl.is_resume
                  ? scraper::cli::read_seed_list(settings.crawl.output + "/seeds.txt", rules)
                  : scraper::cli::gather_seeds(settings.arguments, settings.input_files,
                                               settings.skips_bad_seeds, std::cin, rules);
  if (!list) return list.error();
  for (const std::string& problem : list->problems) complain(problem);
  if (list->bad == 1) complain("1 bad seed is left out (--skip-bad-seeds)");
  if (list->bad > 1)
    complain(std::to_string(list->bad) + " bad seeds are left out (--skip-bad-seeds)");
  settings.crawl.seeds = std::move(list->seeds);
  return scraper::cli::check_seed_addresses(settings.crawl);
}

// What would be crawled, and what is in the way of it.
int dry_run(const scraper::CrawlOptions& options, const Machine& machine) {
  using scraper::storage::OutputDirectory;
  const auto contents = OutputDirectory::check(options.output, options.is_fresh);
  const bool goes_on = contents && *contents == OutputDirectory::Contents::kCrawl;
  Result<scraper::cli::ResumeChanges> changes = scraper::cli::ResumeChanges();
  if (goes_on) changes = scraper::changes_since(options.output, options);
  const auto usual = scraper::cli::default_settings(machine);
  const auto text =
      scraper::cli::describe_crawl(options, usual.crawl, goes_on && changes ? &*changes : nullptr);
  const int code = scraper::cli::write_standard_output(text);
  if (code != 0) return code;
  if (!contents) return complain(contents.error());
  return changes ? 0 : complain(changes.error());
}

int crawl(Settings& settings, const Machine& machine) {
  if (settings.crawl.is_resume) {
    if (auto there = scraper::check_resumable(settings.crawl.output); !there)
      return complain(there.error());
  }
  if (auto added = add_seeds(settings); !added) return complain(added.error());
  if (settings.crawl.is_dry_run) return dry_run(settings.crawl, machine);
  return scraper::run_crawl(settings.crawl, scraper::cli::to_toml(settings.crawl));
}

int serve(const Settings& settings) {
  scraper::ServeOptions options;
  options.is_demo = settings.is_demo;
  if (!settings.is_demo) options.directory = settings.arguments[0];
  options.port = settings.port;
  options.bind = settings.bind;
  return scraper::run_serve(options);
}

int run(const std::vector<std::string_view>& arguments) {
  if (auto known = scraper::check_kill_points(); !known) return complain(known.error());
  const Machine machine = Machine::here();
  auto invocation = scraper::cli::parse_command_line(arguments, machine);
  if (!invocation) return complain(invocation.error());
  if (invocation->kind == scraper::cli::Invocation::Kind::kText)
    return scraper::cli::write_standard_output(invocation->text);
  Settings& settings = invocation->settings;
  switch (invocation->command) {
    case scraper::cli::kFetch: return scraper::cli::run_fetch(settings);
    case scraper::cli::kExtract: return scraper::cli::run_extract(settings);
    case scraper::cli::kUrl: return scraper::cli::run_url(settings);
    case scraper::cli::kRobots: return scraper::cli::run_robots(settings);
    case scraper::cli::kWhy: return scraper::run_why(settings, machine);
    case scraper::cli::kParse: return scraper::run_parse(*invocation, machine);
    case scraper::cli::kAudit: return scraper::run_audit(settings, machine);
    case scraper::cli::kServe: return serve(settings);
    case scraper::cli::kReport: return scraper::run_report(settings.arguments);
    case scraper::cli::kBench: return scraper::run_bench(settings);
    default: return crawl(settings, machine);
  }
}

}  // namespace

int main(int argc, char** argv) {
  std::ios::sync_with_stdio(false);  // standard input is read as it comes, not byte by byte
  signal(SIGPIPE, SIG_IGN);  // a closed pipe is an error of write(2), told apart from a crash
  try {
    return run(std::vector<std::string_view>(argv + std::min(argc, 1), argv + argc));
  } catch (const std::exception& fault) {
    complain(fault.what());
    return scraper::kExitOther;
  }
}
