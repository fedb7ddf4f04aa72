#include "tests/fetch/harness.h"

#include <openssl/evp.h>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <filesystem>

#include "base/rethrow.h"

namespace scraper::fetch {

FetchOptions test_options() {
  FetchOptions options;
  options.user_agent = "scraper-test/1";
  options.concurrency = 64;
  options.timeout = std::chrono::milliseconds(10'000);
  options.spool_directory = std::filesystem::temp_directory_path().string();
  options.guard = guard_that_allows({"127.0.0.0/8", "::1"});
  return options;
}

std::shared_ptr<const AddressGuard> guard_that_allows(std::vector<std::string> blocks) {
  std::vector<Cidr> allowed;
  for (const auto& block : blocks) allowed.push_back(Cidr::parse(block).value());
  return std::make_shared<AddressGuard>(std::move(allowed), false);
}

Url url_of(const std::string& text) {
  auto url = Url::from_serialised(text);
  REQUIRE(url);
  return std::move(*url);
}

Client::Client(Engine engine, const FetchOptions& options) {
  auto fetcher = make_fetcher(engine, options, io_.get_executor());
  if (!fetcher) FAIL(fetcher.error().context);
  fetcher_ = std::move(*fetcher);
}

void Client::begin(FetchRequest request) {
  begun_.push_back(std::make_unique<Capture>());
  boost::asio::co_spawn(io_, fetcher_->fetch(std::move(request)),
                        [place = begun_.back().get()](std::exception_ptr failure, Capture capture) {
                          kRethrow(failure);
                          *place = std::move(capture);
                        });
}

void Client::begin(const std::string& url, std::uint64_t id) {
  begin(FetchRequest{url_of(url), {boost::asio::ip::make_address("127.0.0.1")}, id});
}

std::vector<Capture> Client::run() {
  io_.restart();
  io_.run();
  std::vector<Capture> captures;
  for (auto& capture : begun_) captures.push_back(std::move(*capture));
  begun_.clear();
  return captures;
}

void Client::run_until_idle() {
  io_.restart();
  io_.poll();
}

Capture Client::get(FetchRequest request) {
  begin(std::move(request));
  return std::move(run().front());
}

Capture Client::get(const std::string& url) {
  begin(url);
  return std::move(run().front());
}

std::vector<Capture> Client::get_all(const std::vector<std::string>& urls) {
  for (const auto& url : urls) begin(url);
  return run();
}

std::string bytes_of(const Body& body) {
  if (!body.spool) return body.memory;
  REQUIRE(body.memory.empty());
  std::string bytes(body.size, '\0');
  REQUIRE(::pread(body.spool.get(), bytes.data(), bytes.size(), 0) ==
          static_cast<ssize_t>(bytes.size()));
  char beyond = 0;
  CHECK(::pread(body.spool.get(), &beyond, 1, static_cast<off_t>(bytes.size())) == 0);
  return bytes;
}

std::string digest_of(std::string_view bytes) {
  Sha256 digest{};
  unsigned length = 0;
  EVP_Digest(bytes.data(), bytes.size(), digest.data(), &length, EVP_sha256(), nullptr);
  return to_string(digest);
}

std::size_t open_descriptors() {
  std::size_t count = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator("/proc/self/fd"))
    ++count;
  return count;
}

}  // namespace scraper::fetch
