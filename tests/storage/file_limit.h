// A disk that is full after so many bytes, made with RLIMIT_FSIZE: the write that passes the limit
// is cut short, the next one fails (EFBIG), as they do with ENOSPC. Holds for every file of the
// process while it lives.
#pragma once

#include <sys/resource.h>

#include <csignal>

namespace scraper::storage {

class FileLimit {
 public:
  explicit FileLimit(rlim_t bytes) {
    before_signal_ = std::signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &before_);
    rlimit limit = before_;
    limit.rlim_cur = bytes;
    setrlimit(RLIMIT_FSIZE, &limit);
  }
  FileLimit(const FileLimit&) = delete;
  FileLimit& operator=(const FileLimit&) = delete;
  ~FileLimit() {
    setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, before_signal_);
  }

 private:
  rlimit before_{};
  void (*before_signal_)(int) = SIG_DFL;
};

}  // namespace scraper::storage
