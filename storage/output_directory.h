// OutputDirectory: OUT, made ready for one crawl, or for one that is gone on with, and locked for
// as long as the object lives.
//
// What is in OUT is either ours by its exact name and type or it is a stranger's, and then nothing
// is done to it. Symbolic links are never followed below OUT, nor OUT itself if it is one. Whatever
// fails, what was created is removed again. Owner's thread only.
//
// A crawl that can be gone on with is one with a ledger (OUT/ledger/CURRENT is a file). Whether the
// options allow it is for others to say (scraper/cli/resume.h).
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/descriptor.h"
#include "base/error.h"

namespace scraper::storage {

class OutputDirectory {
 public:
  // Without slashes at its end: they would make the kernel follow OUT where it is a symbolic link.
  static std::string name_of(std::string path);

  // Creates OUT (0700) and the directories above it that are missing, and its rooms: warc,
  // quarantine, ledger, lost.
  //
  // An OUT with a ledger is taken as it is: nothing is removed, whatever else lies there. With
  // `is_fresh` exactly what a crawl writes there is removed first. Refused with kFile: an OUT of a
  // format that is not read, untouched, unless `is_fresh` (storage/format.h); an OUT that
  // holds a crawl without a ledger, unless `is_fresh`; one that holds anything else, untouched; a
  // link or the like where a file or a room of ours has its place. kInUse: a running crawl holds
  // the lock; the message names its process.
  static Result<std::unique_ptr<OutputDirectory>> prepare(const std::string& path, bool is_fresh);

  // What a crawl would find to go on with.
  enum class Contents { kNothing, kCrawl };

  // What prepare() would find or refuse, as far as it can be known without making or locking
  // anything.
  static Result<Contents> check(const std::string& path, bool is_fresh);

  // Keeps crawls out of a directory while it is read: no other program's crawl can begin there
  // until the descriptor is closed. Several may read. kInUse as above, kFile where there is no
  // directory. Writes nothing.
  static Result<Descriptor> hold(const std::string& path);

  ~OutputDirectory();  // releases the lock
  OutputDirectory(const OutputDirectory&) = delete;
  OutputDirectory& operator=(const OutputDirectory&) = delete;

  const std::string& path() const { return path_; }  // as name_of()
  std::string warc() const { return path_ + "/warc"; }

  std::string ledger() const { return path_ + "/ledger"; }

  // True when OUT holds an earlier crawl, which is gone on with.
  bool has_crawl() const { return has_crawl_; }

  // The earlier crawl never began, as its ledger says: what it left goes, and this is a new one's.
  // kFile, and nothing is touched, where there are results all the same: then it is the ledger that
  // has lost its beginning.
  Result<void> start_over();

  // Whether a directory has any line, any capture, or anything set aside. False as well where there
  // is none of its files.
  static Result<bool> has_results(const std::string& path);

  // For a crawl that could not even start: removes what a crawl writes there, and the directories
  // that prepare() made; of an earlier crawl that was to be gone on with, nothing.
  void discard();

 private:
  explicit OutputDirectory(std::string path) : path_(std::move(path)) {}

  Result<void> create();
  Result<void> open();
  Result<void> lock(int how);
  Result<void> take_or_clear(bool is_fresh);
  Result<void> make_rooms();
  Result<void> write_lock_file();
  void remove_made();
  void remove_lock_file();

  std::string path_;
  Descriptor directory_;  // its lock is released when it is closed
  bool has_lock_file_ = false;
  bool has_crawl_ = false;
  std::vector<std::string> made_rooms_;
  std::vector<std::string> made_;  // directories, from the uppermost down to OUT
};

}  // namespace scraper::storage
