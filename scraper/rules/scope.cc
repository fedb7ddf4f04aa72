#include "scraper/rules/scope.h"

#include <re2/re2.h>

#include <algorithm>

#include "parse/url/registrable_domain.h"

namespace scraper {

namespace {

// Everything up to and with the last '/' of the path.
std::string directory_of(const Url& url) {
  const std::string_view path = url.path();
  return std::string(path.substr(0, path.rfind('/') + 1));
}

Result<std::vector<std::unique_ptr<re2::RE2>>> compile(const std::vector<std::string>& expressions,
                                                       std::string_view option) {
  std::vector<std::unique_ptr<re2::RE2>> compiled;
  for (const std::string& expression : expressions) {
    auto re = std::make_unique<re2::RE2>(expression, re2::RE2::Quiet);
    if (!re->ok())
      return usage_error(std::string(option) + ": \"" + expression +
                         "\" is no regular expression: " + re->error());
    compiled.push_back(std::move(re));
  }
  return compiled;
}

bool matches(const re2::RE2& re, std::string_view text) {
  return re2::RE2::PartialMatch(re2::StringPiece(text.data(), text.size()), re);
}

}  // namespace

std::string domain_of(std::string_view host) {
  return parse::registrable_domain(host).value_or(std::string(host));
}

ScopeRules::ScopeRules() = default;
ScopeRules::ScopeRules(ScopeRules&&) noexcept = default;
ScopeRules& ScopeRules::operator=(ScopeRules&&) noexcept = default;
ScopeRules::~ScopeRules() = default;

Result<ScopeRules> ScopeRules::make(const CrawlOptions& options) {
  ScopeRules rules;
  auto include = compile(options.include, "--include");
  if (!include) return include.error();
  auto exclude = compile(options.exclude, "--exclude");
  if (!exclude) return exclude.error();
  rules.include_ = std::move(*include);
  rules.exclude_ = std::move(*exclude);
  for (const Seed& seed : options.seeds) rules.admit(seed.url, seed.scope.value_or(options.scope));
  return rules;
}

bool ScopeRules::admit(const Url& seed, Scope scope) {
  switch (scope) {
    case Scope::kPage: return pages_.insert(std::string(seed.without_fragment())).second;
    case Scope::kHost: return hosts_.emplace(seed.host()).second;
    case Scope::kDomain: return domains_.insert(domain_of(seed.host())).second;
    case Scope::kAny: return !std::exchange(admits_any_, true);
    case Scope::kDir: break;
  }
  auto& prefixes = directories_[std::string(seed.host())];
  auto directory = directory_of(seed);
  if (std::find(prefixes.begin(), prefixes.end(), directory) != prefixes.end()) return false;
  prefixes.push_back(std::move(directory));
  return true;
}

bool ScopeRules::is_in_scope(const Url& url) const {
  if (admits_any_) return true;
  const std::string host(url.host());
  if (hosts_.contains(host)) return true;
  if (!domains_.empty() && domains_.contains(domain_of(host))) return true;
  if (const auto it = directories_.find(host); it != directories_.end()) {
    const auto is_below = [&](const std::string& prefix) { return url.path().starts_with(prefix); };
    if (std::any_of(it->second.begin(), it->second.end(), is_below)) return true;
  }
  return !pages_.empty() && pages_.contains(std::string(url.without_fragment()));
}

std::optional<std::string> ScopeRules::exclusion(std::string_view canonical) const {
  const auto url = Url::from_serialised(std::string(canonical));
  if (!url || url->effective_port() == 0) return "scheme";
  if (!is_in_scope(*url)) return "scope";
  for (const auto& re : exclude_) {
    if (matches(*re, canonical)) return "exclude " + re->pattern();
  }
  const auto is_included = [&](const auto& re) { return matches(*re, canonical); };
  if (!include_.empty() && std::none_of(include_.begin(), include_.end(), is_included))
    return "include";
  return std::nullopt;
}

}  // namespace scraper
