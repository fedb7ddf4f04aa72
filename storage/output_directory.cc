#include "storage/output_directory.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <string_view>
#include <vector>

#include "scraper/base/json_writer.h"
#include "storage/descriptor.h"

namespace scraper::storage {

namespace {

// Who holds the lock, as a word to people; the lock itself is on the directory and goes with its process, however that ends.
constexpr const char* kLockFile = "crawl.lock";
constexpr int kDirectoryFlags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;

struct Room {
  std::string_view name;
  std::string_view suffix;  // of its files: NNNNN and this
};
constexpr Room kRooms[] = {{"warc", ".warc"}, {"quarantine", ".json"}};

enum class EntryType { kFile, kDirectory, kOther };

struct Entry {
  std::string name;
  EntryType type = EntryType::kOther;
};

Error file_error(std::string context) { return {Errc::kFile, std::move(context)}; }

// "NNNNN" and `suffix`, with five digits or more.
bool is_numbered(std::string_view name, std::string_view prefix, std::string_view suffix) {
  if (name.size() < prefix.size() + 5 + suffix.size()) return false;
  if (name.substr(0, prefix.size()) != prefix || name.substr(name.size() - suffix.size()) != suffix) return false;
  const std::string_view digits = name.substr(prefix.size(), name.size() - prefix.size() - suffix.size());
  return digits.find_first_not_of("0123456789") == digits.npos;
}

const Room* room_named(std::string_view name) {
  const auto* room = std::find_if(std::begin(kRooms), std::end(kRooms), [&](const Room& r) { return r.name == name; });
  return room == std::end(kRooms) ? nullptr : room;
}

bool is_ours(const Entry& entry) {
  if (entry.type == EntryType::kDirectory) return room_named(entry.name) != nullptr;
  if (entry.type != EntryType::kFile) return false;
  return entry.name == "crawl.toml" || entry.name == "pages.jsonl" || entry.name == "sitemaps.jsonl" ||
         entry.name == "report.json" || entry.name == kLockFile || is_numbered(entry.name, "pages-", ".jsonl");
}

bool is_ours_in(const Room& room, const Entry& entry) {
  if (entry.type != EntryType::kFile) return false;
  return is_numbered(entry.name, "", room.suffix) || is_numbered(entry.name, "", std::string(room.suffix) + ".part");
}

EntryType type_of(int directory, const char* name) {
  struct stat s {};
  if (::fstatat(directory, name, &s, AT_SYMLINK_NOFOLLOW) != 0) return EntryType::kOther;
  return S_ISREG(s.st_mode) ? EntryType::kFile : S_ISDIR(s.st_mode) ? EntryType::kDirectory : EntryType::kOther;
}

Result<std::vector<Entry>> entries_of(int directory, const std::string& path) {
  const int copy = ::openat(directory, ".", kDirectoryFlags);  // a position of its own to read from
  DIR* stream = copy < 0 ? nullptr : ::fdopendir(copy);
  if (stream == nullptr) {
    Error error = errno_error("cannot read", path);
    if (copy >= 0) ::close(copy);
    return error;
  }
  std::vector<Entry> entries;
  while (const dirent* found = ::readdir(stream)) {
    const std::string_view name = found->d_name;
    if (name != "." && name != "..") entries.push_back({std::string(name), type_of(directory, found->d_name)});
  }
  ::closedir(stream);
  std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) { return a.name < b.name; });
  return entries;
}

Error stranger_error(const std::string& path, const std::string& name) {
  return file_error(
      fmt::format("{} holds something that no crawl wrote ({}): nothing was touched; choose another directory with -o DIR",
                  printable(path), printable(name)));
}

// The files of a room, or an error when something in it is not ours.
Result<std::vector<Entry>> files_of(int directory, const Room& room, const std::string& path) {
  const std::string name(room.name);
  const Descriptor inside(::openat(directory, name.c_str(), kDirectoryFlags));
  if (!inside) return errno_error("cannot open", path + "/" + name);
  auto files = entries_of(inside.value(), path + "/" + name);
  if (!files) return files;
  for (const Entry& file : *files) {
    if (!is_ours_in(room, file)) return stranger_error(path, name + "/" + file.name);
  }
  return files;
}

Result<void> remove_entry(int directory, const std::string& name, int flags, const std::string& path) {
  if (::unlinkat(directory, name.c_str(), flags) == 0 || errno == ENOENT) return {};
  return errno_error("cannot remove", path + "/" + name);
}

Result<void> remove_room(int directory, const Room& room, const std::string& path) {
  const std::string name(room.name);
  auto files = files_of(directory, room, path);
  if (!files) return files.error();
  const Descriptor inside(::openat(directory, name.c_str(), kDirectoryFlags));
  for (const Entry& file : *files) {
    if (auto removed = remove_entry(inside.value(), file.name, 0, path + "/" + name); !removed) return removed;
  }
  return remove_entry(directory, name, AT_REMOVEDIR, path);
}

// All of what a crawl wrote, or nothing: looked at as a whole before the first file goes. The file with the lock's word stays.
Result<void> remove_crawl(int directory, const std::vector<Entry>& entries, const std::string& path) {
  for (const Entry& entry : entries) {
    const Room* room = room_named(entry.name);
    if (room == nullptr) continue;
    if (auto files = files_of(directory, *room, path); !files) return files.error();
  }
  for (const Entry& entry : entries) {
    if (entry.name == kLockFile) continue;
    const Room* room = room_named(entry.name);
    auto removed = room != nullptr ? remove_room(directory, *room, path) : remove_entry(directory, entry.name, 0, path);
    if (!removed) return removed;
  }
  return {};
}

