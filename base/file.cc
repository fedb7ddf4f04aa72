#include "base/file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>

#include "base/descriptor.h"
#include "base/kill_point.h"

namespace scraper {

namespace {

// fsync or fdatasync.
template <class Sync>
Result<void> sync_by(Sync sync, int descriptor, std::string_view path, Errc when_full) {
  if (sync(descriptor) == 0 || errno == EINVAL) return {};
  Error error = errno_error("cannot sync", path);
  if (error.code == Errc::kExhausted) error.code = when_full;
  return error;
}

}  // namespace

bool write_all(int descriptor, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(descriptor, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n == 0) errno = EIO;
    if (n <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
  return true;
}

Result<void> write_new_file(const std::string& path, std::string_view bytes) {
  const Descriptor file(
      ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!file) return errno_error("cannot create", path);
  kill_point("file.made");
  kill_point("file.half", [&] { write_all(file.get(), bytes.substr(0, bytes.size() / 2)); });
  const bool is_written = write_all(file.get(), bytes);
  kill_point("file.written");
  auto done = is_written ? sync(file.get(), path) : errno_error("cannot write", path);
  if (!done) ::unlink(path.c_str());
  return done;
}

Result<void> replace_file(const std::string& path, std::string_view bytes) {
  const std::string temporary = path + ".new";
  ::unlink(temporary.c_str());
  if (auto written = write_new_file(temporary, bytes); !written) return written;
  kill_point("file.replacing");
  if (std::rename(temporary.c_str(), path.c_str()) == 0) {
    kill_point("file.replaced");
    return sync_name(path);
  }
  const Error error = errno_error("cannot rename to", path);
  ::unlink(temporary.c_str());
  return error;
}

Result<void> sync(int descriptor, std::string_view path, Errc when_full) {
  return sync_by(::fsync, descriptor, path, when_full);
}

Result<void> sync_file(const std::string& path, Errc when_full) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
  if (!file) return errno_error("cannot open", path);
  return sync_by(::fdatasync, file.get(), path, when_full);
}

Result<void> sync_directory(const std::string& path, Errc when_full) {
  const Descriptor directory(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory) return errno_error("cannot open", path);
  return sync(directory.get(), path, when_full);
}

Result<void> sync_name(const std::string& path) {
  const std::string directory = std::filesystem::path(path).parent_path().string();
  return sync_directory(directory.empty() ? "." : directory);
}

Result<std::string> read_file(const std::string& path, std::size_t most) {
  const Descriptor file(
      ::open(path.c_str(),
             O_RDONLY | O_NONBLOCK | O_CLOEXEC));  // a pipe that nobody writes to is not waited for
  struct stat status {};
  if (!file || ::fstat(file.get(), &status) != 0) return errno_error("cannot open", path);
  if (!S_ISREG(status.st_mode)) return Error{Errc::kFile, path + " is no regular file"};
  std::string bytes;
  char buffer[65536];
  while (true) {
    const ssize_t n = ::read(file.get(), buffer, sizeof buffer);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return errno_error("cannot read", path);
    if (n == 0) return bytes;
    if (bytes.size() + static_cast<std::size_t>(n) > most)
      return Error{Errc::kFile, path + " is larger than " + std::to_string(most) + " bytes"};
    bytes.append(buffer, static_cast<std::size_t>(n));
  }
}

std::optional<std::uint64_t> free_space(const std::string& path) {
  struct statvfs disk {};
  if (::statvfs(path.c_str(), &disk) != 0 || disk.f_blocks == 0) return std::nullopt;
  return static_cast<std::uint64_t>(disk.f_bavail) * disk.f_frsize;
}

std::string own_path() {
  std::error_code error;
  const auto path = std::filesystem::read_symlink("/proc/self/exe", error);
  return error ? "scraper" : path.string();
}

}  // namespace scraper
