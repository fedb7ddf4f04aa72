// What tests/programs/disk_log.cc writes and tests/support/disk_image.h reads: records in the order
// of the calls, each followed by `name_size` bytes of a name below the root and `data_size` bytes
// of data.
#pragma once

#include <cstdint>

namespace scraper::test {

enum class DiskCall : std::uint32_t {
  kStart,          // a process; descriptors of the one before are gone
  kOpen,           // fd, name
  kOpenDirectory,  // fd, name
  kCreate,         // fd, name: it was not there
  kClose,          // fd
  kWrite,          // fd, offset, data
  kTruncate,       // fd, offset: its length now
  kExtend,         // fd, offset: its length at least
  kSyncBegin,      // fd of a file or directory, offset: the thread
  kSyncEnd,        // the same
  kRename,         // name, data: the new name
  kRemove,         // name
  kMakeDirectory,  // name
  kUnseen,         // name: of a call that the log has no record for
};

struct DiskRecord {
  DiskCall call;
  std::int32_t fd;
  std::uint64_t offset;
  std::uint32_t name_size;
  std::uint32_t data_size;
};

}  // namespace scraper::test
