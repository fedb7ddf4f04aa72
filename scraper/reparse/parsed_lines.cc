#include "scraper/reparse/parsed_lines.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <utility>

#include "base/file.h"
#include "base/printable.h"

namespace scraper {

namespace {

std::string part_of(const std::string& path) { return path + ".part"; }

Result<void> check_free(const std::string& path, bool replaces) {
  struct stat status {};
  if (::lstat(path.c_str(), &status) != 0)
    return {};  // what else is wrong with it is said when it is created
  if (!replaces) {
    return Error{Errc::kFile,
                 fmt::format("{} is there already: --fresh replaces it, -o FILE leaves it",
                             printable(path))};
  }
  if (S_ISREG(status.st_mode)) return {};
  return Error{Errc::kFile,
               fmt::format("{} is no regular file, which --fresh could replace", printable(path))};
}

Result<void> check_no_part(const std::string& path, bool replaces) {
  const std::string part = part_of(path);
  if (replaces) {
    if (::unlink(part.c_str()) == 0 || errno == ENOENT) return {};
    return errno_error("cannot remove", part);
  }
  if (::access(part.c_str(), F_OK) != 0) return {};
  return Error{
      Errc::kFile,
      fmt::format("{} is there: another parse is at it, or one was killed; --fresh removes it",
                  printable(part))};
}

}  // namespace

Result<std::unique_ptr<ParsedLines>> ParsedLines::to_file(const std::string& path, bool replaces) {
  if (auto free = check_free(path, replaces); !free) return free.error();
  if (auto free = check_no_part(path, replaces); !free) return free.error();
  auto file = storage::LineFile::open(part_of(path));
  if (!file) return file.error();
  std::unique_ptr<ParsedLines> lines(new ParsedLines());
  lines->path_ = path;
  lines->file_ = std::move(*file);
  return lines;
}

std::unique_ptr<ParsedLines> ParsedLines::to_standard_output(boost::asio::io_context& io,
                                                             std::function<void()> on_change) {
  std::unique_ptr<ParsedLines> lines(new ParsedLines());
  lines->path_ = "standard output";
  lines->printed_.emplace(io, STDOUT_FILENO, std::move(on_change));
  return lines;
}

ParsedLines::~ParsedLines() {
  if (file_ != nullptr) ::unlink(part_of(path_).c_str());
}

Result<void> ParsedLines::append(const storage::RenderedLine& line) {
  if (file_ != nullptr) {
    file_->append(line.text);
    return file_->is_due() ? file_->flush() : Result<void>();
  }
  printed_->write(line.text);
  if (printed_->error()) return *printed_->error();
  return is_closed() ? Error{Errc::kOther, "nobody reads standard output any more"}
                     : Result<void>();
}

Result<void> ParsedLines::finish() {
  if (file_ == nullptr) return {};
  if (auto flushed = file_->flush(); !flushed) return flushed;
  if (auto synced = sync_file(part_of(path_)); !synced) return synced;
  if (std::rename(part_of(path_).c_str(), path_.c_str()) != 0)
    return errno_error("cannot rename to", path_);
  file_.reset();
  return sync_name(path_);
}

}  // namespace scraper
