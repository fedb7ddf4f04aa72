#include "scraper/audit/disk/audited_urls.h"

namespace scraper::storage {

void AuditedUrls::add(std::uint64_t print, std::uint32_t depth) {
  prints_.push_back(print);
  lines_.push_back(0);
  depths_.push_back(depth);
  places_.push_back(0);
  states_.push_back(static_cast<std::uint8_t>(UrlState::kPending));
  flags_.push_back(0);
}

std::size_t AuditedUrls::slot_of(std::uint64_t print) const {
  std::size_t at = (print >> 32) * slots_.size() >>
                   32;  // prints are uniform, and there are fewer than 2^32 slots
  while (slots_[at] != kNoUrl && prints_[slots_[at]] != print)
    at = at + 1 == slots_.size() ? 0 : at + 1;
  return at;
}

std::optional<UrlId> AuditedUrls::find(std::uint64_t print) const {
  if (slots_.empty()) return std::nullopt;
  const std::uint32_t id = slots_[slot_of(print)];
  if (id == kNoUrl) return std::nullopt;
  return id;
}

}  // namespace scraper::storage
