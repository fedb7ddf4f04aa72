#include "fetch/address_guard.h"

#include <fmt/format.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>

namespace scraper::fetch {

namespace {

namespace ip = boost::asio::ip;

using Bytes4 = ip::address_v4::bytes_type;
using Bytes6 = ip::address_v6::bytes_type;

struct Block4 {
  std::uint32_t network;
  unsigned prefix;
  std::string_view what;  // empty: globally reachable, an exception to a wider block further down
};

constexpr std::uint32_t v4(unsigned a, unsigned b, unsigned c, unsigned d) {
  return a << 24 | b << 16 | c << 8 | d;
}

// IANA IPv4 Special-Purpose Address Registry, 2025-10; and multicast (RFC 5771). The first block
// that fits decides.
constexpr Block4 kBlocks4[] = {
    {v4(0, 0, 0, 0), 8, "this network"},
    {v4(10, 0, 0, 0), 8, "private"},
    {v4(100, 64, 0, 0), 10, "shared address space"},
    {v4(127, 0, 0, 0), 8, "loopback"},
    {v4(169, 254, 0, 0), 16, "link-local"},
    {v4(172, 16, 0, 0), 12, "private"},
    {v4(192, 0, 0, 9), 32, ""},   // Port Control Protocol anycast
    {v4(192, 0, 0, 10), 32, ""},  // TURN anycast
    {v4(192, 0, 0, 0), 24, "protocol assignment"},
    {v4(192, 0, 2, 0), 24, "documentation"},
    {v4(192, 88, 99, 0), 24, "6to4 relay"},
    {v4(192, 168, 0, 0), 16, "private"},
    {v4(198, 18, 0, 0), 15, "benchmarking"},
    {v4(198, 51, 100, 0), 24, "documentation"},
    {v4(203, 0, 113, 0), 24, "documentation"},
    {v4(224, 0, 0, 0), 4, "multicast"},
    {v4(255, 255, 255, 255), 32, "broadcast"},
    {v4(240, 0, 0, 0), 4, "reserved"},
};

struct Block6 {
  std::array<std::uint16_t, 4> network;  // the first 64 bits
  unsigned prefix;
  std::string_view what;
};

// IANA IPv6 Special-Purpose Address Registry, 2025-10. Longer prefixes than 64 are handled where
// they are needed (loopback, the anycast addresses of 2001:1::/48). What lies outside 2000::/3 is
// no global unicast address and needs no line of its own unless its name helps the person.
constexpr Block6 kBlocks6[] = {
    {{0x64, 0xff9b, 1, 0}, 48, "local NAT64"},
    {{0x100, 0, 0, 0}, 64, "discard-only"},
    {{0x100, 0, 0, 1}, 64, "dummy prefix"},
    {{0x2001, 3, 0, 0}, 32, ""},      // AMT
    {{0x2001, 4, 0x112, 0}, 48, ""},  // AS112-v6
    {{0x2001, 0x20, 0, 0}, 28, ""},   // ORCHIDv2
    {{0x2001, 0x30, 0, 0}, 28, ""},   // drone remote identification
    {{0x2001, 2, 0, 0}, 48, "benchmarking"},
    {{0x2001, 0, 0, 0}, 23, "protocol assignment"},
    {{0x2001, 0xdb8, 0, 0}, 32, "documentation"},
    {{0x3fff, 0, 0, 0}, 20, "documentation"},
    {{0x5f00, 0, 0, 0}, 16, "segment routing"},
    {{0xfc00, 0, 0, 0}, 7, "private"},
    {{0xfe80, 0, 0, 0}, 10, "link-local"},
    {{0xfec0, 0, 0, 0}, 10, "site-local"},
    {{0xff00, 0, 0, 0}, 8, "multicast"},
};

std::string_view special_v4(const ip::address_v4& address) {
  const std::uint32_t value = address.to_uint();
  for (const Block4& block : kBlocks4) {
    if ((value ^ block.network) >> (32 - block.prefix) == 0) return block.what;
  }
  return {};
}

std::uint64_t high_half(const Bytes6& bytes) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < 8; ++i) value = value << 8 | bytes[i];
  return value;
}

