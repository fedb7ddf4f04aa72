// What a single page needs of the crawl's machinery: a temporary segment, an appender, one worker.
// Used by fetch and extract.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <memory>
#include <string>

#include "base/capture.h"
#include "base/error.h"
#include "base/place.h"
#include "parse/workers/pool.h"
#include "scraper/rules/options.h"
#include "storage/segments.h"

namespace scraper::cli {

// A directory of our own (0700) below $TMPDIR or /tmp, removed with what is in it.
class TemporaryDirectory {
 public:
  static Result<std::unique_ptr<TemporaryDirectory>> make();
  explicit TemporaryDirectory(std::string path) : path_(std::move(path)) {}
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  ~TemporaryDirectory();
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

// A pool of one worker that gives links as they resolve, in document order.
Result<std::unique_ptr<parse::ParsePool>> start_page_pool(
    boost::asio::io_context& context, const CrawlOptions& crawl,
    std::function<Result<int>(std::uint32_t)> open_segment);

struct ParsedPage {
  parse::ParseOutcome outcome;
  Sha256 digest{};  // of its body
};

// A segment in `directory` and a pool that reads it.
class PageWork {
 public:
  static Result<std::unique_ptr<PageWork>> open(boost::asio::io_context& context,
                                                const std::string& directory,
                                                const CrawlOptions& crawl);

  // Stores the capture and has it parsed.
  boost::asio::awaitable<Result<ParsedPage>> parse(Capture capture);

 private:
  PageWork() = default;
  std::unique_ptr<storage::Segments> segments_;
  std::unique_ptr<parse::ParsePool> pool_;
};

// Prints the page's JSON, says what a worker could not do, and returns `code`, or 1 for such a
// page, or the exit code of a failed write.
int print_page(const Capture& capture, const parse::ParseOutcome& outcome, bool wants_text,
               int code);

// Runs `work` on `context` to its end and gives its value.
int run_to_end(boost::asio::io_context& context, boost::asio::awaitable<int> work);

}  // namespace scraper::cli
