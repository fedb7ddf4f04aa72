#include "scraper/why/why_facts.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <memory>
#include <utility>

#include "base/crc32c.h"
#include "base/descriptor.h"
#include "base/file.h"
#include "base/http_head.h"
#include "base/printable.h"
#include "parse/page.h"
#include "parse/robots.h"
#include "parse/text/decode.h"
#include "parse/url/url.h"
#include "scraper/config/effective.h"
#include "scraper/config/option_table.h"
#include "scraper/config/seed_list.h"
#include "scraper/config/toml.h"
#include "scraper/rules/robots_book.h"
#include "scraper/rules/scope.h"
#include "storage/ledger.h"
#include "storage/warc.h"

namespace scraper {

namespace {

using std::string_view;
using storage::LeaseKind;
using storage::Ledger;
using storage::OriginId;
using storage::UrlId;
using storage::UrlState;

constexpr std::uint64_t kMostRecord = 128u << 20;  // a body of 64 MiB, and its head
constexpr std::uint64_t kMostLine = 64u << 20;

// ---- files

Result<std::string> read_bytes(const std::string& path, std::uint64_t offset,
                               std::uint64_t length) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (!file) return errno_error("cannot open", printable(path));
  std::string bytes(length, '\0');
  std::size_t have = 0;
  while (have < bytes.size()) {
    const ssize_t got = ::pread(file.get(), bytes.data() + have, bytes.size() - have,
                                static_cast<off_t>(offset + have));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return errno_error("cannot read", printable(path));
    if (got == 0) break;
    have += static_cast<std::size_t>(got);
  }
  bytes.resize(have);
  return bytes;
}

struct Archived {
  std::string record;
  parse::RecordView view;
  HttpHead head;
};

// The answer at this place; nothing when there is none, or not the one that was written.
std::unique_ptr<Archived> read_answer(const std::string& out, const Place& place) {
  if (place.length == 0 || place.length > kMostRecord) return nullptr;
  auto record = read_bytes(fmt::format("{}/warc/{}", out, storage::segment_name(place.segment)),
                           place.offset, place.length);
  if (!record || record->size() != place.length || crc32c(*record) != place.crc32c) return nullptr;
  auto answer = std::make_unique<Archived>();
  answer->record = std::move(*record);
  if (!parse::split_record(answer->record, answer->view)) return nullptr;
  const auto head = parse_http_head(answer->view.head);
  if (!head) return nullptr;
  answer->head = *head;
  return answer;
}

std::string decoded_body(const Archived& answer) {
  parse::Decoder decoder;
  return std::string(decoder.undo(answer.view.body, answer.head.all("content-encoding"), {}).bytes);
}

// Where the line begins that has its depth here.
std::optional<std::uint64_t> begin_of_line(const std::string& out, std::uint64_t depth_at) {
  constexpr std::uint64_t kPiece = 64u << 10;
  for (std::uint64_t end = depth_at; end > 0 && depth_at - end < kMostLine;) {
    const std::uint64_t begin = end - std::min(end, kPiece);
    const auto bytes = read_bytes(out + "/pages.jsonl", begin, end - begin);
    if (!bytes || bytes->size() != end - begin) return std::nullopt;
    if (const auto feed = bytes->rfind('\n'); feed != bytes->npos) return begin + feed + 1;
    if (begin == 0) return 0;
    end = begin;
  }
  return std::nullopt;
}

// ---- the question

struct Question {
  std::vector<std::string> spellings;  // canonical, the likeliest first
};

Result<Question> question_of(string_view text, const parse::QueryRules& rules) {
  Question question;
  const auto seed = text.find('\t') == text.npos ? cli::parse_seed(text, rules)
                                                 : usage_error("a URL holds no tab");
  if (!seed) {
    // A link to another scheme is a URL of the crawl too, if an excluded one.
    const auto url = parse::parse_url(text);
    if (!url || url->is_http()) return usage_error("why: " + seed.error().context);
    question.spellings.push_back(parse::canonical_url(*url, rules).href());
    return question;
  }
  question.spellings.push_back(seed->url.href());
  if (text.find("://") != text.npos) return question;
  const auto plain = parse::parse_url(fmt::format("http://{}", text));
  if (plain) question.spellings.push_back(parse::canonical_url(*plain, rules).href());
  return question;
}

// ---- the ledger

class Finding {
 public:
  Finding(const CrawlOptions& asked, const Ledger& ledger, Why& why)
      : asked_(asked), ledger_(ledger), why_(why) {}

