#include "fetch/address_guard.h"

#include <netinet/in.h>
#include <sys/un.h>

#include <boost/json.hpp>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "tests/catch.h"

namespace scraper::fetch {

namespace {

std::optional<std::string_view> refusal(const AddressGuard& guard, const std::string& address) {
  return guard.refusal(boost::asio::ip::make_address(address));
}

const AddressGuard& strict() {
  static const AddressGuard guard({}, false);
  return guard;
}

Cidr block(std::string_view text) { return Cidr::parse(text).value(); }

}  // namespace

TEST_CASE("special addresses are refused and called by their name") {
  struct Row {
    const char* address;
    const char* what;
  };
  const Row row = GENERATE(values<Row>({
      {"0.0.0.0", "this network"},
      {"0.255.255.255", "this network"},
      {"10.0.0.0", "private"},
      {"10.255.255.255", "private"},
      {"100.64.0.0", "shared address space"},
      {"100.127.255.255", "shared address space"},
      {"127.0.0.1", "loopback"},
      {"127.255.255.255", "loopback"},
      {"169.254.169.254", "link-local"},
      {"172.16.0.0", "private"},
      {"172.31.255.255", "private"},
      {"192.0.0.8", "protocol assignment"},
      {"192.0.0.170", "protocol assignment"},
      {"192.0.2.1", "documentation"},
      {"192.88.99.1", "6to4 relay"},
      {"192.168.0.1", "private"},
      {"198.18.0.0", "benchmarking"},
      {"198.19.255.255", "benchmarking"},
      {"198.51.100.7", "documentation"},
      {"203.0.113.7", "documentation"},
      {"224.0.0.1", "multicast"},
      {"239.255.255.255", "multicast"},
      {"240.0.0.1", "reserved"},
      {"255.255.255.255", "broadcast"},
      {"::", "unspecified"},
      {"::1", "loopback"},
      {"64:ff9b:1::808:808", "local NAT64"},
      {"100::1", "discard-only"},
      {"100:0:0:1::1", "dummy prefix"},
      {"2001:2::1", "benchmarking"},
      {"2001:10::1", "protocol assignment"},
      {"2001:1ff::1", "protocol assignment"},
      {"2001:1::4", "protocol assignment"},
      {"2001:db8::1", "documentation"},
      {"3fff:fff::1", "documentation"},
      {"5f00::1", "segment routing"},
      {"fc00::1", "private"},
      {"fdff::1", "private"},
      {"fe80::1", "link-local"},
      {"febf::1", "link-local"},
      {"fec0::1", "site-local"},
      {"ff02::1", "multicast"},
      {"4000::1", "unassigned"},
      {"200::1", "unassigned"},
  }));
  CAPTURE(row.address);
  CHECK(refusal(strict(), row.address) == std::string_view(row.what));
}

TEST_CASE("the neighbours of special blocks are allowed") {
  const char* address = GENERATE(
      "1.0.0.0", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255",
      "128.0.0.0", "169.253.255.255", "169.255.0.0", "172.15.255.255", "172.32.0.0", "192.0.0.9",
      "192.0.0.10", "192.0.1.0", "192.31.196.1", "192.88.98.255", "192.88.100.0", "192.167.255.255",
      "192.169.0.0", "192.175.48.1", "198.17.255.255", "198.20.0.0", "198.51.99.255", "203.0.114.0",
      "223.255.255.255", "2000::1", "2001:1::1", "2001:1::3", "2001:3::1", "2001:4:112::1",
      "2001:20::1", "2001:3f::1", "2001:200::1", "2001:db7::1", "2606:4700:4700::1111",
      "2620:4f:8000::1", "3ffe::1", "3fff:1000::1");
  CAPTURE(address);
  CHECK(refusal(strict(), address) == std::nullopt);
}

TEST_CASE("an IPv6 address that carries an IPv4 address is judged by it") {
  struct Row {
    const char* carrying_loopback;
    const char* carrying_public;
  };
  const Row row = GENERATE(values<Row>({
      {"::ffff:127.0.0.1", "::ffff:8.8.8.8"},
      {"::127.0.0.1", "::8.8.8.8"},
      {"::ffff:0:127.0.0.1", "::ffff:0:8.8.8.8"},
      {"64:ff9b::127.0.0.1", "64:ff9b::8.8.8.8"},
      {"2002:7f00:1::1", "2002:808:808::1"},
      {"2001:0:7f00:1::f7f7:f7f7", "2001:0:808:808::f7f7:f7f7"},      // Teredo by its server
      {"2001:0:808:808::80ff:fffe", "2001:0:808:808:0:0:f7f7:f7f7"},  // and by its client
      {"2606:4700::5efe:127.0.0.1", "2606:4700::5efe:8.8.8.8"},
      {"2606:4700::200:5efe:7f00:1", "2606:4700::200:5efe:808:808"},
  }));
  CAPTURE(row.carrying_loopback, row.carrying_public);
  CHECK(refusal(strict(), row.carrying_loopback) == std::string_view("loopback"));
  CHECK(refusal(strict(), row.carrying_public) == std::nullopt);
}

TEST_CASE("ISATAP in a network that is refused stays refused") {
  CHECK(refusal(strict(), "fe80::5efe:808:808") == std::string_view("link-local"));
}

TEST_CASE("option --allow-net opens a block, also where IPv6 carries it") {
  const AddressGuard guard({block("10.1.0.0/16"), block("fd00::/8"), block("127.0.0.1")}, false);
  CHECK_FALSE(refusal(guard, "10.1.255.255"));
  CHECK(refusal(guard, "10.2.0.0"));
  CHECK_FALSE(refusal(guard, "fd12::1"));
  CHECK(refusal(guard, "fc00::1"));
  CHECK_FALSE(refusal(guard, "127.0.0.1"));
  CHECK(refusal(guard, "127.0.0.2"));
  CHECK_FALSE(refusal(guard, "::ffff:10.1.2.3"));
  CHECK(refusal(guard, "::ffff:10.2.2.3"));
}

TEST_CASE("option --allow-private opens everything") {
  const AddressGuard guard({}, true);
  CHECK_FALSE(refusal(guard, "127.0.0.1"));
  CHECK_FALSE(refusal(guard, "fe80::1"));
  CHECK_FALSE(guard.refusal_by_name("localhost"));
}

TEST_CASE("socket addresses are judged like addresses, and other families are refused") {
  sockaddr_in in{};
  in.sin_family = AF_INET;
  in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  CHECK(strict().refusal(reinterpret_cast<const sockaddr*>(&in)) == std::string_view("loopback"));
  in.sin_addr.s_addr = htonl(0x08080808);
  CHECK_FALSE(strict().refusal(reinterpret_cast<const sockaddr*>(&in)));
  sockaddr_in6 in6{};
  in6.sin6_family = AF_INET6;
  in6.sin6_addr = IN6ADDR_LOOPBACK_INIT;
  CHECK(strict().refusal(reinterpret_cast<const sockaddr*>(&in6)) == std::string_view("loopback"));
  sockaddr_un path{};
  path.sun_family = AF_UNIX;
  CHECK(strict().refusal(reinterpret_cast<const sockaddr*>(&path)));
}

TEST_CASE(
    "behind a proxy the target is judged by literal address and by names that never are public") {
  const std::string refused =
      GENERATE("127.0.0.1", "[::1]", "[::ffff:a00:1]", "localhost", "localhost.", "a.localhost",
               "printer.local", "db.internal", "nas.home.arpa");
  CAPTURE(refused);
  CHECK(strict().refusal_by_name(refused));
  const std::string fine =
      GENERATE("8.8.8.8", "example.org", "notlocalhost", "local.example.org", "internal.com", "");
  CAPTURE(fine);
  CHECK_FALSE(strict().refusal_by_name(fine));
}

TEST_CASE("blocks of addresses are parsed strictly") {
  CHECK(block("10.0.0.0/8").prefix == 8);
  CHECK(block("::1").prefix == 128);
  CHECK(block("0.0.0.0/0").contains(boost::asio::ip::make_address("203.0.113.1")));
  CHECK_FALSE(block("0.0.0.0/0").contains(boost::asio::ip::make_address("::1")));
  const std::string wrong = GENERATE("", "/8", "10.0.0.0/", "10.0.0.0/33", "::/129", "10.0.0.0/-1",
                                     "10.0.0.0/8x", "10/8", "name", "fe80::1%eth0/64");
  CAPTURE(wrong);
  CHECK(Cidr::parse(wrong).has_error());
}

TEST_CASE("a host is a literal address only as the URL parser writes one") {
  CHECK(literal_address("127.0.0.1"));
  CHECK(literal_address("[::1]"));
  const std::string other = GENERATE("::1", "[127.0.0.1]", "[::1", "example.org", "", "[]", "127.1",
                                     "0x7f000001", "[fe80::1%25eth0]");
  CAPTURE(other);
  CHECK_FALSE(literal_address(other));
}

TEST_CASE("the guard agrees with the conformance set") {
  const char* directory = std::getenv("SCRAPER_CONFORMANCE");
  if (directory == nullptr) {
    WARN("skipped: SCRAPER_CONFORMANCE is not set");
    return;
  }
  std::ifstream file(std::string(directory) + "/ssrf/cases.json");
  std::stringstream text;
  text << file.rdbuf();
  std::size_t judged = 0;
  const auto cases = boost::json::parse(text.str());
  for (const auto& entry : cases.as_array()) {
    const auto& row = entry.as_object();
    const auto* address = row.if_contains("canonical_ip");
    const std::string_view expected = row.at("expect").as_string();
    if (address == nullptr || (expected != "block" && expected != "allow")) continue;
    CAPTURE(std::string(row.at("url").as_string()));
    CHECK(refusal(strict(), std::string(address->as_string())).has_value() ==
          (expected == "block"));
    ++judged;
  }
  CHECK(judged > 50);
}

}  // namespace scraper::fetch
