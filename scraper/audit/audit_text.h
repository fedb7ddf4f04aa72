// What `scraper audit` says, for a person and as JSON. Pure; any thread. All that somebody else
// wrote is shown escaped.
#pragma once

#include <optional>
#include <string>

#include "scraper/audit/audit_bodies.h"
#include "scraper/audit/disk/audit.h"

namespace scraper {

struct AuditAnswer {
  std::string directory;
  storage::Findings findings;
  std::optional<storage::AuditFigures> disk;  // nothing: the ledger could not be read
  std::optional<BodyFigures> bodies;          // nothing: left out, why_no_bodies says why
  std::string why_no_bodies;
  double seconds = 0;
};

std::string audit_text(const AuditAnswer& answer);

// One object on one line.
std::string audit_json(const AuditAnswer& answer);

}  // namespace scraper
