// Quarantine: documents that no parse worker got through, one file each: OUT/quarantine/00000.json
// says which document, what became of the worker, and the command line that reproduces it from the
// archive alone. Owner's thread only.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/descriptor.h"
#include "base/error.h"
#include "base/place.h"

namespace scraper::storage {

struct SetAside {
  std::string_view url;
  Place place;
  std::string_view reason;  // "crashed: signal 11", "cpu limit", …
  unsigned attempts = 0;    // workers that tried
};

class Quarantine {
 public:
  // `output` is OUT, in which quarantine/ exists and holds `count` documents; `program` is what the
  // command lines call, with
  // `--parser parser`.
  static Result<std::unique_ptr<Quarantine>> open(const std::string& output,
                                                  const std::string& program,
                                                  std::string_view parser, std::uint64_t count = 0);

  // The file appears whole under its name or not at all.
  Result<void> set_aside(const SetAside& document);

  std::uint64_t count() const { return count_; }

  // "/usr/bin/scraper extract /home/me/OUT/warc/00000.warc --record 123:4567 --parser gumbo": to be
  // pasted into a shell anywhere.
  std::string reproduce_command(const Place& place) const;

 private:
  Quarantine(std::string output, std::string program, std::string_view parser, Descriptor directory,
             std::uint64_t count)
      : output_(std::move(output)),
        program_(std::move(program)),
        parser_(parser),
        directory_(std::move(directory)),
        count_(count) {}

  std::string output_;  // absolute
  std::string program_;
  std::string parser_;
  Descriptor directory_;
  std::uint64_t count_;
};

}  // namespace scraper::storage
