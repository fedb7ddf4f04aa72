// The rows of the ledger, by themselves and against each other.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/url.h"
#include "scraper/audit/disk/audit_state.h"

namespace scraper::storage {

namespace {

constexpr std::uint64_t kTellEvery = 1u << 16;  // rows

// Rows of a kind that are numbered from 0: whether this is the next.
bool is_next(AuditState& state, std::string_view what, std::uint64_t number,
             std::uint64_t expected) {
  if (number == expected) return true;
  state.findings.add(FindingKind::kLedger, fmt::format("{} {}", what, number),
                     fmt::format("its row follows upon {}: what is between is missing",
                                 static_cast<std::int64_t>(expected) - 1));
  return false;
}

// ---- books

bool read_files(AuditState& state) {
  auto files = state.ledger.files();
  if (!files) {
    state.findings.add(FindingKind::kLedger, "ledger/", files.error().context);
    return false;
  }
  state.files = std::move(*files);
  return true;
}

bool read_admitted(AuditState& state) {
  std::uint64_t next = 0;
  const auto read = state.ledger.each_admitted([&](std::uint32_t number,
                                                   const AdmittedEntry& entry) {
    is_next(state, "what was admitted to the scope", number, next);
    next = std::uint64_t{number} + 1;
    if (!Url::from_serialised(std::string(entry.url))) {
      state.findings.add(FindingKind::kLedger,
                         fmt::format("what was admitted to the scope {}", number), "it is no URL");
    }
  });
  return state.is_read(read, "what was admitted to the scope");
}

bool read_origins(AuditState& state) {
  std::set<OriginId> known;  // whose robots.txt was read
  std::uint64_t hosts = 0;
  auto read = state.ledger.each_host([&](HostId id, const HostEntry& entry) {
    is_next(state, "host", id, hosts);
    hosts = std::uint64_t{id} + 1;
    if (entry.name.empty())
      state.findings.add(FindingKind::kLedger, fmt::format("host {}", id), "it has no name");
  });
  if (!state.is_read(read, "hosts")) return false;
  read = state.ledger.each_origin([&](OriginId id, const OriginEntry& entry) {
    is_next(state, "origin", id, state.origins.size());
    while (state.origins.size() < id && state.origins.size() < hosts) state.origins.push_back(0);
    state.origins.push_back(state.print(std::string(entry.name) + "/robots.txt"));
    if (entry.is_known) known.insert(id);
    if (entry.host >= hosts) {
      state.findings.add(FindingKind::kLedger, fmt::format("origin {} ({})", id, entry.name),
                         fmt::format("it is of host {}, which has no row", entry.host));
    }
  });
  if (!state.is_read(read, "origins")) return false;
  read = state.ledger.each_robots([&](OriginId id, const RobotsEntry&) {
    known.erase(id);
    if (id < state.origins.size()) return;
    state.findings.add(FindingKind::kLedger, fmt::format("robots.txt of origin {}", id),
                       "the origin has no row");
  });
  for (const OriginId id : known) {
    state.findings.add(FindingKind::kLedger, fmt::format("robots.txt of origin {}", id),
                       "the origin's is known, and it has no row");
  }
  return state.is_read(read, "robots.txt") && read_admitted(state);
}

bool read_sitemaps(AuditState& state) {
  std::uint64_t done = 0;
  const auto read = state.ledger.each_sitemap([&](SitemapId id, const SitemapEntryRow& entry) {
    is_next(state, "sitemap", id, state.sitemaps.size());
    state.sitemaps.push_back(state.print(entry.url));
    state.sitemap_urls.emplace(entry.url, AuditState::Listed{entry.is_done, 0});
    done += entry.is_done ? 1 : 0;
  });
  if (!state.is_read(read, "sitemaps")) return false;
  const std::uint64_t failed = state.figures.books.sitemap_counts[0];
  if (failed > done) {
    state.findings.add(FindingKind::kSitemap, "the books",
                       fmt::format("{} sitemaps failed, and {} are done with", failed, done));
  }
  return true;
}

// What waits for a worker is a capture of it.
bool read_unparsed(AuditState& state) {
  const auto errands = state.ledger.unparsed();
  if (!errands) return state.is_read(errands.error(), "what was captured and not parsed");
  for (const UnparsedErrand& errand : *errands) {
    bool is_capture = false;
    const Place& place = errand.place;
    const auto found = state.ledger.captures_from(
        place.segment, place.offset, 1,
        [&](std::uint32_t segment, std::uint64_t offset, const CaptureEntry& entry) {
          is_capture = Place{segment, offset, entry.length, entry.crc32c} == place &&
                       entry.kind == errand.kind && entry.number == errand.number;
        });
    if (!found) return state.is_read(found.error(), "captures");
    if (is_capture) continue;
    state.findings.add(FindingKind::kLedger, fmt::format("{}, captured and not parsed", errand.url),
                       "its place is none of a capture of it");
  }
  return true;
}

// ---- URLs

class UrlRows {
 public:
  explicit UrlRows(AuditState& state) : state_(state) {}

