#include "scraper/why/why_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "base/json_writer.h"
#include "base/printable.h"
#include "base/shell_word.h"
#include "scraper/config/option_table.h"
#include "storage/warc.h"

namespace scraper {

namespace {

using std::string_view;
using storage::UrlState;

constexpr string_view kNewCrawl = "in a crawl of its own (another -o DIR, or --fresh)";
constexpr string_view kNoRobotsLine = "robots.txt: ";
constexpr std::size_t kMostSteps = 20;  // shown of a long way

std::string show_depth(std::uint32_t depth) {
  return depth >= kDepthInf ? "inf" : std::to_string(depth);
}

std::string resumed(const CrawlOptions& asked, string_view options = "") {
  return fmt::format("scraper crawl --resume {}{}", shell_quoted(asked.output), options);
}

// "seeds.txt:3", of OUT.
string_view seed_line(const Seed& seed) {
  const string_view where = seed.where;
  return where.substr(where.rfind('/') + 1);
}

std::string segment_path(const CrawlOptions& asked, const Place& place) {
  return fmt::format("{}/warc/{}", asked.output, storage::segment_name(place.segment));
}

std::string segment_file(const Place& place) {
  return "warc/" + storage::segment_name(place.segment);
}

std::string extract_command(const CrawlOptions& asked, const Place& place) {
  return fmt::format("scraper extract {} --record {}:{}", shell_quoted(segment_path(asked, place)),
                     place.offset, place.length);
}

std::string line_command(const CrawlOptions& asked, std::uint64_t at) {
  return fmt::format("tail -c +{} {} | head -n 1", at + 1,
                     shell_quoted(asked.output + "/pages.jsonl"));
}

bool has_answer(const Why& why, const Place& place) {
  return std::any_of(why.captures.begin(), why.captures.end(), [&](const WhyAttempt& attempt) {
    return attempt.place.segment == place.segment && attempt.place.offset == place.offset &&
           attempt.status != 0;
  });
}

// ---- in words

// The ledger says "robots.txt: CAUSE".
string_view cause_of(string_view reason) {
  return reason.substr(reason.starts_with(kNoRobotsLine) ? kNoRobotsLine.size() : 0);
}

WhyWords explain_robots(const Why& why) {
  const std::string change = fmt::format("--no-robots {}, where the site is yours", kNewCrawl);
  if (!why.reason.starts_with(kNoRobotsLine)) {
    return {
        {fmt::format("line {} of its robots.txt forbids it", why.robots ? why.robots->number : 0)},
        change};
  }
  return {
      {fmt::format("its robots.txt could not be had ({}), and until it can it forbids everything",
                   cause_of(why.reason))},
      change};
}

WhyWords explain_scope(const CrawlOptions& asked) {
  const bool is_own = std::any_of(asked.seeds.begin(), asked.seeds.end(),
                                  [](const Seed& seed) { return seed.scope.has_value(); });
  return {{fmt::format("it belongs to no seed: --scope is {}{}",
                       cli::word_of(asked.scope, cli::scope_words()),
                       is_own ? ", and some seeds have scopes of their own" : "")},
          fmt::format("a wider --scope, or a seed for it, {}", kNewCrawl)};
}

// Where some seeds have depths of their own another --depth is refused by --resume.
WhyWords explain_depth(const Why& why, const CrawlOptions& asked) {
  const std::string depth = why.depth ? std::to_string(*why.depth) : "too many";
  const std::string most = show_depth(why.most_depth);
  if (why.seed != nullptr && why.seed->depth) {
    return {{fmt::format("it is {} links from its seed, which has depth={} in the seed list", depth,
                         most)},
            fmt::format("depth={} there, {}", depth, kNewCrawl)};
  }
  const bool may_grow = std::none_of(asked.seeds.begin(), asked.seeds.end(),
                                     [](const Seed& seed) { return seed.depth.has_value(); });
  return {{fmt::format("it is {} links from its seed, and --depth is {}", depth, most)},
          may_grow ? resumed(asked, fmt::format(" --depth {}", depth))
                   : fmt::format("--depth {} {}", depth, kNewCrawl)};
}

// By the rule's name as the ledger has it.
WhyWords explain_excluded(const Why& why, const CrawlOptions& asked) {
  constexpr string_view kExclude = "exclude ";
  const string_view rule = why.reason;
  if (rule == "scope") return explain_scope(asked);
  if (rule == "depth") return explain_depth(why, asked);
  if (rule == "scheme")
    return {{"only http and https URLs are crawled, at ports other than 0"}, ""};
  if (rule == "include") {
    std::string all;
    for (const std::string& expression : asked.include)
      all += (all.empty() ? "" : ", ") + expression;
    return {{fmt::format("no --include matches it: {}", all)},
            fmt::format("another --include that does, {}", kNewCrawl)};
  }
  if (rule.starts_with(kExclude))
    return {{fmt::format("--exclude {} matches it", rule.substr(kExclude.size()))},
            fmt::format("without it, {}", kNewCrawl)};
  if (rule == "redirects") {
    return {{fmt::format("more redirects in a row lead to it than --max-redirect {} follows",
                         asked.max_redirect)},
            fmt::format("a larger --max-redirect {}", kNewCrawl)};
  }
  if (rule == "nofollow") {
    return {
        {"only pages or links that ask not to be followed lead to it"},
        fmt::format("{} {}",
                    asked.obeys_rel_nofollow ? "--ignore-meta-nofollow, or no --obey-rel-nofollow,"
                                             : "--ignore-meta-nofollow",
                    kNewCrawl)};
  }
  if (rule == "noindex")
    return {{"its page asks not to be indexed, and --obey-noindex was given"},
            fmt::format("without it, {}", kNewCrawl)};
  if (rule == "max-url") {
    return {{fmt::format("it has {} bytes, and links longer than --max-url {} are left out",
                         why.url.size(), asked.max_url)},
            fmt::format("a larger --max-url {}", kNewCrawl)};
  }
  return {{fmt::format("a rule: {}", rule)}, ""};
}

WhyWords explain_budget(const Why& why, const CrawlOptions& asked) {
  if (why.reason == "limit per host") {
    const bool is_limited = asked.limit_per_host != kNoLimit;
    return {{fmt::format("{} pages of its host were asked for, and --limit-per-host was {}",
                         why.origin.pages,
                         is_limited ? std::to_string(asked.limit_per_host) : "smaller then")},
            resumed(asked, " --limit-per-host N")};
  }
  const bool is_limited = why.seed != nullptr && why.seed->limit != kNoLimit;
  return {{fmt::format("its seed has its pages: the seed list gives it limit={}",
                       is_limited ? std::to_string(why.seed->limit) : std::string("N"))},
          fmt::format("a larger limit=N in the seed list, {}", kNewCrawl)};
}

// The limit that ended the run before its turn came.
std::string why_ended(const Why& why, const CrawlOptions& asked) {
  if (why.end == "limit" && asked.limit != kNoLimit)
    return fmt::format("the run ended first, when --limit {} pages were stored", asked.limit);
  if (why.end == "max-time") return "the run ended first, by --max-time";
  if (why.end == "quota") return "the run ended first, by --quota";
  return fmt::format("the run ended first: {}", why.end);
}

WhyWords explain_pending(const Why& why, const CrawlOptions& asked) {
  WhyWords words;
  words.because.push_back(
      why.attempts == 0
          ? "it has not been asked for yet"
          : fmt::format("attempt {} failed, and it is to be asked for again", why.attempts));
  if (!why.end.empty()) words.because.push_back(why_ended(why, asked));
  if (asked.obeys_robots && !why.origin.cause.empty()) {
    words.because.push_back(fmt::format(
        "its robots.txt could not be had ({}) and comes first; it is asked for again from {}",
        cause_of(why.origin.cause), to_rfc3339(why.origin.robots_again)));
  } else if (asked.obeys_robots && !why.origin.has_robots) {
    words.because.push_back("its robots.txt comes first");
  }
  if (why.origin.next_start > why.written)
    words.because.push_back(
        fmt::format("its host is left alone until {}", to_rfc3339(why.origin.next_start)));
  if (!why.end.empty()) words.change = resumed(asked);
  return words;
}

std::string explain_failed(const Why& why) {
  constexpr string_view kStatus = "http ";
  constexpr string_view kQuarantined = "quarantined: ";
  const string_view reason = why.reason;
  if (reason.starts_with(kStatus))
    return fmt::format("the server's last answer was {}", reason.substr(kStatus.size()));
  if (reason.starts_with(kQuarantined))
    return fmt::format("no parse worker got through its page ({}); quarantine/ has it",
                       reason.substr(kQuarantined.size()));
  return fmt::format("the last attempt ended with: {}", reason);
}

WhyWords explain_seen(const Why& why, const CrawlOptions& asked) {
  switch (why.state) {
    case UrlState::kPending: return explain_pending(why, asked);
    case UrlState::kCaptured:
      return {{"its answer is in the archive, and will be parsed without asking again"},
              resumed(asked)};
    case UrlState::kStored: return {{"it was fetched, parsed and stored"}, ""};
    case UrlState::kFailed: return {{explain_failed(why)}, ""};
    case UrlState::kDuplicate:
      return {
          {why.location.empty() ? "it redirects" : fmt::format("it redirects to {}", why.location)},
          ""};
    case UrlState::kExcluded: return explain_excluded(why, asked);
    case UrlState::kDisallowed: return explain_robots(why);
    case UrlState::kOverBudget: return explain_budget(why, asked);
  }
  return {};
}

WhyWords explain_unseen(const Why& why, const CrawlOptions& asked) {
  WhyWords words;
  if (why.state == UrlState::kPending) {
    words.because.push_back(
        fmt::format("nothing that was read {}led to it, and no rule keeps it out",
                    why.unfinished > 0 ? "so far " : ""));
    if (asked.obeys_robots && !why.origin.has_robots)
      words.because.push_back("its robots.txt is not known and would be asked for first");
    words.because.push_back(
        fmt::format("it would have to be found within --depth {}", show_depth(asked.depth)));
    words.change = fmt::format("a seed for it, {}", kNewCrawl);
    return words;
  }
  words = explain_seen(why, asked);
  words.because.insert(words.because.begin(),
                       why.reason == "max-url"
                           ? "a link to it would be left out"
                           : "nothing led to it; found, it would not be asked for");
  return words;
}

string_view would_be(UrlState state) {
  return state == UrlState::kPending ? "fetched" : storage::to_string(state);
}

// ---- for a person

class Page {
 public:
  // Names stand once before what they name.
  void add(string_view name, string_view words) {
    out_ += fmt::format("  {:11}{}\n", name == last_ ? "" : name, printable(words));
    last_ = name;
  }
  std::string& out() { return out_; }

