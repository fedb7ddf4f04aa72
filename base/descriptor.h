// Descriptor: an open file, closed with its owner. Negative: none.
#pragma once

#include <unistd.h>

#include <utility>

namespace scraper::storage {

class Descriptor {
 public:
  explicit Descriptor(int value = -1) : value_(value) {}
  Descriptor(Descriptor&& other) noexcept : value_(std::exchange(other.value_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(value_, other.value_);
    return *this;
  }
  ~Descriptor() {
    if (value_ >= 0) ::close(value_);
  }
  int value() const { return value_; }
  int release() { return std::exchange(value_, -1); }  // the caller closes it
  explicit operator bool() const { return value_ >= 0; }

 private:
  int value_;
};

}  // namespace scraper::storage