std::uint64_t low_half(const Bytes6& bytes) {
  std::uint64_t value = 0;
  for (std::size_t i = 8; i < 16; ++i) value = value << 8 | bytes[i];
  return value;
}

std::uint64_t network_of(const Block6& block) {
  std::uint64_t value = 0;
  for (const std::uint16_t group : block.network) value = value << 16 | group;
  return value;
}

std::string_view special_v6(const Bytes6& bytes) {
  const std::uint64_t high = high_half(bytes);
  if (high == 0 && low_half(bytes) == 0) return "unspecified";
  if (high == 0 && low_half(bytes) == 1) return "loopback";
  if (high == 0x2001'0001'0000'0000 && low_half(bytes) >= 1 && low_half(bytes) <= 3)
    return {};  // PCP, TURN, DNS-SD anycast
  for (const Block6& block : kBlocks6) {
    if ((high ^ network_of(block)) >> (64 - block.prefix) == 0) return block.what;
  }
  return bytes[0] >> 5 == 1 ? std::string_view{} : "unassigned";  // 2000::/3
}

// The IPv4 addresses that an IPv6 address carries, and whether the form as such is fine when they
// are.
struct Carried {
  std::array<ip::address_v4, 2> addresses;
  std::size_t count = 0;
  bool is_whole = false;  // the outer address means nothing but the inner one

  void add(const Bytes6& bytes, std::size_t offset, unsigned flip = 0) {
    Bytes4 inner;
    for (std::size_t i = 0; i < 4; ++i)
      inner[i] = static_cast<std::uint8_t>(bytes[offset + i] ^ flip);
    addresses[count++] = ip::address_v4(inner);
  }
};

Carried carried_by(const Bytes6& bytes) {
  Carried carried;
  const std::uint64_t high = high_half(bytes);
  const std::uint64_t low = low_half(bytes);
  const bool is_mapped = high == 0 && low >> 32 == 0xffff;  // ::ffff:0:0/96, RFC 4291 2.5.5.2
  const bool is_compatible = high == 0 && low >> 32 == 0 && low > 1;  // ::/96, RFC 4291 2.5.5.1
  const bool is_translated = high == 0 && low >> 32 == 0xffff'0000;   // ::ffff:0:0:0/96, RFC 2765
  const bool is_nat64 = high == 0x0064'ff9b'0000'0000 && low >> 32 == 0;  // RFC 6052
  if (is_mapped || is_compatible || is_translated || is_nat64) {
    carried.add(bytes, 12);
    carried.is_whole = true;
  } else if (bytes[0] == 0x20 && bytes[1] == 0x02) {  // 6to4, RFC 3056
    carried.add(bytes, 2);
    carried.is_whole = true;
  } else if (high >> 32 == 0x2001'0000) {  // Teredo, RFC 4380: the server's address and the
                                           // client's, its bits flipped
    carried.add(bytes, 4);
    carried.add(bytes, 12, 0xff);
    carried.is_whole = true;
  } else if ((low >> 32 | 0x0200'0000) ==
             0x0200'5efe) {  // ISATAP, RFC 5214 6.1: in the interface identifier of any prefix
    carried.add(bytes, 12);
  }
  return carried;
}

bool same_prefix(const std::uint8_t* a, const std::uint8_t* b, unsigned bits) {
  if (std::memcmp(a, b, bits / 8) != 0) return false;
  const unsigned rest = bits % 8;
  return rest == 0 || (a[bits / 8] ^ b[bits / 8]) >> (8 - rest) == 0;
}

std::optional<ip::address> parse_address(std::string_view text) {
  if (text.find('%') != text.npos) return std::nullopt;  // a zone: no address of the public network
  boost::system::error_code error;
  const auto address = ip::make_address(text, error);
  if (error) return std::nullopt;
  return address;
}

}  // namespace

Result<Cidr> Cidr::parse(std::string_view text) {
  const auto slash = text.find('/');
  const auto wrong = [&] {
    return Error{Errc::kUsage,
                 fmt::format("no block of addresses: '{}' (such as 10.0.0.0/8 or fd00::/8)", text)};
  };
  const auto address = parse_address(text.substr(0, slash));
  if (!address) return wrong();
  const unsigned widest = address->is_v4() ? 32 : 128;
  unsigned prefix = widest;
  if (slash != text.npos) {
    const std::string_view digits = text.substr(slash + 1);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), prefix);
    if (error != std::errc{} || end != digits.data() + digits.size() || prefix > widest)
      return wrong();
  }
  return Cidr{*address, prefix};
}

