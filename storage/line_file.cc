#include "storage/line_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cassert>
#include <cerrno>
#include <utility>

#include "base/kill_point.h"
namespace scraper::storage {

namespace {

// How much of it was written; less than all with errno set.
std::size_t write_at(int file, std::string_view bytes, std::uint64_t offset) {
  std::size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t n =
        ::pwrite(file, bytes.data() + done, bytes.size() - done, static_cast<off_t>(offset + done));
    if (n < 0 && errno == EINTR) continue;
    if (n == 0) errno = EIO;
    if (n <= 0) break;
    done += static_cast<std::size_t>(n);
  }
  return done;
}

}  // namespace

Result<std::unique_ptr<LineFile>> LineFile::open(const std::string& path) {
  Descriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!file) return errno_error("cannot create", path);
  return std::unique_ptr<LineFile>(new LineFile(std::move(file), path));
}

Result<std::unique_ptr<LineFile>> LineFile::resume(const std::string& path, std::uint64_t length,
                                                   std::uint64_t lines) {
  Descriptor file(::open(path.c_str(), O_WRONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (!file && errno == ENOENT && length == 0) return open(path);
  struct stat status {};
  if (!file || ::fstat(file.get(), &status) != 0) return errno_error("cannot open", path);
  if (!S_ISREG(status.st_mode))
    return Error{Errc::kFile, fmt::format("cannot open {}: not a regular file", path)};
  const auto size = static_cast<std::uint64_t>(status.st_size);
  if (size < length)
    return Error{Errc::kFile, fmt::format("{} is damaged: it has {} bytes and should have {}", path,
                                          size, length)};
  if (size > length && ::ftruncate(file.get(), static_cast<off_t>(length)) != 0)
    return errno_error("cannot cut", path);
  std::unique_ptr<LineFile> resumed(new LineFile(std::move(file), path));
  resumed->written_ = length;
  resumed->lines_ = lines;
  return resumed;
}

LineFile::~LineFile() { [[maybe_unused]] const auto flushed = flush(); }

std::uint64_t LineFile::append(std::string_view line) {
  assert(line.find('\n') == line.npos);
  const std::uint64_t begin = bytes();
  buffer_.append(line).append("\n");
  ++lines_;
  return begin;
}

// A line is never parted: all of it is buffered or none.
Result<void> LineFile::overwrite(std::uint64_t offset, std::string_view with) {
  assert(offset + with.size() <= bytes());
  if (offset >= written_) {
    buffer_.replace(offset - written_, with.size(), with);
    return {};
  }
  if (write_at(file_.get(), with, offset) < with.size()) return errno_error("cannot write", path_);
  return {};
}

Result<void> LineFile::flush() {
  if (buffer_.empty()) return {};
  kill_point("lines.half", [&] {
    write_at(file_.get(), std::string_view(buffer_).substr(0, buffer_.size() / 2), written_);
  });
  const std::size_t done = write_at(file_.get(), buffer_, written_);
  kill_point("lines.flushed");
  if (done == buffer_.size()) {
    written_ += done;
    buffer_.clear();
    return {};
  }
  Error error = errno_error("cannot write", path_);
  const std::size_t whole = done == 0 ? 0 : buffer_.rfind('\n', done - 1) + 1;  // npos + 1 is 0
  written_ += whole;
  buffer_.erase(0, whole);
  [[maybe_unused]] const int cut = ::ftruncate(file_.get(), static_cast<off_t>(written_));
  return error;
}

}  // namespace scraper::storage
