// The audit of a crawl's disk and nothing else: what gets linked here is what it needs. audit-alone
// OUT prints what is wrong.
#include <cstdio>

#include "scraper/audit/disk/audit.h"

using namespace scraper::storage;

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  AuditQuestion question;
  question.directory = argv[1];
  const auto ledger = Ledger::open(question.directory + "/ledger", Ledger::Access::kAudit);
  if (!ledger) return 3;
  Findings findings;
  audit_disk(question, **ledger, findings);
  for (const Finding& finding : findings.listed())
    std::printf("%s: %s\n", finding.where.c_str(), finding.what.c_str());
  return findings.total() == 0 ? 0 : 9;
}
