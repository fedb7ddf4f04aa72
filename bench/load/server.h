// The load server: bodies of any size after any delay (load_request.h), over HTTP and HTTPS/1.1, on
// many loopback addresses, in a process of its own, so that its CPU, memory and switches are not
// those of what is measured. It serves the bench on loopback only: it is no web server, and bounds
// nothing that a client of ours would not do.
//
// It has to serve several times what its clients can: bare_client.h proves it.
#pragma once

#include <boost/json/fwd.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "base/descriptor.h"
#include "base/error.h"
#include "bench/child.h"
#include "bench/load/site.h"

namespace scraper::bench {

// The bench's end. One thread at a time, but for site() and what it returns.
class LoadServer {
 public:
  static Result<std::unique_ptr<LoadServer>> start(const LoadOptions& options);
  LoadServer(const LoadServer&) = delete;
  LoadServer& operator=(const LoadServer&) = delete;
  ~LoadServer();  // ends it

  const LoadSite& site() const { return site_; }
  pid_t pid() const { return child_->pid(); }
  // For --ca-certificate, in any process of ours; there as long as this is and never left behind.
  // Empty without TLS.
  const std::string& certificate_file() const { return certificate_file_; }

 private:
  LoadServer(std::unique_ptr<Child> child, LoadSite site)
      : child_(std::move(child)), site_(std::move(site)) {}
  Result<void> write_certificate();

  std::unique_ptr<Child> child_;
  LoadSite site_;
  Descriptor certificate_;  // in memory, under a path of /proc
  std::string certificate_file_;
};

// Listens, says where, and serves until the other end of `until_closed` is closed: what the part
// does.
Result<void> serve_load(const LoadOptions& options, int until_closed,
                        const std::function<void(const LoadSite&)>& listening);

// The part "load-server". Its task: {"addresses", "tls", "threads"}; its one answer: {"port",
// "tls_port", "addresses", "certificate"}.
int run_load_server(const boost::json::object& task);

}  // namespace scraper::bench
