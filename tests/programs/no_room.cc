// Preloaded into the program (LD_PRELOAD), this lets system calls fail as they do when the machine
// has no room: on files below $NO_ROOM_BELOW, or on internet sockets.
//
//   NO_ROOM_CALL   open (openat, creat), write (pwrite, writev, pwritev), sync (fsync, fdatasync),
//   truncate, rename, mkdir, socket NO_ROOM_ERRNO  the number of the error NO_ROOM_FIRST  the first
//   call of the kind that fails, from 1; 0: none does NO_ROOM_MANY   how many fail; 0: all from the
//   first on NO_ROOM_COUNTS a file of eight bytes a kind, where the calls are counted
//
// Parse workers get an environment of their own and with it nothing of this. What is done inside
// libraries without a call that could be put before (stdio's, for RocksDB's own log) is left alone.
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <climits>
#include <cstdarg>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace {

enum Kind { kOpen, kWrite, kSync, kTruncate, kRename, kMkdir, kSocket, kKinds };
constexpr const char* kNames[kKinds] = {"open",   "write", "sync",  "truncate",
                                        "rename", "mkdir", "socket"};

using Count = std::atomic<std::uint64_t>;
static_assert(sizeof(Count) == 8 && Count::is_always_lock_free);

struct Plan {
  const char* below = std::getenv("NO_ROOM_BELOW");
  int kind = kKinds;
  int error = 0;
  std::uint64_t first = 0;
  std::uint64_t many = 0;
  Count* counts = nullptr;

  static std::uint64_t number(const char* variable) {
    const char* text = std::getenv(variable);
    return text == nullptr ? 0 : std::strtoull(text, nullptr, 10);
  }

  Plan() {
    const char* const call = std::getenv("NO_ROOM_CALL");
    const char* const path = std::getenv("NO_ROOM_COUNTS");
    if (below == nullptr || call == nullptr || path == nullptr) std::abort();
    for (kind = 0; kind < kKinds && std::strcmp(call, kNames[kind]) != 0;) ++kind;
    error = static_cast<int>(number("NO_ROOM_ERRNO"));
    first = number("NO_ROOM_FIRST");
    many = number("NO_ROOM_MANY");
    const int file = static_cast<int>(::syscall(SYS_openat, AT_FDCWD, path, O_RDWR));
    void* const shared =
        ::mmap(nullptr, kKinds * sizeof(Count), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (file < 0 || shared == MAP_FAILED) std::abort();
    ::close(file);
    counts = static_cast<Count*>(shared);
  }
};

Plan& plan() {
  static Plan plan;
  return plan;
}

// True: it fails, and errno says how.
bool fails(Kind kind) {
  Plan& p = plan();
  const std::uint64_t number = ++p.counts[kind];
  const bool is_wanted = kind == p.kind && p.first != 0 && number >= p.first &&
                         (p.many == 0 || number < p.first + p.many);
  if (is_wanted) errno = p.error;
  return is_wanted;
}

bool is_below(const char* path) {
  const char* const below = plan().below;
  return std::strncmp(path, below, std::strlen(below)) == 0;
}

bool is_below(int descriptor) {
  const int before = errno;
  char link[64];
  char path[PATH_MAX];
  std::snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
  const ssize_t size = ::readlink(link, path, sizeof path - 1);
  errno = before;
  if (size <= 0) return false;
  path[size] = '\0';
  return is_below(path);
}

bool is_below(int directory, const char* path) {
  return path[0] == '/' || directory == AT_FDCWD ? is_below(path) : is_below(directory);
}

template <class Function>
Function* next(const char* name) {
  return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}

int open_at(int directory, const char* path, int flags, mode_t mode) {
  if (is_below(directory, path) && fails(kOpen)) return -1;
  static const auto real = next<int(int, const char*, int, ...)>("openat");
  return real(directory, path, flags, mode);
}

// The mode is read whether or not there is one, as the kernel does.
mode_t mode_in(va_list arguments) { return va_arg(arguments, mode_t); }

}  // namespace

