#include "base/line_output.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <utility>

namespace scraper {

namespace {

bool has_room(int descriptor) {
  pollfd one{descriptor, POLLOUT, 0};
  return ::poll(&one, 1, 0) == 1;  // an error counts as room: the write then says which
}

bool is_regular_file(int descriptor) {
  struct stat status {};
  return ::fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode);
}

}  // namespace

LineOutput::LineOutput(boost::asio::io_context& io, int descriptor, std::function<void()> on_change)
    : descriptor_(io), target_(descriptor), on_change_(std::move(on_change)) {
  if (is_regular_file(descriptor)) return;
  const int copy = ::fcntl(descriptor, F_DUPFD_CLOEXEC, 3);
  boost::system::error_code ignored;
  if (copy < 0) return;
  descriptor_.assign(copy, ignored);
  if (!descriptor_.is_open()) ::close(copy);
}

void LineOutput::write(std::string_view line) {
  if (is_closed_ || error_) return;
  waiting_.append(line).append("\n");
  if (!is_waiting_) write_some();
}

void LineOutput::write_some() {
  std::size_t written = 0;
  while (written < waiting_.size() && (!descriptor_.is_open() || has_room(target_))) {
    // A pipe with room takes PIPE_BUF bytes without blocking (POSIX write(), pipe(7)).
    const std::size_t size = std::min<std::size_t>(waiting_.size() - written, PIPE_BUF);
    const ssize_t n = ::write(target_, waiting_.data() + written, size);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && errno == EAGAIN) break;
    if (n < 0) return give_up(errno);
    written += static_cast<std::size_t>(n);
  }
  waiting_.erase(0, written);
  if (!waiting_.empty()) wait_for_room();
}

void LineOutput::wait_for_room() {
  is_waiting_ = true;
  descriptor_.async_wait(boost::asio::posix::stream_descriptor::wait_write,
                         [this](const boost::system::error_code& error) {
                           if (error == boost::asio::error::operation_aborted) return;
                           is_waiting_ = false;
                           write_some();
                           on_change_();
                         });
}

void LineOutput::give_up(int number) {
  errno = number;
  if (number == EPIPE) {
    is_closed_ = true;
  } else {
    error_ = errno_error("cannot write", "standard output");
  }
  waiting_.clear();
  on_change_();
}

}  // namespace scraper
