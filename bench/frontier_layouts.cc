// The ledger, sketched before it is built: layouts of it in RocksDB under the work a crawl gives it
// (bench/frontier_ledger.h says which, bench/frontier_model.h what the crawl is). Nothing of this
// is part of the crawler.
//
//   frontier_layouts [ROWS [LAYOUT...]]     20,000,000 rows, below TMPDIR in a folder which it
//   removes. Unless layouts are named it is
//                       fingerprint, order-table and order-split
//     FRONTIER_CACHE_MB   block cache (256); filters and indexes are in it
//     FRONTIER_KNOWN      of the 95 links of a page to what is known, this many are looked up while
//     the ledger grows (1): in a layout whose
//                         seen test is on the disk all of them would be most of the run. Their cost
//                         is measured by itself
//
// A turn of the crawl is 100 pages: 500 new URLs and the known ones are looked up; 100 rows are
// leased, hosts taking turns, each host's in the order of its queue, and read; 500 rows and their
// places in queues are written, 100 rows get their last state and leave theirs. That state is the
// only one written, as what happens between two barriers is. A barrier every 50,000 rows or second:
// rows of the hosts touched, counts, lengths; the fingerprints are appended and synced; one synced
// batch. It is waited for, as nothing else here is.
//
// At a twentieth, a quarter and all of the rows the figures are taken, the process kills itself
// with SIGKILL in the middle of a barrier, another opens what it left (warm: the machine was not
// what died), looks whether that is what was committed, and ends cleanly; a third opens that and
// scans all rows. Progress and a table on standard error and output, then one line of JSON.
//
//   write_us      of a row, new or changed, with its places in queues and its host's row: CPU of
//   all threads, flushes and compactions too written/given bytes to files (log, flushes,
//   compactions, fingerprints) over bytes of keys and values handed over, since 0 rows known links
//   to the popular and the recent, see the model; uniform: to any row
#include <fcntl.h>
#include <spawn.h>
#include <sys/prctl.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <exception>
#include <iterator>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>
#include <vector>

#include "base/json_writer.h"
#include "bench/frontier_model.h"
#include "bench/frontier_run.h"

extern char** environ;

namespace scraper::layouts {
namespace {

namespace fs = std::filesystem;

using Figures = std::map<std::string, double>;

constexpr std::uint64_t kRoomARow = 400;  // at the worst instant of a compaction

struct Cell {
  Layout layout;
  Figures figures;
};

std::uint64_t number_from(const char* name, std::uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

Layout layout_named(std::string_view name) {
  const auto* found = std::find(std::begin(kLayoutNames), std::end(kLayoutNames), name);
  if (found == std::end(kLayoutNames))
    throw std::runtime_error("no layout has the name " + std::string(name));
  return static_cast<Layout>(found - std::begin(kLayoutNames));
}

std::string_view name_of(Layout layout) { return kLayoutNames[static_cast<int>(layout)]; }

// ---- processes

std::string read_all(int descriptor) {
  std::string text;
  char piece[4096];
  for (ssize_t got = 0; (got = ::read(descriptor, piece, sizeof piece)) > 0;)
    text.append(piece, static_cast<std::size_t>(got));
  ::close(descriptor);
  return text;
}

// This program again, doing `what`; its standard output, and how it ended.
std::string run_child(const char* what, const RunOptions& options, int& status) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0)
    throw std::system_error(errno, std::generic_category(), "pipe");
  const std::string words[] = {"frontier_layouts",
                               what,
                               std::string(name_of(options.layout)),
                               options.folder.string(),
                               std::to_string(options.rows),
                               std::to_string(options.cache_bytes),
                               std::to_string(options.known)};
  std::vector<char*> arguments;
  for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  pid_t child = 0;
  const int failed =
      ::posix_spawn(&child, "/proc/self/exe", &actions, nullptr, arguments.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  ::close(ends[1]);
  std::string text = read_all(ends[0]);
  if (failed != 0) throw std::system_error(failed, std::generic_category(), "spawn");
  ::waitpid(child, &status, 0);
  return text;
}

Figures run(const char* what, const RunOptions& options, bool dies) {
  int status = 0;
  const std::string text = run_child(what, options, status);
  const bool is_well = dies ? WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL
                            : WIFEXITED(status) && WEXITSTATUS(status) == 0;
  if (!is_well)
    throw std::runtime_error(std::string(name_of(options.layout)) + " " + what +
                             ": ended as it should not");
  Figures figures;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = text.find('\n', at);
    const std::size_t space = text.find(' ', at);
    figures[text.substr(at, space - at)] = std::strtod(text.c_str() + space, nullptr);
    at = end + 1;
  }
  return figures;
}

int run_as_child(char** words) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  RunOptions options;
  options.layout = layout_named(words[2]);
  options.folder = words[3];
  options.rows = std::strtoull(words[4], nullptr, 10);
  options.cache_bytes = std::strtoull(words[5], nullptr, 10);
  options.known = static_cast<unsigned>(std::strtoul(words[6], nullptr, 10));
  std::string_view(words[1]) == "grow" ? grow(options) : reopen(options);
  return 0;
}

