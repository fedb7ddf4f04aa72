#include "scraper/commands/parse.h"

#include <fmt/format.h>

#include <csignal>
#include <filesystem>
#include <string>
#include <utility>

#include "base/output.h"
#include "base/printable.h"
#include "scraper/config/effective.h"
#include "scraper/config/requested.h"
#include "scraper/reparse/reparse.h"

namespace scraper {

namespace {

// The crawl's options, then the command line's.
Result<CrawlOptions> options_of(const cli::Invocation& invocation, const cli::Machine& machine) {
  auto asked = read_requested(invocation.settings.arguments[0], machine);
  if (!asked) return asked.error();
  cli::Settings wanted;
  wanted.parser = asked->parser;
  wanted.crawl = std::move(*asked);
  CrawlOptions& crawl = wanted.crawl;
  crawl.is_quiet = false;
  crawl.progress = ProgressMode::kAuto;
  crawl.concurrency = 1;
  for (const cli::Given& one : invocation.given) {
    if (auto set = cli::set_option(*one.option, one.name, one.value, wanted); !set)
      return set.error();
  }
  crawl.parser = cli::chosen_parser(wanted.parser);
  if (auto fits = cli::check_sizes(crawl, machine); !fits) return fits.error();
  return crawl;
}

// The name of a file of the crawl is none for lines of ours, whatever --fresh says.
Result<std::string> output_path(const std::string& out, const std::string& asked) {
  const std::string usual = out + "/pages-parsed.jsonl";
  if (asked.empty() || asked == "-") return asked.empty() ? usual : asked;
  const std::filesystem::path path(asked);
  std::error_code ignored;
  const std::filesystem::path parent = path.has_parent_path() ? path.parent_path() : ".";
  const auto is = [&](const std::string& directory) {
    return std::filesystem::equivalent(parent, directory, ignored);
  };
  const bool is_in_room =
      is(out + "/warc") || is(out + "/ledger") || is(out + "/quarantine") || is(out + "/lost");
  if (!is_in_room && (!is(out) || path.filename() == "pages-parsed.jsonl")) return asked;
  return usage_error(fmt::format(
      "--output: {} is in the crawl's directory, where only pages-parsed.jsonl is written",
      printable(asked)));
}

}  // namespace

int run_parse(const cli::Invocation& invocation, const cli::Machine& machine) {
  std::signal(SIGXFSZ, SIG_IGN);  // a file-size limit is an error like a full disk
  const auto options = options_of(invocation, machine);
  if (!options) return cli::complain_of_crawl(options.error());
  const auto path = output_path(options->output, invocation.settings.parse_output);
  if (!path) return cli::complain(path.error());
  return reparse(*options, *path);
}

}  // namespace scraper
