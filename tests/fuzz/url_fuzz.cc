// The URL parser. The input's first line is the base, the rest the link. What must hold: a
// serialisation parses to itself, splits into the same parts and has a canonical form that is its
// own, with the rules for queries too; a registrable domain is the end of its host.
#include <optional>
#include <string>

#include "parse/url/registrable_domain.h"
#include "parse/url/url.h"
#include "tests/fuzz/require.h"

namespace {

using namespace scraper;
using namespace scraper::parse;
using fuzz::require;

void check_stable(const Url& url) {
  const auto again = parse_url(url.href());
  require(again && again->href() == url.href() && again->path() == url.path() &&
          again->host() == url.host());
  const auto split = Url::from_serialised(url.href());
  require(split.has_value() == url.is_http());
  if (split)
    require(split->path() == url.path() && split->query() == url.query() &&
            split->host() == url.host());
}

void check_canonical(const Url& url, const QueryRules& rules) {
  const Url canonical = canonical_url(url, rules);
  check_stable(canonical);
  require(canonical.fragment().empty() && canonical.href().size() <= url.href().size());
  require(canonical_url(canonical, rules) == canonical);
}

void check_domain(std::string_view host) {
  const auto domain = registrable_domain(host);
  if (!domain) return;
  require(host.ends_with(*domain));
  require(registrable_domain(*domain) == domain);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view link = fuzz::view(data, size);
  const bool has_base = link.find('\n') != link.npos;
  const auto base = has_base ? parse_url(fuzz::take_line(link)) : std::nullopt;
  const auto url = parse_url(link, base ? &*base : nullptr);
  if (!url) return 0;
  check_stable(*url);
  check_canonical(*url, {});
  check_canonical(*url, {{"utm_*", "b", "", "%C3%A4"}, false});
  check_canonical(*url, {{"c*"}, true});
  check_domain(url->host());
  return 0;
}
