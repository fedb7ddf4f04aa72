#include "scraper/config/option_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "scraper/config/setters.h"
#include "scraper/config/toml.h"

namespace scraper::cli {
namespace {

using std::string_view;
using Millis = std::chrono::milliseconds;

constexpr std::array kCommands = {
    Word<Command>{"crawl", kCrawl},     Word<Command>{"fetch", kFetch},
    Word<Command>{"extract", kExtract}, Word<Command>{"url", kUrl},
    Word<Command>{"robots", kRobots},   Word<Command>{"why", kWhy},
    Word<Command>{"parse", kParse},     Word<Command>{"audit", kAudit},
    Word<Command>{"report", kReport},   Word<Command>{"serve", kServe},
    Word<Command>{"bench", kBench}};
constexpr std::array kScopes = {Word<Scope>{"page", Scope::kPage}, Word<Scope>{"dir", Scope::kDir},
                                Word<Scope>{"host", Scope::kHost},
                                Word<Scope>{"domain", Scope::kDomain},
                                Word<Scope>{"any", Scope::kAny}};
constexpr std::array kEngines = {Word<fetch::Engine>{"threads", fetch::Engine::kThreads},
                                 Word<fetch::Engine>{"async", fetch::Engine::kAsync}};
constexpr std::array kHandoffs = {Word<parse::Handoff>{"file", parse::Handoff::kFile},
                                  Word<parse::Handoff>{"pipe", parse::Handoff::kPipe},
                                  Word<parse::Handoff>{"shm", parse::Handoff::kShm},
                                  Word<parse::Handoff>{"inline", parse::Handoff::kInline}};
constexpr std::array kParsers = {
    Word<std::optional<parse::Parser>>{"auto", std::nullopt},
    Word<std::optional<parse::Parser>>{"scan", parse::Parser::kScan},
    Word<std::optional<parse::Parser>>{"gumbo", parse::Parser::kGumbo}};
constexpr std::array kPrintModes = {Word<PrintMode>{"url", PrintMode::kUrl},
                                    Word<PrintMode>{"jsonl", PrintMode::kJsonl}};
constexpr std::array kProgressModes = {Word<ProgressMode>{"auto", ProgressMode::kAuto},
                                       Word<ProgressMode>{"bar", ProgressMode::kBar},
                                       Word<ProgressMode>{"plain", ProgressMode::kPlain},
                                       Word<ProgressMode>{"json", ProgressMode::kJson},
                                       Word<ProgressMode>{"none", ProgressMode::kNone}};
// Redirects are not among them: --max-redirect is about those.
constexpr std::array kFollowable = {Word<LinkKind>{"page", LinkKind::kPage},
                                    Word<LinkKind>{"frame", LinkKind::kFrame},
                                    Word<LinkKind>{"refresh", LinkKind::kRefresh},
                                    Word<LinkKind>{"canonical", LinkKind::kCanonical},
                                    Word<LinkKind>{"next", LinkKind::kNext},
                                    Word<LinkKind>{"sitemap", LinkKind::kSitemap},
                                    Word<LinkKind>{"image", LinkKind::kImage},
                                    Word<LinkKind>{"icon", LinkKind::kIcon},
                                    Word<LinkKind>{"script", LinkKind::kScript},
                                    Word<LinkKind>{"style", LinkKind::kStyle},
                                    Word<LinkKind>{"media", LinkKind::kMedia},
                                    Word<LinkKind>{"object", LinkKind::kObject},
                                    Word<LinkKind>{"form", LinkKind::kForm},
                                    Word<LinkKind>{"feed", LinkKind::kFeed},
                                    Word<LinkKind>{"alternate", LinkKind::kAlternate},
                                    Word<LinkKind>{"manifest", LinkKind::kManifest},
                                    Word<LinkKind>{"cite", LinkKind::kCite},
                                    Word<LinkKind>{"longdesc", LinkKind::kLongdesc},
                                    Word<LinkKind>{"other", LinkKind::kOther}};
constexpr std::array kColorModes = {Word<ColorMode>{"auto", ColorMode::kAuto},
                                    Word<ColorMode>{"always", ColorMode::kAlways},
                                    Word<ColorMode>{"never", ColorMode::kNever}};

// --- crawl.toml

std::string toml_bool(bool truth) { return truth ? "true" : "false"; }
std::string toml_text(string_view text) { return text.empty() ? std::string() : toml_string(text); }
std::string toml_limit(std::uint64_t limit) {
  return limit == kNoLimit ? std::string() : std::to_string(limit);
}
std::string toml_list(const std::vector<std::string>& list) {
  return list.empty() ? std::string() : toml_array(list);
}

template <class E, std::size_t N>
std::string toml_word(E value, const std::array<Word<E>, N>& words) {
  return toml_text(word_of(value, std::span<const Word<E>>(words)));
}

template <class T, class Show>
std::string toml_shown(const std::vector<T>& list, Show show) {
  std::vector<std::string> shown;
  shown.reserve(list.size());
  for (const T& value : list) shown.push_back(show(value));
  return toml_list(shown);
}

std::string toml_kinds(LinkKindSet kinds) {
  std::string out;
  for (const auto& known : kFollowable) {
    if (holds(kinds, known.value)) out.append(out.empty() ? "" : ",").append(known.name);
  }
  return toml_text(out);
}

std::string toml_sitemaps(const CrawlOptions& options) {
  std::vector<std::string> all;
  if (options.reads_robots_sitemaps) all.emplace_back(kRobotsSitemaps);
  for (const Url& url : options.sitemaps) all.emplace_back(url.href());
  return toml_list(all);
}

std::string show_cidr(const fetch::Cidr& block) {
  return fmt::format("{}/{}", block.network.to_string(), block.prefix);
}

std::string show_connect_to(const fetch::ConnectTo& entry) {
  const auto port = [](std::uint16_t number) {
    return number == 0 ? std::string() : std::to_string(number);
  };
  const auto host = [](const std::string& name) {
    return name.find(':') == std::string::npos || name.front() == '[' ? name : "[" + name + "]";
  };
  return fmt::format("{}:{}:{}:{}", host(entry.from_host), port(entry.from_port),
                     host(entry.to_host), port(entry.to_port));
}

// --- the rows

using S = Settings;
using V = string_view;
using C = CrawlOptions;
constexpr unsigned kTransfers = kCrawl | kFetch;

bool is_true(V value) { return value == "true"; }

// Rows are packed by hand. A row without one of the members that have no default does not compile.
// clang-format off
#pragma GCC diagnostic push
#pragma GCC diagnostic error "-Wmissing-field-initializers"
constexpr Option kTable[] = {
  // Files
  {.name = "input-file", .letter = 'i', .argument = "FILE|-",
   .help = "seed list to read; - is standard input; may be repeated",
   .commands = kCrawl, .group = Group::kFiles, .level = Level::kScreen, .kind = Kind::kList,
   .on_resume = OnResume::kFree,
   .set = [](S& s, V v) {
     std::string file;
     auto set = set_text(v, file);
     s.input_files.push_back(file);
     return set;
   },
   .clear = [](S& s) { s.input_files.clear(); }},
  {.name = "output", .letter = 'o', .argument = "DIR", .fallback = "./crawl-out",
   .help = "results, archive, report; a crawl there is gone on with",
   .commands = kCrawl, .group = Group::kFiles, .level = Level::kScreen, .kind = Kind::kValue,
   .on_resume = OnResume::kFree,
   .set = [](S& s, V v) { return set_text(v, s.crawl.output); },
   .toml = [](const C& c) { return toml_text(c.output); }},
  {.name = "fresh",
   .help = "start over: first remove what an earlier crawl wrote in DIR",
   .commands = kCrawl, .group = Group::kFiles, .level = Level::kScreen, .kind = Kind::kFlag,
   .on_resume = OnResume::kFree, .is_of_the_call = true,
   .set = [](S& s, V v) { return set_flag(v, s.crawl.is_fresh); }},
  {.name = "resume", .argument = "DIR",
   .help = "go on with the crawl in DIR: its seeds, its options but those given",
   .commands = kCrawl, .group = Group::kFiles, .level = Level::kScreen, .kind = Kind::kValue,
   .on_resume = OnResume::kFree, .is_of_the_call = true,
   .set = [](S& s, V v) {
     s.crawl.is_resume = true;
     auto set = set_text(v, s.resume);
     s.crawl.output = s.resume;
     return set;
   }},
  {.name = "keep-free", .argument = "SIZE", .fallback = "64M",
   .help = "pause before less than this is left of the disk",
   .commands = kCrawl, .group = Group::kFiles, .level = Level::kMore, .kind = Kind::kValue,
   .on_resume = OnResume::kFree,
   .set = [](S& s, V v) { return set_size(v, 0, s.crawl.keep_free); },
   .toml = [](const C& c) { return toml_string(show_size(c.keep_free)); }},
  {.name = "wait-for-room", .argument = "TIME", .fallback = "5m",
   .help = "pause no longer than this for want of disk, descriptors or memory, then end (10)",
   .commands = kCrawl, .group = Group::kFiles, .level = Level::kMore, .kind = Kind::kValue,
   .on_resume = OnResume::kFree,
   .set = [](S& s, V v) { return set_time(v, Millis(0), s.crawl.room_patience); },
   .toml = [](const C& c) { return toml_string(show_time(c.room_patience)); }},
  {.name = "config", .argument = "FILE",
   .help = "options from FILE by the same names (delay = \"500ms\"); this line wins",
   .commands = kCrawl, .group = Group::kFiles, .level = Level::kScreen, .kind = Kind::kValue,
   .on_resume = OnResume::kFree, .is_of_the_call = true,
   .set = [](S& s, V v) { return set_text(v, s.config); }},
  {.name = "skip-bad-seeds",
   .help = "go on without the seeds that cannot be read",
   .commands = kCrawl, .group = Group::kFiles, .level = Level::kMore, .kind = Kind::kFlag,
   .on_resume = OnResume::kFree,
   .set = [](S& s, V v) { return set_flag(v, s.skips_bad_seeds); }},
  {.name = "dry-run",
   .help = "show what would be crawled and how; send and create nothing",
   .commands = kCrawl, .group = Group::kFiles, .level = Level::kScreen, .kind = Kind::kFlag,
   .on_resume = OnResume::kFree, .is_of_the_call = true,
   .set = [](S& s, V v) { return set_flag(v, s.crawl.is_dry_run); }},

  // What is crawled
  // Going on: what a smaller one would cut has been crawled. A larger one offers again what depth
  // had cut.
  {.name = "depth", .letter = 'd', .argument = "N|inf", .fallback = "5",
   .help = "links to follow from a seed; seeds are 0",
   .commands = kCrawl, .group = Group::kWhat, .level = Level::kScreen, .kind = Kind::kValue,
   .on_resume = OnResume::kGrows,
   .set = [](S& s, V v) { return keep(parse_depth(v), s.crawl.depth); },
   .toml = [](const C& c) {
     return c.depth == kDepthInf ? toml_string("inf") : std::to_string(c.depth);
   }},
  // Going on: scope to sort-query say which URLs belong to the crawl and what they are called.
  // What they kept out is not kept, and what they let in is there, so none of them can be made to
  // have held from the start.
  {.name = "scope", .argument = "WORD", .fallback = "host",
   .help = "what belongs to a seed: page, dir, host, domain or any",
   .commands = kCrawl, .group = Group::kWhat, .level = Level::kScreen, .kind = Kind::kValue,
   .on_resume = OnResume::kFixed,
   .set = [](S& s, V v) { return set_word(v, kScopes, s.crawl.scope); },
   .toml = [](const C& c) { return toml_word(c.scope, kScopes); }},
  {.name = "include", .argument = "RE",
   .help = "only URLs with a match of this RE2 expression; may be repeated (or)",
   .commands = kCrawl, .group = Group::kWhat, .level = Level::kScreen, .kind = Kind::kList,
   .on_resume = OnResume::kFixed,
   .set = [](S& s, V v) { return add_expression(v, s.crawl.include); },
   .toml = [](const C& c) { return toml_list(c.include); },
   .clear = [](S& s) { s.crawl.include.clear(); }},
  {.name = "exclude", .argument = "RE",
   .help = "no URLs with a match of this RE2 expression; may be repeated",
   .commands = kCrawl, .group = Group::kWhat, .level = Level::kScreen, .kind = Kind::kList,
   .on_resume = OnResume::kFixed,
   .set = [](S& s, V v) { return add_expression(v, s.crawl.exclude); },
   .toml = [](const C& c) { return toml_list(c.exclude); },
   .clear = [](S& s) { s.crawl.exclude.clear(); }},
  {.name = "follow", .argument = "KINDS", .fallback = "page,frame,refresh,canonical,next,sitemap",
   .help = "kinds of links to follow; also image, icon, script, style, media, object, form (sent "
           "by GET), feed, alternate, manifest, cite, longdesc, other; all",
   .commands = kCrawl, .group = Group::kWhat, .level = Level::kMore, .kind = Kind::kValue,
   .on_resume = OnResume::kFixed,
   .set = [](S& s, V v) { return set_kinds(v, s.crawl.follow); },
   .toml = [](const C& c) { return toml_kinds(c.follow); }},
  {.name = "sitemap", .argument = "[=URL]",
   .help = "read sitemaps: those robots.txt names, or this one",
   .commands = kCrawl, .group = Group::kWhat, .level = Level::kScreen, .kind = Kind::kBareList,
   .on_resume = OnResume::kFixed,
   .set = [](S& s, V v) { return add_sitemap(v, s.crawl); },
   .toml = toml_sitemaps,
   .clear = [](S& s) { s.crawl.reads_robots_sitemaps = false; s.crawl.sitemaps.clear(); }},
  {.name = "max-links", .argument = "N", .fallback = "50000",
   .help = "links read of one document",
   .commands = kCrawl, .group = Group::kWhat, .level = Level::kMore, .kind = Kind::kValue,
   .on_resume = OnResume::kFixed,
   .set = [](S& s, V v) { return keep(parse_count(v, 1, 1'000'000), s.crawl.max_links); },
   .toml = [](const C& c) { return std::to_string(c.max_links); }},
  {.name = "max-url", .argument = "N", .fallback = "2048",
   .help = "bytes of a URL that is found; longer ones are left out",
   .commands = kCrawl, .group = Group::kWhat, .level = Level::kMore, .kind = Kind::kValue,
   .on_resume = OnResume::kFixed,
   .set = [](S& s, V v) { return keep(parse_count(v, 16, 60'000), s.crawl.max_url); },
   .toml = [](const C& c) { return std::to_string(c.max_url); }},
  {.name = "strip-query", .argument = "NAMES",
   .help = "leave these parameters out of every URL's query (utm_*,gclid)",
   .commands = kCrawl, .group = Group::kWhat, .level = Level::kMore, .kind = Kind::kValue,
   .on_resume = OnResume::kFixed,
   .set = [](S& s, V v) { return set_names(v, s.crawl.query_rules.strip); },
   .toml = [](const C& c) {
     return toml_text(fmt::format("{}", fmt::join(c.query_rules.strip, ",")));
   }},
  {.name = "sort-query",
   .help = "sort the parameters of every URL's query by name",
   .commands = kCrawl, .group = Group::kWhat, .level = Level::kMore, .kind = Kind::kFlag,
   .on_resume = OnResume::kFixed,
   .set = [](S& s, V v) { return set_flag(v, s.crawl.query_rules.sorts); },
   .toml = [](const C& c) { return toml_bool(c.query_rules.sorts); }},
  // Going on: limits only say when to stop; a larger one offers again what it had cut.
  {.name = "limit", .argument = "N", .fallback = "none",
   .help = "stop when N pages are stored",
   .commands = kCrawl, .group = Group::kWhat, .level = Level::kScreen, .kind = Kind::kValue,
   .on_resume = OnResume::kFree,
   .set = [](S& s, V v) { return set_count_or_inf(v, s.crawl.limit); },
   .toml = [](const C& c) { return toml_limit(c.limit); }},
  {.name = "limit-per-host", .argument = "N", .fallback = "none",
   .help = "ask no host for more than N pages",
   .commands = kCrawl, .group = Group::kWhat, .level = Level::kMore, .kind = Kind::kValue,
   .on_resume = OnResume::kFree,
   .set = [](S& s, V v) { return set_count_or_inf(v, s.crawl.limit_per_host); },
   .toml = [](const C& c) { return toml_limit(c.limit_per_host); }},
  {.name = "max-time", .argument = "TIME", .fallback = "none",
   .help = "stop after this long",
   .commands = kCrawl, .group = Group::kWhat, .level = Level::kScreen, .kind = Kind::kValue,
   .on_resume = OnResume::kFree,
   .set = [](S& s, V v) { return set_max_time(v, s.crawl.max_time); },
   .toml = [](const C& c) {
     return c.max_time ? toml_string(show_time(*c.max_time)) : std::string();
   }},
  {.name = "quota", .letter = 'Q', .argument = "SIZE", .fallback = "none",
   .help = "stop when this much has been received",
   .commands = kCrawl, .group = Group::kWhat, .level = Level::kMore, .kind = Kind::kValue,
   .on_resume = OnResume::kFree,
   .set = [](S& s, V v) { return set_quota(v, s.crawl.quota); },
   .toml = [](const C& c) {
     return c.quota == kNoLimit ? std::string() : toml_string(show_size(c.quota));
   }},

  // Politeness
  // Going on: of politeness, how fast is free; what was forbidden or not followed by rule is not.
  {.name = "delay", .argument = "TIME", .fallback = "1s",
   .help = "from one request's start to the next, on each host",
   .commands = kCrawl, .group = Group::kPolite, .level = Level::kScreen, .kind = Kind::kValue,
   .on_resume = OnResume::kFree,
   .set = [](S& s, V v) { return set_time(v, Millis(0), s.crawl.delay); },
   .toml = [](const C& c) { return toml_string(show_time(c.delay)); }},
  {.name = "per-host", .argument = "N", .fallback = "1",
   .help = "requests to one host at a time",
   .commands = kCrawl, .group = Group::kPolite, .level = Level::kScreen, .kind = Kind::kValue,
   .on_resume = OnResume::kFree,
   .set = [](S& s, V v) { return keep(parse_count(v, 1, 100'000), s.crawl.per_host); },
   .toml = [](const C& c) { return std::to_string(c.per_host); }},
  {.name = "rate", .argument = "N/s", .fallback = "no limit",
   .help = "requests in all; also N/m, N/h",
   .commands = kCrawl, .group = Group::kPolite, .level = Level::kMore, .kind = Kind::kValue,
   .on_resume = OnResume::kFree,
   .set = [](S& s, V v) { return keep(parse_rate(v), s.crawl.rate); },
   .toml = [](const C& c) { return c.rate == 0 ? std::string() : toml_string(show_rate(c.rate)); }},
  {.name = "no-robots",
   .help = "do not ask for robots.txt and do not obey it",
   .commands = kCrawl, .group = Group::kPolite, .level = Level::kScreen, .kind = Kind::kFlag,
   .on_resume = OnResume::kFixed,
   .set = [](S& s, V v) { s.crawl.obeys_robots = !is_true(v); return Result<void>(); },
   .toml = [](const C& c) { return toml_bool(!c.obeys_robots); }},
  {.name = "ignore-meta-nofollow",
   .help = "follow links of pages that ask not to (robots meta tag, X-Robots-Tag)",
   .commands = kCrawl, .group = Group::kPolite, .level = Level::kMore, .kind = Kind::kFlag,
   .on_resume = OnResume::kFixed,
   .set = [](S& s, V v) { return set_flag(v, s.crawl.ignores_meta_nofollow); },
   .toml = [](const C& c) { return toml_bool(c.ignores_meta_nofollow); }},
  {.name = "obey-rel-nofollow",
   .help = "do not follow links with rel=nofollow",
   .commands = kCrawl, .group = Group::kPolite, .level = Level::kMore, .kind = Kind::kFlag,
   .on_resume = OnResume::kFixed,
   .set = [](S& s, V v) { return set_flag(v, s.crawl.obeys_rel_nofollow); },
   .toml = [](const C& c) { return toml_bool(c.obeys_rel_nofollow); }},
  {.name = "obey-noindex",
   .help = "do not store pages that ask not to be indexed",
   .commands = kCrawl, .group = Group::kPolite, .level = Level::kMore, .kind = Kind::kFlag,
   .on_resume = OnResume::kFixed,
   .set = [](S& s, V v) { return set_flag(v, s.crawl.obeys_noindex); },
   .toml = [](const C& c) { return toml_bool(c.obeys_noindex); }},
  // Going on: the program's version stands in it, so that it is another after an update. What
  // robots.txt said to the old name stays said.
  {.name = "user-agent", .letter = 'U', .argument = "TEXT", .fallback = "scraper/VERSION",
   .help = "who we say we are",
   .commands = kTransfers, .group = Group::kPolite, .level = Level::kScreen, .kind = Kind::kValue,
   .on_resume = OnResume::kNamed,
   .set = [](S& s, V v) { return set_field_text(v, s.crawl.fetch.user_agent); },
   .toml = [](const C& c) { return toml_text(c.fetch.user_agent); }},
  {.name = "contact", .argument = "TEXT",
   .help = "your URL or mail address, put into the user agent",
   .commands = kCrawl, .group = Group::kPolite, .level = Level::kScreen, .kind = Kind::kValue,
   .on_resume = OnResume::kFree,
   .set = [](S& s, V v) { return set_contact(v, s.crawl.contact); },
   .toml = [](const C& c) { return toml_text(c.contact); }},

  // Transfers
  // Going on: from here on how it is fetched and parsed, the results being the same. What failed
  // by a time-out or as too large stays failed, as its line says, whatever is allowed from now on.
  {.name = "engine", .argument = "WORD", .fallback = "threads",
   .help = "threads: a pool of blocking threads; async: event loops",
   .commands = kTransfers, .group = Group::kTransfer, .level = Level::kScreen, .kind = Kind::kValue,
   .on_resume = OnResume::kFree,
   .set = [](S& s, V v) { return set_word(v, kEngines, s.crawl.engine); },
   .toml = [](const C& c) { return toml_word(c.engine, kEngines); }},
  {.name = "concurrency", .letter = 'c', .argument = "N", .fallback = "256, or what fits",
   .help = "transfers at once, to use the time hosts take to answer; each costs 4 descriptors and "
           "60-120 KB (async: 2, 25-70 KB)",
   .commands = kCrawl, .group = Group::kTransfer, .level = Level::kScreen, .kind = Kind::kValue,
   .on_resume = OnResume::kFree,
   .set = [](S& s, V v) { return keep(parse_count(v, 1, 1'000'000), s.crawl.concurrency); },
   .toml = [](const C& c) { return std::to_string(c.concurrency); }},
  {.name = "handoff", .argument = "WORD", .fallback = "file",
   .help = "how workers get captures: file (their place in the archive), pipe or shm; or inline: "
           "threads, no processes. Then a crash of the parser ends the crawl; a page's CPU and "
           "memory are bounded only while gumbo builds its tree, its time is not",
   .commands = kCrawl | kParse, .group = Group::kTransfer, .level = Level::kMore,
   .kind = Kind::kValue, .on_resume = OnResume::kFree, .decides_lines = true,
   .set = [](S& s, V v) { return set_word(v, kHandoffs, s.crawl.handoff); },
   .toml = [](const C& c) { return toml_word(c.handoff, kHandoffs); }},
  {.name = "workers", .letter = 'w', .argument = "N", .fallback = "usable cores",
   .help = "parse processes; each costs 12-30 MB (512 MB at most). More than cores gain nothing, "
           "fewer leave cores to fetching",
   .commands = kCrawl | kParse, .group = Group::kTransfer, .level = Level::kScreen,
   .kind = Kind::kValue, .on_resume = OnResume::kFree,
   .set = [](S& s, V v) { return keep(parse_count(v, 1, 1'024), s.crawl.workers); },
   .toml = [](const C& c) { return std::to_string(c.workers); }},
  {.name = "parser", .argument = "WORD", .fallback = "auto",
   .help = "how HTML is read: scan reads its tokens; gumbo builds a tree of them, with the same "
           "results on real pages, at some ten times the cost; auto: scan, unless what is asked "
           "for needs a tree (nothing does yet)",
   .commands = kTransfers | kExtract | kParse, .group = Group::kTransfer, .level = Level::kMore,
   .kind = Kind::kValue, .on_resume = OnResume::kFree, .decides_lines = true,
   .set = [](S& s, V v) { return set_word(v, kParsers, s.parser); },
   .toml = [](const C& c) { return toml_word(std::optional(c.parser), kParsers); }},
  {.name = "timeout", .letter = 'T', .argument = "TIME", .fallback = "20s",
   .help = "give up when no byte came for this long",
   .commands = kTransfers, .group = Group::kTransfer, .level = Level::kScreen, .kind = Kind::kValue,
   .on_resume = OnResume::kFree,
   .set = [](S& s, V v) { return set_time(v, Millis(1), s.crawl.fetch.timeout); },
   .toml = [](const C& c) { return toml_string(show_time(c.fetch.timeout)); }},
  {.name = "max-transfer-time", .argument = "TIME", .fallback = "5m",
   .help = "give up when a transfer takes this long",
   .commands = kTransfers, .group = Group::kTransfer, .level = Level::kMore, .kind = Kind::kValue,
   .on_resume = OnResume::kFree,
   .set = [](S& s, V v) { return set_time(v, Millis(1), s.crawl.fetch.max_transfer_time); },
   .toml = [](const C& c) { return toml_string(show_time(c.fetch.max_transfer_time)); }},
  {.name = "max-body", .argument = "SIZE", .fallback = "16M",
   .help = "cut bodies here, 64M at most; in a crawl the page fails",
   .commands = kTransfers, .group = Group::kTransfer, .level = Level::kMore, .kind = Kind::kValue,
   .on_resume = OnResume::kFree,
   .set = [](S& s, V v) { return set_max_body(v, s.crawl.fetch.max_body); },
   .toml = [](const C& c) { return toml_string(show_size(c.fetch.max_body)); }},
  {.name = "max-head", .argument = "SIZE", .fallback = "256K",
   .help = "a page fails whose header block is larger, 2M at most",
   .commands = kTransfers, .group = Group::kTransfer, .level = Level::kMore, .kind = Kind::kValue,
   .on_resume = OnResume::kFree,
   .set = [](S& s, V v) { return set_max_head(v, s.crawl.fetch.max_head); },
   .toml = [](const C& c) { return toml_string(show_size(c.fetch.max_head)); }},
  {.name = "body-memory", .argument = "SIZE", .fallback = "64M",
   .help = "bodies kept in memory in all; past it they wait in files",
   .commands = kCrawl, .group = Group::kTransfer, .level = Level::kMore, .kind = Kind::kValue,
   .on_resume = OnResume::kFree,
   .set = [](S& s, V v) { return set_size(v, 0, s.crawl.fetch.body_memory); },
   .toml = [](const C& c) { return toml_string(show_size(c.fetch.body_memory)); }},
  {.name = "retries", .argument = "N", .fallback = "2",
   .help = "further attempts after a failure that may pass",
   .commands = kCrawl, .group = Group::kTransfer, .level = Level::kMore, .kind = Kind::kValue,
   .on_resume = OnResume::kFree, .decides_lines = true,
   .set = [](S& s, V v) { return keep(parse_count(v, 0, 100), s.crawl.retries); },
   .toml = [](const C& c) { return std::to_string(c.retries); }},
  // Going on: a chain that it had cut is not taken up again.
  {.name = "max-redirect", .argument = "N", .fallback = "20",
   .help = "redirects to follow, one after the other",
   .commands = kCrawl, .group = Group::kTransfer, .level = Level::kMore, .kind = Kind::kValue,
   .on_resume = OnResume::kFixed, .decides_lines = true,
   .set = [](S& s, V v) { return keep(parse_count(v, 0, 1'000), s.crawl.max_redirect); },
   .toml = [](const C& c) { return std::to_string(c.max_redirect); }},
  // Going on: a login that is given no more is refused elsewhere, see resume.h: its value is kept
  // nowhere, so nobody can tell whether it is another.
  {.name = "header", .letter = 'H', .argument = "'K: V'",
   .help = "header to send (secrets: to seeds' origins only); may be repeated",
   .commands = kTransfers, .group = Group::kTransfer, .level = Level::kScreen, .kind = Kind::kList,
   .on_resume = OnResume::kFree,
   .set = [](S& s, V v) { return add_header(v, s.crawl.fetch); },
   .toml = [](const C& c) { return toml_list(c.fetch.headers); },
   .clear = [](S& s) { s.crawl.fetch.headers.clear(); s.crawl.fetch.secret_headers.clear(); }},
  {.name = "proxy", .letter = 'x', .argument = "URL", .fallback = "none",
   .help = "proxy for all requests; the environment's is not used",
   .commands = kTransfers, .group = Group::kTransfer, .level = Level::kMore, .kind = Kind::kValue,
   .on_resume = OnResume::kFree,
   .set = [](S& s, V v) { return set_proxy(v, s.crawl.fetch.proxy); },
   .toml = [](const C& c) {
     return has_credentials(c.fetch.proxy) ? std::string() : toml_text(c.fetch.proxy);
   }},
  {.name = "allow-net", .argument = "CIDR",
   .help = "private addresses that may be asked (10.0.0.0/8); may be repeated",
   .commands = kTransfers, .group = Group::kTransfer, .level = Level::kScreen, .kind = Kind::kList,
   .on_resume = OnResume::kFree,
   .set = [](S& s, V v) { return add_parsed(fetch::Cidr::parse(v), s.crawl.allow_net); },
   .toml = [](const C& c) { return toml_shown(c.allow_net, show_cidr); },
   .clear = [](S& s) { s.crawl.allow_net.clear(); }},
  {.name = "allow-private",
   .help = "every address may be asked",
   .commands = kTransfers, .group = Group::kTransfer, .level = Level::kMore, .kind = Kind::kFlag,
   .on_resume = OnResume::kFree,
   .set = [](S& s, V v) { return set_flag(v, s.crawl.allow_private); },
   .toml = [](const C& c) { return toml_bool(c.allow_private); }},
  {.name = "connect-to", .argument = "H1:P1:H2:P2",
   .help = "connect to H2:P2 where a URL says H1:P1 (empty: any); may be repeated",
   .commands = kTransfers, .group = Group::kTransfer, .level = Level::kMore, .kind = Kind::kList,
   .on_resume = OnResume::kFree,
   .set = [](S& s, V v) {
     return add_parsed(fetch::ConnectTo::parse(v), s.crawl.fetch.connect_to);
   },
   .toml = [](const C& c) { return toml_shown(c.fetch.connect_to, show_connect_to); },
   .clear = [](S& s) { s.crawl.fetch.connect_to.clear(); }},
  {.name = "ca-certificate", .argument = "FILE", .fallback = "the system's",
   .help = "certificates to trust (PEM)",
   .commands = kTransfers, .group = Group::kTransfer, .level = Level::kMore, .kind = Kind::kValue,
   .on_resume = OnResume::kFree,
   .set = [](S& s, V v) { return set_ca_certificate(v, s.crawl.fetch.ca_file); },
   .toml = [](const C& c) { return toml_text(c.fetch.ca_file); }},
  {.name = "insecure",
   .help = "do not verify certificates",
   .commands = kTransfers, .group = Group::kTransfer, .level = Level::kMore, .kind = Kind::kFlag,
   .on_resume = OnResume::kFree,
   .set = [](S& s, V v) { return set_flag(v, s.crawl.fetch.is_insecure); },
   .toml = [](const C& c) { return toml_bool(c.fetch.is_insecure); }},

  // What is shown and kept
  {.name = "print", .argument = "WORD",
   .help = "a line a page on standard output: url or jsonl",
   .commands = kCrawl, .group = Group::kShown, .level = Level::kScreen, .kind = Kind::kValue,
   .on_resume = OnResume::kFree,
   .set = [](S& s, V v) { return set_word(v, kPrintModes, s.crawl.print); },
   .toml = [](const C& c) { return toml_word(c.print, kPrintModes); }},
  // Going on: lines before and after would differ.
  {.name = "links",
   .help = "the page's links in its line",
   .commands = kCrawl | kParse, .group = Group::kShown, .level = Level::kMore, .kind = Kind::kFlag,
   .on_resume = OnResume::kFixed,
   .set = [](S& s, V v) { return set_flag(v, s.crawl.wants_links); },
   .toml = [](const C& c) { return toml_bool(c.wants_links); }},
  {.name = "text",
   .help = "the page's visible text in its line",
   .commands = kTransfers | kExtract | kParse, .group = Group::kShown, .level = Level::kScreen,
   .kind = Kind::kFlag, .on_resume = OnResume::kFixed,
   .set = [](S& s, V v) { return set_flag(v, s.crawl.wants_text); },
   .toml = [](const C& c) { return toml_bool(c.wants_text); }},
  {.name = "progress", .argument = "WORD", .fallback = "auto",
   .help = "auto, bar, plain, json or none, on standard error",
   .commands = kCrawl | kParse, .group = Group::kShown, .level = Level::kMore, .kind = Kind::kValue,
   .on_resume = OnResume::kFree,
   .set = [](S& s, V v) { return set_word(v, kProgressModes, s.crawl.progress); },
   .toml = [](const C& c) { return toml_word(c.progress, kProgressModes); }},
  {.name = "color", .argument = "WORD", .fallback = "auto",
   .help = "auto, always or never",
   .commands = kCrawl, .group = Group::kShown, .level = Level::kMore, .kind = Kind::kValue,
   .on_resume = OnResume::kFree,
   .set = [](S& s, V v) { return set_word(v, kColorModes, s.crawl.color); },
   .toml = [](const C& c) { return toml_word(c.color, kColorModes); }},
  {.name = "quiet", .letter = 'q',
   .help = "nothing but errors on standard error",
   .commands = kCrawl | kParse, .group = Group::kShown, .level = Level::kMore, .kind = Kind::kFlag,
   .on_resume = OnResume::kFree,
   .set = [](S& s, V v) { return set_flag(v, s.crawl.is_quiet); },
   .toml = [](const C& c) { return toml_bool(c.is_quiet); }},
  {.name = "verbose", .letter = 'v',
   .help = "a line for every URL on standard error",
   .commands = kCrawl, .group = Group::kShown, .level = Level::kMore, .kind = Kind::kFlag,
   .on_resume = OnResume::kFree,
   .set = [](S& s, V v) { return set_flag(v, s.crawl.is_verbose); },
   .toml = [](const C& c) { return toml_bool(c.is_verbose); }},

  // extract
  {.name = "base", .argument = "URL",
   .help = "the URL the document is from; links are resolved against it",
   .commands = kExtract, .group = Group::kOwn, .level = Level::kScreen, .kind = Kind::kValue,
   .on_resume = OnResume::kFree,
   .set = [](S& s, V v) { return set_text(v, s.base); }},
  {.name = "content-type", .argument = "TYPE", .fallback = "text/html",
   .help = "what a server would say it is; may name a charset",
   .commands = kExtract, .group = Group::kOwn, .level = Level::kScreen, .kind = Kind::kValue,
   .on_resume = OnResume::kFree,
   .set = [](S& s, V v) { return set_field_text(v, s.content_type); }},
  {.name = "record", .argument = "OFFSET:LENGTH",
   .help = "FILE is a WARC segment: parse the record at this place",
   .commands = kExtract, .group = Group::kOwn, .level = Level::kScreen, .kind = Kind::kValue,
   .on_resume = OnResume::kFree,
   .set = [](S& s, V v) { return set_record(v, s.record); }},
  {.name = "max-body", .argument = "SIZE", .fallback = "16M",
   .help = "a larger FILE is refused; at most 64M",
   .commands = kExtract, .group = Group::kOwn, .level = Level::kScreen, .kind = Kind::kValue,
   .on_resume = OnResume::kFree,
   .set = [](S& s, V v) { return set_max_body(v, s.crawl.fetch.max_body); }},

  // url
  {.name = "base", .argument = "URL",
   .help = "what a relative URL is resolved against",
   .commands = kUrl, .group = Group::kOwn, .level = Level::kScreen, .kind = Kind::kValue,
   .on_resume = OnResume::kFree,
   .set = [](S& s, V v) { return set_text(v, s.base); }},

  {.name = "strip-query", .argument = "NAMES",
   .help = "leave these parameters out of the canonical URL's query (utm_*,gclid)",
   .commands = kUrl, .group = Group::kOwn, .level = Level::kScreen, .kind = Kind::kValue,
   .on_resume = OnResume::kFree,
   .set = [](S& s, V v) { return set_names(v, s.crawl.query_rules.strip); }},
  {.name = "sort-query",
   .help = "sort the parameters of the canonical URL's query by name",
   .commands = kUrl, .group = Group::kOwn, .level = Level::kScreen, .kind = Kind::kFlag,
   .on_resume = OnResume::kFree,
   .set = [](S& s, V v) { return set_flag(v, s.crawl.query_rules.sorts); }},

  // robots
  {.name = "agent", .argument = "NAME", .fallback = "scraper",
   .help = "whose rules: a product token, or a whole user agent that begins with one",
   .commands = kRobots, .group = Group::kOwn, .level = Level::kScreen, .kind = Kind::kValue,
   .on_resume = OnResume::kFree,
   .set = [](S& s, V v) { s.agent = v; return Result<void>(); }},

  // why, audit
  {.name = "json",
   .help = "the answer as JSON, one object on one line",
   .commands = kWhy | kAudit, .group = Group::kOwn, .level = Level::kScreen, .kind = Kind::kFlag,
   .on_resume = OnResume::kFree,
   .set = [](S& s, V v) { return set_flag(v, s.wants_json); }},
  {.name = "no-closure",
   .help = "leave bodies alone: a quick look, which says nothing of links and of what lines tell "
           "of a page",
   .commands = kAudit, .group = Group::kOwn, .level = Level::kScreen, .kind = Kind::kFlag,
   .on_resume = OnResume::kFree,
   .set = [](S& s, V v) { return set_flag(v, s.skips_closure); }},

  // parse
  {.name = "output", .letter = 'o', .argument = "FILE|-", .fallback = "DIR/pages-parsed.jsonl",
   .help = "where the lines go; - is standard output",
   .commands = kParse, .group = Group::kOwn, .level = Level::kScreen, .kind = Kind::kValue,
   .on_resume = OnResume::kFree,
   .set = [](S& s, V v) { return set_text(v, s.parse_output); }},
  {.name = "fresh",
   .help = "replace the file when it is there already",
   .commands = kParse, .group = Group::kOwn, .level = Level::kScreen, .kind = Kind::kFlag,
   .on_resume = OnResume::kFree,
   .set = [](S& s, V v) { return set_flag(v, s.crawl.is_fresh); }},

  // serve
  {.name = "demo",
   .help = "the built-in demo site: a thousand pages over eight host names",
   .commands = kServe, .group = Group::kOwn, .level = Level::kScreen, .kind = Kind::kFlag,
   .on_resume = OnResume::kFree,
   .set = [](S& s, V v) { return set_flag(v, s.is_demo); }},
  {.name = "port", .argument = "N", .fallback = "a free one",
   .help = "port to listen on",
   .commands = kServe, .group = Group::kOwn, .level = Level::kScreen, .kind = Kind::kValue,
   .on_resume = OnResume::kFree,
   .set = [](S& s, V v) { return keep(parse_count(v, 0, 65'535), s.port); }},
  {.name = "bind", .argument = "ADDRESS", .fallback = "127.0.0.1",
   .help = "address to listen on",
   .commands = kServe, .group = Group::kOwn, .level = Level::kScreen, .kind = Kind::kValue,
   .on_resume = OnResume::kFree,
   .set = [](S& s, V v) { return set_text(v, s.bind); }},

  // bench
  {.name = "output", .letter = 'o', .argument = "DIR", .fallback = "./bench-out",
   .help = "where figures and report.html go",
   .commands = kBench, .group = Group::kOwn, .level = Level::kScreen, .kind = Kind::kValue,
   .on_resume = OnResume::kFree,
   .set = [](S& s, V v) { return set_text(v, s.bench_output); }},
  {.name = "quick",
   .help = "coarser, in under two minutes",
   .commands = kBench, .group = Group::kOwn, .level = Level::kScreen, .kind = Kind::kFlag,
   .on_resume = OnResume::kFree,
   .set = [](S& s, V v) { return set_flag(v, s.is_quick); }},

  {.name = "help", .letter = 'h',
   .help = "this page",
   .commands = kEvery, .group = Group::kHelp, .level = Level::kMore, .kind = Kind::kFlag,
   .on_resume = OnResume::kFree, .is_of_the_call = true,
   .set = [](S& s, V v) { return set_flag(v, s.wants_help); }},
  {.name = "help-all",
   .help = "every option",
   .commands = kEvery, .group = Group::kHelp, .level = Level::kMore, .kind = Kind::kFlag,
   .on_resume = OnResume::kFree, .is_of_the_call = true,
   .set = [](S& s, V v) { return set_flag(v, s.wants_all_help); }},
};
#pragma GCC diagnostic pop
// clang-format on

constexpr Alias kAliases[] = {
    // wget's
    {.name = "level",
     .option = "depth",
     .set = [](S& s, V v) { return set_level(v, s.crawl.depth); }},
    {.name = "accept-regex", .option = "include"},
    {.name = "reject-regex", .option = "exclude"},
    {.name = "wait", .option = "delay"},
    {.name = "max-threads", .option = "concurrency"},  // wget2's
    {.name = "tries",
     .option = "retries",
     .set = [](S& s, V v) { return set_tries(v, s.crawl.retries); }},
    {.name = "no-check-certificate", .option = "insecure"},
    // curl's
    {.name = "retry", .option = "retries"},
    {.name = "max-redirs", .option = "max-redirect"},
    {.name = "cacert", .option = "ca-certificate"},
};

constexpr bool name_options(std::span<const Alias> aliases) {
  return std::all_of(aliases.begin(), aliases.end(), [](const Alias& alias) {
    return std::any_of(std::begin(kTable), std::end(kTable),
                       [&](const Option& option) { return option.name == alias.option; });
  });
}
static_assert(name_options(kAliases), "an alias of no option");

const Alias* alias_named(string_view name) {
  const auto found = std::find_if(std::begin(kAliases), std::end(kAliases),
                                  [&](const Alias& alias) { return alias.name == name; });
  return found == std::end(kAliases) ? nullptr : &*found;
}

}  // namespace

std::span<const Word<Command>> command_words() { return kCommands; }
std::span<const Word<parse::Handoff>> handoff_words() { return kHandoffs; }
std::span<const Word<std::optional<parse::Parser>>> parser_words() { return kParsers; }
std::span<const Word<Scope>> scope_words() { return kScopes; }
std::span<const Word<LinkKind>> followable_words() { return kFollowable; }
std::span<const Option> option_table() { return kTable; }
std::span<const Alias> option_aliases() { return kAliases; }

const Option* option_by_name(string_view written, unsigned commands) {
  const Alias* alias = alias_named(written);
  const string_view name = alias == nullptr ? written : alias->option;
  const auto found = std::find_if(std::begin(kTable), std::end(kTable), [&](const Option& option) {
    return option.name == name && (option.commands & commands) != 0;
  });
  return found == std::end(kTable) ? nullptr : &*found;
}

const Option* option_by_letter(char letter, unsigned commands) {
  const auto found = std::find_if(std::begin(kTable), std::end(kTable), [&](const Option& option) {
    return option.letter == letter && letter != 0 && (option.commands & commands) != 0;
  });
  return found == std::end(kTable) ? nullptr : &*found;
}

std::vector<string_view> option_names(unsigned commands) {
  std::vector<string_view> names;
  for (const Option& option : kTable) {
    if ((option.commands & commands) != 0) names.push_back(option.name);
  }
  for (const Alias& alias : kAliases) {
    if (option_by_name(alias.name, commands) != nullptr) names.push_back(alias.name);
  }
  return names;
}

Result<void> set_option(const Option& option, string_view written, string_view value,
                        Settings& settings) {
  const Alias* alias = alias_named(written);
  const auto set = alias != nullptr && alias->set != nullptr ? alias->set : option.set;
  return set(settings, value);
}

string_view title_of(Group group) {
  switch (group) {
    case Group::kFiles: return "Files";
    case Group::kWhat: return "What is crawled";
    case Group::kPolite: return "Politeness";
    case Group::kTransfer: return "Transfers and parsing";
    case Group::kShown: return "What is shown and kept";
    case Group::kHelp: return "Help";
    case Group::kOwn: break;
  }
  return "Options";
}

}  // namespace scraper::cli
