#include "storage/url_state.h"

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

}  // namespace scraper::storage
