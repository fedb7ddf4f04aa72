// The standard's IPv4 and IPv6 parsers and serialisers.
#include <algorithm>
#include <charconv>
#include <cstddef>

#include "base/ascii.h"
#include "base/percent.h"
#include "parse/url/host.h"

namespace scraper::parse {

namespace {

constexpr std::uint64_t kTooLarge = 1ull << 32;

// One part of an IPv4 address: decimal, 0x hexadecimal or 0 octal; a value past 32 bits stays
// kTooLarge. Nothing when it is no number.
std::optional<std::uint64_t> parse_ipv4_number(std::string_view text) {
  if (text.empty()) return std::nullopt;
  unsigned base = 10;
  if (text.size() >= 2 && text[0] == '0' && ascii_lower(text[1]) == 'x') {
    base = 16;
    text.remove_prefix(2);
  } else if (text.size() >= 2 && text[0] == '0') {
    base = 8;
    text.remove_prefix(1);
  }
  std::uint64_t value = 0;
  for (const char c : text) {
    const int digit = hex_value(c);
    if (digit < 0 || static_cast<unsigned>(digit) >= base) return std::nullopt;
    value = std::min(kTooLarge, value * base + static_cast<unsigned>(digit));
  }
  return value;
}

}  // namespace

bool ends_in_number(std::string_view domain) {
  if (!domain.empty() && domain.back() == '.') domain.remove_suffix(1);
  const auto dot = domain.rfind('.');
  const std::string_view last = dot == domain.npos ? domain : domain.substr(dot + 1);
  if (last.empty() || !is_digit(last[0])) return false;
  return std::all_of(last.begin(), last.end(), is_digit) || parse_ipv4_number(last).has_value();
}

std::optional<std::uint32_t> parse_ipv4(std::string_view input) {
  if (input.size() > 1 && input.back() == '.') input.remove_suffix(1);
  std::uint64_t address = 0;
  for (int part = 0; part < 4; ++part) {
    const auto dot = input.find('.');
    const auto number = parse_ipv4_number(input.substr(0, dot));
    if (!number) return std::nullopt;
    if (dot == input.npos) {  // the last part fills what is left of the address
      const int bits = 8 * (4 - part);
      if (*number >= (1ull << bits)) return std::nullopt;
      return static_cast<std::uint32_t>((address << bits) | *number);
    }
    if (*number > 255) return std::nullopt;
    address = (address << 8) | *number;
    input.remove_prefix(dot + 1);
  }
  return std::nullopt;  // more than four parts
}

void append_ipv4(std::string& out, std::uint32_t address) {
  for (int shift = 24; shift >= 0; shift -= 8) {
    out += std::to_string((address >> shift) & 255);
    if (shift != 0) out += '.';
  }
}

namespace {

// Reads left to right; the compression's place is remembered and the pieces behind it are moved to
// the end when all is read.
class Ipv6Reader {
 public:
  explicit Ipv6Reader(std::string_view input) : in_(input) {}

  std::optional<Ipv6Pieces> read() {
    if (!read_start() || !read_pieces()) return std::nullopt;
    if (compress_ >= 0) {
      std::rotate(pieces_.begin() + compress_, pieces_.begin() + count_, pieces_.end());
    } else if (count_ != 8) {
      return std::nullopt;
    }
    return pieces_;
  }

 private:
  bool at_end() const { return at_ >= in_.size(); }
  bool next_is(char c) const { return at_ < in_.size() && in_[at_] == c; }

  bool read_start() {
    if (!next_is(':')) return true;
    if (in_.substr(0, 2) != "::") return false;
    at_ = 2;
    compress();
    return true;
  }

  bool read_pieces() {
    while (!at_end()) {
      if (count_ == 8) return false;
      if (next_is(':')) {
        if (compress_ >= 0) return false;
        ++at_;
        compress();
        continue;
      }
      const std::size_t start = at_;
      const unsigned value = read_hex();
      if (next_is('.')) {
        if (at_ == start || count_ > 6) return false;
        at_ = start;
        return read_ipv4_tail();
      }
      if (!read_separator()) return false;
      push(value);
    }
    return true;
  }

  unsigned read_hex() {
    unsigned value = 0;
    for (int length = 0; length < 4 && !at_end() && hex_value(in_[at_]) >= 0; ++length, ++at_) {
      value = value * 16 + static_cast<unsigned>(hex_value(in_[at_]));
    }
    return value;
  }

  // After a piece: the end, or a ':' with more to come.
  bool read_separator() {
    if (at_end()) return true;
    if (in_[at_] != ':') return false;
    ++at_;
    return !at_end();
  }

  // Four decimal octets without leading zeros, which end the address.
  bool read_ipv4_tail() {
    for (int octet = 0; octet < 4; ++octet) {
      if (octet > 0 && !next_is('.')) return false;
      if (octet > 0) ++at_;
      const auto value = read_octet();
      if (!value) return false;
      if (octet % 2 == 0) {
        push(*value << 8);
      } else {
        pieces_[static_cast<std::size_t>(count_ - 1)] |= static_cast<std::uint16_t>(*value);
      }
    }
    return at_end();
  }

  std::optional<unsigned> read_octet() {
    unsigned value = 0;
    const auto [end, error] = std::from_chars(in_.data() + at_, in_.data() + in_.size(), value);
    const auto length = static_cast<std::size_t>(end - (in_.data() + at_));
    if (error != std::errc{} || value > 255 || (length > 1 && in_[at_] == '0')) return std::nullopt;
    at_ += length;
    return value;
  }

  // "::" stands for one piece at least.
  void compress() {
    push(0);
    compress_ = count_;
  }

  void push(unsigned piece) {
    pieces_[static_cast<std::size_t>(count_++)] = static_cast<std::uint16_t>(piece);
  }

  std::string_view in_;
  std::size_t at_ = 0;
  Ipv6Pieces pieces_{};
  int count_ = 0;
  int compress_ = -1;
};

struct Run {
  std::size_t start = 8;
  std::size_t length = 1;  // only a longer one is compressed
};

Run longest_zero_run(const Ipv6Pieces& pieces) {
  Run best;
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    std::size_t end = i;
    while (end < pieces.size() && pieces[end] == 0) ++end;
    if (end - i > best.length) best = {i, end - i};
    i = std::max(i, end);
  }
  return best;
}

}  // namespace

std::optional<Ipv6Pieces> parse_ipv6(std::string_view input) { return Ipv6Reader(input).read(); }

void append_ipv6(std::string& out, const Ipv6Pieces& pieces) {
  const Run zeros = longest_zero_run(pieces);
  for (std::size_t i = 0; i < pieces.size();) {
    if (i == zeros.start) {
      out += i == 0 ? "::" : ":";
      i += zeros.length;
      continue;
    }
    char digits[4];
    const auto end = std::to_chars(digits, digits + sizeof digits, pieces[i], 16).ptr;
    out.append(digits, end);
    if (++i < pieces.size()) out += ':';
  }
}

}  // namespace scraper::parse
