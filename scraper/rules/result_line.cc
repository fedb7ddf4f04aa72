#include "scraper/rules/result_line.h"

namespace scraper {

using storage::UrlState;

storage::ResultLine result_line(storage::ResultLine line, const Seed& seed, const Capture& capture,
                                Place place, const parse::ParseOutcome* parsed,
                                const Outcome& outcome, const CrawlOptions& options) {
  line.state = to_string(outcome.state);
  line.capture = &capture;
  line.record = parsed == nullptr ? nullptr : std::get_if<PageRecord>(parsed);
  line.place = place;
  line.seed = seed.url.href();
  line.tag = seed.tag;
  line.error = storage::error_of(outcome.state, outcome.reason);
  if (outcome.state == UrlState::kDuplicate && line.record != nullptr)
    line.duplicate_of = line.record->location;
  line.wants_links = options.wants_links;
  line.wants_text = options.wants_text;
  return line;
}

}  // namespace scraper
