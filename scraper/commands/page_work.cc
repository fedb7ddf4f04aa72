#include "scraper/commands/page_work.h"

#include <fmt/format.h>

#include <boost/asio/co_spawn.hpp>
#include <cstdlib>
#include <filesystem>

#include "base/exit_code.h"
#include "base/output.h"
#include "base/printable.h"
#include "base/rethrow.h"
#include "base/version.h"
#include "scraper/commands/command_line.h"
#include "storage/page_json.h"

namespace scraper::cli {

namespace asio = boost::asio;

Result<std::unique_ptr<TemporaryDirectory>> TemporaryDirectory::make() {
  const char* parent = std::getenv("TMPDIR");
  std::string path =
      fmt::format("{}/scraper-XXXXXX", parent != nullptr && *parent != '\0' ? parent : "/tmp");
  if (mkdtemp(path.data()) == nullptr)
    return errno_error("cannot make a directory", printable(path));
  return std::make_unique<TemporaryDirectory>(std::move(path));
}

TemporaryDirectory::~TemporaryDirectory() {
  std::error_code ignored;  // what cannot be removed is in a directory for temporary files
  std::filesystem::remove_all(path_, ignored);
}

Result<std::unique_ptr<parse::ParsePool>> start_page_pool(
    asio::io_context& context, const CrawlOptions& crawl,
    std::function<Result<int>(std::uint32_t)> open_segment) {
  parse::PoolOptions options;
  options.page.key = FingerprintKey::random();
  options.page.robots_agent = "scraper";
  options.page.wants_text = crawl.wants_text;
  options.page.parser = crawl.parser;
  options.page.links_as_resolved = true;
  options.page.kinds = kAllKinds;
  options.open_segment = std::move(open_segment);
  return parse::ParsePool::start(context.get_executor(), std::move(options));
}

Result<std::unique_ptr<PageWork>> PageWork::open(asio::io_context& context,
                                                 const std::string& directory,
                                                 const CrawlOptions& crawl) {
  storage::SegmentOptions options;
  options.directory = directory;
  options.software = fmt::format("scraper/{}", program_version());
  auto segments = storage::Segments::open(std::move(options), context.get_executor());
  if (!segments) return segments.error();
  std::unique_ptr<PageWork> work(new PageWork);
  work->segments_ = std::move(*segments);
  auto pool =
      start_page_pool(context, crawl, [source = work->segments_.get()](std::uint32_t segment) {
        return source->open_for_reading(segment);
      });
  if (!pool) return pool.error();
  work->pool_ = std::move(*pool);
  return work;
}

asio::awaitable<Result<ParsedPage>> PageWork::parse(Capture capture) {
  const Result<storage::Appended> appended = co_await segments_->append(std::move(capture));
  if (!appended) co_return appended.error();
  ParsedPage parsed;
  parsed.digest = appended->digest;
  parsed.outcome = co_await pool_->parse(appended->place, parse::TaskKind::kPage);
  co_return std::move(parsed);
}

int print_page(const Capture& capture, const parse::ParseOutcome& outcome, bool wants_text,
               int code) {
  const auto* record = std::get_if<PageRecord>(&outcome);
  const auto* failure = std::get_if<parse::ParseFailure>(&outcome);
  std::string error = failure != nullptr ? failure->reason : std::string();
  if (failure == nullptr && capture.error != FetchError::kNone) error = to_string(capture.error);
  const int written =
      write_standard_output(storage::to_json_page(capture, record, error, wants_text) + "\n");
  if (written != 0) return written;
  if (failure == nullptr) return code;
  complain(fmt::format("no worker gets through {}: {}", printable(capture.url.href()),
                       printable(failure->reason)));
  return kExitOther;
}

int run_to_end(asio::io_context& context, asio::awaitable<int> work) {
  int code = kExitOther;
  asio::co_spawn(context, std::move(work), [&](const std::exception_ptr& fault, int value) {
    kRethrow(fault);
    code = value;
    context.stop();
  });
  context.run();
  return code;
}

}  // namespace scraper::cli