  void take(UrlId id, const UrlEntry& entry) {
    AuditedUrls& urls = state_.urls;
    if (urls.size() == 0 ? id != 0 : id != urls.size()) {
      if (is_gapless_) is_next(state_, "URL", id, urls.size());
      is_gapless_ = false;
    }
    if (!is_gapless_) return;
    urls.add(state_.print(entry.url), entry.is_nofollow ? kNoDepth : entry.depth);
    if (const auto fault = fault_of(id, entry); !fault.empty()) {
      state_.findings.add(FindingKind::kLedger, fmt::format("{} ({})", row_of(id), entry.url),
                          fault);
    }
    if (entry.referrer == kNoUrl) urls.set(id, AuditedUrls::kIsReached);
    if (entry.referrer < id) urls.set(entry.referrer, AuditedUrls::kIsReferrer);
  }

  bool is_gapless() const { return is_gapless_; }

 private:
  std::string fault_of(UrlId id, const UrlEntry& entry) const {
    const bool has_sitemap = is_sitemap(entry.referrer);
    if (entry.url.empty()) return "it is empty";
    if (has_sitemap && entry.referrer - kFirstSitemap >= state_.sitemaps.size()) {
      return fmt::format("it was found in sitemap {}, which has no row",
                         entry.referrer - kFirstSitemap);
    }
    // What leads to a page was found before it, so that every chain of referrers ends.
    if (!has_sitemap && entry.referrer != kNoUrl && entry.referrer >= id) {
      return fmt::format("it was found on {}, which was found later or never",
                         row_of(entry.referrer));
    }
    if (!entry.is_nofollow && entry.depth >= kNoDepth) return "its depth is none";
    return seed_fault(entry);
  }

  std::string seed_fault(const UrlEntry& entry) const {
    const auto& seeds = state_.question.seeds;
    if (seeds && entry.seed >= seeds->size())
      return fmt::format("its seed is number {} of {}", entry.seed, seeds->size());
    if (entry.referrer != kNoUrl) return {};
    if (entry.is_nofollow || entry.depth != 0)
      return "nothing led to it, and it is at no depth of a seed";
    if (seeds && (*seeds)[entry.seed].url != entry.url) {
      return fmt::format("nothing led to it, and it is not the seed {}", (*seeds)[entry.seed].url);
    }
    return {};
  }

  AuditState& state_;
  bool is_gapless_ = true;
};

// ---- states

class StateRows {
 public:
  explicit StateRows(AuditState& state) : state_(state) {}

  void take(UrlId id, const StateEntry& entry) {
    if (id >= state_.urls.size()) {
      state_.findings.add(FindingKind::kLedger, row_of(id), "it has a state and no row of its own");
      return;
    }
    AuditedUrls& urls = state_.urls;
    urls.set_state(id, entry.state);
    urls.set(id, AuditedUrls::kHasState);
    if (entry.line.width > 0) urls.set(id, AuditedUrls::kHasLine);
    if (entry.reason.starts_with("quarantined: ")) urls.set(id, AuditedUrls::kSetAside);
    if (const std::string fault = fault_of(id, entry); !fault.empty()) {
      state_.findings.add(FindingKind::kLedger, state_.url_of(id), fault);
    }
    urls.line_sum(id) ^=
        sum_of(StateFacts{to_string(entry.state), error_of(entry.state, entry.reason), entry.line},
               state_.figures.books.key);
  }

 private:
  std::string fault_of(UrlId id, const StateEntry& entry) const {
    const UrlStateTraits& state = traits(entry.state);
    if (state.has_line != (entry.line.width > 0)) {
      return fmt::format("it is {} and has {} line", state.name, state.has_line ? "no" : "a");
    }
    if (state.needs_capture && entry.place.length == 0)
      return fmt::format("it is {} and has no capture", state.name);
    if (entry.place.length > 0 && sum_of(entry.place) != state_.urls.place_sum(id)) {
      return fmt::format("its state names {}, which is not its last capture's place",
                         at_place(entry.place.segment, entry.place.offset));
    }
    if (entry.reason.empty() ? state.needs_reason : !state.may_have_reason) {
      return fmt::format("it is {} and has {} reason", state.name, state.needs_reason ? "no" : "a");
    }
    return {};
  }

