// Small whole files of the program's own: written complete or not at all, read up to a bound.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"

namespace scraper {

// A file that must not be there yet (O_EXCL, O_NOFOLLOW, 0600), synced. What was written of it is
// removed after an error.
Result<void> write_new_file(const std::string& path, std::string_view bytes);

// Replaces the file by rename, from PATH.new: after a power cut it is the old or the new one.
Result<void> replace_file(const std::string& path, std::string_view bytes);

// Makes what was written to a file durable.
Result<void> sync_file(const std::string& path);

// Makes names in this directory durable.
Result<void> sync_directory(const std::string& path);

// Fails past `most` bytes.
Result<std::string> read_file(const std::string& path, std::size_t most);

// Bytes that may still be written to the disk that has `path`; nothing where it does not say.
std::optional<std::uint64_t> free_space(const std::string& path);

// Where this program lies, for commands that are to be pasted; its bare name where the kernel does
// not tell.
std::string own_path();

}  // namespace scraper
