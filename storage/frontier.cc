#include "storage/frontier.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "storage/frontier_store.h"

namespace scraper::storage {

std::string_view to_string(UrlState state) {
  switch (state) {
    case UrlState::kPending: return "pending";
    case UrlState::kCaptured: return "captured";
    case UrlState::kStored: return "stored";
    case UrlState::kFailed: return "failed";
    case UrlState::kDuplicate: return "duplicate";
    case UrlState::kExcluded: return "excluded";
    case UrlState::kDisallowed: return "disallowed";
    case UrlState::kOverBudget: return "over budget";
  }
  return "unknown";
}

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
  UrlRow row;
  row.referrer = found.referrer;
  row.seed = found.seed;
  row.is_nofollow = found.path.is_nofollow;
  row.depth = found.path.is_nofollow ? kNoDepth : found.path.depth;
  row.left = found.path.is_nofollow ? INT32_MIN : static_cast<std::int32_t>(found.path.left);
  row.hops = found.path.is_nofollow ? UINT16_MAX : found.path.hops;
  row.state = UrlState::kExcluded;
  const auto rule = options.exclusion && !found.is_seed ? options.exclusion(found.url) : std::nullopt;
  row.is_ruled_out = rule.has_value();
  const auto url = Url::from_serialised(std::string(found.url));
  if (url) row.origin = hosts.origin_for(*url);
  const UrlId id = urls.add(found.fingerprint, found.url, row);
  if (rule) {
    urls.set_state(id, UrlState::kExcluded, *rule);
    if (url) hosts.host(hosts.origin(row.origin).host).ruled_out.push_back(id);
  } else if (!url) {
    urls[id].is_ruled_out = true;
    urls.set_state(id, UrlState::kExcluded, "scheme");
  } else {
    reconsider(id);
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

void Frontier::Store::improve(UrlId id, const Path& path, std::vector<UrlId>& changed) {
  if (path.is_nofollow) return;
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
  } else if (row.state == UrlState::kPending && !row.is_leased && is_shorter) {
    enqueue(id);
  }
  if (row.link_count > 0) changed.push_back(id);
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
    const Path path = path_of_child(urls[id]);
    for (std::uint32_t n = 0; n < urls[id].link_count; ++n) improve(urls.link(id, n), path, changed);
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
  // While nothing unfinished has a lesser depth, this page's own depth is final and its links need not be kept. Where a
  // shorter way may come late all the same, they are kept.
  const bool keeps_links = s.urls.least_unfinished_depth() < s.urls[page].depth || s.options.may_shorten_late;
  std::vector<UrlId> kept;
  std::vector<UrlId> changed;
  for (const Child& link : links) {
    const Path path = path_of_child(s.urls[page]);  // may get better while its own links are added
    found.path = path;
    found.path.is_nofollow = link.is_nofollow;
    auto id = s.urls.find(link.fingerprint);
    if (id) {
      s.improve(*id, found.path, changed);
    } else if (!s.options.is_sound || s.options.is_sound(link.fingerprint, link.url)) {
      found.fingerprint = link.fingerprint;
      found.url = link.url;
      id = s.insert(found);
    } else {
      continue;
    }
    if (keeps_links && !link.is_nofollow) kept.push_back(*id);
  }
  if (keeps_links) s.urls.keep_links(page, kept);
  s.spread(std::move(changed));
}

void Frontier::readmit(std::string_view rule, std::string_view host_name) {
  Store& s = *store_;
  const auto host_id = s.hosts.find_host(host_name);
  if (!host_id) return;
  auto ruled_out = std::exchange(s.hosts.host(*host_id).ruled_out, {});
  std::vector<UrlId> still_out;
  for (const UrlId id : ruled_out) {
    if (s.urls.reason(id) != rule) {
      still_out.push_back(id);
    } else if (const auto now = s.options.exclusion(s.urls.url(id))) {
      s.urls.set_state(id, UrlState::kExcluded, *now);
      still_out.push_back(id);
    } else {
      s.urls[id].is_ruled_out = false;
      s.reconsider(id);
    }
  }
  s.hosts.host(*host_id).ruled_out = std::move(still_out);
}

void Frontier::readmit_all(std::string_view rule) {
  for (HostId id = 0; id < store_->hosts.size(); ++id) readmit(rule, store_->hosts.host(id).name);
}
// ---- what is known

std::string_view Frontier::url(UrlId id) const { return store_->urls.url(id); }
UrlState Frontier::state(UrlId id) const { return store_->urls[id].state; }
std::string_view Frontier::reason(UrlId id) const { return store_->urls.reason(id); }
std::uint32_t Frontier::detail(UrlId id) const { return store_->urls[id].detail; }
std::uint32_t Frontier::depth(UrlId id) const { return store_->urls[id].depth; }
UrlId Frontier::referrer(UrlId id) const { return store_->urls[id].referrer; }
std::uint32_t Frontier::seed(UrlId id) const { return store_->urls[id].seed; }
unsigned Frontier::attempts(UrlId id) const { return store_->urls[id].attempts; }
std::string_view Frontier::origin_name(OriginId origin) const { return store_->hosts.origin(origin).name; }
HostId Frontier::host_of(OriginId origin) const { return store_->hosts.origin(origin).host; }
std::optional<UrlId> Frontier::find(const Fingerprint& fingerprint) const { return store_->urls.find(fingerprint); }

std::uint64_t Frontier::discovered() const { return store_->urls.size(); }
std::uint64_t Frontier::count(UrlState state) const { return store_->urls.count(state); }
std::uint64_t Frontier::leased() const { return store_->leased; }
bool Frontier::has_work() const { return discovered_but_not_leased() > store_->unreachable || store_->errands > 0; }
std::uint64_t Frontier::discovered_but_not_leased() const {
  return count(UrlState::kPending) + count(UrlState::kCaptured) - store_->leased;
}
std::size_t Frontier::hosts_asked() const { return store_->hosts_asked; }
bool Frontier::has_delayed() const { return !store_->delayed.empty(); }
std::size_t Frontier::hosts_waiting() const { return store_->hosts.waiting(); }

std::map<std::pair<UrlState, std::string>, std::uint64_t> Frontier::counts_by_reason() const {
  return store_->urls.counts_by_reason();
}

std::vector<HostReport> Frontier::slowest_hosts(std::size_t most) const {
  std::vector<HostReport> all;
  for (HostId id = 0; id < store_->hosts.size(); ++id) {
    const HostRow& row = store_->hosts.host(id);
    if (row.requests == 0) continue;
    std::uint64_t pending = 0;
    for (const auto& [depth, bucket] : row.pending) pending += bucket.size();
    all.push_back(
        {row.name, row.requests, pending, row.delay, row.held, row.delay * static_cast<std::int64_t>(row.requests) + row.held});
  }
  const auto end = all.begin() + static_cast<std::ptrdiff_t>(std::min(most, all.size()));
  std::partial_sort(all.begin(), end, all.end(), [](const auto& a, const auto& b) {
    return std::tie(a.politeness, a.requests) > std::tie(b.politeness, b.requests);
  });
  all.resize(std::min(most, all.size()));
  return all;
}

}  // namespace scraper::storage