  AuditState& state_;
};

// A URL on which others were found was read to its end.
void check_referrers(AuditState& state) {
  for (UrlId id = 0; id < state.urls.size(); ++id) {
    const UrlStateTraits& what = traits(state.urls.state(id));
    if (state.urls.is(id, AuditedUrls::kIsReferrer) && !what.may_lead) {
      state.findings.add(FindingKind::kLedger, state.url_of(id),
                         fmt::format("others were found on it, and it is {}", what.name));
    }
    const bool was_asked =
        state.urls.place_sum(id) != 0 && !state.urls.is(id, AuditedUrls::kMayLack);
    if (was_asked && !state.urls.is(id, AuditedUrls::kHasState)) {
      state.findings.add(FindingKind::kLedger, state.url_of(id), "it has a capture and no state");
    }
  }
}

void check_sum(AuditState& state) {
  const Books& books = state.figures.books;
  for (const UrlStateTraits& one : kUrlStates) {
    const std::uint64_t rows = state.figures.states[one.value];
    if (books.counts[one.value] == rows) continue;
    state.findings.add(
        FindingKind::kBooks, "the books",
        fmt::format("they say {} {}, and {} rows are", books.counts[one.value], one.name, rows));
  }
  const std::uint64_t left = state.figures.states.sum(&UrlStateTraits::is_open);
  if (books.end == "complete" && left > 0) {
    state.findings.add(
        FindingKind::kBooks, "the books",
        fmt::format("the crawl ended complete, and {} URLs are not done with", left));
  }
}

}  // namespace

bool audit_books(AuditState& state) {
  auto books = state.ledger.books();
  if (!books) {
    state.findings.add(FindingKind::kLedger, "ledger/", books.error().context);
    return false;
  }
  state.figures.books = std::move(*books);
  return read_files(state) && read_origins(state) && read_sitemaps(state) && read_unparsed(state);
}

bool audit_urls(AuditState& state) {
  const std::uint64_t said = state.figures.books.counts.total();
  UrlRows rows(state);
  auto read = state.ledger.each_url([&](UrlId id, const UrlEntry& entry) {
    if (id % kTellEvery == 0) state.question.tell("URLs", id, said);
    rows.take(id, entry);
  });
  state.figures.discovered = state.urls.size();
  if (!state.is_read(read, "rows of URLs") || !rows.is_gapless()) return false;
  state.urls.index([&](UrlId first, UrlId second) {
    state.findings.add(FindingKind::kLedger, state.url_of(second),
                       fmt::format("it is the same as {}", row_of(first)));
  });
  read = state.ledger.each_links([&](UrlId id, const LinksEntry& entry) {
    const auto is_known = [&](UrlId link) { return link < state.urls.size(); };
    if (is_known(id) && std::all_of(entry.links.begin(), entry.links.end(), is_known)) return;
    state.findings.add(FindingKind::kLedger, row_of(id), "it leads to a URL that has no row");
  });
  return state.is_read(read, "links");
}

bool audit_states(AuditState& state) {
  // What rows of URLs say of a line comes upon what their captures said.
  auto read = state.ledger.each_url([&](UrlId id, const UrlEntry& entry) {
    WayFacts way;
    way.depth = entry.depth;
    const SitemapId sitemap = entry.referrer - kFirstSitemap;
    if (is_sitemap(entry.referrer)) {
      way.referrer = sitemap < state.sitemaps.size() ? state.sitemaps[sitemap] : 0;
    } else if (entry.referrer < state.urls.size()) {
      way.referrer = state.urls.print(entry.referrer);
    }
    const auto& seeds = state.question.seeds;
    if (seeds && entry.seed < seeds->size()) {
      way.seed = (*seeds)[entry.seed].url;
      way.tag = (*seeds)[entry.seed].tag;
    }
    state.urls.line_sum(id) ^= sum_of(way, state.figures.books.key);
  });
  if (!state.is_read(read, "rows of URLs")) return false;
  StateRows rows(state);
  read = state.ledger.each_state([&](UrlId id, const StateEntry& entry) { rows.take(id, entry); });
  if (!state.is_read(read, "rows of states")) return false;
  for (UrlId id = 0; id < state.urls.size(); ++id) ++state.figures.states[state.urls.state(id)];
  check_referrers(state);
  check_sum(state);
  return true;
}

}  // namespace scraper::storage