#define WITH_MODE(flags)                  \
  va_list arguments;                      \
  va_start(arguments, flags);             \
  const mode_t mode = mode_in(arguments); \
  va_end(arguments)

extern "C" {

int open(const char* path, int flags, ...) {
  WITH_MODE(flags);
  return open_at(AT_FDCWD, path, flags, mode);
}

int open64(const char* path, int flags, ...) {
  WITH_MODE(flags);
  return open_at(AT_FDCWD, path, flags, mode);
}

int openat(int directory, const char* path, int flags, ...) {
  WITH_MODE(flags);
  return open_at(directory, path, flags, mode);
}

int openat64(int directory, const char* path, int flags, ...) {
  WITH_MODE(flags);
  return open_at(directory, path, flags, mode);
}

int creat(const char* path, mode_t mode) {
  return open_at(AT_FDCWD, path, O_CREAT | O_WRONLY | O_TRUNC, mode);
}

ssize_t write(int file, const void* bytes, size_t size) {
  if (is_below(file) && fails(kWrite)) return -1;
  static const auto real = next<ssize_t(int, const void*, size_t)>("write");
  return real(file, bytes, size);
}

ssize_t writev(int file, const iovec* parts, int count) {
  if (is_below(file) && fails(kWrite)) return -1;
  static const auto real = next<ssize_t(int, const iovec*, int)>("writev");
  return real(file, parts, count);
}

ssize_t pwrite(int file, const void* bytes, size_t size, off_t at) {
  if (is_below(file) && fails(kWrite)) return -1;
  static const auto real = next<ssize_t(int, const void*, size_t, off_t)>("pwrite");
  return real(file, bytes, size, at);
}

ssize_t pwrite64(int file, const void* bytes, size_t size, off_t at) {
  return pwrite(file, bytes, size, at);
}

ssize_t pwritev(int file, const iovec* parts, int count, off_t at) {
  if (is_below(file) && fails(kWrite)) return -1;
  static const auto real = next<ssize_t(int, const iovec*, int, off_t)>("pwritev");
  return real(file, parts, count, at);
}

ssize_t pwritev64(int file, const iovec* parts, int count, off_t at) {
  return pwritev(file, parts, count, at);
}

int fsync(int file) {
  if (is_below(file) && fails(kSync)) return -1;
  static const auto real = next<int(int)>("fsync");
  return real(file);
}

int fdatasync(int file) {
  if (is_below(file) && fails(kSync)) return -1;
  static const auto real = next<int(int)>("fdatasync");
  return real(file);
}

int ftruncate(int file, off_t size) {
  if (is_below(file) && fails(kTruncate)) return -1;
  static const auto real = next<int(int, off_t)>("ftruncate");
  return real(file, size);
}

int ftruncate64(int file, off_t size) { return ftruncate(file, size); }

int rename(const char* from, const char* to) {
  if (is_below(to) && fails(kRename)) return -1;
  static const auto real = next<int(const char*, const char*)>("rename");
  return real(from, to);
}

int renameat(int from, const char* old_name, int to, const char* name) {
  if (is_below(to, name) && fails(kRename)) return -1;
  static const auto real = next<int(int, const char*, int, const char*)>("renameat");
  return real(from, old_name, to, name);
}

int mkdir(const char* path, mode_t mode) {
  if (is_below(path) && fails(kMkdir)) return -1;
  static const auto real = next<int(const char*, mode_t)>("mkdir");
  return real(path, mode);
}

int mkdirat(int directory, const char* path, mode_t mode) {
  if (is_below(directory, path) && fails(kMkdir)) return -1;
  static const auto real = next<int(int, const char*, mode_t)>("mkdirat");
  return real(directory, path, mode);
}

int socket(int domain, int type, int protocol) {
  if ((domain == AF_INET || domain == AF_INET6) && fails(kSocket)) return -1;
  static const auto real = next<int(int, int, int)>("socket");
  return real(domain, type, protocol);
}

}  // extern "C"
