// A preloaded library (LD_PRELOAD) that logs what scraper does to the disk: SCRAPER_DISK_LOG names
// the log, SCRAPER_DISK_ROOT the directory below which files are logged. tests/support/disk_image.h
// says what a record is and what becomes of the log.
//
// Calls are made and logged under one lock, so the log has them in their order; a sync, which takes
// long, is logged where it begins and where it ends. Children are not followed. A call that changes
// a file in a way that is not logged (stdio, a shared mapping) leaves an "unseen" record, which
// fails the test.
#include <dlfcn.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <mutex>
#include <string>
#include <string_view>

#include "tests/support/disk_log.h"

using scraper::test::DiskCall;
using scraper::test::DiskRecord;

namespace {

constexpr int kMostFiles = 65536;

enum : char { kNotOurs, kFile, kDirectory };

struct Log {
  std::mutex lock;
  int file = -1;
  std::string root;  // with a slash at its end
  char open_files[kMostFiles] = {};

  Log() {
    const char* path = getenv("SCRAPER_DISK_LOG");
    const char* below = getenv("SCRAPER_DISK_ROOT");
    unsetenv("LD_PRELOAD");  // workers write nothing, and children of children are not this program
    if (path == nullptr || below == nullptr) return;
    root = std::string(below) + "/";
    file = static_cast<int>(
        syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
    put(DiskCall::kStart, -1, 0);
  }

  bool is_ours(int fd) const {
    return file >= 0 && fd >= 0 && fd < kMostFiles && open_files[fd] != kNotOurs;
  }

  void put(DiskCall call, int fd, std::uint64_t offset, std::string_view name = {},
           std::string_view data = {}) {
    if (file < 0) return;
    const DiskRecord record{call, fd, offset, static_cast<std::uint32_t>(name.size()),
                            static_cast<std::uint32_t>(data.size())};
    std::string bytes(reinterpret_cast<const char*>(&record), sizeof record);
    bytes.append(name).append(data);
    for (std::string_view rest = bytes; !rest.empty();) {
      const long n = syscall(SYS_write, file, rest.data(), rest.size());
      if (n <= 0) abort();
      rest.remove_prefix(static_cast<std::size_t>(n));
    }
  }

  // The name below the root; empty when it is not below it.
  std::string name_of(int directory, const char* path) const {
    std::string whole = path;
    if (whole.empty() || whole[0] != '/') {
      char base[4096];
      const std::string link =
          directory == AT_FDCWD ? "/proc/self/cwd" : "/proc/self/fd/" + std::to_string(directory);
      const ssize_t n = readlink(link.c_str(), base, sizeof base);
      if (n <= 0) return {};
      whole = whole == "." ? std::string(base, static_cast<std::size_t>(n))
                           : std::string(base, static_cast<std::size_t>(n)) + "/" + whole;
    }
    while (whole.size() > 1 && whole.back() == '/') whole.pop_back();
    for (std::size_t twice = 0; (twice = whole.find("//")) != whole.npos;) whole.erase(twice, 1);
    return whole.starts_with(root) ? whole.substr(root.size())
           : whole + "/" == root   ? "."
                                   : std::string();
  }
};

Log& disk() {
  static Log* log = new Log;  // threads use it to the very end
  return *log;
}

template <class Function>
Function* next(const char* name) {
  return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
}

#define NEXT(name) static auto* const real = next<decltype(name)>(#name)

int open_logged(int directory, const char* path, int flags, mode_t mode) {
  Log& log = disk();
  const std::string name =
      log.file < 0 || path == nullptr ? std::string() : log.name_of(directory, path);
  const std::lock_guard guard(log.lock);
  struct stat before {};
  const bool was_there = name.empty() || fstatat(directory, path, &before, 0) == 0;
  const int fd = static_cast<int>(syscall(SYS_openat, directory, path, flags, mode));
  const int fault = errno;
  if (fd >= 0 && fd < kMostFiles) {
    if (log.is_ours(fd)) log.put(DiskCall::kClose, fd, 0);
    const bool is_nameless = (flags & O_TMPFILE) == O_TMPFILE;
    struct stat now {};
    const bool is_directory = fstat(fd, &now) == 0 && S_ISDIR(now.st_mode);
    log.open_files[fd] = name.empty() || is_nameless ? kNotOurs : is_directory ? kDirectory : kFile;
    if (log.open_files[fd] != kNotOurs) {
      const auto call = is_directory ? DiskCall::kOpenDirectory
                        : was_there  ? DiskCall::kOpen
                                     : DiskCall::kCreate;
      log.put(call, fd, 0, name);
      if (was_there && (flags & O_TRUNC) != 0) log.put(DiskCall::kTruncate, fd, 0);
    }
  }
  errno = fault;
  return fd;
}

// What was written lies at `offset`.
void put_written(int fd, std::uint64_t offset, const iovec* parts, int count, ssize_t written) {
  std::string data;
  for (int i = 0; i < count; ++i)
    data.append(static_cast<const char*>(parts[i].iov_base), parts[i].iov_len);
  data.resize(static_cast<std::size_t>(written));
  disk().put(DiskCall::kWrite, fd, offset, {}, data);
}

// A call on one file: made, and logged by `put` when it returned no error.
template <class Call, class Put>
auto logged(int fd, const Call& call, const Put& put) {
  Log& log = disk();
  if (!log.is_ours(fd)) return call();
  const std::lock_guard guard(log.lock);
  const auto result = call();
  const int fault = errno;
  if (result >= 0) put(log, result);
  errno = fault;
  return result;
}

template <class Call>
int synced(int fd, const Call& call) {
  Log& log = disk();
  if (!log.is_ours(fd)) return call();
  const auto put = [&](DiskCall what) {
    const std::lock_guard guard(log.lock);
    log.put(what, fd, static_cast<std::uint64_t>(gettid()));
  };
  put(DiskCall::kSyncBegin);
  const int result = call();
  if (result == 0) put(DiskCall::kSyncEnd);
  return result;
}

template <class Call>
int renamed(int from_directory, const char* from, int to_directory, const char* to,
            const Call& call) {
  Log& log = disk();
  const std::string old_name = log.name_of(from_directory, from);
  const std::string new_name = log.name_of(to_directory, to);
  const std::lock_guard guard(log.lock);
  const int result = call();
  if (result == 0 && !(old_name + new_name).empty())
    log.put(DiskCall::kRename, -1, 0, old_name, new_name);
  return result;
}

template <class Call>
int named(DiskCall what, int directory, const char* path, const Call& call) {
  Log& log = disk();
  const std::string name = log.file < 0 ? std::string() : log.name_of(directory, path);
  const std::lock_guard guard(log.lock);
  const int result = call();
  const int fault = errno;
  if (result == 0 && !name.empty()) log.put(what, -1, 0, name);
  errno = fault;
  return result;
}

void put_unseen(const char* call, const std::string& name) {
  Log& log = disk();
  const std::lock_guard guard(log.lock);
  log.put(DiskCall::kUnseen, -1, 0, std::string(call) + " " + name);
}

mode_t mode_of(int flags, va_list arguments) {
  return (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(arguments, mode_t) : 0;
}

#define OPEN(directory)                          \
  va_list arguments;                             \
  va_start(arguments, flags);                    \
  const mode_t mode = mode_of(flags, arguments); \
  va_end(arguments);                             \
  return open_logged(directory, path, flags, mode)

}  // namespace

extern "C" {

int open(const char* path, int flags, ...) { OPEN(AT_FDCWD); }
int open64(const char* path, int flags, ...) { OPEN(AT_FDCWD); }
int openat(int directory, const char* path, int flags, ...) { OPEN(directory); }
int openat64(int directory, const char* path, int flags, ...) { OPEN(directory); }
int creat(const char* path, mode_t mode) {
  return open_logged(AT_FDCWD, path, O_WRONLY | O_CREAT | O_TRUNC, mode);
}

int close(int fd) {
  const auto call = [fd] { return static_cast<int>(syscall(SYS_close, fd)); };
  return logged(fd, call, [fd](Log& log, int) {
    log.open_files[fd] = kNotOurs;
    log.put(DiskCall::kClose, fd, 0);
  });
}

ssize_t writev(int fd, const iovec* parts, int count) {
  const auto call = [&] { return static_cast<ssize_t>(syscall(SYS_writev, fd, parts, count)); };
  return logged(fd, call, [&](Log&, ssize_t n) {
    put_written(fd, static_cast<std::uint64_t>(lseek(fd, 0, SEEK_CUR) - n), parts, count, n);
  });
}

ssize_t write(int fd, const void* bytes, size_t size) {
  const auto call = [&] { return static_cast<ssize_t>(syscall(SYS_write, fd, bytes, size)); };
  return logged(fd, call, [&](Log&, ssize_t n) {
    const iovec part{const_cast<void*>(bytes), size};
    put_written(fd, static_cast<std::uint64_t>(lseek(fd, 0, SEEK_CUR) - n), &part, 1, n);
  });
}

ssize_t pwritev64(int fd, const iovec* parts, int count, off64_t offset) {
  NEXT(pwritev64);
  const auto call = [&] { return real(fd, parts, count, offset); };
  return logged(fd, call, [&](Log&, ssize_t n) {
    put_written(fd, static_cast<std::uint64_t>(offset), parts, count, n);
  });
}

ssize_t pwritev(int fd, const iovec* parts, int count, off_t offset) {
  return pwritev64(fd, parts, count, offset);
}

ssize_t pwrite64(int fd, const void* bytes, size_t size, off64_t offset) {
  const auto call = [&] {
    return static_cast<ssize_t>(syscall(SYS_pwrite64, fd, bytes, size, offset));
  };
  return logged(fd, call, [&](Log&, ssize_t n) {
    const iovec part{const_cast<void*>(bytes), size};
    put_written(fd, static_cast<std::uint64_t>(offset), &part, 1, n);
  });
}

ssize_t pwrite(int fd, const void* bytes, size_t size, off_t offset) {
  return pwrite64(fd, bytes, size, offset);
}

int ftruncate64(int fd, off64_t length) {
  const auto call = [&] { return static_cast<int>(syscall(SYS_ftruncate, fd, length)); };
  return logged(fd, call, [&](Log& log, int) {
    log.put(DiskCall::kTruncate, fd, static_cast<std::uint64_t>(length));
  });
}

int ftruncate(int fd, off_t length) { return ftruncate64(fd, length); }

// With FALLOC_FL_KEEP_SIZE nothing is to be seen of it afterwards; RocksDB punches no holes.
int fallocate64(int fd, int mode, off64_t offset, off64_t length) {
  const auto call = [&] {
    return static_cast<int>(syscall(SYS_fallocate, fd, mode, offset, length));
  };
  return logged(fd, call, [&](Log& log, int) {
    if (mode == 0) log.put(DiskCall::kExtend, fd, static_cast<std::uint64_t>(offset + length));
    if (mode != 0 && mode != FALLOC_FL_KEEP_SIZE) log.put(DiskCall::kUnseen, fd, 0, "fallocate");
  });
}

int fallocate(int fd, int mode, off_t offset, off_t length) {
  return fallocate64(fd, mode, offset, length);
}

int posix_fallocate64(int fd, off64_t offset, off64_t length) {
  return fallocate64(fd, 0, offset, length) == 0 ? 0 : errno;
}

int posix_fallocate(int fd, off_t offset, off_t length) {
  return posix_fallocate64(fd, offset, length);
}

int fsync(int fd) {
  return synced(fd, [fd] { return static_cast<int>(syscall(SYS_fsync, fd)); });
}

int fdatasync(int fd) {
  return synced(fd, [fd] { return static_cast<int>(syscall(SYS_fdatasync, fd)); });
}

// sync_file_range promises nothing after a power cut: not logged, as if it had not been called.

int rename(const char* from, const char* to) {
  return renamed(AT_FDCWD, from, AT_FDCWD, to,
                 [&] { return static_cast<int>(syscall(SYS_rename, from, to)); });
}

int renameat(int from_directory, const char* from, int to_directory, const char* to) {
  return renamed(from_directory, from, to_directory, to, [&] {
    return static_cast<int>(syscall(SYS_renameat, from_directory, from, to_directory, to));
  });
}

int renameat2(int, const char* from, int, const char*, unsigned) {
  put_unseen("renameat2", from);
  errno = ENOSYS;
  return -1;
}

int link(const char* from, const char* to) {
  put_unseen("link", from);
  return static_cast<int>(syscall(SYS_link, from, to));
}

int unlink(const char* path) {
  return named(DiskCall::kRemove, AT_FDCWD, path,
               [&] { return static_cast<int>(syscall(SYS_unlink, path)); });
}

int unlinkat(int directory, const char* path, int flags) {
  return named(DiskCall::kRemove, directory, path,
               [&] { return static_cast<int>(syscall(SYS_unlinkat, directory, path, flags)); });
}

int remove(const char* path) { return unlink(path) == 0 ? 0 : errno == EISDIR ? rmdir(path) : -1; }

int rmdir(const char* path) {
  return named(DiskCall::kRemove, AT_FDCWD, path,
               [&] { return static_cast<int>(syscall(SYS_rmdir, path)); });
}

int mkdir(const char* path, mode_t mode) {
  return named(DiskCall::kMakeDirectory, AT_FDCWD, path,
               [&] { return static_cast<int>(syscall(SYS_mkdir, path, mode)); });
}

int mkdirat(int directory, const char* path, mode_t mode) {
  return named(DiskCall::kMakeDirectory, directory, path,
               [&] { return static_cast<int>(syscall(SYS_mkdirat, directory, path, mode)); });
}

FILE* fopen64(const char* path, const char* mode) {
  NEXT(fopen64);
  if (strpbrk(mode, "wa+") != nullptr && !disk().name_of(AT_FDCWD, path).empty())
    put_unseen("fopen", path);
  return real(path, mode);
}

FILE* fopen(const char* path, const char* mode) { return fopen64(path, mode); }

void* mmap64(void* address, size_t size, int protection, int flags, int fd, off64_t offset) {
  const bool writes = (flags & MAP_SHARED) != 0 && (protection & PROT_WRITE) != 0;
  if (writes && fd >= 0 && disk().is_ours(fd)) put_unseen("mmap", std::to_string(fd));
  return reinterpret_cast<void*>(syscall(SYS_mmap, address, size, protection, flags, fd, offset));
}

void* mmap(void* address, size_t size, int protection, int flags, int fd, off_t offset) {
  return mmap64(address, size, protection, flags, fd, offset);
}

}  // extern "C"