// ---- measuring

std::uint64_t bytes_below(const fs::path& folder) {
  std::uint64_t bytes = 0;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file()) bytes += entry.file_size();
  }
  return bytes;
}

void take(Figures& into, const Figures& from, const std::string& prefix,
          std::initializer_list<const char*> names) {
  for (const char* name : names) into[prefix + name] = from.at(name);
}

Figures measure(const RunOptions& options) {
  Figures cell = run("grow", options, true);
  const Figures killed = run("reopen", options, false);
  if (killed.at("committed") != cell.at("committed"))
    throw std::runtime_error("rows were lost by the kill");
  const Figures clean = run("reopen", options, false);
  take(cell, killed, "killed_", {"open_ms_wall", "open_ms_cpu"});
  take(cell, clean, "clean_", {"open_ms_wall", "open_ms_cpu", "open_resident_bytes"});
  take(cell, clean, "", {"scan_ms_wall", "scan_ms_cpu", "scan_url_bytes"});
  cell["disk_bytes"] = static_cast<double>(bytes_below(options.folder));
  return cell;
}

void add_totals(Cell& cell, Figures& totals) {
  for (const char* name :
       {"given_bytes", "written_bytes", "rows_written", "stall_seconds", "seconds"}) {
    totals[name] += cell.figures.at(name);
    cell.figures[std::string("total_") + name] = totals[name];
  }
  cell.figures["written_over_given"] = totals["written_bytes"] / totals["given_bytes"];
  cell.figures["disk_bytes_a_url"] = cell.figures["disk_bytes"] / cell.figures["rows"];
}

void write_cell(JsonWriter& json, const Cell& cell) {
  json.begin_object().field("layout", name_of(cell.layout));
  for (const auto& [name, value] : cell.figures) json.field(name, value);
  json.end_object();
}

// So that a run that is cut short has said what it had.
void tell(const Cell& cell) {
  std::string text;
  JsonWriter json(text);
  write_cell(json, cell);
  std::fprintf(stderr, "%s\n", text.c_str());
}

std::vector<Cell> measure_layout(RunOptions options, std::uint64_t rows) {
  std::vector<Cell> cells;
  Figures totals;
  options.folder /= name_of(options.layout);
  fs::create_directory(options.folder);
  for (const std::uint64_t part : {20, 4, 1}) {
    options.rows = rows / part;
    cells.push_back({options.layout, measure(options)});
    add_totals(cells.back(), totals);
    tell(cells.back());
  }
  fs::remove_all(options.folder);
  return cells;
}

// ---- telling

struct Line {
  const char* what;
  const char* figure;
  double unit;
};

constexpr Line kLines[] = {
    {"seen test, known, ns", "seen_known_ns_wall", 1},
    {"  CPU", "seen_known_ns_cpu", 1},
    {"  uniform, CPU", "seen_uniform_ns_cpu", 1},
    {"  unknown, CPU", "seen_unknown_ns_cpu", 1},
    {"  known and confirmed, CPU", "seen_confirmed_ns_cpu", 1},
    {"write a row, us", "write_us_wall", 1},
    {"  CPU, all threads", "write_us_cpu", 1},
    {"lease and read, us", "lease_us_wall", 1},
    {"written over given", "written_over_given", 1},
    {"barrier, median ms", "barrier_median_ms", 1},
    {"  p99", "barrier_p99_ms", 1},
    {"  worst", "barrier_worst_ms", 1},
    {"stalls, s", "stall_seconds", 1},
    {"resident MB", "resident_bytes", 1e-6},
    {"  block cache", "cache_bytes", 1e-6},
    {"  memtables", "memtable_bytes", 1e-6},
    {"  table", "table_bytes", 1e-6},
    {"  resident after open", "clean_open_resident_bytes", 1e-6},
    {"filters in files, MB", "filter_bytes", 1e-6},
    {"indexes in files, MB", "index_bytes", 1e-6},
    {"disk, bytes a URL", "disk_bytes_a_url", 1},
    {"open, clean, ms", "clean_open_ms_wall", 1},
    {"  CPU", "clean_open_ms_cpu", 1},
    {"  after kill -9", "killed_open_ms_wall", 1},
    {"  CPU", "killed_open_ms_cpu", 1},
    {"scan of all rows, s", "scan_ms_wall", 1e-3},
    {"growing took, s", "total_seconds", 1},
};

