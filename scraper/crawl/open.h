// How a crawl is put together: output directory, ledger, stages. Begins a crawl, or resumes the one
// that is found there.
#pragma once

#include <boost/asio/io_context.hpp>
#include <memory>
#include <optional>
#include <string>

#include "base/alarm.h"
#include "base/error.h"
#include "scraper/config/resume.h"
#include "scraper/crawl/crawl.h"
#include "scraper/rules/options.h"
#include "storage/output_directory.h"

namespace scraper {

// A crawl with all that it stands on. Destroyed in reverse: what works for it ends first, and the
// directory is let go when nothing writes to it any more.
struct OpenCrawl {
  boost::asio::io_context io{1};
  SystemClock clock{io.get_executor()};
  std::unique_ptr<storage::OutputDirectory> directory;
  std::optional<cli::ResumeChanges> resumed;  // nothing: a new crawl
  std::unique_ptr<Crawl> crawl;

  // A complete crawl was found, and nothing is left to do: nothing is written, so that what the
  // last run said of its end stays true.
  bool is_idle = false;
};

// `options` outlives the answer; `effective` is the text of OUT/crawl.toml. SIGINT and SIGTERM wait
// for the crawl from here on.
//
// Engine and workers start first, then the output directory is made or taken. Nothing is left
// behind when it fails: an earlier crawl is removed (--fresh) only when all but its own directory
// is known to work, and one that was to be resumed is as it was.
Result<std::unique_ptr<OpenCrawl>> open_crawl(const CrawlOptions& options,
                                              const std::string& effective);

}  // namespace scraper
