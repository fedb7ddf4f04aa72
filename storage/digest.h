// The payload digest of a body: what WARC-Payload-Digest and a result line say. Made where the body
// is written, not while it is received: a fetch engine does I/O only. Any thread.
#pragma once

#include <memory>
#include <string_view>

#include "base/capture.h"
#include "base/error.h"

namespace scraper::storage {

// SHA-256 of the body's bytes. Fails when a spool file cannot be read.
Result<Sha256> digest_of(const Body& body);

// The same of bytes that come in pieces. One thread at a time.
class Digester {
 public:
  static Result<Digester> make();
  Digester(Digester&& other) noexcept;
  Digester& operator=(Digester&& other) noexcept;
  ~Digester();

  void add(std::string_view bytes);
  Sha256 finish();  // once

 private:
  struct Context;
  explicit Digester(std::unique_ptr<Context> context);
  std::unique_ptr<Context> context_;
};

}  // namespace scraper::storage
