// What the tests of both engines share: a Fetcher with its owner's loop, and the test server's
// URLs. The address guard lets loopback through unless a test says otherwise, and time-outs are
// short.
#pragma once

#include <boost/asio/io_context.hpp>
#include <memory>
#include <string>
#include <vector>

#include "fetch/fetcher.h"
#include "tests/catch.h"
#include "tests/support/test_server.h"

namespace scraper::fetch {

using test::TestServer;

FetchOptions test_options();

std::shared_ptr<const AddressGuard> guard_that_allows(std::vector<std::string> blocks);

Url url_of(const std::string& text);

class Client {
 public:
  explicit Client(Engine engine, const FetchOptions& options = test_options());

  // With 127.0.0.1 as the address of any name.
  Capture get(const std::string& url);
  std::vector<Capture> get_all(const std::vector<std::string>& urls);
  Capture get(FetchRequest request);

  // Begins transfers whose captures run() collects, in the order of begin().
  void begin(const std::string& url, std::uint64_t id = 0);
  std::vector<Capture> run();
  void run_until_idle();

  Fetcher& fetcher() { return *fetcher_; }
  boost::asio::io_context& io() { return io_; }

 private:
  void begin(FetchRequest request);

  boost::asio::io_context io_;
  std::unique_ptr<Fetcher> fetcher_;
  std::vector<std::unique_ptr<Capture>> begun_;
};

// In memory or in the spool file.
std::string bytes_of(const Body& body);

std::string digest_of(std::string_view bytes);

std::size_t open_descriptors();

}  // namespace scraper::fetch

namespace Catch {
template <>
struct StringMaker<scraper::fetch::Engine> {
  static std::string convert(scraper::fetch::Engine engine) {
    return engine == scraper::fetch::Engine::kThreads ? "threads" : "async";
  }
};
template <>
struct StringMaker<scraper::FetchError> {
  static std::string convert(scraper::FetchError error) { return std::string(to_string(error)); }
};
}  // namespace Catch

// Every test that asks for it runs once with each engine.
#define BOTH_ENGINES GENERATE(scraper::fetch::Engine::kThreads, scraper::fetch::Engine::kAsync)
