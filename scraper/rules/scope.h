// Scope: which URLs the crawl is about, as a pure question about a URL. --scope and the seeds' own
// scopes, --include, --exclude. Grows when a seed redirects: the place it ends at counts as that
// seed. Owner's thread only.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "base/error.h"
#include "base/url.h"
#include "scraper/rules/options.h"

namespace re2 {
class RE2;
}

namespace scraper {

// What --scope domain goes by: the registrable domain, or the host itself when it is an address or
// a public suffix.
std::string domain_of(std::string_view host);

class ScopeRules {
 public:
  // Fails with the expression that RE2 does not take.
  static Result<ScopeRules> make(const CrawlOptions& options);
  ScopeRules(ScopeRules&&) noexcept;
  ScopeRules& operator=(ScopeRules&&) noexcept;
  ~ScopeRules();

  // True when something new is admitted by it.
  bool admit(const Url& seed, Scope scope);

  // The rule that keeps this URL out ("scheme", "scope", "include", "exclude EXPRESSION"), or
  // nothing.
  std::optional<std::string> exclusion(std::string_view canonical) const;

 private:
  ScopeRules();
  bool is_in_scope(const Url& url) const;

  bool admits_any_ = false;
  std::unordered_set<std::string> pages_;
  std::unordered_set<std::string> hosts_;
  std::unordered_set<std::string> domains_;
  std::unordered_map<std::string, std::vector<std::string>> directories_;  // host to path prefixes
  std::vector<std::unique_ptr<re2::RE2>> include_;
  std::vector<std::unique_ptr<re2::RE2>> exclude_;
};

}  // namespace scraper