bool Cidr::contains(const ip::address& address) const {
  if (address.is_v4() != network.is_v4()) return false;
  if (address.is_v4()) {
    const auto a = address.to_v4().to_bytes();
    const auto b = network.to_v4().to_bytes();
    return same_prefix(a.data(), b.data(), prefix);
  }
  const auto a = address.to_v6().to_bytes();
  const auto b = network.to_v6().to_bytes();
  return same_prefix(a.data(), b.data(), prefix);
}

std::optional<std::string_view> AddressGuard::refusal(const ip::address& address) const {
  if (allow_private_) return std::nullopt;
  if (std::any_of(allowed_.begin(), allowed_.end(),
                  [&](const Cidr& block) { return block.contains(address); }))
    return std::nullopt;
  if (address.is_v4()) {
    const std::string_view what = special_v4(address.to_v4());
    return what.empty() ? std::nullopt : std::optional(what);
  }
  const Bytes6 bytes = address.to_v6().to_bytes();
  const Carried carried = carried_by(bytes);
  for (std::size_t i = 0; i < carried.count; ++i) {
    if (const auto what = refusal(ip::address(carried.addresses[i]))) return what;
  }
  const std::string_view what = carried.is_whole ? std::string_view{} : special_v6(bytes);
  return what.empty() ? std::nullopt : std::optional(what);
}

std::optional<std::string_view> AddressGuard::refusal(const sockaddr* address) const {
  if (address->sa_family == AF_INET) {
    sockaddr_in in;
    std::memcpy(&in, address, sizeof in);
    return refusal(ip::address_v4(ntohl(in.sin_addr.s_addr)));
  }
  if (address->sa_family == AF_INET6) {
    sockaddr_in6 in;
    std::memcpy(&in, address, sizeof in);
    Bytes6 bytes;
    std::memcpy(bytes.data(), &in.sin6_addr, bytes.size());
    return refusal(ip::address_v6(bytes));
  }
  return allow_private_ ? std::nullopt : std::optional<std::string_view>("no internet address");
}

std::optional<std::string_view> AddressGuard::refusal_by_name(std::string_view host) const {
  if (allow_private_) return std::nullopt;
  if (const auto address = literal_address(host)) return refusal(*address);
  if (!host.empty() && host.back() == '.') host.remove_suffix(1);
  // RFC 6761 6.3, RFC 6762 3, RFC 8375 and ICANN's resolution 2024.07.29.06: never names of the
  // public network.
  for (const std::string_view name : {"localhost", "local", "home.arpa", "internal"}) {
    const bool ends = host.size() >= name.size() && host.substr(host.size() - name.size()) == name;
    if (ends && (host.size() == name.size() || host[host.size() - name.size() - 1] == '.'))
      return "local name";
  }
  return std::nullopt;
}

std::optional<ip::address> literal_address(std::string_view host) {
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
    const auto address = parse_address(host.substr(1, host.size() - 2));
    return address && address->is_v6() ? address : std::nullopt;
  }
  const auto address = parse_address(host);
  return address && address->is_v4() ? address : std::nullopt;
}

}  // namespace scraper::fetch
