#include "scraper/config/seed_guard.h"

#include <fmt/format.h>

#include <array>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <optional>
#include <string_view>
#include <unordered_map>

#include "base/printable.h"
#include "base/rethrow.h"
#include "fetch/resolver.h"

namespace scraper::cli {
namespace {

namespace asio = boost::asio;
using asio::ip::address;

constexpr std::size_t kMostNames = 100;
constexpr std::chrono::seconds kMostWait{3};

// The block a person would open, rather than one address of it.
std::string block_of(const address& address) {
  constexpr std::array<std::string_view, 8> kBlocks = {
      "127.0.0.0/8",    "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16",
      "169.254.0.0/16", "::1/128",    "fc00::/7",      "fe80::/10"};
  for (const std::string_view text : kBlocks) {
    const auto block = fetch::Cidr::parse(text);
    if (block && block->contains(address)) return std::string(text);
  }
  return fmt::format("{}/{}", address.to_string(), address.is_v4() ? 32 : 128);
}

// What a person named, and as what.
struct Named {
  std::string_view what;
  const Url* url = nullptr;
};

using NamedAt = std::unordered_map<std::string, Named>;  // the first at each name

struct Lookups {
  const CrawlOptions& options;
  asio::io_context& context;
  fetch::Resolver& resolver;
  std::optional<Error> error;
};

asio::awaitable<void> look_up(std::string name, Named named, Lookups* lookups) {
  const fetch::Resolution resolution = co_await lookups->resolver.resolve(std::move(name));
  const auto checked =
      check_addresses(named.url->href(), resolution.addresses, *lookups->options.fetch.guard);
  if (checked) co_return;
  lookups->error = usage_error(fmt::format("{} {}", named.what, checked.error().context));
  lookups->context.stop();
}

Result<void> check_names(const CrawlOptions& options, const NamedAt& names) {
  asio::io_context context(1);
  fetch::Resolver resolver(context.get_executor(), {});
  Lookups lookups{options, context, resolver, std::nullopt};
  for (const auto& [name, named] : names) {
    asio::co_spawn(context, look_up(name, named, &lookups),
                   [](const std::exception_ptr& fault) { kRethrow(fault); });
  }
  context.run_for(kMostWait);
  if (lookups.error) return *lookups.error;
  return {};
}

}  // namespace

Result<void> check_addresses(std::string_view url, const std::vector<address>& addresses,
                             const fetch::AddressGuard& guard) {
  std::optional<std::string_view> refusal;
  for (const address& one : addresses) {
    refusal = guard.refusal(one);
    if (!refusal) return {};
  }
  if (!refusal) return {};
  const bool has_vowel = std::string_view("aeiou").find(refusal->front()) != std::string_view::npos;
  return usage_error(fmt::format("{} is at {} {} address: --allow-net {} allows it", printable(url),
                                 has_vowel ? "an" : "a", *refusal, block_of(addresses.front())));
}

Result<void> check_seed_addresses(const CrawlOptions& options) {
  std::vector<Named> all;
  for (const Seed& seed : options.seeds) all.push_back({"seed", &seed.url});
  for (const Url& sitemap : options.sitemaps) all.push_back({"sitemap", &sitemap});
  NamedAt names;
  for (const Named& named : all) {
    const fetch::Endpoint endpoint = fetch::endpoint_of(*named.url, options.fetch.connect_to);
    if (const auto literal = fetch::literal_address(endpoint.host)) {
      const auto checked = check_addresses(named.url->href(), {*literal}, *options.fetch.guard);
      if (!checked) return usage_error(fmt::format("{} {}", named.what, checked.error().context));
    } else if (names.size() <= kMostNames) {
      names.emplace(endpoint.host, named);
    }
  }
  const bool may_look_up =
      options.fetch.proxy.empty() && !options.is_dry_run && !options.allow_private;
  if (!may_look_up || names.empty() || names.size() > kMostNames) return {};
  return check_names(options, names);
}

}  // namespace scraper::cli
