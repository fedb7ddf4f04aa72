// Numbers and strings as the ledger's rows have them: LEB128 variable-length integers, strings
// behind their length. A RowReader checks every length against what is there and remembers that
// something was wrong: who reads asks is_good() at the end. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/enum_table.h"

namespace scraper::storage {

class RowWriter {
 public:
  explicit RowWriter(std::string& out) : out_(out) {}

  RowWriter& number(std::uint64_t n) {
    for (; n >= 0x80; n >>= 7) out_.push_back(static_cast<char>(n | 0x80));
    out_.push_back(static_cast<char>(n));
    return *this;
  }
  // Small negative numbers stay short: zigzag.
  RowWriter& signed_number(std::int64_t n) {
    return number(static_cast<std::uint64_t>(n) << 1 ^ static_cast<std::uint64_t>(n >> 63));
  }
  template <class E>
  RowWriter& value(E value) {
    return number(static_cast<std::uint64_t>(value));
  }
  RowWriter& text(std::string_view bytes) {
    number(bytes.size());
    out_.append(bytes);
    return *this;
  }

 private:
  std::string& out_;
};

class RowReader {
 public:
  explicit RowReader(std::string_view bytes) : rest_(bytes) {}

  std::uint64_t number() {
    std::uint64_t n = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      if (rest_.empty()) break;
      const auto byte = static_cast<unsigned char>(rest_.front());
      rest_.remove_prefix(1);
      n |= static_cast<std::uint64_t>(byte & 0x7F) << shift;
      if (byte < 0x80) return n;
    }
    is_good_ = false;
    return 0;
  }
  template <class T>
  void number(T& into) {
    const std::uint64_t n = number();
    into = static_cast<T>(n);
    if (static_cast<std::uint64_t>(into) != n) is_good_ = false;
  }
  // One of an enum's values; a number that is none of them is damage.
  template <class E>
  void value(E& into) {
    const std::uint64_t n = number();
    if (n < count_of<E>()) {
      into = static_cast<E>(n);
    } else {
      is_good_ = false;
    }
  }
  std::int64_t signed_number() {
    const std::uint64_t n = number();
    return static_cast<std::int64_t>(n >> 1) ^ -static_cast<std::int64_t>(n & 1);
  }
  std::string_view text() {
    const std::uint64_t size = number();
    if (size > rest_.size()) {
      is_good_ = false;
      return {};
    }
    const std::string_view bytes = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return bytes;
  }
  // What follows, for a caller that counts: never more items than bytes.
  std::uint64_t count() {
    const std::uint64_t n = number();
    if (n <= rest_.size()) return n;
    is_good_ = false;
    return 0;
  }

  void fail() { is_good_ = false; }

  // Everything was as it should be, and nothing is left over.
  bool is_good() const { return is_good_ && rest_.empty(); }
  bool is_good_so_far() const { return is_good_; }  // whatever is left over

 private:
  std::string_view rest_;
  bool is_good_ = true;
};

}  // namespace scraper::storage
