#include "scraper/frontier/frontier.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>
#include <utility>

#include "scraper/frontier/frontier_store.h"

namespace scraper::storage {

Frontier::Frontier(FrontierOptions options) : store_(std::make_unique<Store>(std::move(options))) {}
Frontier::~Frontier() = default;

// ---- discovery

// Why this row's paths keep it out, in an order that does not depend on the order of discovery.
std::string_view Frontier::Store::path_fault(const UrlRow& row) const {
  if (row.is_nofollow) return "nofollow";
  if (row.left < 0) return "depth";
  if (row.hops > options.max_hops) return "redirects";
  return {};
}

UrlId Frontier::Store::insert(const Found& found) {
  if (urls.size() >= SeenTable::kMostRows) {
    throw FrontierFailure(
        {Errc::kExhausted,
         fmt::format("{} URLs are known, which is all that can be numbered: start another crawl "
                     "with a narrower scope",
                     urls.size())});
  }
  UrlRow row;
  row.url = found.url;
  row.referrer = found.referrer;
  row.seed = found.seed;
  row.is_nofollow = found.path.is_nofollow;
  row.depth = found.path.is_nofollow ? kNoDepth : found.path.depth;
  row.left = found.path.is_nofollow ? INT32_MIN : static_cast<std::int32_t>(found.path.left);
  row.hops = found.path.is_nofollow ? UINT16_MAX : found.path.hops;
  row.state = UrlState::kExcluded;
  const auto url = Url::from_serialised(row.url);
  auto rule = options.exclusion && !found.is_seed ? options.exclusion(found.url) : std::nullopt;
  if (!url && !rule) rule = "scheme";
  row.is_ruled_out = rule.has_value();
  if (rule) row.reason = urls.reason_id(*rule);
  if (url) row.origin = hosts.origin_for(*url);
  const OriginId origin = row.origin;
  const UrlId id = urls.add(found.fingerprint, std::move(row));
  if (!rule) {
    reconsider(id);
  } else if (url) {
    hosts.host(hosts.origin(origin).host).ruled_out.push_back(id);
  }
  return id;
}

// An excluded row is offered again, or stays out for the reason it has now.
void Frontier::Store::reconsider(UrlId id) {
  const std::string_view fault = path_fault(urls[id]);
  if (!fault.empty()) {
    urls.set_state(id, UrlState::kExcluded, fault);
    return;
  }
  urls.set_state(id, UrlState::kPending, {});
  enqueue(id);
}

// Most ways to what is known are no better, and that is known without a look at its row.
bool Frontier::Store::may_improve(UrlId id, const Path& path) const {
  if (path.is_nofollow) return false;
  const std::uint32_t bound = urls.depth_bound(id);
  return bound == UrlTable::kAskRow || path.depth < bound || options.has_own_depths;
}

// Where `path` is better in something than what the row has; those with links of their own that are
// better now are added to `changed`.
void Frontier::Store::improve(UrlId id, const Path& path, std::vector<UrlId>& changed) {
  if (!may_improve(id, path)) return;
  UrlRow& row = urls[id];
  const bool is_shorter = path.depth < row.depth;
  const bool is_better = is_shorter || path.left > row.left || path.hops < row.hops;
  if (!is_better) return;
  urls.changed(id, kPathChanged);
  row.is_nofollow = false;
  row.left = std::max(row.left, static_cast<std::int32_t>(path.left));
  row.hops = std::min(row.hops, path.hops);
  if (is_shorter) {
    urls.set_depth(id, path.depth);
    if (row.line.width > 0 && options.on_line_depth) options.on_line_depth(row.line, path.depth);
  }
  if (row.state == UrlState::kExcluded && !row.is_ruled_out) {
    reconsider(id);
  } else if (is_shorter && is_queued(row)) {
    add_to_queue(id, row);
  }
  if (!urls.links(id).empty()) changed.push_back(id);
  urls.lower_bound(id);
}

// The path of what `row` links to.
static Path path_of_child(const UrlRow& row) {
  Path path;
  path.depth = row.depth + (row.is_redirect ? 0 : 1);
  path.left = static_cast<std::int64_t>(row.left) - (row.is_redirect ? 0 : 1);
  path.hops = row.is_redirect ? static_cast<std::uint16_t>(row.hops + 1) : std::uint16_t{0};
  return path;
}

void Frontier::Store::spread(std::vector<UrlId> changed) {
  while (!changed.empty()) {
    const UrlId id = changed.back();
    changed.pop_back();
    const std::vector<UrlId> links =
        urls.links(id);  // a copy: they may lead to rows that lead back
    const Path path = path_of_child(urls[id]);
    for (const UrlId link : links) improve(link, path, changed);
  }
}

void Frontier::offer(const Found& found) {
  const auto known = store_->urls.find(found.fingerprint);
  if (!known) {
    store_->insert(found);
    return;
  }
  std::vector<UrlId> changed;
  store_->improve(*known, found.path, changed);
  store_->spread(std::move(changed));
}

void Frontier::add_links(UrlId page, const std::vector<Child>& links, bool is_redirect) {
  Store& s = *store_;
  s.urls[page].is_redirect = is_redirect;
  Found found;
  found.referrer = page;
  found.seed = s.urls[page].seed;
  // While nothing unfinished has a lesser depth, this page's own depth is final and its links need
  // not be kept. Where a shorter way may come late all the same, they are kept.
  const bool keeps_links =
      s.urls.least_unfinished_depth() < s.urls[page].depth || s.options.may_shorten_late;
  std::vector<UrlId> kept;
  std::vector<UrlId> changed;
  for (const Child& link : links) {
    found.path = path_of_child(s.urls[page]);  // may get better while its own links are added
    found.path.is_nofollow = link.is_nofollow;
    found.fingerprint = link.fingerprint;
    found.url = link.url;
    const auto known = s.urls.find(link.fingerprint);
    UrlId id = 0;
    if (known) {
      id = *known;
      s.improve(id, found.path, changed);
    } else if (!s.options.is_sound || s.options.is_sound(link.fingerprint, link.url)) {
      id = s.insert(found);
    } else {
      continue;
    }
    if (keeps_links && !link.is_nofollow) kept.push_back(id);
  }
  if (keeps_links) s.urls.keep_links(page, std::move(kept));
  s.spread(std::move(changed));
}

void Frontier::readmit(std::string_view rule, std::string_view host_name) {
  Store& s = *store_;
  const auto host_id = s.hosts.find_host(host_name);
  if (!host_id) return;
  IdQueue ruled_out = std::exchange(s.hosts.host(*host_id).ruled_out, {});
  IdQueue still_out;
  for (; !ruled_out.empty(); ruled_out.pop_front()) {
    const UrlId id = ruled_out.front();
    UrlRow& row = s.urls[id];
    if (s.urls.reason(row) != rule) {
      still_out.push_back(id);
    } else if (const auto now = s.options.exclusion(row.url)) {
      s.urls.set_state(id, UrlState::kExcluded, *now);
      still_out.push_back(id);
    } else {
      row.is_ruled_out = false;
      s.reconsider(id);
    }
  }
  s.hosts.host(*host_id).ruled_out = std::move(still_out);
}

void Frontier::readmit_where(std::string_view rule,
                             const std::function<bool(std::string_view host)>& is_wider) {
  for (HostId id = 0; id < store_->hosts.size(); ++id) {
    const HostRow& host = store_->hosts.host(id);
    if (!host.ruled_out.empty() && is_wider(host.name)) readmit(rule, host.name);
  }
}

// ---- what is known

std::string_view Frontier::url(UrlId id) const { return store_->urls[id].url; }
UrlState Frontier::state(UrlId id) const { return store_->urls[id].state; }
std::string_view Frontier::reason(UrlId id) const { return store_->urls.reason(store_->urls[id]); }
std::uint32_t Frontier::detail(UrlId id) const { return store_->urls[id].detail; }
std::uint32_t Frontier::depth(UrlId id) const { return store_->urls[id].depth; }
UrlId Frontier::referrer(UrlId id) const { return store_->urls[id].referrer; }
std::uint32_t Frontier::seed(UrlId id) const { return store_->urls[id].seed; }
unsigned Frontier::attempts(UrlId id) const { return store_->urls[id].attempts; }
std::string_view Frontier::origin_name(OriginId origin) const {
  return store_->hosts.origin(origin).name;
}
HostId Frontier::host_of(OriginId origin) const { return store_->hosts.origin(origin).host; }
std::optional<UrlId> Frontier::find(const Fingerprint& fingerprint) const {
  return store_->urls.find(fingerprint);
}

std::uint64_t Frontier::discovered() const { return store_->urls.size(); }
std::uint64_t Frontier::count(UrlState state) const { return store_->urls.counts()[state]; }
const UrlCounts& Frontier::counts() const { return store_->urls.counts(); }
std::uint64_t Frontier::leased() const { return store_->leased; }
bool Frontier::has_work() const {
  return discovered_but_not_leased() > store_->unreachable || store_->errands > 0;
}
std::uint64_t Frontier::discovered_but_not_leased() const {
  return counts().sum(&UrlStateTraits::is_open) - store_->leased;
}
std::size_t Frontier::hosts_asked() const { return store_->hosts_asked; }
bool Frontier::has_delayed() const { return !store_->delayed.empty(); }
std::size_t Frontier::hosts_waiting() const { return store_->hosts.waiting(); }

std::map<std::pair<UrlState, std::string>, std::uint64_t> Frontier::counts_by_reason() const {
  return store_->urls.counts_by_reason();
}

std::vector<HostReport> Frontier::slowest_hosts(std::size_t most) const {
  std::vector<std::uint64_t> pending(store_->hosts.size());
  for (OriginId id = 0; id < store_->hosts.origins(); ++id) {
    pending[store_->hosts.origin(id).host] += store_->hosts.origin(id).queued;
  }
  std::vector<HostReport> all;
  for (HostId id = 0; id < store_->hosts.size(); ++id) {
    const HostRow& row = store_->hosts.host(id);
    if (row.requests == 0) continue;
    const Duration politeness = row.delay * static_cast<std::int64_t>(row.requests) + row.held;
    all.push_back({row.name, row.requests, pending[id], row.delay, row.held, politeness});
  }
  const auto end = all.begin() + static_cast<std::ptrdiff_t>(std::min(most, all.size()));
  std::partial_sort(all.begin(), end, all.end(), [](const auto& a, const auto& b) {
    return std::tie(a.politeness, a.requests) > std::tie(b.politeness, b.requests);
  });
  all.resize(std::min(most, all.size()));
  return all;
}

}  // namespace scraper::storage