void print_table(const std::vector<Cell>& cells) {
  std::printf("%-26s", "");
  for (const Cell& cell : cells) std::printf(" %12s", std::string(name_of(cell.layout)).c_str());
  std::printf("\n%-26s", "million rows");
  for (const Cell& cell : cells) std::printf(" %12.1f", 1e-6 * cell.figures.at("rows"));
  for (const Line& line : kLines) {
    std::printf("\n%-26s", line.what);
    for (const Cell& cell : cells) {
      const auto found = cell.figures.find(line.figure);
      if (found == cell.figures.end()) {
        std::printf(" %12s", "-");
      } else {
        std::printf(" %12.*f", found->second * line.unit < 10 ? 2 : 0, found->second * line.unit);
      }
    }
  }
  std::printf("\n\n");
}

std::string date() {
  const std::time_t now = std::time(nullptr);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", std::gmtime(&now));
  return text;
}

void write_machine(JsonWriter& json) {
  utsname system{};
  ::uname(&system);
  double load[3] = {};
  ::getloadavg(load, 3);
  json.key("machine").begin_object().field("cores", std::thread::hardware_concurrency());
  json.field("memory_bytes", static_cast<std::uint64_t>(::sysconf(_SC_PHYS_PAGES)) *
                                 static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE)));
  json.field("kernel", std::string(system.sysname) + " " + system.release).field("date", date());
  json.field("load_at_end", load[0]).end_object();
}

void print_json(const std::vector<Cell>& cells, const RunOptions& options) {
  std::string text;
  JsonWriter json(text);
  json.begin_object().field("kind", "frontier").field("version", 1);
  write_machine(json);
  json.field("cache_limit_bytes", options.cache_bytes)
      .field("links_a_page", kLinks)
      .field("new_a_page", kNew);
  json.field("known_looked_up_a_page", options.known).key("cells").begin_array();
  for (const Cell& cell : cells) write_cell(json, cell);
  json.end_array().end_object();
  std::printf("%s\n", text.c_str());
}

// A folder that is gone when this is.
class Folder {
 public:
  Folder() {
    std::string name = (fs::temp_directory_path() / "frontier-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr)
      throw std::system_error(errno, std::generic_category(), name);
    path_ = name;
  }
  ~Folder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

void check_room(const fs::path& folder, std::uint64_t rows) {
  const std::uint64_t needed = rows * kRoomARow;
  const std::uint64_t there = fs::space(folder).available;
  std::fprintf(stderr, "frontier: may take %.1f GB below %s, which has %.1f\n",
               1e-9 * static_cast<double>(needed), folder.parent_path().c_str(),
               1e-9 * static_cast<double>(there));
  if (there < needed)
    throw std::runtime_error("not enough room; set TMPDIR, or ask for fewer rows");
}

int run_all(int count, char** words) {
  const std::uint64_t rows = count > 1 ? std::strtoull(words[1], nullptr, 10) : 20'000'000;
  if (rows < 100'000) throw std::runtime_error("at least 100000 rows");
  std::vector<Layout> layouts;
  for (int n = 2; n < count; ++n) layouts.push_back(layout_named(words[n]));
  if (layouts.empty()) layouts = {Layout::kFingerprint, Layout::kOrderTable, Layout::kOrderSplit};
  const Folder folder;
  RunOptions options;
  options.folder = folder.path();
  options.cache_bytes = number_from("FRONTIER_CACHE_MB", 256) << 20;
  options.known = static_cast<unsigned>(number_from("FRONTIER_KNOWN", 1));
  check_room(folder.path(), rows);
  std::vector<Cell> cells;
  for (const Layout layout : layouts) {
    options.layout = layout;
    for (Cell& cell : measure_layout(options, rows)) cells.push_back(std::move(cell));
  }
  print_table(cells);
  print_json(cells, options);
  return 0;
}

}  // namespace
}  // namespace scraper::layouts

int main(int count, char** words) try {
  const bool is_child =
      count == 7 && (std::strcmp(words[1], "grow") == 0 || std::strcmp(words[1], "reopen") == 0);
  return is_child ? scraper::layouts::run_as_child(words) : scraper::layouts::run_all(count, words);
} catch (const std::exception& problem) {
  std::fprintf(stderr, "frontier: %s\n", problem.what());
  return 1;
}
