// Where a measurement is written to: found out before anything is measured, since what has taken an
// hour should not be lost to a directory that cannot be written. One thread.
#pragma once

#include <string>

#include "base/error.h"

namespace scraper::bench {

class OutputDirectory {
 public:
  // Makes `path` with all above it, and tries a file in it. `result` is the file the figures will
  // go to: "engines.json". What was made is gone again after an Error.
  static Result<OutputDirectory> open(const std::string& path, const std::string& result);

  // Removes the directories that open() made, as far as they are empty: for a measurement that has
  // written nothing.
  void abandon() const;

 private:
  explicit OutputDirectory(std::string path);
  Result<void> make() const;
  Result<void> try_file(const std::string& result) const;

  std::string path_;
  std::string there_;  // the one that was there before: nothing from it up is ever removed
};

// Replaces DIRECTORY/NAME by `figures`, then makes the page of the directory. Figures that cannot
// be written are printed: they may have taken an hour. The exit code of the program.
int publish(const std::string& directory, const std::string& name, const std::string& figures);

}  // namespace scraper::bench
