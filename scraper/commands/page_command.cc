#include "scraper/commands/page_command.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/sha.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <fstream>
#include <iostream>
#include <optional>

#include "base/crc32c.h"
#include "base/exit_code.h"
#include "base/http_head.h"
#include "base/output.h"
#include "base/printable.h"
#include "fetch/resolver.h"
#include "parse/url/url.h"
#include "scraper/commands/page_work.h"
#include "scraper/config/seed_guard.h"
#include "scraper/config/seed_list.h"

namespace scraper::cli {
namespace {

namespace asio = boost::asio;

constexpr int kLoginFailed = 401;
constexpr int kProxyLoginFailed = 407;

// --- fetch
// -------------------------------------------------------------------------------------------------------------------

struct FetchWork {
  const Settings& settings;
  Url url;
  fetch::Fetcher& fetcher;
  fetch::Resolver& resolver;
  PageWork& page;
};

// The addresses to connect to; none with a proxy. An Error when the name has none, or none that may
// be asked.
asio::awaitable<Result<std::vector<asio::ip::address>>> addresses_of(FetchWork* work) {
  using Addresses = std::vector<asio::ip::address>;
  const fetch::FetchOptions& options = work->settings.crawl.fetch;
  if (!options.proxy.empty()) co_return Addresses();
  std::string host = fetch::endpoint_of(work->url, options.connect_to).host;
  const fetch::Resolution resolution = co_await work->resolver.resolve(std::move(host));
  if (resolution.addresses.empty()) co_return Error{Errc::kOther, printable(resolution.error)};
  auto checked = check_addresses(work->url.href(), resolution.addresses, *options.guard);
  if (!checked) co_return checked.error();
  co_return resolution.addresses;
}

asio::awaitable<int> fetch_page(FetchWork* work) {
  auto addresses = co_await addresses_of(work);
  if (!addresses) {
    const int code = complain(addresses.error());
    if (addresses.error().code == Errc::kUsage) co_return code;
    co_return kExitNetwork;
  }
  fetch::FetchRequest request;
  request.url = work->url;
  request.sends_secrets = true;  // no redirect is followed, so it is whom they were given for
  request.addresses = std::move(*addresses);
  Capture capture = co_await work->fetcher.fetch(std::move(request));
  Capture shown = capture.outline();
  const int code = exit_code_of(shown);
  if (shown.error != FetchError::kNone) {
    complain(fmt::format("{}: {}", printable(shown.url.href()),
                         shown.error_text.empty() ? std::string(to_string(shown.error))
                                                  : printable(shown.error_text)));
  }
  if (!shown.has_answer()) co_return code;
  const auto parsed = co_await work->page.parse(std::move(capture));
  if (!parsed) co_return complain(parsed.error());
  shown.digest = parsed->digest;
  co_return print_page(shown, parsed->outcome, work->settings.crawl.wants_text, code);
}

int fetch_in(const Settings& settings, const Url& url, const std::string& directory) {
  asio::io_context context(1);
  fetch::FetchOptions options = settings.crawl.fetch;
  options.concurrency = 1;
  options.idle_connections = 1;
  options.spool_directory = directory;
  auto fetcher = fetch::make_fetcher(settings.crawl.engine, options, context.get_executor());
  if (!fetcher) return complain(fetcher.error());
  auto page = PageWork::open(context, directory, settings.crawl);
  if (!page) return complain(page.error());
  fetch::Resolver resolver(context.get_executor(), {});
  asio::signal_set signals(context, SIGINT, SIGTERM);
  int interrupted = 0;
  signals.async_wait([&](const boost::system::error_code& fault, int number) {
    if (fault) return;
    interrupted = exit_code_of_signal(number);
    signals.clear();  // a second one ends the program at once
    (*fetcher)->cancel_all();
  });
  FetchWork work{settings, url, **fetcher, resolver, **page};
  const int code = run_to_end(context, fetch_page(&work));
  return interrupted != 0 ? interrupted : code;
}

// --- extract
// -----------------------------------------------------------------------------------------------------------------

Sha256 digest_of(std::string_view bytes) {
  Sha256 digest{};
  SHA256(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), digest.data());
  return digest;
}

Result<std::string> read_document(const std::string& path, std::uint64_t most) {
  std::ifstream file;
  errno = 0;
  if (path != "-") file.open(path, std::ios::binary);
  std::istream& in = path == "-" ? std::cin : file;
  if (!in) return errno_error("cannot open", printable(path));
  std::string text;
  std::array<char, 64u << 10> buffer;
  while (in.read(buffer.data(), buffer.size()), in.gcount() > 0) {
    text.append(buffer.data(), static_cast<std::size_t>(in.gcount()));
    if (text.size() > most) {
      return Error{Errc::kFile, fmt::format("{} is larger than {}: --max-body SIZE takes more",
                                            printable(path), show_size(most))};
    }
  }
  if (in.bad()) return errno_error("cannot read", printable(path));
  return text;
}

// What a server would have answered.
Capture capture_of(std::string document, const Url& base, const std::string& content_type) {
  Capture capture;
  capture.url = base;
  capture.head = fmt::format("HTTP/1.1 200 OK\r\nContent-Type: {}\r\nContent-Length: {}\r\n\r\n",
                             content_type, document.size());
  capture.status = 200;
  capture.protocol = "http/1.1";
  capture.body.size = document.size();
  capture.body.memory = std::move(document);
  capture.timing.started = wall_now();
  return capture;
}

asio::awaitable<int> extract_document(PageWork* page, Capture capture, bool wants_text) {
  Capture shown = capture.outline();
  const auto parsed = co_await page->parse(std::move(capture));
  if (!parsed) co_return complain(parsed.error());
  shown.digest = parsed->digest;
  co_return print_page(shown, parsed->outcome, wants_text, 0);
}

int extract_file(const Settings& settings) {
  const auto base = parse::parse_url(settings.base);
  if (!base || !base->is_http())
    return complain(
        usage_error(fmt::format("--base: {} is no http or https URL", in_quotes(settings.base))));
  auto document = read_document(settings.arguments[0], settings.crawl.fetch.max_body);
  if (!document) return complain(document.error());
  const auto directory = TemporaryDirectory::make();
  if (!directory) return complain(directory.error());
  asio::io_context context(1);
  auto page = PageWork::open(context, (*directory)->path(), settings.crawl);
  if (!page) return complain(page.error());
  Capture capture = capture_of(std::move(*document), *base, settings.content_type);
  return run_to_end(context,
                    extract_document(page->get(), std::move(capture), settings.crawl.wants_text));
}

Result<std::string> read_record(const std::string& path, const RecordRange& range) {
  constexpr std::uint64_t kMost = 1ull << 30;
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  if (!file) return errno_error("cannot open", printable(path));
  file.seekg(0, std::ios::end);
  const auto size = static_cast<std::uint64_t>(std::max<std::streamoff>(0, file.tellg()));
  if (range.offset > size || range.length > size - range.offset || range.length > kMost) {
    return Error{Errc::kFile, fmt::format("{} has {} bytes: there is no record at {}:{}",
                                          printable(path), size, range.offset, range.length)};
  }
  std::string record(range.length, '\0');
  file.seekg(static_cast<std::streamoff>(range.offset));
  if (!file.read(record.data(), static_cast<std::streamsize>(record.size())))
    return errno_error("cannot read", printable(path));
  return record;
}

// What the record says about the answer it holds; its body stays where it is.
std::optional<Capture> capture_of_record(std::string_view record) {
  parse::RecordView view;
  if (!parse::split_record(record, view)) return std::nullopt;
  auto url = Url::from_serialised(std::string(view.target_uri));
  const auto head = parse_http_head(view.head);
  if (!url || !head) return std::nullopt;
  Capture capture;
  capture.url = std::move(*url);
  capture.head = view.head;
  capture.status = head->status;
  capture.digest = digest_of(view.body);
  capture.body.size = view.body.size();
  return capture;
}

asio::awaitable<int> extract_place(parse::ParsePool* pool, const Capture* capture, Place place,
                                   bool wants_text) {
  const parse::ParseOutcome outcome = co_await pool->parse(place, parse::TaskKind::kPage);
  co_return print_page(*capture, outcome, wants_text, 0);
}

int extract_record(const Settings& settings) {
  const std::string& path = settings.arguments[0];
  const auto record = read_record(path, *settings.record);
  if (!record) return complain(record.error());
  const auto capture = capture_of_record(*record);
  if (!capture) {
    return complain(
        Error{Errc::kFile,
              fmt::format("{}: the bytes at {}:{} are no WARC response record", printable(path),
                          settings.record->offset, settings.record->length)});
  }
  asio::io_context context(1);
  auto pool = start_page_pool(context, settings.crawl, [&](std::uint32_t) -> Result<int> {
    const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) return errno_error("cannot open", printable(path));
    return descriptor;
  });
  if (!pool) return complain(pool.error());
  const Place place{0, settings.record->offset, settings.record->length, crc32c(*record)};
  return run_to_end(context,
                    extract_place(pool->get(), &*capture, place, settings.crawl.wants_text));
}

}  // namespace

