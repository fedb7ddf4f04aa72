#include "scraper/audit/audit_rules.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>

#include "scraper/rules/scope.h"

namespace scraper {

namespace {

using storage::FindingKind;
using storage::StateEntry;
using storage::UrlEntry;
using storage::UrlState;

bool is_by_rule(std::string_view reason) {
  return reason == "scheme" || reason == "scope" || reason == "include" ||
         reason.starts_with("exclude ");
}

std::string fault_of(const CrawlOptions& asked, const ScopeRules& scope, const UrlEntry& entry,
                     const StateEntry& state) {
  const bool is_seed = entry.referrer == storage::kNoUrl;
  const bool is_excluded = state.state == UrlState::kExcluded;
  const auto rule = is_seed ? std::nullopt : scope.exclusion(entry.url);
  const std::string_view said =
      is_excluded && is_by_rule(state.reason) ? state.reason : std::string_view();
  if (said != std::string_view(rule ? *rule : std::string())) {
    if (said.empty())
      return fmt::format("it is {}, and the rule \"{}\" keeps it out",
                         storage::to_string(state.state), *rule);
    return fmt::format("it is excluded by \"{}\", and {} keeps it out", said,
                       rule ? "\"" + *rule + "\"" : "no rule");
  }
  if (entry.is_nofollow) return {};
  const bool is_too_deep = static_cast<std::int64_t>(asked.depth) < entry.spent;
  if (is_too_deep && storage::traits(state.state).has_line)
    return fmt::format("it is {}, and deeper than --depth", storage::to_string(state.state));
  if (!is_too_deep && is_excluded && state.reason == "depth")
    return "it is excluded by \"depth\", and not too deep";
  return {};
}

}  // namespace

Result<void> audit_rules(const CrawlOptions& asked, const storage::Ledger& ledger,
                         storage::Findings& findings) {
  auto scope = ScopeRules::make(asked);
  if (!scope) return scope.error();
  auto read = ledger.each_admitted([&](std::uint32_t, const storage::AdmittedEntry& entry) {
    if (const auto url = Url::from_serialised(std::string(entry.url)))
      scope->admit(*url, static_cast<Scope>(entry.scope));
  });
  if (!read) return read;
  std::uint64_t seeds = 0;
  const StateEntry pending;
  read = ledger.each_row([&](storage::UrlId id, const UrlEntry& entry, const StateEntry* state) {
    if (entry.referrer == storage::kNoUrl) ++seeds;
    const std::string fault = fault_of(asked, *scope, entry, state == nullptr ? pending : *state);
    if (!fault.empty())
      findings.add(FindingKind::kLedger, fmt::format("URL {} ({})", id, entry.url), fault);
  });
  if (read && seeds > 0 && seeds != asked.seeds.size()) {
    findings.add(FindingKind::kOptions, "seeds.txt",
                 fmt::format("it has {} seeds, the ledger {}", asked.seeds.size(), seeds));
  }
  return read;
}

}  // namespace scraper
