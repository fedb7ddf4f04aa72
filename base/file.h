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

// All of it, whatever interrupts; false with errno set.
bool write_all(int descriptor, std::string_view bytes);

// Makes what was written to an open file durable, or names in an open directory; `path` is for the
// error. A file system that cannot sync (EINVAL) is one whose owner has chosen so. `when_full` is
// the code of a sync that failed for want of room only.
Result<void> sync(int descriptor, std::string_view path, Errc when_full = Errc::kExhausted);

// The same of what lies at `path`: a file's bytes and length; a directory's names; the file's own
// name in its directory.
Result<void> sync_file(const std::string& path, Errc when_full = Errc::kExhausted);
Result<void> sync_directory(const std::string& path, Errc when_full = Errc::kExhausted);
Result<void> sync_name(const std::string& path);

// Fails past `most` bytes.
Result<std::string> read_file(const std::string& path, std::size_t most);

// Bytes that may still be written to the disk that has `path`; nothing where it does not say.
std::optional<std::uint64_t> free_space(const std::string& path);

// Where this program lies, for commands that are to be pasted; its bare name where the kernel does
// not tell.
std::string own_path();

}  // namespace scraper
