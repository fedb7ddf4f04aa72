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
// --------------------------------------------------------------------------------------------------------------

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
// ----------------------------------------------------------------------------------------------------------------

using S = Settings;
using V = string_view;
using C = CrawlOptions;
constexpr auto kNone = nullptr;
constexpr unsigned kTransfers = kCrawl | kFetch;

bool is_true(V value) { return value == "true"; }

// clang-format off
constexpr Option kTable[] = {
  // Files
  {"input-file", 'i', "FILE|-", "", "seed list to read; - is standard input; may be repeated", kCrawl, Group::kFiles, Level::kScreen, Kind::kList, Change::kFree,
   [](S& s, V v) { std::string file; auto set = set_text(v, file); s.input_files.push_back(file); return set; }, kNone,
   [](S& s) { s.input_files.clear(); }},
  {"output", 'o', "DIR", "./crawl-out", "results, archive, report; a crawl there is gone on with", kCrawl, Group::kFiles, Level::kScreen, Kind::kValue, Change::kFree,
   [](S& s, V v) { return set_text(v, s.crawl.output); }, [](const C& c) { return toml_text(c.output); }, kNone},
  {"fresh", 0, "", "", "start over: first remove what an earlier crawl wrote in DIR", kCrawl, Group::kFiles, Level::kScreen, Kind::kFlag, Change::kFree,
   [](S& s, V v) { s.crawl.is_fresh = is_true(v); return Result<void>(); }, kNone, kNone},
  {"resume", 0, "DIR", "", "go on with the crawl in DIR: its seeds, its options but those given", kCrawl, Group::kFiles, Level::kScreen, Kind::kValue, Change::kFree,
   [](S& s, V v) { s.crawl.is_resume = true; auto set = set_text(v, s.resume); s.crawl.output = s.resume; return set; }, kNone, kNone},
  {"keep-free", 0, "SIZE", "64M", "pause before less than this is left of the disk", kCrawl, Group::kFiles, Level::kMore, Kind::kValue, Change::kFree,
   [](S& s, V v) { return set_size(v, 0, s.crawl.keep_free); }, [](const C& c) { return toml_string(show_size(c.keep_free)); }, kNone},
  {"wait-for-room", 0, "TIME", "5m", "pause no longer than this for want of disk, descriptors or memory, then end (10)", kCrawl, Group::kFiles, Level::kMore, Kind::kValue, Change::kFree,
   [](S& s, V v) { return set_time(v, Millis(0), s.crawl.room_patience); }, [](const C& c) { return toml_string(show_time(c.room_patience)); }, kNone},
  {"config", 0, "FILE", "", "options from FILE by the same names (delay = \"500ms\"); this line wins", kCrawl, Group::kFiles, Level::kScreen, Kind::kValue, Change::kFree,
   [](S& s, V v) { return set_text(v, s.config); }, kNone, kNone},
  {"skip-bad-seeds", 0, "", "", "go on without the seeds that cannot be read", kCrawl, Group::kFiles, Level::kMore, Kind::kFlag, Change::kFree,
   [](S& s, V v) { s.skips_bad_seeds = is_true(v); return Result<void>(); }, kNone, kNone},
  {"dry-run", 0, "", "", "show what would be crawled and how; send and create nothing", kCrawl, Group::kFiles, Level::kScreen, Kind::kFlag, Change::kFree,
   [](S& s, V v) { s.crawl.is_dry_run = is_true(v); return Result<void>(); }, kNone, kNone},

  // What is crawled
  // Going on: what a smaller one would cut has been crawled. A larger one offers again what depth had cut.
  {"depth", 'd', "N|inf", "5", "links to follow from a seed; seeds are 0", kCrawl, Group::kWhat, Level::kScreen, Kind::kValue, Change::kGrows,
   [](S& s, V v) { return keep(parse_depth(v), s.crawl.depth); },
   [](const C& c) { return c.depth == kDepthInf ? toml_string("inf") : std::to_string(c.depth); }, kNone},
  {"level", 0, "N|inf", "", "wget's --depth", kCrawl, Group::kWhat, Level::kHidden, Kind::kValue, Change::kGrows,
   [](S& s, V v) { return set_level(v, s.crawl.depth); }, kNone, kNone},
  // Going on: scope to sort-query say which URLs belong to the crawl and what they are called. What they kept out is not kept, and what
  // they let in is there, so none of them can be made to have held from the start.
  {"scope", 0, "WORD", "host", "what belongs to a seed: page, dir, host, domain or any", kCrawl, Group::kWhat, Level::kScreen, Kind::kValue, Change::kFixed,
   [](S& s, V v) { return set_word(v, kScopes, s.crawl.scope); }, [](const C& c) { return toml_word(c.scope, kScopes); }, kNone},
  {"include", 0, "RE", "", "only URLs with a match of this RE2 expression; may be repeated (or)", kCrawl, Group::kWhat, Level::kScreen, Kind::kList, Change::kFixed,
   [](S& s, V v) { return add_expression(v, s.crawl.include); }, [](const C& c) { return toml_list(c.include); },
   [](S& s) { s.crawl.include.clear(); }},
  {"accept-regex", 0, "RE", "", "wget's --include", kCrawl, Group::kWhat, Level::kHidden, Kind::kList, Change::kFixed,
   [](S& s, V v) { return add_expression(v, s.crawl.include); }, kNone, [](S& s) { s.crawl.include.clear(); }},
  {"exclude", 0, "RE", "", "no URLs with a match of this RE2 expression; may be repeated", kCrawl, Group::kWhat, Level::kScreen, Kind::kList, Change::kFixed,
   [](S& s, V v) { return add_expression(v, s.crawl.exclude); }, [](const C& c) { return toml_list(c.exclude); },
   [](S& s) { s.crawl.exclude.clear(); }},
  {"reject-regex", 0, "RE", "", "wget's --exclude", kCrawl, Group::kWhat, Level::kHidden, Kind::kList, Change::kFixed,
   [](S& s, V v) { return add_expression(v, s.crawl.exclude); }, kNone, [](S& s) { s.crawl.exclude.clear(); }},
  {"follow", 0, "KINDS", "page,frame,refresh,canonical,next,sitemap", "kinds of links to follow; also image, icon, script, style, media, object, form (sent by GET), feed, alternate, manifest, cite, longdesc, other; all", kCrawl, Group::kWhat, Level::kMore, Kind::kValue, Change::kFixed,
   [](S& s, V v) { return set_kinds(v, s.crawl.follow); }, [](const C& c) { return toml_kinds(c.follow); }, kNone},
  {"sitemap", 0, "[=URL]", "", "read sitemaps: those robots.txt names, or this one", kCrawl, Group::kWhat, Level::kScreen, Kind::kBareList, Change::kFixed,
   [](S& s, V v) { return add_sitemap(v, s.crawl); }, toml_sitemaps,
   [](S& s) { s.crawl.reads_robots_sitemaps = false; s.crawl.sitemaps.clear(); }},
  {"max-links", 0, "N", "50000", "links read of one document", kCrawl, Group::kWhat, Level::kMore, Kind::kValue, Change::kFixed,
   [](S& s, V v) { return keep(parse_count(v, 1, 1'000'000), s.crawl.max_links); }, [](const C& c) { return std::to_string(c.max_links); }, kNone},
  {"max-url", 0, "N", "2048", "bytes of a URL that is found; longer ones are left out", kCrawl, Group::kWhat, Level::kMore, Kind::kValue, Change::kFixed,
   [](S& s, V v) { return keep(parse_count(v, 16, 60'000), s.crawl.max_url); }, [](const C& c) { return std::to_string(c.max_url); }, kNone},
  {"strip-query", 0, "NAMES", "", "leave these parameters out of every URL's query (utm_*,gclid)", kCrawl, Group::kWhat, Level::kMore, Kind::kValue, Change::kFixed,
   [](S& s, V v) { return set_names(v, s.crawl.query_rules.strip); },
   [](const C& c) { return toml_text(fmt::format("{}", fmt::join(c.query_rules.strip, ","))); }, kNone},
  {"sort-query", 0, "", "", "sort the parameters of every URL's query by name", kCrawl, Group::kWhat, Level::kMore, Kind::kFlag, Change::kFixed,
   [](S& s, V v) { s.crawl.query_rules.sorts = is_true(v); return Result<void>(); }, [](const C& c) { return toml_bool(c.query_rules.sorts); }, kNone},
  // Going on: limits only say when to stop; a larger one offers again what it had cut.
  {"limit", 0, "N", "none", "stop when N pages are stored", kCrawl, Group::kWhat, Level::kScreen, Kind::kValue, Change::kFree,
   [](S& s, V v) { return set_count_or_inf(v, s.crawl.limit); }, [](const C& c) { return toml_limit(c.limit); }, kNone},
  {"limit-per-host", 0, "N", "none", "ask no host for more than N pages", kCrawl, Group::kWhat, Level::kMore, Kind::kValue, Change::kFree,
   [](S& s, V v) { return set_count_or_inf(v, s.crawl.limit_per_host); }, [](const C& c) { return toml_limit(c.limit_per_host); }, kNone},
  {"max-time", 0, "TIME", "none", "stop after this long", kCrawl, Group::kWhat, Level::kScreen, Kind::kValue, Change::kFree,
   [](S& s, V v) { return set_max_time(v, s.crawl.max_time); },
   [](const C& c) { return c.max_time ? toml_string(show_time(*c.max_time)) : std::string(); }, kNone},
  {"quota", 'Q', "SIZE", "none", "stop when this much has been received", kCrawl, Group::kWhat, Level::kMore, Kind::kValue, Change::kFree,
   [](S& s, V v) { return set_quota(v, s.crawl.quota); },
   [](const C& c) { return c.quota == kNoLimit ? std::string() : toml_string(show_size(c.quota)); }, kNone},

  // Politeness
  // Going on: of politeness, how fast is free; what was forbidden or not followed by rule is not.
  {"delay", 0, "TIME", "1s", "from one request's start to the next, on each host", kCrawl, Group::kPolite, Level::kScreen, Kind::kValue, Change::kFree,
   [](S& s, V v) { return set_time(v, Millis(0), s.crawl.delay); }, [](const C& c) { return toml_string(show_time(c.delay)); }, kNone},
  {"wait", 0, "TIME", "", "wget's --delay", kCrawl, Group::kPolite, Level::kHidden, Kind::kValue, Change::kFree,
   [](S& s, V v) { return set_time(v, Millis(0), s.crawl.delay); }, kNone, kNone},
  {"per-host", 0, "N", "1", "requests to one host at a time", kCrawl, Group::kPolite, Level::kScreen, Kind::kValue, Change::kFree,
   [](S& s, V v) { return keep(parse_count(v, 1, 100'000), s.crawl.per_host); }, [](const C& c) { return std::to_string(c.per_host); }, kNone},
  {"rate", 0, "N/s", "no limit", "requests in all; also N/m, N/h", kCrawl, Group::kPolite, Level::kMore, Kind::kValue, Change::kFree,
   [](S& s, V v) { return keep(parse_rate(v), s.crawl.rate); },
   [](const C& c) { return c.rate == 0 ? std::string() : toml_string(show_rate(c.rate)); }, kNone},
  {"no-robots", 0, "", "", "do not ask for robots.txt and do not obey it", kCrawl, Group::kPolite, Level::kScreen, Kind::kFlag, Change::kFixed,
   [](S& s, V v) { s.crawl.obeys_robots = !is_true(v); return Result<void>(); }, [](const C& c) { return toml_bool(!c.obeys_robots); }, kNone},
  {"ignore-meta-nofollow", 0, "", "", "follow links of pages that ask not to (robots meta tag, X-Robots-Tag)", kCrawl, Group::kPolite, Level::kMore, Kind::kFlag, Change::kFixed,
   [](S& s, V v) { s.crawl.ignores_meta_nofollow = is_true(v); return Result<void>(); }, [](const C& c) { return toml_bool(c.ignores_meta_nofollow); }, kNone},
  {"obey-rel-nofollow", 0, "", "", "do not follow links with rel=nofollow", kCrawl, Group::kPolite, Level::kMore, Kind::kFlag, Change::kFixed,
   [](S& s, V v) { s.crawl.obeys_rel_nofollow = is_true(v); return Result<void>(); }, [](const C& c) { return toml_bool(c.obeys_rel_nofollow); }, kNone},
  {"obey-noindex", 0, "", "", "do not store pages that ask not to be indexed", kCrawl, Group::kPolite, Level::kMore, Kind::kFlag, Change::kFixed,
   [](S& s, V v) { s.crawl.obeys_noindex = is_true(v); return Result<void>(); }, [](const C& c) { return toml_bool(c.obeys_noindex); }, kNone},
  // Going on: the program's version stands in it, so that it is another after an update. What robots.txt said to the old name stays said.
  {"user-agent", 'U', "TEXT", "scraper/VERSION", "who we say we are", kTransfers, Group::kPolite, Level::kScreen, Kind::kValue, Change::kNamed,
   [](S& s, V v) { return set_field_text(v, s.crawl.fetch.user_agent); }, [](const C& c) { return toml_text(c.fetch.user_agent); }, kNone},
  {"contact", 0, "TEXT", "", "your URL or mail address, put into the user agent", kCrawl, Group::kPolite, Level::kScreen, Kind::kValue, Change::kFree,
   [](S& s, V v) { return set_contact(v, s.crawl.contact); }, [](const C& c) { return toml_text(c.contact); }, kNone},

  // Transfers
  // Going on: from here on how it is fetched and parsed, the results being the same. What failed by a time-out or as too large stays failed, as
  // its line says, whatever is allowed from now on.
  {"engine", 0, "WORD", "threads", "threads: a pool of blocking threads; async: event loops", kTransfers, Group::kTransfer, Level::kScreen, Kind::kValue, Change::kFree,
   [](S& s, V v) { return set_word(v, kEngines, s.crawl.engine); }, [](const C& c) { return toml_word(c.engine, kEngines); }, kNone},
  {"concurrency", 'c', "N", "256, or what fits", "transfers at once, to use the time hosts take to answer; each costs 4 descriptors and 60-120 KB (async: 2, 25-70 KB)", kCrawl, Group::kTransfer, Level::kScreen, Kind::kValue, Change::kFree,
   [](S& s, V v) { return keep(parse_count(v, 1, 1'000'000), s.crawl.concurrency); }, [](const C& c) { return std::to_string(c.concurrency); }, kNone},
  {"max-threads", 0, "N", "", "wget2's --concurrency", kCrawl, Group::kTransfer, Level::kHidden, Kind::kValue, Change::kFree,
   [](S& s, V v) { return keep(parse_count(v, 1, 1'000'000), s.crawl.concurrency); }, kNone, kNone},
  {"handoff", 0, "WORD", "file", "how workers get captures: file (their place in the archive), pipe or shm; or inline: threads, no processes. Then a crash of the parser ends the crawl; a page's CPU and memory are bounded only while gumbo builds its tree, its time is not", kCrawl | kParse, Group::kTransfer, Level::kMore, Kind::kValue, Change::kFree,
   [](S& s, V v) { return set_word(v, kHandoffs, s.crawl.handoff); }, [](const C& c) { return toml_word(c.handoff, kHandoffs); }, kNone},
  {"workers", 'w', "N", "usable cores", "parse processes; each costs 12-30 MB (512 MB at most). More than cores gain nothing, fewer leave cores to fetching", kCrawl | kParse, Group::kTransfer, Level::kScreen, Kind::kValue, Change::kFree,
   [](S& s, V v) { return keep(parse_count(v, 1, 1'024), s.crawl.workers); }, [](const C& c) { return std::to_string(c.workers); }, kNone},
  {"parser", 0, "WORD", "auto", "how HTML is read: scan reads its tokens; gumbo builds a tree of them, with the same results on real pages, at some ten times the cost; auto: scan, unless what is asked for needs a tree (nothing does yet)", kTransfers | kExtract | kParse, Group::kTransfer, Level::kMore, Kind::kValue, Change::kFree,
   [](S& s, V v) { return set_word(v, kParsers, s.parser); }, [](const C& c) { return toml_word(std::optional(c.parser), kParsers); }, kNone},
  {"timeout", 'T', "TIME", "20s", "give up when no byte came for this long", kTransfers, Group::kTransfer, Level::kScreen, Kind::kValue, Change::kFree,
   [](S& s, V v) { return set_time(v, Millis(1), s.crawl.fetch.timeout); }, [](const C& c) { return toml_string(show_time(c.fetch.timeout)); }, kNone},
  {"max-transfer-time", 0, "TIME", "5m", "give up when a transfer takes this long", kTransfers, Group::kTransfer, Level::kMore, Kind::kValue, Change::kFree,
   [](S& s, V v) { return set_time(v, Millis(1), s.crawl.fetch.max_transfer_time); },
   [](const C& c) { return toml_string(show_time(c.fetch.max_transfer_time)); }, kNone},
  {"max-body", 0, "SIZE", "16M", "cut bodies here, 64M at most; in a crawl the page fails", kTransfers, Group::kTransfer, Level::kMore, Kind::kValue, Change::kFree,
   [](S& s, V v) { return set_max_body(v, s.crawl.fetch.max_body); }, [](const C& c) { return toml_string(show_size(c.fetch.max_body)); }, kNone},
  {"max-head", 0, "SIZE", "256K", "a page fails whose header block is larger, 2M at most", kTransfers, Group::kTransfer, Level::kMore, Kind::kValue, Change::kFree,
   [](S& s, V v) { return set_max_head(v, s.crawl.fetch.max_head); }, [](const C& c) { return toml_string(show_size(c.fetch.max_head)); }, kNone},
  {"body-memory", 0, "SIZE", "64M", "bodies kept in memory in all; past it they wait in files", kCrawl, Group::kTransfer, Level::kMore, Kind::kValue, Change::kFree,
   [](S& s, V v) { return set_size(v, 0, s.crawl.fetch.body_memory); }, [](const C& c) { return toml_string(show_size(c.fetch.body_memory)); }, kNone},
  {"retries", 0, "N", "2", "further attempts after a failure that may pass", kCrawl, Group::kTransfer, Level::kMore, Kind::kValue, Change::kFree,
   [](S& s, V v) { return keep(parse_count(v, 0, 100), s.crawl.retries); }, [](const C& c) { return std::to_string(c.retries); }, kNone},
  {"retry", 0, "N", "", "curl's --retries", kCrawl, Group::kTransfer, Level::kHidden, Kind::kValue, Change::kFree,
   [](S& s, V v) { return keep(parse_count(v, 0, 100), s.crawl.retries); }, kNone, kNone},
  {"tries", 0, "N", "", "wget's: one more than --retries", kCrawl, Group::kTransfer, Level::kHidden, Kind::kValue, Change::kFree,
   [](S& s, V v) { return set_tries(v, s.crawl.retries); }, kNone, kNone},
  // Going on: a chain that it had cut is not taken up again.
  {"max-redirect", 0, "N", "20", "redirects to follow, one after the other", kCrawl, Group::kTransfer, Level::kMore, Kind::kValue, Change::kFixed,
   [](S& s, V v) { return keep(parse_count(v, 0, 1'000), s.crawl.max_redirect); }, [](const C& c) { return std::to_string(c.max_redirect); }, kNone},
  {"max-redirs", 0, "N", "", "curl's --max-redirect", kCrawl, Group::kTransfer, Level::kHidden, Kind::kValue, Change::kFixed,
   [](S& s, V v) { return keep(parse_count(v, 0, 1'000), s.crawl.max_redirect); }, kNone, kNone},
  // Going on: a login that is given no more is refused elsewhere, see resume.h: its value is kept nowhere, so nobody can tell whether it is another.
  {"header", 'H', "'K: V'", "", "header to send (secrets: to seeds' origins only); may be repeated", kTransfers, Group::kTransfer, Level::kScreen, Kind::kList, Change::kFree,
   [](S& s, V v) { return add_header(v, s.crawl.fetch); }, [](const C& c) { return toml_list(c.fetch.headers); },
   [](S& s) { s.crawl.fetch.headers.clear(); s.crawl.fetch.secret_headers.clear(); }},
  {"proxy", 'x', "URL", "none", "proxy for all requests; the environment's is not used", kTransfers, Group::kTransfer, Level::kMore, Kind::kValue, Change::kFree,
   [](S& s, V v) { return set_proxy(v, s.crawl.fetch.proxy); },
   [](const C& c) { return has_credentials(c.fetch.proxy) ? std::string() : toml_text(c.fetch.proxy); }, kNone},
  {"allow-net", 0, "CIDR", "", "private addresses that may be asked (10.0.0.0/8); may be repeated", kTransfers, Group::kTransfer, Level::kScreen, Kind::kList, Change::kFree,
   [](S& s, V v) { return add_parsed(fetch::Cidr::parse(v), s.crawl.allow_net); }, [](const C& c) { return toml_shown(c.allow_net, show_cidr); },
   [](S& s) { s.crawl.allow_net.clear(); }},
  {"allow-private", 0, "", "", "every address may be asked", kTransfers, Group::kTransfer, Level::kMore, Kind::kFlag, Change::kFree,
   [](S& s, V v) { s.crawl.allow_private = is_true(v); return Result<void>(); }, [](const C& c) { return toml_bool(c.allow_private); }, kNone},
  {"connect-to", 0, "H1:P1:H2:P2", "", "connect to H2:P2 where a URL says H1:P1 (empty: any); may be repeated", kTransfers, Group::kTransfer, Level::kMore, Kind::kList, Change::kFree,
   [](S& s, V v) { return add_parsed(fetch::ConnectTo::parse(v), s.crawl.fetch.connect_to); },
   [](const C& c) { return toml_shown(c.fetch.connect_to, show_connect_to); }, [](S& s) { s.crawl.fetch.connect_to.clear(); }},
  {"ca-certificate", 0, "FILE", "the system's", "certificates to trust (PEM)", kTransfers, Group::kTransfer, Level::kMore, Kind::kValue, Change::kFree,
   [](S& s, V v) { return set_ca_certificate(v, s.crawl.fetch.ca_file); }, [](const C& c) { return toml_text(c.fetch.ca_file); }, kNone},
  {"cacert", 0, "FILE", "", "curl's --ca-certificate", kTransfers, Group::kTransfer, Level::kHidden, Kind::kValue, Change::kFree,
   [](S& s, V v) { return set_ca_certificate(v, s.crawl.fetch.ca_file); }, kNone, kNone},
  {"insecure", 0, "", "", "do not verify certificates", kTransfers, Group::kTransfer, Level::kMore, Kind::kFlag, Change::kFree,
   [](S& s, V v) { s.crawl.fetch.is_insecure = is_true(v); return Result<void>(); }, [](const C& c) { return toml_bool(c.fetch.is_insecure); }, kNone},
  {"no-check-certificate", 0, "", "", "wget's --insecure", kTransfers, Group::kTransfer, Level::kHidden, Kind::kFlag, Change::kFree,
   [](S& s, V v) { s.crawl.fetch.is_insecure = is_true(v); return Result<void>(); }, kNone, kNone},

  // What is shown and kept
  {"print", 0, "WORD", "", "a line a page on standard output: url or jsonl", kCrawl, Group::kShown, Level::kScreen, Kind::kValue, Change::kFree,
   [](S& s, V v) { return set_word(v, kPrintModes, s.crawl.print); }, [](const C& c) { return toml_word(c.print, kPrintModes); }, kNone},
  // Going on: lines before and after would differ.
  {"links", 0, "", "", "the page's links in its line", kCrawl | kParse, Group::kShown, Level::kMore, Kind::kFlag, Change::kFixed,
   [](S& s, V v) { s.crawl.wants_links = is_true(v); return Result<void>(); }, [](const C& c) { return toml_bool(c.wants_links); }, kNone},
  {"text", 0, "", "", "the page's visible text in its line", kTransfers | kExtract | kParse, Group::kShown, Level::kScreen, Kind::kFlag, Change::kFixed,
   [](S& s, V v) { s.crawl.wants_text = is_true(v); return Result<void>(); }, [](const C& c) { return toml_bool(c.wants_text); }, kNone},
  {"progress", 0, "WORD", "auto", "auto, bar, plain, json or none, on standard error", kCrawl | kParse, Group::kShown, Level::kMore, Kind::kValue, Change::kFree,
   [](S& s, V v) { return set_word(v, kProgressModes, s.crawl.progress); }, [](const C& c) { return toml_word(c.progress, kProgressModes); }, kNone},
  {"color", 0, "WORD", "auto", "auto, always or never", kCrawl, Group::kShown, Level::kMore, Kind::kValue, Change::kFree,
   [](S& s, V v) { return set_word(v, kColorModes, s.crawl.color); }, [](const C& c) { return toml_word(c.color, kColorModes); }, kNone},
  {"quiet", 'q', "", "", "nothing but errors on standard error", kCrawl | kParse, Group::kShown, Level::kMore, Kind::kFlag, Change::kFree,
   [](S& s, V v) { s.crawl.is_quiet = is_true(v); return Result<void>(); }, [](const C& c) { return toml_bool(c.is_quiet); }, kNone},
  {"verbose", 'v', "", "", "a line for every URL on standard error", kCrawl, Group::kShown, Level::kMore, Kind::kFlag, Change::kFree,
   [](S& s, V v) { s.crawl.is_verbose = is_true(v); return Result<void>(); }, [](const C& c) { return toml_bool(c.is_verbose); }, kNone},

  // extract
  {"base", 0, "URL", "", "the URL the document is from; links are resolved against it", kExtract, Group::kOwn, Level::kScreen, Kind::kValue, Change::kFree,
   [](S& s, V v) { return set_text(v, s.base); }, kNone, kNone},
  {"content-type", 0, "TYPE", "text/html", "what a server would say it is; may name a charset", kExtract, Group::kOwn, Level::kScreen, Kind::kValue, Change::kFree,
   [](S& s, V v) { return set_field_text(v, s.content_type); }, kNone, kNone},
  {"record", 0, "OFFSET:LENGTH", "", "FILE is a WARC segment: parse the record at this place", kExtract, Group::kOwn, Level::kScreen, Kind::kValue, Change::kFree,
   [](S& s, V v) { return set_record(v, s.record); }, kNone, kNone},
  {"max-body", 0, "SIZE", "16M", "a larger FILE is refused; at most 64M", kExtract, Group::kOwn, Level::kScreen, Kind::kValue, Change::kFree,
   [](S& s, V v) { return set_max_body(v, s.crawl.fetch.max_body); }, kNone, kNone},

  // url
  {"base", 0, "URL", "", "what a relative URL is resolved against", kUrl, Group::kOwn, Level::kScreen, Kind::kValue, Change::kFree,
   [](S& s, V v) { return set_text(v, s.base); }, kNone, kNone},

  {"strip-query", 0, "NAMES", "", "leave these parameters out of the canonical URL's query (utm_*,gclid)", kUrl, Group::kOwn, Level::kScreen, Kind::kValue, Change::kFree,
   [](S& s, V v) { return set_names(v, s.crawl.query_rules.strip); }, kNone, kNone},
  {"sort-query", 0, "", "", "sort the parameters of the canonical URL's query by name", kUrl, Group::kOwn, Level::kScreen, Kind::kFlag, Change::kFree,
   [](S& s, V v) { s.crawl.query_rules.sorts = is_true(v); return Result<void>(); }, kNone, kNone},

  // robots
  {"agent", 0, "NAME", "scraper", "whose rules: a product token, or a whole user agent that begins with one", kRobots, Group::kOwn, Level::kScreen, Kind::kValue, Change::kFree,
   [](S& s, V v) { s.agent = v; return Result<void>(); }, kNone, kNone},

  // why, audit
  {"json", 0, "", "", "the answer as JSON, one object on one line", kWhy | kAudit, Group::kOwn, Level::kScreen, Kind::kFlag, Change::kFree,
   [](S& s, V v) { s.wants_json = is_true(v); return Result<void>(); }, kNone, kNone},
  {"no-closure", 0, "", "", "leave bodies alone: a quick look, which says nothing of links and of what lines tell of a page", kAudit, Group::kOwn, Level::kScreen, Kind::kFlag, Change::kFree,
   [](S& s, V v) { s.skips_closure = is_true(v); return Result<void>(); }, kNone, kNone},

  // parse
  {"output", 'o', "FILE|-", "DIR/pages-parsed.jsonl", "where the lines go; - is standard output", kParse, Group::kOwn, Level::kScreen, Kind::kValue, Change::kFree,
   [](S& s, V v) { return set_text(v, s.parse_output); }, kNone, kNone},
  {"fresh", 0, "", "", "replace the file when it is there already", kParse, Group::kOwn, Level::kScreen, Kind::kFlag, Change::kFree,
   [](S& s, V v) { s.crawl.is_fresh = is_true(v); return Result<void>(); }, kNone, kNone},

  // serve
  {"demo", 0, "", "", "the built-in demo site: a thousand pages over eight host names", kServe, Group::kOwn, Level::kScreen, Kind::kFlag, Change::kFree,
   [](S& s, V v) { s.is_demo = is_true(v); return Result<void>(); }, kNone, kNone},
  {"port", 0, "N", "a free one", "port to listen on", kServe, Group::kOwn, Level::kScreen, Kind::kValue, Change::kFree,
   [](S& s, V v) { return keep(parse_count(v, 0, 65'535), s.port); }, kNone, kNone},
  {"bind", 0, "ADDRESS", "127.0.0.1", "address to listen on", kServe, Group::kOwn, Level::kScreen, Kind::kValue, Change::kFree,
   [](S& s, V v) { return set_text(v, s.bind); }, kNone, kNone},

  // bench
  {"output", 'o', "DIR", "./bench-out", "where figures and report.html go", kBench, Group::kOwn, Level::kScreen, Kind::kValue, Change::kFree,
   [](S& s, V v) { return set_text(v, s.bench_output); }, kNone, kNone},
  {"quick", 0, "", "", "coarser, in under two minutes", kBench, Group::kOwn, Level::kScreen, Kind::kFlag, Change::kFree,
   [](S& s, V v) { s.is_quick = is_true(v); return Result<void>(); }, kNone, kNone},

  {"help", 'h', "", "", "this page", kEvery, Group::kHelp, Level::kMore, Kind::kFlag, Change::kFree,
   [](S& s, V v) { s.wants_help = is_true(v); return Result<void>(); }, kNone, kNone},
  {"help-all", 0, "", "", "every option", kEvery, Group::kHelp, Level::kMore, Kind::kFlag, Change::kFree,
   [](S& s, V v) { s.wants_all_help = is_true(v); return Result<void>(); }, kNone, kNone},
};
// clang-format on

}  // namespace

std::span<const Word<Command>> command_words() { return kCommands; }
std::span<const Word<parse::Handoff>> handoff_words() { return kHandoffs; }
std::span<const Word<std::optional<parse::Parser>>> parser_words() { return kParsers; }
std::span<const Word<Scope>> scope_words() { return kScopes; }
std::span<const Word<LinkKind>> followable_words() { return kFollowable; }
std::span<const Option> option_table() { return kTable; }

const Option* option_by_name(string_view name, unsigned commands) {
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