  Result<void> find(const Question& question) {
    if (auto books = read_books(); !books) return books;
    if (auto row = find_row(question); !row) return row;
    if (auto place = find_origin(); !place) return place;
    if (auto captures = find_captures(); !captures) return captures;
    return why_.is_seen ? find_state() : judge();
  }

 private:
  Result<void> read_books();
  Result<void> find_row(const Question& question);
  Result<void> choose_spelling(const Question& question);
  Result<void> find_way(UrlId referrer);
  Result<void> add_sitemap(storage::SitemapId sitemap);
  Result<void> find_origin();
  Result<void> find_captures();
  Result<void> find_state();
  void find_location();
  Result<void> judge();
  Result<std::optional<std::uint32_t>> forbidding_line();
  void find_robots_line(std::uint32_t number);

  const CrawlOptions& asked_;
  const Ledger& ledger_;
  Why& why_;
  UrlId id_ = storage::kNoUrl;
  std::optional<OriginId> origin_;
  std::vector<WhyAttempt> robots_;  // captures of the origin's robots.txt
};

Result<void> Finding::read_books() {
  const auto books = ledger_.books();
  if (!books) return books.error();
  why_.discovered += books->counts.total();
  why_.unfinished = books->counts.sum(&storage::UrlStateTraits::is_open);
  why_.barrier = books->barrier;
  why_.written = books->written;
  why_.end = books->end;
  return {};
}

Result<void> Finding::find_row(const Question& question) {
  std::vector<UrlId> ids(question.spellings.size(), storage::kNoUrl);
  auto looked = ledger_.each_url([&](UrlId id, const storage::UrlEntry& entry) {
    for (std::size_t n = 0; n < ids.size(); ++n) {
      const std::string& spelling = question.spellings[n];
      if (entry.url.size() == spelling.size() && entry.url == spelling) ids[n] = id;
    }
  });
  if (!looked) return looked;
  const auto found =
      std::find_if(ids.begin(), ids.end(), [](UrlId id) { return id != storage::kNoUrl; });
  why_.is_seen = found != ids.end();
  if (!why_.is_seen) return choose_spelling(question);
  why_.url = question.spellings[static_cast<std::size_t>(found - ids.begin())];
  id_ = *found;
  UrlId referrer = storage::kNoUrl;
  auto read = ledger_.url_entry(id_, [&](const storage::UrlEntry& entry) {
    referrer = entry.referrer;
    if (!entry.is_nofollow) why_.depth = entry.depth;
    if (entry.seed < asked_.seeds.size()) why_.seed = &asked_.seeds[entry.seed];
  });
  if (!read) return read.error();
  why_.most_depth = why_.seed != nullptr ? why_.seed->depth.value_or(asked_.depth) : asked_.depth;
  why_.is_seed = referrer == storage::kNoUrl;
  return find_way(referrer);
}

// Of a URL never seen: the first spelling whose site is known, else the first.
Result<void> Finding::choose_spelling(const Question& question) {
  std::size_t best = question.spellings.size();
  auto looked = ledger_.each_origin([&](OriginId, const storage::OriginEntry& entry) {
    for (std::size_t n = 0; n < best; ++n) {
      const auto url = Url::from_serialised(question.spellings[n]);
      if (url && url->origin() == entry.name) best = n;
    }
  });
  why_.url = question.spellings[best < question.spellings.size() ? best : 0];
  return looked;
}

// A page is found before what it leads to, so numbers fall on the way, and the way ends.
Result<void> Finding::find_way(UrlId referrer) {
  UrlId before = id_;
  while (referrer != storage::kNoUrl) {
    if (storage::is_sitemap(referrer)) return add_sitemap(referrer - storage::kFirstSitemap);
    UrlId next = storage::kNoUrl;
    WhyStep step;
    const auto found = ledger_.url_entry(referrer, [&](const storage::UrlEntry& entry) {
      step.url = entry.url;
      next = entry.referrer;
    });
    if (!found) return found.error();
    if (!*found || referrer >= before)
      return Error{Errc::kInvalid,
                   "the ledger is damaged: a URL was found on one that is not there"};
    const auto state = ledger_.state_entry(referrer, [&](const storage::StateEntry& entry) {
      step.is_redirect = entry.state == UrlState::kDuplicate;
    });
    if (!state) return state.error();
    why_.way.push_back(std::move(step));
    before = std::exchange(referrer, next);
  }
  return {};
}

Result<void> Finding::add_sitemap(storage::SitemapId sitemap) {
  return ledger_.each_sitemap([&](storage::SitemapId id, const storage::SitemapEntryRow& entry) {
    if (id == sitemap) why_.way.push_back({std::string(entry.url), false, true});
  });
}

Result<void> Finding::find_origin() {
  const auto url = Url::from_serialised(why_.url);
  if (!url) return {};
  const std::string name = url->origin();
  storage::HostId host = 0;
  auto looked = ledger_.each_origin([&](OriginId id, const storage::OriginEntry& entry) {
    if (entry.name != name) return;
    origin_ = id;
    host = entry.host;
    why_.origin.is_known = true;
    why_.origin.has_robots = entry.is_known;
    why_.origin.cause = entry.is_unreachable ? entry.cause : string_view();
    why_.origin.robots_again = entry.until;
  });
  if (!looked) return looked;
  return ledger_.each_host([&](storage::HostId id, const storage::HostEntry& entry) {
    if (origin_ ? id != host : entry.name != url->host()) return;
    why_.origin.pages = entry.pages;
    why_.origin.next_start = entry.next_start;
  });
}

Result<void> Finding::find_captures() {
  auto looked = ledger_.each_capture([&](std::uint32_t segment, std::uint64_t offset,
                                         const storage::CaptureEntry& entry) {
    const bool is_page = why_.is_seen && entry.kind == LeaseKind::kPage && entry.number == id_;
    const bool is_robots = origin_ && entry.kind == LeaseKind::kRobots && entry.number == *origin_;
    if (!is_page && !is_robots) return;
    WhyAttempt attempt{entry.attempt, entry.started, entry.status, std::string(entry.error),
                       Place{segment, offset, entry.length, entry.crc32c}};
    (is_page ? why_.captures : robots_).push_back(std::move(attempt));
  });
  const auto is_earlier = [](const WhyAttempt& a, const WhyAttempt& b) {
    return a.started < b.started;
  };
  std::stable_sort(why_.captures.begin(), why_.captures.end(), is_earlier);
  std::stable_sort(robots_.begin(), robots_.end(), is_earlier);
  return looked;
}

Result<void> Finding::find_state() {
  std::uint32_t detail = 0;
  Place place;
  storage::Results::DepthPlace line;
  const auto found = ledger_.state_entry(id_, [&](const storage::StateEntry& entry) {
    why_.state = entry.state;
    why_.reason = entry.reason;
    why_.attempts = entry.attempts;
    detail = entry.detail;
    place = entry.place;
    line = entry.line;
  });
  if (!found) return found.error();
  if (place.length == 0 && !why_.captures.empty()) place = why_.captures.back().place;
  if (place.length > 0) why_.capture = place;
  if (line.width > 0) why_.line_at = begin_of_line(asked_.output, line.offset);
  if (why_.state == UrlState::kDisallowed && detail > 0) find_robots_line(detail);
  if (why_.state == UrlState::kDuplicate && why_.capture) find_location();
  return {};
}

void Finding::find_location() {
  const auto answer = read_answer(asked_.output, *why_.capture);
  const auto base = Url::from_serialised(why_.url);
  if (!answer || !base) return;
  const auto location = answer->head.field("location");
  const auto target = location ? parse::parse_url(*location, &*base) : std::nullopt;
  if (target) why_.location = target->href();
}

// The line as it stands in the last file that forbids this URL by it; a later one may have been
// another.
void Finding::find_robots_line(std::uint32_t number) {
  WhyLine line{number, {}, {}, {}};
  const auto url = Url::from_serialised(why_.url);
  for (auto attempt = robots_.rbegin(); url && attempt != robots_.rend(); ++attempt) {
    if (attempt->status < 200 || attempt->status >= 300) continue;
    const auto answer = read_answer(asked_.output, attempt->place);
    if (!answer) continue;
    const std::string body = decoded_body(*answer);
    std::string storage;
    const RobotsRules rules = parse::parse_robots(body, asked_.fetch.user_agent, storage);
    const auto verdict = parse::robots_verdict(rules, url->path_and_query());
    if (verdict.is_allowed || verdict.rule == nullptr || verdict.rule->line != number) continue;
    line = {number, std::string(parse::robots_line(body, number)), attempt->place,
            attempt->started};
    break;
  }
  why_.robots = std::move(line);
}

// By the rules that robots.txt has in the books, which are those that the crawl goes by.
Result<std::optional<std::uint32_t>> Finding::forbidding_line() {
  RobotsBook book;
  std::optional<Error> bad;
  const auto looked = ledger_.each_robots([&](OriginId origin, const storage::RobotsEntry& entry) {
    if (origin != *origin_) return;
    auto restored = book.restore(origin, {entry.record, entry.has_copy, entry.missed});
    if (!restored) bad = restored.error();
  });
  if (!looked) return looked.error();
  if (bad) return *bad;
  return book.disallowing_line(*origin_, why_.url);
}

// What would become of a URL that nobody has met, in the order in which a crawl asks.
Result<void> Finding::judge() {
  auto scope = ScopeRules::make(asked_);
  if (!scope) return scope.error();
  const auto admitted =
      ledger_.each_admitted([&](std::uint32_t, const storage::AdmittedEntry& entry) {
        const auto url = Url::from_serialised(std::string(entry.url));
        if (url) scope->admit(*url, static_cast<Scope>(entry.scope));
      });
  if (!admitted) return admitted;
  const auto settle = [this](UrlState state, string_view reason) {
    why_.state = state;
    why_.reason = reason;
    return Result<void>();
  };
  if (why_.url.size() > asked_.max_url) return settle(UrlState::kExcluded, "max-url");
  if (const auto rule = scope->exclusion(why_.url)) return settle(UrlState::kExcluded, *rule);
  if (why_.origin.pages >= asked_.limit_per_host)
    return settle(UrlState::kOverBudget, "limit per host");
  if (!asked_.obeys_robots || !origin_) return {};
  if (!why_.origin.cause.empty()) return settle(UrlState::kDisallowed, why_.origin.cause);
  const auto line = forbidding_line();
  if (!line) return line.error();
  if (!*line) return {};
  find_robots_line(**line);
  return settle(UrlState::kDisallowed, "robots.txt");
}

}  // namespace

Result<Why> find_out_why(std::string_view url, const CrawlOptions& asked) {
  const auto question = question_of(url, asked.query_rules);
  if (!question) return question.error();
  const auto ledger = Ledger::open(asked.output + "/ledger", Ledger::Access::kReadOnly);
  if (!ledger) return ledger.error();
  Why why;
  if (!(*ledger)->is_begun()) {
    return Error{Errc::kFile,
                 fmt::format("{} holds a crawl that has not begun: nothing is in its ledger yet",
                             printable(asked.output))};
  }
  if (auto found = Finding(asked, **ledger, why).find(*question); !found) return found.error();
  return why;
}

}  // namespace scraper
