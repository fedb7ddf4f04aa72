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

#include "base/descriptor.h"
#include "base/file.h"
#include "base/kill_point.h"
#include "base/printable.h"
#include "storage/format.h"
#include "storage/output_names.h"
#include "storage/warc_reader.h"

namespace scraper::storage {

namespace {

constexpr int kDirectoryFlags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;

constexpr std::size_t kMostOfFirstRecord = 64u << 10;  // a warcinfo record has far less

enum class EntryType { kFile, kDirectory, kOther };

struct Entry {
  std::string name;
  EntryType type = EntryType::kOther;
};

Error file_error(std::string context) { return {Errc::kFile, std::move(context)}; }

bool is_named_as_ours(std::string_view name) {
  return room_named(name) != nullptr || is_top_file(name);
}

bool is_ours(const Entry& entry) {
  if (entry.type == EntryType::kDirectory) return room_named(entry.name) != nullptr;
  return entry.type == EntryType::kFile && is_top_file(entry.name);
}

bool is_ours_in(const Room& room, const Entry& entry) {
  return entry.type == EntryType::kFile && room.is_file(entry.name);
}

EntryType type_of(int directory, const char* name) {
  struct stat s {};
  if (::fstatat(directory, name, &s, AT_SYMLINK_NOFOLLOW) != 0) return EntryType::kOther;
  return S_ISREG(s.st_mode)   ? EntryType::kFile
         : S_ISDIR(s.st_mode) ? EntryType::kDirectory
                              : EntryType::kOther;
}

Result<std::vector<Entry>> entries_of(int directory, const std::string& path) {
  Descriptor copy(::openat(directory, ".", kDirectoryFlags));  // a position of its own to read from
  DIR* stream = !copy ? nullptr : ::fdopendir(copy.get());
  if (stream == nullptr) return errno_error("cannot read", path);
  copy.release();
  std::vector<Entry> entries;
  while (const dirent* found = ::readdir(stream)) {
    const std::string_view name = found->d_name;
    if (name != "." && name != "..")
      entries.push_back({std::string(name), type_of(directory, found->d_name)});
  }
  ::closedir(stream);
  std::sort(entries.begin(), entries.end(),
            [](const Entry& a, const Entry& b) { return a.name < b.name; });
  return entries;
}

// Whether a removal has to be durable, step by step, or what cannot be synced is removed all the
// same.
enum class Durably : bool { kAsCanBe, kSurely };

Result<void> sync_removal(int directory, const std::string& path, Durably how) {
  auto synced = sync(directory, path);
  return how == Durably::kSurely ? synced : Result<void>();
}

// The name of a directory is durable when the one that it stands in is synced.
Result<void> sync_parent(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  const std::string parent =
      slash == path.npos ? "." : path.substr(0, std::max<std::size_t>(slash, 1));
  const Descriptor directory(::open(parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory)
    return errno == EACCES ? Result<void>() : errno_error("cannot open", printable(parent));
  return sync(directory.get(), printable(parent));
}

Error stranger_error(const std::string& path, const std::string& name) {
  return file_error(
      fmt::format("{} holds something that no crawl wrote ({}): nothing was touched; choose "
                  "another directory with -o DIR",
                  printable(path), printable(name)));
}

bool holds(const std::vector<Entry>& entries, std::string_view name) {
  return std::any_of(entries.begin(), entries.end(),
                     [&](const Entry& entry) { return entry.name == name; });
}

// The first entry of OUT that no crawl wrote, or null. Without crawl.toml, which a crawl writes
// before it and removes after it, seeds.txt is somebody's own list.
const Entry* stranger_among(const std::vector<Entry>& entries) {
  const bool has_options = holds(entries, kOptionsFile);
  const auto found = std::find_if(entries.begin(), entries.end(), [&](const Entry& entry) {
    return !is_ours(entry) || (entry.name == kSeedsFile && !has_options);
  });
  return found == entries.end() ? nullptr : &*found;
}

// The files of a room, or an error when something in it is not ours.
Result<std::vector<Entry>> files_of(int directory, const Room& room, const std::string& path) {
  const std::string name(room.name);
  const Descriptor inside(::openat(directory, name.c_str(), kDirectoryFlags));
  if (!inside) return errno_error("cannot open", path + "/" + name);
  auto files = entries_of(inside.get(), path + "/" + name);
  if (!files) return files;
  for (const Entry& file : *files) {
    if (!is_ours_in(room, file)) return stranger_error(path, name + "/" + file.name);
  }
  return files;
}

Result<void> remove_entry(int directory, const std::string& name, int flags,
                          const std::string& path) {
  if (::unlinkat(directory, name.c_str(), flags) == 0 || errno == ENOENT) return {};
  return errno_error("cannot remove", path + "/" + name);
}

Result<void> remove_room(int directory, const Room& room, const std::string& path) {
  const std::string name(room.name);
  auto files = files_of(directory, room, path);
  if (!files) return files.error();
  const Descriptor inside(::openat(directory, name.c_str(), kDirectoryFlags));
  for (const Entry& file : *files) {
    if (auto removed = remove_entry(inside.get(), file.name, 0, path + "/" + name); !removed)
      return removed;
    kill_point("clear.file");
  }
  return remove_entry(directory, name, AT_REMOVEDIR, path);
}

// First of all, so that half a crawl is none that can be gone on with.
Result<void> remove_ledger_file(int directory, const std::string& path, Durably how) {
  const Descriptor room(::openat(directory, "ledger", kDirectoryFlags));
  if (!room || type_of(room.get(), kLedgerFile) != EntryType::kFile) return {};
  if (auto removed = remove_entry(room.get(), kLedgerFile, 0, path + "/ledger"); !removed)
    return removed;
  return sync_removal(room.get(), path + "/ledger", how);
}

// seeds.txt is ours only beside crawl.toml, and what never began is known by its rooms: so each
// goes only when what needs it is gone.
Result<void> remove_top_files(int directory, const std::vector<Entry>& entries,
                              const std::string& path, Durably how) {
  for (const Entry& entry : entries) {
    if (entry.type == EntryType::kDirectory || entry.name == kLockFile ||
        entry.name == kOptionsFile)
      continue;
    if (auto removed = remove_entry(directory, entry.name, 0, path); !removed) return removed;
    kill_point("clear.entry");
  }
  if (auto synced = sync_removal(directory, path, how); !synced) return synced;
  if (auto removed = remove_entry(directory, std::string(kOptionsFile), 0, path); !removed)
    return removed;
  return sync_removal(directory, path, how);
}

// All of what a crawl wrote, or nothing: looked at as a whole before the first file goes. The file
// with the lock's word stays.
Result<void> remove_crawl(int directory, const std::vector<Entry>& entries, const std::string& path,
                          Durably how) {
  for (const Entry& entry : entries) {
    const Room* room = room_named(entry.name);
    if (room == nullptr) continue;
    if (auto files = files_of(directory, *room, path); !files) return files.error();
  }
  kill_point("clear.begin");
  if (auto removed = remove_ledger_file(directory, path, how); !removed) return removed;
  kill_point("clear.unledgered");
  if (auto removed = remove_top_files(directory, entries, path, how); !removed) return removed;
  for (const Entry& entry : entries) {
    const Room* room = room_named(entry.name);
    if (room == nullptr) continue;
    if (auto removed = remove_room(directory, *room, path); !removed) return removed;
    kill_point("clear.room");
  }
  return {};
}

// Of a crawl that never began: what makes it look like one that did, while its ledger still says
// that it did not.
Result<void> remove_begun_files(int directory, const std::string& path) {
  for (const char* name : {"pages.jsonl", "sitemaps.jsonl"}) {
    if (auto removed = remove_entry(directory, name, 0, path); !removed) return removed;
  }
  const Room& warc = *room_named("warc");
  const auto segments = files_of(directory, warc, path);
  if (!segments) return segments.error();
  const Descriptor inside(::openat(directory, "warc", kDirectoryFlags));
  for (const Entry& segment : *segments) {
    if (auto removed = remove_entry(inside.get(), segment.name, 0, path + "/warc"); !removed)
      return removed;
  }
  if (auto synced = sync(inside.get(), path + "/warc"); !synced) return synced;
  return sync(directory, path);
}

// More than its first record, which is there before anything is fetched; a kill may have torn that.
Result<bool> has_captures(int directory, const std::string& name, const std::string& path) {
  const Descriptor file(
      ::openat(directory, name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  std::string bytes(kMostOfFirstRecord, '\0');
  const ssize_t got = !file ? -1 : ::read(file.get(), bytes.data(), bytes.size());
  struct stat s {};
  if (got < 0 || ::fstat(file.get(), &s) != 0) return errno_error("cannot read", path + "/" + name);
  bytes.resize(static_cast<std::size_t>(got));
  const auto first = parse_record_header(bytes);
  return static_cast<std::uint64_t>(s.st_size) > (first ? first->length() : kMostOfFirstRecord);
}

Result<bool> has_results_in(int directory, const std::string& path) {
  for (const char* name : {"pages.jsonl", "sitemaps.jsonl"}) {
    struct stat s {};
    if (::fstatat(directory, name, &s, AT_SYMLINK_NOFOLLOW) == 0 && s.st_size > 0) return true;
  }
  for (const char* name : {"warc", "quarantine"}) {
    const Descriptor room(::openat(directory, name, kDirectoryFlags));
    if (!room) continue;
    const auto files = entries_of(room.get(), path + "/" + name);
    if (!files) return files.error();
    if (files->empty()) continue;
    if (name == std::string_view("quarantine") || files->size() > 1) return true;
    const auto found = has_captures(room.get(), files->front().name, path + "/" + name);
    if (!found || *found) return found;
  }
  return false;
}

bool has_ledger(int directory) {
  const Descriptor room(::openat(directory, "ledger", kDirectoryFlags));
  return room && type_of(room.get(), kLedgerFile) == EntryType::kFile;
}

// A crawl to go on with: nothing of it is removed, so what else lies in OUT is no matter, unless it
// stands where a file or a room of ours has its place.
Result<void> check_places(int directory, const std::string& path) {
  const auto entries = entries_of(directory, printable(path));
  if (!entries) return entries.error();
  for (const Entry& entry : *entries) {
    if (is_named_as_ours(entry.name) && !is_ours(entry)) return stranger_error(path, entry.name);
  }
  return {};
}

// Ended before its ledger was made, or while that was removed again: it has a room of ours, and
// nothing was fetched.
Result<bool> never_began(int directory, const std::vector<Entry>& entries,
                         const std::string& path) {
  const bool has_room = std::any_of(entries.begin(), entries.end(), [](const Entry& entry) {
    return room_named(entry.name) != nullptr;
  });
  if (!has_room || holds(entries, "pages.jsonl") || holds(entries, "report.json")) return false;
  if (!holds(entries, "warc")) return true;
  const auto segments = files_of(directory, *room_named("warc"), path);
  return segments ? Result<bool>(segments->empty()) : segments.error();
}

// What an earlier crawl left, where it may be removed; nothing where there is none.
Result<std::vector<Entry>> what_to_clear(int directory, const std::string& path, bool is_fresh) {
  auto entries = entries_of(directory, printable(path));
  if (!entries) return entries;
  if (const Entry* stranger = stranger_among(*entries); stranger != nullptr)
    return stranger_error(path, stranger->name);
  const bool has_crawl = std::any_of(entries->begin(), entries->end(),
                                     [](const Entry& entry) { return entry.name != kLockFile; });
  if (!has_crawl) return std::vector<Entry>();
  if (is_fresh) return entries;
  const auto is_none = never_began(directory, *entries, path);
  if (!is_none) return is_none.error();
  if (*is_none) return entries;
  return file_error(
      fmt::format("{} holds an earlier crawl without a ledger, which cannot be gone on with: "
                  "--fresh removes it and starts over, "
                  "-o DIR takes another directory",
                  printable(path)));
}

std::string holder_of(int directory) {
  const Descriptor file(
      ::openat(directory, kLockFile, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  char text[16];
  const ssize_t n = !file ? -1 : ::read(file.get(), text, sizeof text);
  std::string_view pid(text, n > 0 ? static_cast<std::size_t>(n) : 0);
  pid = pid.substr(0, pid.find_first_not_of("0123456789"));
  return pid.empty() ? "another process (an audit, or a crawl that begins)"
                     : fmt::format("a running crawl (process {})", pid);
}

}  // namespace

std::string OutputDirectory::name_of(std::string path) {
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  return path;
}

Result<std::unique_ptr<OutputDirectory>> OutputDirectory::prepare(const std::string& path,
                                                                  bool is_fresh) {
  if (path.empty()) return file_error("the output directory's name is empty: give one with -o DIR");
  std::unique_ptr<OutputDirectory> out(new OutputDirectory(name_of(path)));
  Result<void> step = out->create();
  if (step) step = out->lock(LOCK_EX);
  if (step) step = out->take_or_clear(is_fresh);
  if (step) step = out->make_rooms();
  if (step) step = out->write_lock_file();
  if (step) return out;
  out->remove_made();
  return step.error();
}

Result<OutputDirectory::Contents> OutputDirectory::check(const std::string& path, bool is_fresh) {
  OutputDirectory out(name_of(path));
  struct stat s {};
  if (::lstat(out.path_.c_str(), &s) != 0) return Contents::kNothing;
  if (auto opened = out.open(); !opened) return opened.error();
  if (!is_fresh) {
    if (auto read = check_format(out.path_); !read) return read.error();
  }
  if (!is_fresh && has_ledger(out.directory_.get())) {
    const auto fits = check_places(out.directory_.get(), out.path_);
    return fits ? Result<Contents>(Contents::kCrawl) : fits.error();
  }
  const auto entries = what_to_clear(out.directory_.get(), out.path_, is_fresh);
  return entries ? Result<Contents>(Contents::kNothing) : entries.error();
}

Result<Descriptor> OutputDirectory::hold(const std::string& path) {
  OutputDirectory out(name_of(path));
  if (auto opened = out.open(); !opened) return opened.error();
  if (auto locked = out.lock(LOCK_SH); !locked) return locked.error();
  return std::move(out.directory_);
}

OutputDirectory::~OutputDirectory() { remove_lock_file(); }

// What another process has begun to use by now is not empty and stays.
void OutputDirectory::remove_made() {
  remove_lock_file();
  for (const std::string& room : made_rooms_)
    ::unlinkat(directory_.get(), room.c_str(), AT_REMOVEDIR);
  for (auto path = made_.rbegin(); path != made_.rend(); ++path) ::rmdir(path->c_str());
}

void OutputDirectory::remove_lock_file() {
  if (has_lock_file_) ::unlinkat(directory_.get(), kLockFile, 0);
  has_lock_file_ = false;
}

Result<void> OutputDirectory::create() {
  for (std::size_t end = path_.find('/', 1);; end = path_.find('/', end + 1)) {
    const std::string part = path_.substr(0, end);
    if (::mkdir(part.c_str(), 0700) == 0) {
      made_.push_back(part);
      if (auto synced = sync_parent(part); !synced) return synced;
    } else if (errno != EEXIST) {
      return errno_error("cannot create the output directory", printable(path_));
    }
    if (end == path_.npos) break;
  }
  kill_point("directory.made");
  return open();
}

Result<void> OutputDirectory::open() {
  directory_ = Descriptor(::open(path_.c_str(), kDirectoryFlags));
  if (directory_) return {};
  const int failure = errno;
  struct stat s {};
  if (::lstat(path_.c_str(), &s) == 0 && S_ISLNK(s.st_mode)) {
    return file_error(
        fmt::format("{} is a symbolic link: give -o the directory it leads to", printable(path_)));
  }
  errno = failure;
  if (failure == ENOTDIR)
    return file_error(
        fmt::format("{} is no directory: give another one with -o DIR", printable(path_)));
  return errno_error("cannot open the output directory", printable(path_));
}

// `how` is LOCK_EX or LOCK_SH.
Result<void> OutputDirectory::lock(int how) {
  while (::flock(directory_.get(), how | LOCK_NB) != 0) {
    if (errno == EINTR) continue;
    if (errno != EWOULDBLOCK)
      return errno_error("cannot lock the output directory", printable(path_));
    return Error{Errc::kInUse, fmt::format("{} is in use by {}: wait for its end{}",
                                           printable(path_), holder_of(directory_.get()),
                                           how == LOCK_EX ? " or choose another with -o DIR" : "")};
  }
  return {};
}

Result<void> OutputDirectory::take_or_clear(bool is_fresh) {
  if (!is_fresh) {
    if (auto read = check_format(path_); !read) return read;
  }
  has_crawl_ = !is_fresh && has_ledger(directory_.get());
  if (has_crawl_) return check_places(directory_.get(), path_);
  const auto entries = what_to_clear(directory_.get(), path_, is_fresh);
  if (!entries) return entries.error();
  return entries->empty() ? Result<void>()
                          : remove_crawl(directory_.get(), *entries, path_, Durably::kSurely);
}

Result<void> OutputDirectory::make_rooms() {
  for (const Room& room : rooms()) {
    const std::string name(room.name);
    if (::mkdirat(directory_.get(), name.c_str(), 0700) == 0) {
      made_rooms_.push_back(name);
      kill_point("directory.room");
    } else if (!has_crawl_ || errno != EEXIST) {
      return errno_error("cannot create", fmt::format("{}/{}", printable(path_), name));
    }
  }
  return made_rooms_.empty() ? Result<void>() : sync(directory_.get(), printable(path_));
}

Result<void> OutputDirectory::write_lock_file() {
  const Descriptor file(::openat(directory_.get(), kLockFile,
                                 O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600));
  has_lock_file_ = static_cast<bool>(file);
  const std::string pid = std::to_string(::getpid()) + "\n";
  const bool is_written = file && ::write(file.get(), pid.data(), pid.size()) >= 0;
  kill_point("directory.lock_file");
  if (is_written) return {};
  return errno_error("cannot create", fmt::format("{}/{}", printable(path_), kLockFile));
}

Result<bool> OutputDirectory::has_results(const std::string& path) {
  const Descriptor directory(::open(path.c_str(), kDirectoryFlags));
  return directory ? has_results_in(directory.get(), path)
                   : Result<bool>(errno_error("cannot open", path));
}

Result<void> OutputDirectory::start_over() {
  const auto has_some = has_results_in(directory_.get(), path_);
  if (!has_some) return has_some.error();
  if (*has_some) {
    return file_error(
        fmt::format("{0}/ledger is damaged: it says that the crawl has not begun, and there are "
                    "results of it; nothing "
                    "was touched; put it back as it was, or start over with --fresh",
                    printable(path_)));
  }
  if (auto removed = remove_begun_files(directory_.get(), path_); !removed) return removed;
  if (auto cleared = take_or_clear(true); !cleared) return cleared;
  return make_rooms();
}

void OutputDirectory::discard() {
  if (!has_crawl_) {
    const auto entries = entries_of(directory_.get(), path_);
    if (!entries || stranger_among(*entries) != nullptr) return;
    // It may be the disk for which there is a crawl to discard.
    if (!remove_crawl(directory_.get(), *entries, path_, Durably::kAsCanBe)) return;
  }
  remove_made();
}

}  // namespace scraper::storage
