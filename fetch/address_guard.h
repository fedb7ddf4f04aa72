// The address guard: which IP addresses a crawl may connect to. It is asked about the address
// itself, at the moment a socket is made, so that neither a redirect, nor robots.txt, nor a name
// that resolves differently the second time gets around it.
//
// Refused unless allowed: everything that the IANA special-purpose registries (RFC 6890, RFC 8190)
// do not call globally reachable, multicast, broadcast, IPv6 outside 2000::/3; and IPv6 forms that
// carry an IPv4 address (mapped, compatible, translated, NAT64 64:ff9b::/96, 6to4, Teredo, ISATAP),
// which are judged by the address they carry. 64:ff9b:1::/48 is NAT64 for local use and refused
// whatever it carries (RFC 8215). Immutable once built; any thread.
#pragma once

#include <sys/socket.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/ip/address.hpp>

#include "base/error.h"
#include "base/url.h"

namespace scraper::fetch {

// A block of addresses, "10.0.0.0/8" or "fd00::/8"; a bare address is a block of one.
struct Cidr {
  boost::asio::ip::address network;
  unsigned prefix = 0;
  static Result<Cidr> parse(std::string_view text);
  bool contains(const boost::asio::ip::address& address) const;
};

class AddressGuard {
 public:
  // `allowed` opens blocks; `allow_private` opens everything.
  AddressGuard(std::vector<Cidr> allowed, bool allow_private)
      : allowed_(std::move(allowed)), allow_private_(allow_private) {}

  // Nothing when a connection to `address` is fine, else what the address is: "loopback",
  // "private", "link-local", …
  std::optional<std::string_view> refusal(const boost::asio::ip::address& address) const;

  // The same for what libcurl's open-socket callback hands over. Families other than IPv4 and IPv6
  // are refused.
  std::optional<std::string_view> refusal(const sockaddr* address) const;

  // For a target that only a proxy will connect to: judged by its literal address, or as a name
  // that never is public (localhost, .local, .internal, home.arpa). `host` as in Url::host().
  std::optional<std::string_view> refusal_by_name(std::string_view host) const;

 private:
  std::vector<Cidr> allowed_;
  bool allow_private_;
};

// The address a URL's host is, when it is a literal ("127.0.0.1", "[::1]").
std::optional<boost::asio::ip::address> literal_address(std::string_view host);

}  // namespace scraper::fetch
