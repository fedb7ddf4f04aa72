// The table of options: one row an option, and everything that is said about it. Parsing, --help,
// --help-all, the keys of --config and crawl.toml are all made from these rows, so none of them can
// forget an option or call it by another name.
//
// The rows are constant; a Settings belongs to who parses. Nothing here opens a file or a socket
// but --ca-certificate, which is asked whether it can be read.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "scraper/config/values.h"
#include "scraper/rules/options.h"

namespace scraper::cli {

// The subcommands; a set of them is their sum.
enum Command : unsigned {
  kCrawl = 1,
  kFetch = 2,
  kExtract = 4,
  kServe = 8,
  kReport = 16,
  kBench = 32,
  kUrl = 64,
  kRobots = 128,
  kWhy = 256,
  kParse = 512,
  kAudit = 1024,
  kEvery = 2047
};

// "crawl", "fetch", …
std::span<const Word<Command>> command_words();
std::span<const Word<parse::Handoff>> handoff_words();
std::span<const Word<std::optional<parse::Parser>>> parser_words();  // nothing: auto

struct RecordRange {
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
};

// All that a command line can say. `crawl` serves fetch and extract too, which use a part of it.
struct Settings {
  CrawlOptions crawl;
  std::vector<std::string> arguments;    // what is no option: seeds, a URL, a file, directories
  std::vector<std::string> input_files;  // of seeds
  std::string config;
  std::string resume;  // the directory of --resume, which is crawl.output too
  bool skips_bad_seeds = false;
  std::optional<parse::Parser> parser;  // as asked for; nothing: auto

  std::string base;  // of extract and url
  std::string content_type = "text/html";
  std::optional<RecordRange> record;

  std::string agent = "scraper";  // of robots

  bool wants_json = false;     // of why and audit
  bool skips_closure = false;  // of audit

  std::string parse_output;  // of parse; empty: in the crawl's directory

  bool is_demo = false;  // of serve
  std::uint16_t port = 0;
  std::string bind = "127.0.0.1";

  std::string bench_output = "./bench-out";
  bool is_quick = false;

  bool wants_help = false;
  bool wants_all_help = false;
};

enum class Level : std::uint8_t {
  kScreen,  // in --help
  kMore,    // in --help-all only
};

enum class Kind : std::uint8_t {
  kFlag,
  kValue,
  kList,
  kBareList,  // a list whose option may stand without a value, which then is kRobotsSitemaps: only
              // --name=VALUE gives one
};

// What becomes of an option that a resumed crawl is given anew. What decided about URLs that have
// their state already, and what lines already written look like, is fixed: `scraper audit` compares
// the whole crawl with one set of options. What concerns only how, how fast, how far and from where
// it is fetched is free. The reasons are at the rows.
enum class OnResume : std::uint8_t {
  kFree,   // taken; also of what is no effective option of a crawl
  kNamed,  // taken as long as it begins with the same product token, by which robots.txt and pages
           // address us
  kGrows,  // a larger value is taken, a smaller one refused
  kFixed,  // refused
};

// --sitemap without a URL.
inline constexpr std::string_view kRobotsSitemaps = "robots";

// In the order of --help; kOwn is what one command alone has.
enum class Group : std::uint8_t { kOwn, kFiles, kWhat, kPolite, kTransfer, kShown, kHelp };
inline constexpr std::size_t kGroups = 7;
std::string_view title_of(Group group);

// Members without a default are said by every row.
struct Option {
  std::string_view name;           // without "--"
  char letter = 0;                 // 0: none
  std::string_view argument = {};  // of --help: "TIME"; empty for a flag
  std::string_view fallback = {};  // of --help: what it is when not given; empty: nothing to say
  std::string_view help;
  unsigned commands;  // that take it
  Group group;
  Level level;
  Kind kind;
  OnResume on_resume;
  bool is_of_the_call = false;  // not of the crawl: for the command line only
  bool decides_lines =
      false;  // of Group::kTransfer: a URL's state or line depends on it all the same
  // A flag's value is "true" or "false". A list's setter appends.
  Result<void> (*set)(Settings& settings, std::string_view value);
  // The value in crawl.toml, empty when there is nothing to say; null for what is no effective
  // option of a crawl.
  std::string (*toml)(const CrawlOptions& options) = nullptr;
  // What makes a list empty again, so that the command line replaces the config file's; null for
  // the others.
  void (*clear)(Settings& settings) = nullptr;
};

// A spelling of wget or curl for an option of ours, wherever that may stand.
struct Alias {
  std::string_view name;
  std::string_view option;
  // Where its values mean something else; null: as the option's.
  Result<void> (*set)(Settings& settings, std::string_view value) = nullptr;
};

std::span<const Option> option_table();
std::span<const Alias> option_aliases();

// `written` is the option's name or an alias.
const Option* option_by_name(std::string_view written, unsigned commands);
const Option* option_by_letter(char letter, unsigned commands);

// All that may be written, aliases too.
std::vector<std::string_view> option_names(unsigned commands);

// Sets `option`, which was written under this name, its own or an alias.
Result<void> set_option(const Option& option, std::string_view written, std::string_view value,
                        Settings& settings);

std::span<const Word<Scope>> scope_words();

std::span<const Word<LinkKind>> followable_words();

// The number of links, or "inf".
Result<std::uint32_t> parse_depth(std::string_view text);

// Are these credentials? Of a header by its name; of a proxy when its URL has some.
bool is_secret_header(std::string_view header);
bool is_same_header(std::string_view one,
                    std::string_view other);  // by their names, which may stand without a value
bool has_credentials(std::string_view proxy);
std::string masked_proxy(std::string_view proxy);  // "http://***@proxy.test:3128"

}  // namespace scraper::cli
