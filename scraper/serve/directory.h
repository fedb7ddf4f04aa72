// A directory, served read-only: `scraper serve DIR`.
//
// A request's path is decoded once and walked from the directory downwards a segment at a time,
// each opened relative to the one before, never through a symbolic link; "..", names that begin
// with a dot and bytes that no name can hold are not found. So nothing outside the directory, and
// nothing hidden in it, can be had whatever is asked. A directory is its index.html or a listing.
// Any thread; blocks on the disk.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "base/descriptor.h"
#include "base/error.h"
#include "scraper/serve/reply.h"

namespace scraper::serve {

class Directory {
 public:
  static Result<Directory> open(const std::string& path);
  Reply answer(const Request& request) const;

 private:
  explicit Directory(Descriptor descriptor) : descriptor_(std::move(descriptor)) {}
  Descriptor descriptor_;
};

// By the name's ending; application/octet-stream for one that says nothing.
std::string_view content_type_of(std::string_view name);

// For HTML text and quoted attribute values.
std::string html_escaped(std::string_view text);

}  // namespace scraper::serve
