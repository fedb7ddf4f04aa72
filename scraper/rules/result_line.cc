#include "scraper/rules/result_line.h"

namespace scraper {

using storage::UrlState;

storage::ResultLine result_line(const LineFacts& facts, const Capture& capture, Place place,
                                const parse::ParseOutcome* parsed, const Outcome& outcome,
                                const CrawlOptions& options) {
  storage::ResultLine line;
  line.url = facts.url;
  line.state = to_string(outcome.state);
  line.capture = &capture;
  line.record = parsed == nullptr ? nullptr : std::get_if<PageRecord>(parsed);
  line.place = place;
  line.depth = facts.depth;
  line.depth_width = facts.depth_width;
  line.referrer = facts.referrer;
  line.seed = facts.seed->url.href();
  line.tag = facts.seed->tag;
  line.error = storage::error_of(outcome.state, outcome.reason);
  if (outcome.state == UrlState::kDuplicate) line.duplicate_of = line.record->location;
  line.attempts = facts.attempts;
  line.wants_links = options.wants_links;
  line.wants_text = options.wants_text;
  return line;
}

}  // namespace scraper
