// OutputDirectory: OUT, made ready for one crawl and locked for as long as the object lives.
//
// What is in OUT is either ours by its exact name and type or it is a stranger's, and then nothing is done to it. Symbolic links
// are never followed below OUT, nor OUT itself if it is one. Whatever fails, what was created is removed again. Owner's thread
// only.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "scraper/base/error.h"
#include "storage/descriptor.h"

namespace scraper::storage {

class OutputDirectory {
 public:
  // Creates OUT (0700) and the directories above it that are missing, OUT/warc and OUT/quarantine.
  //
  // Refused with kFile: an OUT that holds a crawl, unless `is_fresh`: then exactly what a crawl writes there is removed first; one
  // that holds anything else, always and untouched. kInUse: a running crawl holds the lock; the message names its process.
  static Result<std::unique_ptr<OutputDirectory>> prepare(const std::string& path, bool is_fresh);

  // What prepare() would refuse, as far as it can be known without making or locking anything.
  static Result<void> check(const std::string& path, bool is_fresh);

  ~OutputDirectory();  // releases the lock
  OutputDirectory(const OutputDirectory&) = delete;
  OutputDirectory& operator=(const OutputDirectory&) = delete;

  const std::string& path() const { return path_; }  // without a slash at its end
  std::string warc() const { return path_ + "/warc"; }

  // For a crawl that could not even start: removes what a crawl writes there, and the directories that prepare() made.
  void discard();

 private:
  explicit OutputDirectory(std::string path) : path_(std::move(path)) {}

  Result<void> create();
  Result<void> open();
  Result<void> lock();
  Result<void> clear(bool is_fresh);
  Result<void> make_rooms();
  void remove_made();
  void remove_lock_file();

  std::string path_;
  Descriptor directory_;  // its lock is released when it is closed
  bool has_lock_file_ = false;
  std::vector<std::string> made_;  // directories, from the uppermost down to OUT
};

}  // namespace scraper::storage
