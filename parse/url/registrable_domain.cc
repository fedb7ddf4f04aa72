#include "parse/url/registrable_domain.h"

#include <libpsl.h>

#include "parse/url/host.h"

namespace scraper::parse {

std::optional<std::string> registrable_domain(std::string_view host) {
  if (host.empty() || host.front() == '.' || host.front() == '[' || ends_in_number(host))
    return std::nullopt;
  const std::string_view dot = host.back() == '.' ? "." : "";
  const std::string name(host.substr(0, host.size() - dot.size()));
  const char* domain = psl_registrable_domain(psl_builtin(), name.c_str());
  if (domain == nullptr || std::string_view(domain).find("..") != std::string_view::npos)
    return std::nullopt;
  return std::string(domain).append(dot);
}

}  // namespace scraper::parse
