// Where `scraper parse` writes its lines: a file that appears whole under its name or not at all,
// or standard output. Owner's thread.
#pragma once

#include <boost/asio/io_context.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/error.h"
#include "base/line_output.h"
#include "storage/line_file.h"
#include "storage/results.h"

namespace scraper {

class ParsedLines {
 public:
  // The lines gather in PATH.part (O_EXCL, 0600), so that two of these are never at one file. kFile
  // where PATH or PATH.part is there, unless `replaces`, and then where PATH is no regular file.
  static Result<std::unique_ptr<ParsedLines>> to_file(const std::string& path, bool replaces);

  // `on_change` as of LineOutput.
  static std::unique_ptr<ParsedLines> to_standard_output(boost::asio::io_context& io,
                                                         std::function<void()> on_change);

  ~ParsedLines();  // removes PATH.part
  ParsedLines(const ParsedLines&) = delete;
  ParsedLines& operator=(const ParsedLines&) = delete;

  Result<void> append(const storage::RenderedLine& line);
  bool has_room() const { return !printed_ || !printed_->is_full(); }
  bool is_closed() const {
    return printed_ && printed_->is_closed();
  }  // the reader of standard output has gone

  // All lines are there: synced, then renamed. What standard output has not taken yet goes on being
  // written.
  Result<void> finish();

  const std::string& path() const { return path_; }  // "standard output"

 private:
  ParsedLines() = default;

  std::string path_;
  std::unique_ptr<storage::LineFile> file_;
  std::optional<LineOutput> printed_;
};

}  // namespace scraper