// What an earlier crawl left, where it may be removed; nothing where there is none.
Result<std::vector<Entry>> what_to_clear(int directory, const std::string& path, bool is_fresh) {
  auto entries = entries_of(directory, printable(path));
  if (!entries) return entries;
  bool has_crawl = false;
  for (const Entry& entry : *entries) {
    if (!is_ours(entry)) return stranger_error(path, entry.name);
    has_crawl |= entry.name != kLockFile;
  }
  if (!has_crawl) return std::vector<Entry>();
  if (is_fresh) return entries;
  return file_error(fmt::format("{} holds an earlier crawl: --fresh removes it and starts over, -o DIR takes another directory",
                                printable(path)));
}

std::string holder_of(int directory) {
  const Descriptor file(::openat(directory, kLockFile, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  char text[16];
  const ssize_t n = !file ? -1 : ::read(file.value(), text, sizeof text);
  std::string_view pid(text, n > 0 ? static_cast<std::size_t>(n) : 0);
  pid = pid.substr(0, pid.find_first_not_of("0123456789"));
  return pid.empty() ? "another process" : fmt::format("process {}", pid);
}

// Slashes at the end would make the kernel follow OUT where it is a symbolic link.
std::string without_end_slashes(std::string path) {
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  return path;
}

}  // namespace

Result<std::unique_ptr<OutputDirectory>> OutputDirectory::prepare(const std::string& path, bool is_fresh) {
  if (path.empty()) return file_error("the output directory's name is empty: give one with -o DIR");
  std::unique_ptr<OutputDirectory> out(new OutputDirectory(without_end_slashes(path)));
  Result<void> step = out->create();
  if (step) step = out->lock();
  if (step) step = out->clear(is_fresh);
  if (step) step = out->make_rooms();
  if (step) return out;
  out->remove_made();
  return step.error();
}

Result<void> OutputDirectory::check(const std::string& path, bool is_fresh) {
  OutputDirectory out(without_end_slashes(path));
  struct stat s {};
  if (::lstat(out.path_.c_str(), &s) != 0) return {};
  if (auto opened = out.open(); !opened) return opened;
  const auto entries = what_to_clear(out.directory_.value(), out.path_, is_fresh);
  return entries ? Result<void>() : Result<void>(entries.error());
}

OutputDirectory::~OutputDirectory() { remove_lock_file(); }

// What another process has begun to use by now is not empty and stays.
void OutputDirectory::remove_made() {
  remove_lock_file();
  for (auto path = made_.rbegin(); path != made_.rend(); ++path) ::rmdir(path->c_str());
}

void OutputDirectory::remove_lock_file() {
  if (has_lock_file_) ::unlinkat(directory_.value(), kLockFile, 0);
  has_lock_file_ = false;
}

Result<void> OutputDirectory::create() {
  for (std::size_t end = path_.find('/', 1);; end = path_.find('/', end + 1)) {
    const std::string part = path_.substr(0, end);
    if (::mkdir(part.c_str(), 0700) == 0) {
      made_.push_back(part);
    } else if (errno != EEXIST) {
      return errno_error("cannot create the output directory", printable(path_));
    }
    if (end == path_.npos) break;
  }
  return open();
}

Result<void> OutputDirectory::open() {
  directory_ = Descriptor(::open(path_.c_str(), kDirectoryFlags));
  if (directory_) return {};
  const int failure = errno;
  struct stat s {};
  if (::lstat(path_.c_str(), &s) == 0 && S_ISLNK(s.st_mode)) {
    return file_error(fmt::format("{} is a symbolic link: give -o the directory it leads to", printable(path_)));
  }
  errno = failure;
  if (failure == ENOTDIR) return file_error(fmt::format("{} is no directory: give another one with -o DIR", printable(path_)));
  return errno_error("cannot open the output directory", printable(path_));
}

Result<void> OutputDirectory::lock() {
  while (::flock(directory_.value(), LOCK_EX | LOCK_NB) != 0) {
    if (errno == EINTR) continue;
    if (errno != EWOULDBLOCK) return errno_error("cannot lock the output directory", printable(path_));
    return Error{Errc::kInUse, fmt::format("{} is in use by a running crawl ({}): wait for its end or choose another with -o DIR",
                                           printable(path_), holder_of(directory_.value()))};
  }
  return {};
}

Result<void> OutputDirectory::clear(bool is_fresh) {
  const auto entries = what_to_clear(directory_.value(), path_, is_fresh);
  if (!entries) return entries.error();
  return entries->empty() ? Result<void>() : remove_crawl(directory_.value(), *entries, path_);
}

Result<void> OutputDirectory::make_rooms() {
  std::vector<std::string> made;
  const auto fail = [&](std::string_view name) {
    Error error = errno_error("cannot create", fmt::format("{}/{}", printable(path_), name));
    for (const std::string& room : made) ::unlinkat(directory_.value(), room.c_str(), AT_REMOVEDIR);
    return error;
  };
  for (const Room& room : kRooms) {
    const std::string name(room.name);
    if (::mkdirat(directory_.value(), name.c_str(), 0700) != 0) return fail(name);
    made.push_back(name);
  }
  const Descriptor file(::openat(directory_.value(), kLockFile, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600));
  has_lock_file_ = static_cast<bool>(file);
  const std::string pid = std::to_string(::getpid()) + "\n";
  if (!file || ::write(file.value(), pid.data(), pid.size()) < 0) return fail(kLockFile);
  return {};
}

void OutputDirectory::discard() {
  auto entries = entries_of(directory_.value(), path_);
  const auto is_stranger = [](const Entry& entry) { return !is_ours(entry); };
  if (!entries || std::any_of(entries->begin(), entries->end(), is_stranger)) return;
  if (!remove_crawl(directory_.value(), *entries, path_)) return;
  remove_made();
}

}  // namespace scraper::storage
