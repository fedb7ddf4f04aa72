#include "bench/output.h"

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <utility>

#include "base/file.h"
#include "base/json_writer.h"
#include "base/output.h"
#include "base/printable.h"
#include "bench/bench.h"

namespace scraper::bench {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t kTried = 64 << 10;  // bytes: a full disk takes an empty file still

// The nearest directory above `path`, or it, that is there.
fs::path nearest_there(fs::path path) {
  std::error_code ignored;
  while (!path.empty() && !fs::exists(path, ignored) && path != path.parent_path())
    path = path.parent_path();
  return path;
}

Error cannot_write(const std::string& why) {
  return {Errc::kFile, fmt::format("{}; -o names another directory", why)};
}

}  // namespace

OutputDirectory::OutputDirectory(std::string path) : path_(std::move(path)) {
  std::error_code error;
  there_ = nearest_there(fs::absolute(path_, error).lexically_normal()).string();
}

Result<OutputDirectory> OutputDirectory::open(const std::string& path, const std::string& result) {
  OutputDirectory directory(path);
  Result<void> done = directory.make();
  if (done) done = directory.try_file(result);
  if (done) return directory;
  directory.abandon();
  return done.error();
}

Result<void> OutputDirectory::make() const {
  std::error_code error;
  fs::create_directories(path_, error);
  if (error)
    return cannot_write(fmt::format("cannot make {}: {}", printable(path_), error.message()));
  return {};
}

// A file is replaced by one with ".new" behind its name; a directory of its name cannot be.
Result<void> OutputDirectory::try_file(const std::string& result) const {
  for (const std::string& name : {result, std::string("report.html")}) {
    std::error_code ignored;
    const std::string path = path_ + "/" + name;
    if (fs::is_directory(path, ignored))
      return cannot_write(fmt::format("cannot write {}: it is a directory", printable(path)));
  }
  const std::string tried = path_ + "/" + result + ".new";
  ::unlink(tried.c_str());
  if (auto written = write_new_file(tried, std::string(kTried, '\n')); !written)
    return cannot_write(written.error().context);
  ::unlink(tried.c_str());
  return {};
}

void OutputDirectory::abandon() const {
  std::error_code error;
  fs::path path = fs::absolute(path_, error).lexically_normal();
  if (!path.has_filename()) path = path.parent_path();  // "out/"
  while (!error && path.string().size() > there_.size() && fs::is_empty(path, error) && !error) {
    fs::remove(path, error);
    path = path.parent_path();
  }
}

int publish(const std::string& directory, const std::string& name, const std::string& figures) {
  if (const auto written = replace_file(directory + "/" + name, figures); !written) {
    cli::write_standard_output(figures);
    return cli::complain(written.error());
  }
  return run_bench_report(directory);
}

}  // namespace scraper::bench
