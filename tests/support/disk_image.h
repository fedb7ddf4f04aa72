// What a disk may hold after the power was lost: made from the log of the calls before that instant
// (tests/programs/disk_log.cc).
//
// The model is what POSIX allows at worst, which is less than any one file system does:
//
// - What fsync or fdatasync of a file has covered, those calls that had returned when it began, is
// there once it has returned: bytes
//   and length. Of later writes each sector of 512 bytes is as it was after any one of them,
//   independently of other sectors; its length likewise. So a write may be torn, and a file longer
//   than what reached it: zeros or older bytes stand there.
// - Names that were made, renamed or removed in a directory since the last fsync of that directory
// each happened or did not, be it in
//   their order over all directories (as in a journal) or independently. A rename is one step: the
//   old name or the new. fsync of a file makes no name durable, and that of a directory nothing
//   below its names.
// - A process that was killed has lost nothing: what it wrote is in the kernel's memory like that
// of one that goes on.
// - Sectors are not torn themselves, and what was synced is not harmed by a write beside it.
//
// For one thread; whatever cannot be read or written is a std::runtime_error.
#pragma once

#include <cstdint>
#include <map>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/disk_log.h"

namespace scraper::test {

// One call.
struct DiskEvent {
  DiskCall call;
  int fd = -1;
  std::uint64_t offset = 0;
  std::string name;
  std::string data;
};

std::vector<DiskEvent> read_disk_log(const std::string& path);

class Disk {
 public:
  void take(const DiskEvent& event);

  // The name under which the file that a descriptor stands for was opened; empty for a directory.
  std::string name_of(int fd) const;

  // What of the file is durable; empty where no file has that name.
  std::string durable(const std::string& name) const;

  // Makes in `root`, which is empty, what the disk may hold if the power is lost now.
  void write_image(const std::string& root, std::mt19937& random) const;

 private:
  using NodeId = std::size_t;
  static constexpr NodeId kNone = ~NodeId{0};

  struct NameChange {
    std::uint64_t number = 0;  // in the order of all
    std::string removed;       // empty: none
    std::string added;
    NodeId node = kNone;
  };
  struct Node {
    bool is_directory = false;
    std::uint64_t covered = 0;  // changes that are durable
    std::string bytes;          // durable, of a file
    std::vector<DiskEvent> writes;
    std::map<std::string, NodeId> names;      // durable, of a directory
    std::map<std::string, NodeId> names_now;  // of which who runs knows
    std::vector<NameChange> changes;
  };
  struct Opened {
    NodeId node = kNone;
    std::string name;
  };
  struct Way {  // how an image is drawn
    bool is_in_order = false;
    std::uint64_t last = 0;  // then: the changes of names before this happened
  };

  NodeId find(const std::string& name) const;
  Node& directory_of(const std::string& name);
  void change_names(Node& directory, NameChange change);
  void open(const DiskEvent& event);
  void cover(Node& node, std::uint64_t changes);
  void sync(const DiskEvent& event);
  static void apply(const DiskEvent& write, std::string& bytes);
  static void apply(const NameChange& change, std::map<std::string, NodeId>& names);
  static std::string torn(const Node& file, std::mt19937& random);
  void write_directory(const Node& directory, const std::string& path, const Way& way,
                       std::mt19937& random) const;

  std::vector<Node> nodes_{Node{true, 0, {}, {}, {}, {}, {}}};  // the first is the root
  std::map<int, Opened> opened_;
  std::map<std::pair<std::uint64_t, int>, std::uint64_t>
      begun_;  // by thread and descriptor: changes that the sync under way covers
  std::uint64_t changes_ = 0;
};

}  // namespace scraper::test
