// A file of lines in OUT: lines gather in a buffer and are written whole, so that whatever happens
// to the disk the file ends with a line end. Owner's thread only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/descriptor.h"
#include "base/error.h"

namespace scraper::storage {

class LineFile {
 public:
  static constexpr std::size_t kBuffer = 256u
                                         << 10;  // bytes that gather before it is time to flush()

  // Creates the file (O_EXCL, O_NOFOLLOW, 0600).
  static Result<std::unique_ptr<LineFile>> open(const std::string& path);

  // Goes on with a file of which the first `length` bytes, `lines` lines, are known to be good:
  // what is past them is cut off. A shorter one is damaged: an Error kFile with its name and both
  // lengths, and nothing is touched. No link is followed. A file that is not there is made where
  // nothing of it is known, at length 0.
  static Result<std::unique_ptr<LineFile>> resume(const std::string& path, std::uint64_t length,
                                                  std::uint64_t lines);
  ~LineFile();  // flushes; whoever must know whether that worked calls flush() before
  LineFile(const LineFile&) = delete;
  LineFile& operator=(const LineFile&) = delete;

  // Where the line begins. It is only buffered: when is_due() the caller calls flush(). Where the
  // disk has no room it may go on gathering.
  std::uint64_t append(std::string_view line);
  bool is_due() const { return buffer_.size() >= kBuffer; }

  // Writes over what a line says at this place in the file; the bytes lie within one line.
  Result<void> overwrite(std::uint64_t offset, std::string_view bytes);

  // What is buffered reaches the file. After an error what could not be written is still there and
  // the next flush tries again.
  Result<void> flush();

  std::uint64_t lines() const { return lines_; }
  std::uint64_t bytes() const {
    return written_ + buffer_.size();
  }  // of the lines, buffered or written
  const std::string& path() const { return path_; }

 private:
  LineFile(Descriptor file, std::string path) : file_(std::move(file)), path_(std::move(path)) {}

  Descriptor file_;
  std::string path_;
  std::string buffer_;         // whole lines
  std::uint64_t written_ = 0;  // bytes of whole lines in the file
  std::uint64_t lines_ = 0;
};

}  // namespace scraper::storage
