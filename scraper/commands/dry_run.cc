#include "scraper/commands/dry_run.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include "base/printable.h"
#include "scraper/config/option_table.h"

namespace scraper::cli {
namespace {

constexpr std::size_t kSeedsShown = 50;

std::string describe_seed(const Seed& seed, const CrawlOptions& options) {
  const std::uint32_t depth = seed.depth.value_or(options.depth);
  std::string line = fmt::format("  {}  depth {}, scope {}", printable(seed.url.href()),
                                 depth == kDepthInf ? "inf" : std::to_string(depth),
                                 word_of(seed.scope.value_or(options.scope), scope_words()));
  if (seed.limit != kNoLimit) line += fmt::format(", limit {}", seed.limit);
  if (!seed.tag.empty()) line += fmt::format(", tag {}", printable(seed.tag));
  return line + fmt::format("  ({})\n", printable(seed.where));
}

// What crawl.toml leaves out.
std::string secrets_shown(const CrawlOptions& options) {
  std::string lines;
  for (const std::string& header : options.fetch.secret_headers)
    lines += fmt::format("  header = \"{}: ***\"\n", printable(header.substr(0, header.find(':'))));
  if (has_credentials(options.fetch.proxy))
    lines += fmt::format("  proxy = \"{}\"\n", printable(masked_proxy(options.fetch.proxy)));
  return lines;
}

std::string describe_options(const CrawlOptions& options, const CrawlOptions& usual) {
  std::string lines;
  for (const Option& option : option_table()) {
    if (option.toml == nullptr || option.name == "output") continue;
    const std::string value = option.toml(options);
    if (value == option.toml(usual)) continue;
    lines += fmt::format("  {} = {}\n", option.name, value.empty() ? "unset" : printable(value));
  }
  lines += secrets_shown(options);
  return lines.empty() ? "with the defaults\n" : "with the defaults but for\n" + lines;
}

}  // namespace

std::string describe_crawl(const CrawlOptions& options, const CrawlOptions& usual,
                           const ResumeChanges* resumed) {
  struct stat status {};
  const bool is_there = stat(options.output.c_str(), &status) == 0;
  const std::size_t n = options.seeds.size();
  std::string out = fmt::format("would crawl {} seed{}\n", n, n == 1 ? "" : "s");
  for (std::size_t i = 0; i < std::min(n, kSeedsShown); ++i)
    out += describe_seed(options.seeds[i], options);
  if (n > kSeedsShown) out += fmt::format("  and {} more\n", n - kSeedsShown);
  out += fmt::format("into {}{}{}\n", printable(options.output),
                     is_there ? ", which is there already" : "",
                     options.is_fresh ? ", started over (--fresh)" : "");
  if (resumed != nullptr) {
    out += fmt::format("going on with the crawl there{}\n",
                       resumed->told.empty() ? "" : ", from now on with");
    out += describe_changes(*resumed);
  }
  out += describe_options(options, usual);
  return out + "no request was sent, nothing was created\n";
}

}  // namespace scraper::cli
