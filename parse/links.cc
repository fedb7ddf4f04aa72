#include "parse/links.h"

#include <algorithm>

#include "base/utf8.h"
#include "parse/url/url.h"

namespace scraper::parse {

namespace {

constexpr std::size_t kFirstSlots = 1'024;  // a power of two, as all sizes
constexpr std::size_t kMostKept = 64u << 10;

// `href` with its query in the document's encoding.
std::string with_encoded_query(std::string_view href, const Encoding& encoding) {
  const auto hash = std::min(href.find('#'), href.size());
  const auto question = href.substr(0, hash).find('?');
  if (question == href.npos) return std::string(href);
  std::string out(href.substr(0, question));
  append_encoded_query(out, href.substr(question, hash - question), encoding);
  return out.append(href.substr(hash));
}

}  // namespace

std::optional<Url> resolve(std::string_view href, const Url& base, const Encoding& encoding,
                           std::string storage) {
  auto url = parse_url(href, &base, std::move(storage));
  const bool is_plain = encoding.method == Encoding::Method::kUtf8 || is_ascii(href);
  if (is_plain || !url || !url->is_http() || url->query().empty()) return url;
  return parse_url(with_encoded_query(href, encoding), &base);
}

void LinkSet::clear(LinkKindSet kinds) {
  kinds_ = kinds | set_of(LinkKind::kRedirect);
  links_.clear();
  if (slots_.size() > 16 * kFirstSlots) slots_.resize(kFirstSlots);
  std::fill(slots_.begin(), slots_.end(), 0);
  if (storage_.capacity() > kMostKept) storage_ = {};
  is_cut_ = false;
  too_long_ = 0;
}

std::optional<std::uint32_t> LinkSet::add(const WrittenLink& written, const Url& base,
                                          const Encoding& encoding) {
  if (!holds(kinds_, written.kind)) return std::nullopt;
  auto url = resolve(written.href, base, encoding, std::move(storage_));
  if (!url) return std::nullopt;
  const auto at = add_resolved(*url, written);
  storage_ = std::move(*url).take_href();
  return at;
}

std::optional<std::uint32_t> LinkSet::add_resolved(const Url& url, const WrittenLink& written) {
  if (options_.links_as_resolved) return add_as_resolved(url, written);
  if (is_canonical(url, options_.query_rules))
    return add_canonical(url.without_fragment(), written);
  return add_canonical(canonical_url(url, options_.query_rules).href(), written);
}

std::optional<std::uint32_t> LinkSet::add_as_resolved(const Url& url, const WrittenLink& written) {
  if (is_too_long(url.without_fragment()) || !url.is_http()) return std::nullopt;
  if (!has_room()) return std::nullopt;
  links_.push_back({arena_.copy(url.without_fragment()),
                    fingerprint(canonical_url(url, options_.query_rules).href(), options_.key),
                    written.kind, written.is_nofollow});
  return static_cast<std::uint32_t>(links_.size() - 1);
}

std::optional<std::uint32_t> LinkSet::add_canonical(std::string_view url,
                                                    const WrittenLink& written) {
  if (is_too_long(url)) return std::nullopt;
  const Fingerprint print = fingerprint(url, options_.key);
  if (links_.size() * 2 >= slots_.size()) grow_slots();
  std::size_t& slot = *slot_of(print);
  if (slot == 0) {
    if (!has_room()) return std::nullopt;
    links_.push_back({arena_.copy(url), print, written.kind, written.is_nofollow});
    slot = links_.size();
  } else {
    meet_again(links_[slot - 1], written);
  }
  return static_cast<std::uint32_t>(slot - 1);
}

// A kind that is followed counts before one that is not, and only what is followed has a say in
// whether it may be.
void LinkSet::meet_again(Link& link, const WrittenLink& written) const {
  if (!holds(options_.follow, written.kind)) return;
  if (holds(options_.follow, link.kind)) {
    link.is_nofollow &= written.is_nofollow;
  } else if (link.kind != LinkKind::kRedirect) {
    link.kind = written.kind;
    link.is_nofollow = written.is_nofollow;
  }
}

bool LinkSet::has_room() {
  is_cut_ = links_.size() >= options_.max_links;
  return !is_cut_;
}

bool LinkSet::is_too_long(std::string_view url) {
  if (url.size() <= options_.max_url) return false;
  ++too_long_;
  return true;
}

std::size_t* LinkSet::slot_of(const Fingerprint& print) {
  std::size_t at = print.low & (slots_.size() - 1);
  while (slots_[at] != 0 && links_[slots_[at] - 1].fingerprint != print)
    at = (at + 1) & (slots_.size() - 1);
  return &slots_[at];
}

void LinkSet::grow_slots() {
  slots_.assign(std::max(kFirstSlots, slots_.size() * 2), 0);
  for (std::size_t i = 0; i < links_.size(); ++i) *slot_of(links_[i].fingerprint) = i + 1;
}

}  // namespace scraper::parse
