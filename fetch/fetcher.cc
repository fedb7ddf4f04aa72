#include "fetch/fetcher.h"

#include <curl/curl.h>

#include "fetch/async_engine.h"
#include "fetch/thread_engine.h"
#include "fetch/transfer.h"

namespace scraper::fetch {

namespace {

// Once a program, before any thread uses libcurl or OpenSSL. Never undone: the process ends with
// it.
bool initialise_libcurl() {
  static const bool is_ready = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
  return is_ready;
}

}  // namespace

Result<std::unique_ptr<Fetcher>> make_fetcher(Engine engine, const FetchOptions& options,
                                              boost::asio::any_io_executor owner) {
  if (!initialise_libcurl()) return Error{Errc::kOther, "libcurl cannot be initialised"};
  auto setup = TransferSetup::make(options);
  if (!setup) return setup.error();
  if (engine == Engine::kThreads) return make_thread_engine(std::move(*setup), std::move(owner));
  return make_async_engine(std::move(*setup), std::move(owner));
}

std::string library_version() {
  const curl_version_info_data* info = curl_version_info(CURLVERSION_NOW);
  std::string text = curl_version();
  text += "\nfeatures:";
  for (const char* const* name = info->feature_names; *name != nullptr; ++name)
    text.append(" ").append(*name);
  return text;
}

}  // namespace scraper::fetch
