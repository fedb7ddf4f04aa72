#include "storage/digest.h"

#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>

namespace scraper::storage {

namespace {

struct ContextFree {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};

Result<Sha256> digest_of_spool(int descriptor, std::uint64_t size) {
  constexpr std::size_t kBuffer = 1u << 20;
  const std::unique_ptr<EVP_MD_CTX, ContextFree> context(EVP_MD_CTX_new());
  if (context == nullptr || EVP_DigestInit_ex(context.get(), EVP_sha256(), nullptr) != 1) {
    return Error{Errc::kExhausted, "no memory for a digest"};
  }
  const auto buffer = std::make_unique_for_overwrite<char[]>(kBuffer);
  for (std::uint64_t done = 0; done < size;) {
    const std::size_t wanted = std::min<std::uint64_t>(kBuffer, size - done);
    const ssize_t got = ::pread(descriptor, buffer.get(), wanted, static_cast<off_t>(done));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return errno_error("cannot read", "a spool file");
    if (got == 0) return Error{Errc::kFile, fmt::format("a spool file ends after {} of {} bytes", done, size)};
    EVP_DigestUpdate(context.get(), buffer.get(), static_cast<std::size_t>(got));
    done += static_cast<std::uint64_t>(got);
  }
  Sha256 digest{};
  EVP_DigestFinal_ex(context.get(), digest.data(), nullptr);
  return digest;
}

}  // namespace

Result<Sha256> digest_of(const Body& body) {
  if (body.spool) return digest_of_spool(body.spool->descriptor(), body.size);
  Sha256 digest{};
  SHA256(reinterpret_cast<const unsigned char*>(body.memory.data()), body.memory.size(), digest.data());
  return digest;
}

}  // namespace scraper::storage
