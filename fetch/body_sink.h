// BodySink: where the bytes of one body go as they arrive. They are counted, digested, kept in memory while they are few and there
// is memory left in all (--body-memory), else in a spool file without a name; and cut at --max-body. One transfer's thread at a
// time.
#pragma once

#include <openssl/evp.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "fetch/fetcher.h"
#include "scraper/base/capture.h"

namespace scraper::fetch {

// What the bodies of one engine take, from their first byte until their captures are gone. Any thread.
struct BodyAccounts {
  std::atomic<std::uint64_t> memory{0};
  std::atomic<std::size_t> spooled{0};
  std::atomic<std::size_t> most_spooled{0};
};

class BodySink {
 public:
  // `options` outlives the sink; `sha256` is the algorithm, fetched once for all.
  BodySink(const FetchOptions& options, const EVP_MD* sha256, std::shared_ptr<BodyAccounts> accounts);
  BodySink(const BodySink&) = delete;
  BodySink& operator=(const BodySink&) = delete;
  ~BodySink();

  // False when nothing more can be taken: is_cut() or fault() says why.
  bool take(std::string_view bytes);

  bool is_cut() const { return is_cut_; }
  const std::string& fault() const { return fault_; }  // our own disk
  std::uint64_t size() const { return size_; }

  // The body and its digest; once, at the end.
  Body finish(Sha256& digest);

 private:
  class Hold;

  bool keep(std::string_view bytes);
  bool begin_spooling();
  bool write_to_spool(std::string_view bytes);

  const FetchOptions& options_;
  EVP_MD_CTX* digest_;
  std::shared_ptr<Hold> hold_;
  std::string memory_;
  std::unique_ptr<SpoolFile> spool_;
  std::uint64_t size_ = 0;
  bool is_cut_ = false;
  std::string fault_;
};

}  // namespace scraper::fetch
