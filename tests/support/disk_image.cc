#include "tests/support/disk_image.h"

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace scraper::test {

namespace {

constexpr std::size_t kSector = 512;

unsigned up_to(std::mt19937& random, std::size_t most) {
  return static_cast<unsigned>(std::uniform_int_distribution<std::size_t>(0, most)(random));
}

std::string last_part(const std::string& name) { return name.substr(name.rfind('/') + 1); }

}  // namespace

std::vector<DiskEvent> read_disk_log(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  const std::string bytes = text.str();
  std::vector<DiskEvent> events;
  for (std::size_t at = 0; at < bytes.size();) {
    DiskRecord record{};
    if (bytes.size() - at < sizeof record) throw std::runtime_error("a torn disk log");
    std::memcpy(&record, bytes.data() + at, sizeof record);
    at += sizeof record;
    events.push_back({record.call, record.fd, record.offset, bytes.substr(at, record.name_size),
                      bytes.substr(at + record.name_size, record.data_size)});
    at += record.name_size + record.data_size;
    if (record.call == DiskCall::kUnseen)
      throw std::runtime_error("not seen by the disk log: " + events.back().name);
  }
  return events;
}

Disk::NodeId Disk::find(const std::string& name) const {
  NodeId node = 0;
  if (name == ".") return node;
  for (std::size_t at = 0; at <= name.size();) {
    const std::size_t end = std::min(name.find('/', at), name.size());
    const auto& names = nodes_[node].names_now;
    const auto found = names.find(name.substr(at, end - at));
    if (found == names.end()) return kNone;
    node = found->second;
    at = end + 1;
  }
  return node;
}

Disk::Node& Disk::directory_of(const std::string& name) {
  const std::size_t slash = name.rfind('/');
  const NodeId node = slash == name.npos ? 0 : find(name.substr(0, slash));
  if (node == kNone) throw std::runtime_error("no directory of " + name);
  return nodes_[node];
}

void Disk::change_names(Node& directory, NameChange change) {
  change.number = changes_++;
  apply(change, directory.names_now);
  directory.changes.push_back(std::move(change));
}

void Disk::open(const DiskEvent& event) {
  NodeId node = find(event.name);
  if (event.call == DiskCall::kCreate) {
    node = nodes_.size();
    nodes_.emplace_back();
    change_names(directory_of(event.name), {0, "", last_part(event.name), node});
  }
  if (node == kNone) throw std::runtime_error("no file " + event.name);
  opened_[event.fd] = {node, event.name};
}

void Disk::take(const DiskEvent& event) {
  switch (event.call) {
    case DiskCall::kStart: opened_.clear(); break;
    case DiskCall::kOpen:
    case DiskCall::kOpenDirectory:
    case DiskCall::kCreate: open(event); break;
    case DiskCall::kClose: opened_.erase(event.fd); break;
    case DiskCall::kWrite:
    case DiskCall::kTruncate:
    case DiskCall::kExtend: nodes_[opened_.at(event.fd).node].writes.push_back(event); break;
    case DiskCall::kSyncBegin:
    case DiskCall::kSyncEnd: sync(event); break;
    case DiskCall::kRename:
      if (&directory_of(event.name) != &directory_of(event.data))
        throw std::runtime_error("renamed to another directory");
      change_names(directory_of(event.name),
                   {0, last_part(event.name), last_part(event.data), find(event.name)});
      break;
    case DiskCall::kRemove:
      change_names(directory_of(event.name), {0, last_part(event.name), "", kNone});
      break;
    case DiskCall::kMakeDirectory: {
      const NodeId made = nodes_.size();
      nodes_.emplace_back();
      nodes_.back().is_directory = true;
      change_names(directory_of(event.name), {0, "", last_part(event.name), made});
      break;
    }
    case DiskCall::kUnseen: throw std::runtime_error("not seen: " + event.name);
  }
}

void Disk::sync(const DiskEvent& event) {
  Node& node = nodes_[opened_.at(event.fd).node];
  const std::pair who(event.offset, event.fd);
  if (event.call == DiskCall::kSyncBegin) {
    begun_[who] = node.covered + (node.is_directory ? node.changes.size() : node.writes.size());
  } else {
    cover(node, begun_.at(who));
  }
}

void Disk::cover(Node& node, std::uint64_t changes) {
  if (changes <= node.covered) return;
  const auto count = static_cast<std::ptrdiff_t>(changes - node.covered);
  node.covered = changes;
  if (node.is_directory) {
    std::for_each(node.changes.begin(), node.changes.begin() + count,
                  [&](const NameChange& c) { apply(c, node.names); });
    node.changes.erase(node.changes.begin(), node.changes.begin() + count);
  } else {
    std::for_each(node.writes.begin(), node.writes.begin() + count,
                  [&](const DiskEvent& w) { apply(w, node.bytes); });
    node.writes.erase(node.writes.begin(), node.writes.begin() + count);
  }
}

void Disk::apply(const DiskEvent& write, std::string& bytes) {
  if (write.call == DiskCall::kTruncate) {
    bytes.resize(write.offset);
    return;
  }
  bytes.resize(std::max<std::size_t>(bytes.size(), write.offset + write.data.size()));
  bytes.replace(write.offset, write.data.size(), write.data);
}

void Disk::apply(const NameChange& change, std::map<std::string, NodeId>& names) {
  if (!change.removed.empty()) names.erase(change.removed);
  if (!change.added.empty()) names[change.added] = change.node;
}

std::string Disk::name_of(int fd) const {
  const auto found = opened_.find(fd);
  return found == opened_.end() || nodes_[found->second.node].is_directory ? std::string()
                                                                           : found->second.name;
}

std::string Disk::durable(const std::string& name) const {
  const NodeId node = find(name);
  return node == kNone ? std::string() : nodes_[node].bytes;
}

// Each sector as it was after some number of the writes that no sync has covered; the length too.
std::string Disk::torn(const Node& file, std::mt19937& random) {
  const std::size_t writes = file.writes.size();
  std::size_t most = file.bytes.size();
  for (const DiskEvent& write : file.writes)
    most = std::max<std::size_t>(most, write.offset + write.data.size());
  std::string now = file.bytes;
  std::string image(most, '\0');
  const unsigned kind = up_to(random, 2);  // nothing of it, all of it, or some
  const auto draw = [&] { return kind == 0 ? 0 : kind == 1 ? writes : up_to(random, writes); };
  std::vector<std::size_t> drawn(most / kSector + 1);
  for (std::size_t& sector : drawn) sector = draw();
  const std::size_t length_after = draw();
  std::size_t length = 0;
  for (std::size_t done = 0;; ++done) {
    if (length_after == done) length = now.size();
    for (std::size_t sector = 0; sector < drawn.size(); ++sector) {
      const std::size_t at = sector * kSector;
      if (drawn[sector] == done && at < now.size())
        image.replace(at, std::min(kSector, now.size() - at), now, at, kSector);
    }
    if (done == writes) break;
    apply(file.writes[done], now);
  }
  image.resize(length);
  return image;
}

void Disk::write_image(const std::string& root, std::mt19937& random) const {
  std::uint64_t first = changes_;
  for (const Node& node : nodes_) {
    if (!node.changes.empty()) first = std::min(first, node.changes.front().number);
  }
  const Way way{up_to(random, 1) == 0, first + up_to(random, changes_ - first)};
  write_directory(nodes_[0], root, way, random);
}

void Disk::write_directory(const Node& directory, const std::string& path, const Way& way,
                           std::mt19937& random) const {
  std::map<std::string, NodeId> names = directory.names;
  for (const NameChange& change : directory.changes) {
    if (way.is_in_order ? change.number < way.last : up_to(random, 1) == 0) apply(change, names);
  }
  for (const auto& [name, id] : names) {
    const std::string where = path + "/" + name;
    const Node& node = nodes_[id];
    if (node.is_directory) {
      std::filesystem::create_directory(where);
      write_directory(node, where, way, random);
    } else if (!(std::ofstream(where, std::ios::binary) << torn(node, random))) {
      throw std::runtime_error("cannot write " + where);
    }
  }
}

}  // namespace scraper::test