 private:
  std::string out_;
  string_view last_;
};

void add_way(Page& page, const Why& why) {
  if (!why.is_seen) return;
  const std::string seed = why.seed == nullptr
                               ? std::string("?")
                               : fmt::format("{} ({})", why.seed->url.href(), seed_line(*why.seed));
  if (why.is_seed)
    return page.add("depth", fmt::format("0 of {}, the seed {}", show_depth(why.most_depth), seed));
  const std::string depth = why.depth
                                ? fmt::format("{} of {}", *why.depth, show_depth(why.most_depth))
                                : std::string("no way counts");
  page.add("depth", fmt::format("{}, from the seed {}", depth, seed));
  for (std::size_t n = 0; n < why.way.size(); ++n) {
    const WhyStep& step = why.way[n];
    const bool is_last = n + 1 == why.way.size();
    if (n == kMostSteps && !is_last) {
      page.add("found on",
               fmt::format("... {} pages more (--json has all)", why.way.size() - n - 1));
      n = why.way.size() - 2;
      continue;
    }
    page.add("found on", fmt::format("{}{}{}", step.url,
                                     step.is_sitemap    ? "  (sitemap)"
                                     : step.is_redirect ? "  (redirect)"
                                                        : "",
                                     is_last && !step.is_sitemap ? "  (seed)" : ""));
  }
}

void add_captures(Page& page, const Why& why, const CrawlOptions& asked) {
  for (const WhyAttempt& attempt : why.captures) {
    const std::string answer =
        attempt.status != 0 ? std::to_string(attempt.status) : std::string("no answer");
    page.add("attempts",
             fmt::format("{}  {}  {}{}{}  {} at {}, {} bytes", attempt.attempt,
                         to_rfc3339(attempt.started), answer, attempt.error.empty() ? "" : ", ",
                         attempt.error, segment_file(attempt.place), attempt.place.offset,
                         attempt.place.length));
  }
  if (why.capture && has_answer(why, *why.capture))
    page.add("capture", extract_command(asked, *why.capture));
  if (why.line_at)
    page.add("line", fmt::format("pages.jsonl at byte {}: {}", *why.line_at,
                                 line_command(asked, *why.line_at)));
}

void add_robots(Page& page, const Why& why) {
  if (!why.robots) return;
  const WhyLine& line = *why.robots;
  if (line.place.length == 0)
    return page.add("robots.txt",
                    fmt::format("line {}; its text is not in the archive", line.number));
  page.add("robots.txt", fmt::format("line {}: {}", line.number, line.text));
  page.add("robots.txt",
           fmt::format("as of {}, {} at {}, {} bytes", to_rfc3339(line.fetched),
                       segment_file(line.place), line.place.offset, line.place.length));
}

std::string standing(const Why& why) {
  std::string end = fmt::format("the last run ended: {}", why.end);
  if (why.end.empty())
    end = why.unfinished == 0 ? "no URL was left to ask for" : "the run goes on, or was killed";
  return fmt::format("{}, barrier {}; {}", to_rfc3339(why.written), why.barrier, end);
}

// ---- as JSON

void write_place(JsonWriter& json, const Place& place) {
  json.field("segment", storage::segment_name(place.segment))
      .field("offset", place.offset)
      .field("length", place.length);
}

void write_text(JsonWriter& json, string_view name, string_view text) {
  json.key(name);
  if (text.empty()) {
    json.null();
  } else {
    json.value(text);
  }
}

void write_way(JsonWriter& json, const Why& why) {
  json.key("depth");
  if (why.is_seen && why.depth) {
    json.value(*why.depth);
  } else {
    json.null();
  }
  json.key("seed");
  if (why.seed == nullptr) {
    json.null();
  } else {
    json.begin_object()
        .field("url", why.seed->url.href())
        .field("where", seed_line(*why.seed))
        .end_object();
  }
  json.key("referrers").begin_array();
  for (const WhyStep& step : why.way) {
    json.begin_object()
        .field("url", step.url)
        .field("kind", step.is_sitemap    ? "sitemap"
                       : step.is_redirect ? "redirect"
                                          : "page");
    json.end_object();
  }
  json.end_array();
}

void write_captures(JsonWriter& json, const Why& why, const CrawlOptions& asked) {
  json.key("attempts").begin_array();
  for (const WhyAttempt& attempt : why.captures) {
    json.begin_object()
        .field("attempt", attempt.attempt)
        .field("time", to_rfc3339(attempt.started))
        .key("status");
    if (attempt.status != 0) {
      json.value(attempt.status);
    } else {
      json.null();
    }
    write_text(json, "error", attempt.error);
    write_place(json, attempt.place);
    json.end_object();
  }
  json.end_array().key("capture");
  if (why.capture) {
    json.begin_object();
    write_place(json, *why.capture);
    write_text(
        json, "command",
        has_answer(why, *why.capture) ? extract_command(asked, *why.capture) : std::string());
    json.end_object();
  } else {
    json.null();
  }
  json.key("line_offset");
  if (why.line_at) {
    json.value(*why.line_at);
  } else {
    json.null();
  }
}

void write_robots(JsonWriter& json, const Why& why) {
  json.key("robots");
  if (!why.robots) {
    json.null();
    return;
  }
  json.begin_object().field("line", why.robots->number);
  if (why.robots->place.length > 0) {
    json.field("text", why.robots->text).field("time", to_rfc3339(why.robots->fetched));
    write_place(json, why.robots->place);
  }
  json.end_object();
}

}  // namespace

WhyWords explain(const Why& why, const CrawlOptions& asked) {
  return why.is_seen ? explain_seen(why, asked) : explain_unseen(why, asked);
}

std::string why_text(const Why& why, const CrawlOptions& asked) {
  Page page;
  page.out() = printable(why.url) +
               (why.is_seen ? fmt::format("  {}\n", storage::to_string(why.state))
                            : fmt::format("  never seen; would be {}\n", would_be(why.state)));
  const WhyWords words = explain(why, asked);
  for (const std::string& because : words.because) page.add("because", because);
  add_robots(page, why);
  if (!words.change.empty()) page.add("to change", words.change);
  add_way(page, why);
  add_captures(page, why, asked);
  page.add("as of", standing(why));
  return std::move(page.out());
}

std::string why_json(const Why& why, const CrawlOptions& asked) {
  const WhyWords words = explain(why, asked);
  std::string out;
  JsonWriter json(out);
  json.begin_object().field("url", why.url).field("seen", why.is_seen);
  write_text(json, "state", why.is_seen ? storage::to_string(why.state) : string_view());
  write_text(json, "would_be", why.is_seen ? string_view() : would_be(why.state));
  write_text(json, "reason", why.reason);
  json.key("because").begin_array();
  for (const std::string& because : words.because) json.value(because);
  json.end_array();
  write_text(json, "change", words.change);
  write_robots(json, why);
  write_way(json, why);
  write_text(json, "location", why.location);
  write_captures(json, why, asked);
  json.key("as_of")
      .begin_object()
      .field("time", to_rfc3339(why.written))
      .field("barrier", why.barrier);
  write_text(json, "ended", why.end);
  json.field("discovered", why.discovered)
      .field("unfinished", why.unfinished)
      .end_object()
      .end_object();
  return out + "\n";
}

}  // namespace scraper
