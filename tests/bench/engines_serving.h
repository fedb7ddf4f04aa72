// The load server in a thread of the test, with HTTPS, and the certificate in a file.
#pragma once

#include <unistd.h>

#include <array>
#include <future>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/descriptor.h"
#include "base/thread.h"
#include "bench/engines/cells.h"
#include "bench/load/server.h"
#include "tests/catch.h"
#include "tests/support/folder.h"

namespace scraper::bench::test {

class EnginesServing {
 public:
  EnginesServing() {
    std::array<int, 2> pipe{};
    REQUIRE(::pipe(pipe.data()) == 0);
    watched_.reset(pipe[0]);
    held_.reset(pipe[1]);
    auto listening = site_promise_.get_future();
    auto started = Thread::start("load-server", [this] {
      served_ = serve_load({4, true, 1}, watched_.get(),
                           [this](const LoadSite& site) { site_promise_.set_value(site); });
    });
    REQUIRE(started.has_value());
    thread_.emplace(std::move(*started));
    site_ = listening.get();
    certificate_file_ = folder_.file("certificate.pem", site_.certificate);
  }
  EnginesServing(const EnginesServing&) = delete;
  EnginesServing& operator=(const EnginesServing&) = delete;
  ~EnginesServing() {
    held_.reset();
    thread_.reset();  // joins
  }

  const LoadSite& site() const { return site_; }

  CellTask task(const Cell& cell, double seconds) const {
    LoadPage page;
    page.body = cell.body;
    page.delay = std::chrono::milliseconds(cell.delay_ms);
    page.is_https = cell.is_tls;
    page.is_new_connection = !cell.is_kept;
    CellTask task{cell, seconds, false, {}, cell.is_tls ? certificate_file_ : ""};
    for (std::size_t i = 0; i < site_.addresses.size(); ++i)
      task.urls.push_back(site_.url(page, i));
    return task;
  }

 private:
  scraper::test::Folder folder_;
  std::string certificate_file_;
  Descriptor watched_, held_;
  std::promise<LoadSite> site_promise_;
  LoadSite site_;
  Result<void> served_;
  std::optional<Thread> thread_;
};

}  // namespace scraper::bench::test
