#include "scraper/commands/help.h"

#include <fmt/format.h>

#include <boost/version.hpp>

#include "base/version.h"
#include "fetch/fetcher.h"
#include "scraper/commands/command_line.h"
#include "scraper/commands/split.h"
#include "scraper/config/effective.h"

namespace scraper::cli {
namespace {

using std::string_view;

constexpr std::size_t kHelpColumn = 31;
constexpr std::size_t kWidth = 100;

struct CommandText {
  Command command;
  string_view usage;
  string_view what;
  string_view examples;
};

constexpr CommandText kTexts[] = {
    {kCrawl, "scraper crawl [OPTION]... SEED...",
     "Crawls from seeds (URLs or seed-list files) and stores what it finds in a directory.\n",
     "  scraper crawl https://example.com/ -d 2 --limit 100\n"
     "  scraper crawl seeds.txt -o out --include '/docs/' --exclude '\\.pdf$'\n"
     "  scraper crawl -i - --print url < seeds.txt | sort\n"},
    {kFetch, "scraper fetch [OPTION]... URL",
     "Fetches one page and prints what it is and where it links to, as JSON on one line.\n"
     "A redirect is shown, not followed. robots.txt is not asked: a person named this URL.\n"
     "Exits with 4 (network), 5 (TLS), 6 (login), 7 (protocol) or 8 (answer of 400 and more).\n",
     "  scraper fetch https://example.com/ | jq .title\n"
     "  scraper fetch --text https://example.com/ | jq -r .text\n"
     "  scraper fetch --allow-net 127.0.0.0/8 http://127.0.0.1:8080/\n"},
    {kExtract, "scraper extract FILE|- --base URL [OPTION]...",
     "Prints what a document is and where it links to, as JSON on one line, without a network.\n"
     "With --record, FILE is a segment of a crawl and the document one of its records.\n",
     "  scraper extract page.html --base https://example.com/docs/\n"
     "  curl -s https://example.com/ | scraper extract - --base https://example.com/\n"
     "  scraper extract crawl-out/warc/00000.warc --record 1234:5678\n"},
    {kUrl, "scraper url [URL [--base URL]]",
     "Explains a URL: how the WHATWG URL Standard reads it, and its canonical URL. Without one, "
     "reads JSON\n"
     "lines {\"input\", \"base\"} and prints {\"href\", \"canonical\", \"host\", \"domain\"} or "
     "{\"error\"} for each.\n",
     "  scraper url 'HTTP://EXAMPLE.com:80/a/../%7Eb?#top'\n"
     "  scraper url ../other --base https://example.com/docs/\n"
     "  jq -c '{input: .url}' pages.jsonl | scraper url\n"},
    {kRobots, "scraper robots FILE [--agent NAME] < URLS",
     "Says what a robots.txt (RFC 9309) allows: reads URLs, one a line, and prints for each allow "
     "or\n"
     "disallow, a tab, and the deciding line of FILE with its number (none when no rule "
     "applies).\n",
     "  echo /private/ | scraper robots robots.txt\n"
     "  scraper robots robots.txt --agent Googlebot < urls.txt | grep -c ^allow\n"
     "  jq -r .url crawl-out/pages.jsonl | scraper robots robots.txt\n"},
    {kWhy, "scraper why URL DIR [--json]",
     "Says what became of a URL in the crawl in DIR, and why: its state, the way it was found, "
     "each\n"
     "attempt, the rule or line of robots.txt that decided, and where its capture is; of a URL "
     "never\n"
     "seen, what would become of it. Reads the disk only, also while the crawl runs (as of its "
     "last\n"
     "barrier). A URL without a scheme means https, or http where only that is known. Exits with 0 "
     "for\n"
     "an answer, also of a URL never seen; 2: no URL; 3: DIR holds no crawl, or one that cannot be "
     "read.\n",
     "  scraper why https://example.com/about crawl-out\n"
     "  scraper why example.com/private/ crawl-out\n"
     "  scraper why --json https://example.com/ crawl-out | jq .attempts\n"},
    {kParse, "scraper parse DIR [OPTION]...",
     "Parses the stored pages of the crawl in DIR again, without a network, and writes new result "
     "lines\n"
     "in the order of the archive. What is not given here is as in the crawl; then the lines are "
     "the same\n"
     "bytes as those of pages.jsonl, whose order is another. Works also while the crawl runs, or "
     "after a\n"
     "kill: up to its last barrier. Exits with 3, and writes no file, where the archive is "
     "damaged.\n",
     "  scraper parse crawl-out --text -o with-text.jsonl\n"
     "  scraper parse crawl-out --parser gumbo -o - | jq .title\n"
     "  scraper parse crawl-out && wc -l crawl-out/pages*.jsonl\n"},
    {kAudit, "scraper audit DIR [--json] [--no-closure]",
     "Proves the books of the crawl in DIR from the disk alone: every URL, line and capture is "
     "there\n"
     "exactly once and says what the others say, every checksum is right, and every link of a "
     "stored\n"
     "page, found again in its body, is in the ledger. Also of a crawl that was killed, as of its "
     "last\n"
     "barrier. Exits with 0 when nothing is wrong, 9 with a list of what is; 3: DIR holds no "
     "crawl; 11: a\n"
     "crawl runs in it.\n",
     "  scraper audit crawl-out\n"
     "  scraper audit --no-closure crawl-out\n"
     "  scraper audit --json crawl-out | jq '.findings[]'\n"},
    {kServe, "scraper serve --demo | DIR [OPTION]...",
     "Serves the built-in demo site, or the files below a directory, over HTTP until "
     "interrupted.\n",
     "  scraper serve --demo --port 8080\n"
     "  scraper serve ./public --port 8080\n"
     "  scraper serve ./public --bind ::1\n"},
    {kReport, "scraper report DIR [DIR2]",
     "Prints the figures of a finished crawl; of two, side by side, and whether they agree.\n",
     "  scraper report crawl-out\n"
     "  scraper report out-threads out-async\n"
     "  scraper report crawl-out | less\n"},
    {kBench, "scraper bench engines | handoff | report DIR [OPTION]...",
     "Measures this program on this machine, over loopback only. engines: threads against async, "
     "over\n"
     "concurrency and the server's delay; handoff: file, pipe, shm and inline, without network. "
     "Both say\n"
     "first how long it takes; nothing else should run meanwhile. report makes report.html anew.\n",
     "  scraper bench engines --quick\n"
     "  scraper bench handoff -o figures\n"
     "  scraper bench report figures\n"},
};

constexpr string_view kProgram = R"(Usage: scraper COMMAND [OPTION]... ARGUMENT...
A concurrent web crawler: from a seed list to results on disk, nothing lost, nothing unexplained.

Commands (scraper COMMAND --help tells more)
  crawl SEED...            crawl from URLs or seed-list files and store what is found (./crawl-out)
  fetch URL                fetch one page and print it as JSON on one line
  extract FILE --base URL  the same from a file or - (standard input), without a network
  url [URL]                explain a URL; without one, JSON lines from standard input
  robots FILE              what a robots.txt allows, for URLs from standard input
  why URL DIR              what became of a URL in a crawl, and why
  parse DIR                parse what a crawl has stored again, into new lines
  audit DIR                whether a crawl's books are true, from the disk alone
  report DIR [DIR2]        the figures of a finished crawl, of two side by side
  serve --demo | DIR       serve the built-in demo site, or a directory, to try a crawl on
  bench engines | handoff  measure threads against async, and the four hand-offs, on this machine

Options
  -h, --help               this page; COMMAND --help-all shows every option of a command
  -V, --version            versions of this program and of what it is built on

Examples
  scraper crawl https://example.com/ -d 2 --limit 100
  scraper fetch https://example.com/ | jq .title
  scraper serve --demo --port 8080

A seed list has a URL a line (example.com means https://example.com/), then, after tabs, what is
special about it: depth=N, scope=WORD, limit=N, tag=TEXT. Blank lines and # comments are skipped.

Exit codes: 0 ended as asked (pages that failed are results), 1 anything else, 2 command line,
config or seeds, 3 files, 4-8 network, TLS, login, protocol, server error (no seed was fetched),
9 audit found something wrong, 10 no disk, memory or descriptors left, 11 directory in use,
130/143 interrupted.
)";

const CommandText& text_of(Command command) {
  for (const CommandText& text : kTexts) {
    if (text.command == command) return text;
  }
  return kTexts[0];
}

std::string names_column(const Option& option) {
  const std::string letter =
      option.letter == 0 ? std::string("    ") : fmt::format("-{}, ", option.letter);
  const string_view between = option.argument.empty() || option.kind == Kind::kBareList ? "" : " ";
  return fmt::format("  {}--{}{}{}", letter, option.name, between, option.argument);
}

// Wrapped at spaces, further lines under the first.
void append_wrapped(std::string& out, string_view words, std::size_t column) {
  while (!words.empty()) {
    std::size_t end = words.size();
    if (end > kWidth - column) end = words.rfind(' ', kWidth - column);
    out.append(words.substr(0, end)).push_back('\n');
    words.remove_prefix(std::min(end + 1, words.size()));
    if (!words.empty()) out.append(column, ' ');
  }
}

std::string option_lines(const Option& option) {
  std::string out = names_column(option);
  out.append(out.size() < kHelpColumn - 1 ? kHelpColumn - out.size() : 2, ' ');
  const std::size_t column = out.size() == kHelpColumn ? kHelpColumn : out.size();
  const std::string fallback =
      option.fallback.empty() ? std::string() : fmt::format(" ({})", option.fallback);
  append_wrapped(out, fmt::format("{}{}", option.help, fallback), column);
  return out;
}

std::string group_lines(Command command, Group group, bool is_all) {
  std::string lines;
  for (const Option& option : option_table()) {
    const bool is_shown =
        option.level == Level::kScreen || (is_all && option.level == Level::kMore);
    if (option.group == group && (option.commands & command) != 0 && is_shown)
      lines += option_lines(option);
  }
  return lines.empty() ? lines : fmt::format("{}\n{}", title_of(group), lines);
}

bool has_more(Command command) {
  for (const Option& option : option_table()) {
    if ((option.commands & command) != 0 && option.level == Level::kMore &&
        !option.name.starts_with("help"))
      return true;
  }
  return false;
}

}  // namespace

std::string program_help() { return std::string(kProgram); }

std::string command_help(Command command, bool is_all) {
  const CommandText& text = text_of(command);
  std::string out = fmt::format("Usage: {}\n{}", text.usage, text.what);
  for (std::size_t i = 0; i < kGroups; ++i)
    out += group_lines(command, static_cast<Group>(i), is_all);
  out += fmt::format("Examples\n{}", text.examples);
  if (command == kCrawl || command == kFetch || command == kExtract) {
    out += "Times: 500ms, 2s, 5m, 1h (bare: seconds); sizes: K M G (of 1024).";
    out += !is_all && has_more(command)
               ? fmt::format(" More: scraper {} --help-all\n", name_of(command))
               : "\n";
  } else if (!is_all && has_more(command)) {
    out += fmt::format("More: scraper {} --help-all\n", name_of(command));
  }
  return out;
}

std::string version_text() {
  return fmt::format("scraper {}\n{}\nBoost {}.{}.{}, {}\n", program_version(),
                     fetch::library_version(), BOOST_VERSION / 100'000, BOOST_VERSION / 100 % 1'000,
                     BOOST_VERSION % 100, SCRAPER_BUILT_ON);
}

}  // namespace scraper::cli
