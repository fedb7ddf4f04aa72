#include "storage/recovery.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <filesystem>
#include <memory>
#include <optional>
#include <system_error>

#include "base/descriptor.h"
#include "base/file.h"
#include "base/kill_point.h"
#include "storage/committer.h"
#include "storage/format.h"
#include "storage/warc.h"

namespace scraper::storage {

namespace {

constexpr std::size_t kCopy = 1u << 20;

struct Excess {
  FileEntry file;
  std::uint64_t bytes = 0;  // past its committed length
};

// The length of a regular file; nothing where there is none.
Result<std::optional<std::uint64_t>> length_of(const std::string& path) {
  struct stat s {};
  if (::lstat(path.c_str(), &s) != 0) {
    if (errno == ENOENT) return std::optional<std::uint64_t>();
    return errno_error("cannot look at", path);
  }
  if (!S_ISREG(s.st_mode)) return Error{Errc::kFile, path + " is no regular file"};
  return std::optional<std::uint64_t>(static_cast<std::uint64_t>(s.st_size));
}

Result<std::uint64_t> excess_of(const std::string& directory, const FileEntry& file) {
  const std::string path = directory + "/" + file.name;
  const auto length = length_of(path);
  if (!length) return length.error();
  const std::uint64_t bytes = length->value_or(0);
  if (bytes >= file.length) return bytes - file.length;
  return Error{Errc::kFile, fmt::format("{} is damaged: it has {} bytes, {} were committed; put "
                                        "back the whole file, or start over with "
                                        "--fresh",
                                        path, bytes, file.length)};
}

// A name in OUT/lost/ that is free yet: "00000.warc.1".
std::string lost_name(const std::string& directory, const std::string& name) {
  const std::string base = directory + "/lost/" + name.substr(name.rfind('/') + 1);
  for (unsigned n = 1;; ++n) {
    const std::string path = fmt::format("{}.{}", base, n);
    if (::access(path.c_str(), F_OK) != 0) return path;
  }
}

Result<void> copy_bytes(int in, std::uint64_t offset, int out, const std::string& from,
                        const std::string& to) {
  const auto buffer = std::make_unique<char[]>(kCopy);
  while (true) {
    const ssize_t n = ::pread(in, buffer.get(), kCopy, static_cast<off_t>(offset));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return errno_error("cannot read", from);
    if (n == 0) break;
    if (!write_all(out, {buffer.get(), static_cast<std::size_t>(n)}))
      return errno_error("cannot write", to);
    offset += static_cast<std::uint64_t>(n);
    kill_point("recover.lost_half");
  }
  return sync(out, to);
}

// Whole and synced, its name too, before the original is cut, so that a kill in between leaves it
// twice rather than not at all.
Result<void> copy_tail(const std::string& from, std::uint64_t offset, const std::string& to) {
  const Descriptor in(::open(from.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
  if (!in) return errno_error("cannot open", from);
  const Descriptor out(
      ::open(to.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!out) return errno_error("cannot create", to);
  kill_point("recover.lost_made");
  auto copied = copy_bytes(in.get(), offset, out.get(), from, to);
  if (!copied) {
    ::unlink(to.c_str());  // half of it would only take room
    return copied;
  }
  return sync_name(to);
}

Result<std::string> cut(const std::string& directory, const Excess& excess, LedgerEnd end) {
  const std::string path = directory + "/" + excess.file.name;
  std::string told = fmt::format("{}: {} bytes written after the last barrier are cut",
                                 excess.file.name, excess.bytes);
  const bool is_too_long = excess.bytes > most_of_barrier();
  if (is_too_long || end == LedgerEnd::kLost) {
    const std::string lost = lost_name(directory, excess.file.name);
    if (auto copied = copy_tail(path, excess.file.length, lost); !copied) return copied.error();
    kill_point("recover.lost_synced");
    told = fmt::format(
        "{}: {} bytes behind the last barrier{}: the ledger has lost its end; they are in {}",
        excess.file.name, excess.bytes, is_too_long ? " are more than one holds" : "", lost);
  }
  const Descriptor file(::open(path.c_str(), O_WRONLY | O_NOFOLLOW | O_CLOEXEC));
  if (!file) return errno_error("cannot open", path);
  kill_point("recover.cutting");
  if (::ftruncate(file.get(), static_cast<off_t>(excess.file.length)) != 0)
    return errno_error("cannot cut", path);
  kill_point("recover.cut");
  return told;
}

// Files of quarantine/ are numbered from 0; those past the committed number, halves of them too,
// tell of documents that will be set aside again.
Result<void> remove_uncommitted_quarantine(const std::string& directory, std::uint64_t kept) {
  const std::string room = directory + "/quarantine";
  std::error_code error;
  std::vector<std::string> names;
  for (std::filesystem::directory_iterator it(room, error), end; !error && it != end;
       it.increment(error)) {
    names.push_back(it->path().filename().string());
  }
  if (error) return Error{Errc::kFile, fmt::format("cannot read {}: {}", room, error.message())};
  for (const std::string& name : names) {
    std::uint64_t number = 0;
    const auto [end, wrong] = std::from_chars(name.data(), name.data() + name.size(), number);
    const std::string_view rest(end, static_cast<std::size_t>(name.data() + name.size() - end));
    if (wrong != std::errc() || number < kept || (rest != ".json" && rest != ".json.part"))
      continue;
    const std::string path = room + "/" + name;
    if (::unlink(path.c_str()) != 0 && errno != ENOENT) return errno_error("cannot remove", path);
    kill_point("recover.unquarantined");
  }
  return {};
}

// A segment that was begun when its barrier was not committed any more. Where the ledger has lost
// its end there may be others behind it: those are no part of the crawl any more, and kept.
Result<void> add_begun_segment(const std::string& directory, LedgerEnd end, Recovered& out) {
  std::vector<FileEntry>& files = out.files;
  const auto segments = std::count_if(files.begin(), files.end(), [](const FileEntry& file) {
    return file.name.starts_with("warc/");
  });
  const std::string name = "warc/" + segment_name(static_cast<std::uint32_t>(segments));
  const auto length = length_of(directory + "/" + name);
  if (!length) return length.error();
  if (!*length) return {};
  files.push_back({name, 0, 0});
  std::vector<std::string> later;
  for (auto n = segments + 1; end == LedgerEnd::kLost; ++n) {
    const std::string another = "warc/" + segment_name(static_cast<std::uint32_t>(n));
    const auto bytes = length_of(directory + "/" + another);
    if (!bytes) return bytes.error();
    if (!*bytes) break;
    later.push_back(another);
  }
  for (; !later.empty(); later.pop_back()) {  // the last first, so that a kill leaves no gap
    if (auto moved = move_to_lost(directory, later.back()); !moved) return moved;
    out.told.push_back(
        fmt::format("{}: the ledger does not know it, it is in {}/lost", later.back(), directory));
  }
  return {};
}

}  // namespace

// There under its new name before it is gone under the old one.
Result<void> move_to_lost(const std::string& directory, const std::string& name) {
  const std::string from = directory + "/" + name;
  if (::link(from.c_str(), lost_name(directory, name).c_str()) != 0) {
    return errno == ENOENT ? Result<void>() : errno_error("cannot move to OUT/lost", from);
  }
  if (auto synced = sync_directory(directory + "/lost"); !synced) return synced;
  return ::unlink(from.c_str()) == 0 ? Result<void>() : errno_error("cannot remove", from);
}

std::uint64_t most_of_barrier() { return test_limit("SCRAPER_MOST_OF_BARRIER", kMostOfBarrier); }

Result<Recovered> recover(const std::string& directory, Ledger& ledger, LedgerEnd end) {
  kill_point("recover.begin");
  Recovered out;
  auto books = ledger.books();
  if (!books) return books.error();
  out.books = std::move(*books);
  auto files = ledger.files();
  if (!files) return files.error();
  out.files = std::move(*files);
  if (auto added = add_begun_segment(directory, end, out); !added) return added.error();

  std::vector<Excess> excesses;  // all looked at before the first is cut
  for (const FileEntry& file : out.files) {
    const auto bytes = excess_of(directory, file);
    if (!bytes) return bytes.error();
    if (*bytes > 0) excesses.push_back({file, *bytes});
  }
  kill_point("recover.looked");
  auto upgraded = upgrade(directory, ledger);
  if (!upgraded) return upgraded.error();
  if (*upgraded) out.told.push_back(std::move(**upgraded));
  for (const Excess& excess : excesses) {
    auto told = cut(directory, excess, end);
    if (!told) return told.error();
    out.told.push_back(std::move(*told));
  }
  const auto patches = ledger.patches();
  if (!patches) return patches.error();
  if (auto applied = apply_patches(directory, *patches); !applied) return applied.error();
  kill_point("recover.patched");
  if (auto removed = remove_uncommitted_quarantine(directory, out.books.set_aside); !removed)
    return removed.error();
  kill_point("recover.end");
  return out;
}

}  // namespace scraper::storage
