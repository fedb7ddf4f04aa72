// The documents of a crawl that no parse worker got through: kept in OUT/quarantine/, the first few
// noted for the report. A source of changes: their files, and how many there are.
//
// Owner's thread only.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/place.h"
#include "parse/outcome.h"
#include "scraper/crawl/stopping.h"
#include "storage/change_source.h"
#include "storage/quarantine.h"

namespace scraper {

class Quarantined final : public storage::ChangeSource {
 public:
  explicit Quarantined(Stopping& stopping) : stopping_(stopping) {}

  // `count`: documents of earlier runs, which are durable.
  void open(std::unique_ptr<storage::Quarantine> quarantine, std::uint64_t count);

  // False, and the crawl ends, when the document is not to blame or cannot be kept.
  bool take(const std::string& url, Place place, const parse::ParseFailure& failure);

  struct Note {
    std::string url;
    std::string reason;
    std::string reproduce;  // the command line
  };
  const std::vector<Note>& notes() const { return notes_; }
  std::uint64_t count() const { return quarantine_->count(); }

  std::size_t changes() const override { return quarantine_->count() - durable_; }
  void write_changes(storage::Barrier& checkpoint, const storage::Instant& at) override;
  void write_totals(storage::Books& totals) const override;

 private:
  Stopping& stopping_;
  std::unique_ptr<storage::Quarantine> quarantine_;
  std::uint64_t durable_ = 0;  // documents whose files are, or are about to be
  std::vector<Note> notes_;
};

}  // namespace scraper
