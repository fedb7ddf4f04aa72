#include "scraper/config/secrets.h"

#include <fmt/format.h>

#include <algorithm>

#include "scraper/config/option_table.h"

namespace scraper::cli {

namespace {

using std::string_view;

constexpr string_view kHeaderStart = "# header \"";
constexpr string_view kHeaderEnd = ": ***\" was sent too; what it said is kept nowhere";
constexpr string_view kProxyStart = "# proxy \"";
constexpr string_view kProxyEnd = "\" was used; its credentials are kept nowhere";

// What stands between the two, where the line is made of them; else empty.
string_view between(string_view line, string_view start, string_view end) {
  if (line.size() < start.size() + end.size() || !line.starts_with(start) || !line.ends_with(end))
    return {};
  return line.substr(start.size(), line.size() - start.size() - end.size());
}

}  // namespace

std::string secrets_comment(const CrawlOptions& options) {
  std::string out;
  for (const std::string& header : options.fetch.secret_headers) {
    out += fmt::format("{}{}{}\n", kHeaderStart, header.substr(0, header.find(':')), kHeaderEnd);
  }
  if (has_credentials(options.fetch.proxy)) {
    out += fmt::format("{}{}{}\n", kProxyStart, masked_proxy(options.fetch.proxy), kProxyEnd);
  }
  return out;
}

LeftOut left_out_of(string_view toml) {
  LeftOut left;
  while (!toml.empty()) {
    string_view line = toml.substr(0, toml.find('\n'));
    toml.remove_prefix(std::min(line.size() + 1, toml.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (const auto name = between(line, kHeaderStart, kHeaderEnd); !name.empty())
      left.headers.emplace_back(name);
    if (const auto proxy = between(line, kProxyStart, kProxyEnd); !proxy.empty())
      left.proxy = proxy;
  }
  return left;
}

}  // namespace scraper::cli
