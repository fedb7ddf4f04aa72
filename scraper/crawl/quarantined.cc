#include "scraper/crawl/quarantined.h"

#include <fmt/format.h>

#include <utility>

#include "scraper/rules/outcome.h"

namespace scraper {

namespace {

constexpr std::size_t kMostNotes = 5;

}  // namespace

void Quarantined::open(std::unique_ptr<storage::Quarantine> quarantine, std::uint64_t count) {
  quarantine_ = std::move(quarantine);
  durable_ = count;
}

bool Quarantined::take(const std::string& url, Place place, const parse::ParseFailure& failure) {
  if (!is_about_document(failure)) {
    stopping_.fail({Errc::kExhausted, failure.reason});
    return false;
  }
  if (auto kept = quarantine_->set_aside({url, place, failure.reason, failure.attempts}); !kept) {
    stopping_.fail_of_machine(kept.error());
    return false;
  }
  if (notes_.size() < kMostNotes)
    notes_.push_back({url, failure.reason, quarantine_->reproduce_command(place)});
  return true;
}

void Quarantined::write_changes(storage::Barrier& checkpoint, const storage::Instant&) {
  for (; durable_ < quarantine_->count(); ++durable_) {
    checkpoint.files.push_back(fmt::format("quarantine/{:05}.json", durable_));
    checkpoint.has_new_files = true;
  }
}

void Quarantined::write_totals(storage::Books& totals) const {
  totals.set_aside = quarantine_->count();
}

}  // namespace scraper
