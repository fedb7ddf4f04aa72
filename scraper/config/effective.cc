#include "scraper/config/effective.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "base/version.h"
#include "scraper/config/secrets.h"
#include "storage/format.h"

namespace scraper::cli {

namespace {

std::string with_contact(std::string user_agent, const std::string& contact) {
  if (contact.empty() || user_agent.find(contact) != std::string::npos) return user_agent;
  return fmt::format("{} (+{})", user_agent, contact);
}

// Whether something that is asked for can only be said of a document's tree, which the scanner does
// not build. Links, title, meta elements and text need none, and there is nothing else to ask for:
// what comes to need one is named here.
bool needs_tree() { return false; }

}  // namespace

parse::Parser chosen_parser(std::optional<parse::Parser> asked) {
  return asked.value_or(needs_tree() ? parse::Parser::kGumbo : parse::Parser::kScan);
}

Settings default_settings(const Machine& machine) {
  Settings settings;
  settings.crawl.workers = std::min(machine.cores, most_workers(parse::Handoff::kFile, machine));
  settings.crawl.concurrency =
      std::min<std::size_t>(256, most_transfers(fetch::Engine::kThreads, settings.crawl.workers,
                                                parse::Handoff::kFile, machine));
  settings.crawl.fetch.user_agent = fmt::format("scraper/{}", program_version());
  return settings;
}

Result<void> settle(Settings& settings, const Machine& machine) {
  CrawlOptions& crawl = settings.crawl;
  if (crawl.reads_robots_sitemaps && !crawl.obeys_robots)
    return usage_error(
        "--sitemap: with --no-robots no robots.txt names any: name it yourself, --sitemap=URL");
  if (crawl.is_quiet && crawl.is_verbose)
    return usage_error("--quiet and --verbose contradict each other");
  crawl.parser = chosen_parser(settings.parser);
  crawl.fetch.user_agent = with_contact(crawl.fetch.user_agent, crawl.contact);
  crawl.fetch.concurrency = crawl.concurrency;
  crawl.fetch.idle_connections = idle_connections(crawl, machine);
  crawl.fetch.guard = std::make_shared<fetch::AddressGuard>(crawl.allow_net, crawl.allow_private);
  return {};
}

std::string to_toml(const CrawlOptions& options) {
  std::string out = storage::format_line(storage::current_mark());
  out += fmt::format("# The effective options of a crawl of {} seed{} by scraper {}.\n",
                     options.seeds.size(), options.seeds.size() == 1 ? "" : "s", program_version());
  out += "# The same again: scraper crawl SEED... --config THIS-FILE\n";
  for (const Option& option : option_table()) {
    if (option.toml == nullptr) continue;
    if (const std::string value = option.toml(options); !value.empty())
      out += fmt::format("{} = {}\n", option.name, value);
  }
  return out + secrets_comment(options);
}

}  // namespace scraper::cli