int exit_code_of(const Capture& capture) {
  switch (capture.error) {
    case FetchError::kNone: break;
    case FetchError::kResolve:
    case FetchError::kAddressRefused:
    case FetchError::kConnect:
    case FetchError::kTimeout:
    case FetchError::kReset:
    case FetchError::kTruncated:
    case FetchError::kProxy: return kExitNetwork;
    case FetchError::kTls: return kExitTls;
    case FetchError::kProtocol:
    case FetchError::kHeadTooLarge: return kExitProtocol;
    case FetchError::kCancelled: return kExitInterrupted;
    case FetchError::kLocal: return kExitFile;
    case FetchError::kExhausted: return kExitExhausted;
  }
  if (capture.status == kLoginFailed || capture.status == kProxyLoginFailed) return kExitLogin;
  return capture.status >= 400 ? kExitServer : kExitDone;
}

int run_fetch(const Settings& settings) {
  const auto seed = parse_seed(settings.arguments[0]);
  if (!seed) return complain(usage_error("fetch: " + seed.error().context));
  const auto directory = TemporaryDirectory::make();
  if (!directory) return complain(directory.error());
  return fetch_in(settings, seed->url, (*directory)->path());
}

int run_extract(const Settings& settings) {
  return settings.record ? extract_record(settings) : extract_file(settings);
}

}  // namespace scraper::cli
