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

Result<Sha256> digest_of_spool(int descriptor, std::uint64_t size) {
  constexpr std::size_t kBuffer = 1u << 20;
  auto digester = Digester::make();
  if (!digester) return digester.error();
  const auto buffer = std::make_unique_for_overwrite<char[]>(kBuffer);
  for (std::uint64_t done = 0; done < size;) {
    const std::size_t wanted = std::min<std::uint64_t>(kBuffer, size - done);
    const ssize_t got = ::pread(descriptor, buffer.get(), wanted, static_cast<off_t>(done));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return errno_error("cannot read", "a spool file");
    if (got == 0)
      return Error{Errc::kFile, fmt::format("a spool file ends after {} of {} bytes", done, size)};
    digester->add({buffer.get(), static_cast<std::size_t>(got)});
    done += static_cast<std::uint64_t>(got);
  }
  return digester->finish();
}

}  // namespace

struct Digester::Context {
  EVP_MD_CTX* const evp = EVP_MD_CTX_new();
  Context() = default;
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;
  ~Context() { EVP_MD_CTX_free(evp); }
};

Digester::Digester(std::unique_ptr<Context> context) : context_(std::move(context)) {}
Digester::Digester(Digester&& other) noexcept = default;
Digester& Digester::operator=(Digester&& other) noexcept = default;
Digester::~Digester() = default;

Result<Digester> Digester::make() {
  auto context = std::make_unique<Context>();
  if (context->evp == nullptr || EVP_DigestInit_ex(context->evp, EVP_sha256(), nullptr) != 1) {
    return Error{Errc::kExhausted, "no memory for a digest"};
  }
  return Digester(std::move(context));
}

void Digester::add(std::string_view bytes) {
  EVP_DigestUpdate(context_->evp, bytes.data(), bytes.size());
}

Sha256 Digester::finish() {
  Sha256 digest{};
  EVP_DigestFinal_ex(context_->evp, digest.data(), nullptr);
  return digest;
}

Result<Sha256> digest_of(const Body& body) {
  if (body.spool) return digest_of_spool(body.spool.get(), body.size);
  Sha256 digest{};
  SHA256(reinterpret_cast<const unsigned char*>(body.memory.data()), body.memory.size(),
         digest.data());
  return digest;
}

}  // namespace scraper::storage
