#include "bench/handoff/scratch.h"

#include <fmt/format.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <filesystem>
#include <string_view>

namespace scraper::bench {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view kPrefix = "handoff-";
constexpr std::size_t kRandom = 6;

// Of "handoff-PID-XXXXXX"; 0: it is another name.
pid_t owner_of(std::string_view name) {
  if (!name.starts_with(kPrefix)) return 0;
  name.remove_prefix(kPrefix.size());
  pid_t pid = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), pid);
  const std::string_view rest = name.substr(static_cast<std::size_t>(end - name.data()));
  return error == std::errc() && pid > 0 && rest.starts_with('-') && rest.size() == 1 + kRandom
             ? pid
             : 0;
}

bool is_gone(pid_t pid) { return ::kill(pid, 0) != 0 && errno == ESRCH; }

}  // namespace

Scratch::Scratch(const std::string& parent)
    : path_(fmt::format("{}/{}{}-XXXXXX", parent, kPrefix, ::getpid())) {
  if (::mkdtemp(path_.data()) == nullptr) path_.clear();
}

Scratch::~Scratch() {
  std::error_code ignored;
  if (!path_.empty()) fs::remove_all(path_, ignored);
}

void remove_left_scratch(const std::string& parent) {
  std::error_code ignored;
  for (fs::directory_iterator entry(parent, ignored), end; !ignored && entry != end;
       entry.increment(ignored)) {
    const pid_t owner = owner_of(entry->path().filename().string());
    std::error_code failed;  // of somebody else's: it stays
    if (owner > 0 && is_gone(owner) && entry->is_directory(failed) && !entry->is_symlink(failed))
      fs::remove_all(entry->path(), failed);
  }
}

}  // namespace scraper::bench
