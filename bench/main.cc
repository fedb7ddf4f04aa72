// scraper-bench: measures the parts of scraper on this machine. `scraper bench` becomes it, and has
// the help.
#include <fmt/format.h>
#include <signal.h>

#include <algorithm>
#include <exception>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/output.h"
#include "bench/bench.h"

namespace {

using scraper::bench::BenchOptions;

constexpr const char* kUsage =
    "usage: scraper-bench engines | handoff [-o DIR] [--quick]\n"
    "       scraper-bench report DIR\n"
    "'scraper bench --help' says more.\n";

// The options behind engines or handoff; nothing: one is not known.
std::optional<BenchOptions> options_of(const std::vector<std::string_view>& arguments) {
  BenchOptions options;
  options.command = "scraper bench";
  for (const std::string_view word : arguments) options.command.append(" ").append(word);
  for (std::size_t i = 1; i < arguments.size(); ++i) {
    if (arguments[i] == "--quick") {
      options.is_quick = true;
    } else if (arguments[i] == "-o" && i + 1 < arguments.size() && !arguments[i + 1].empty()) {
      options.output = arguments[++i];
    } else {
      return std::nullopt;
    }
  }
  return options;
}

int run(const std::vector<std::string_view>& arguments) {
  const std::string_view what = arguments.empty() ? std::string_view() : arguments[0];
  if (what == "bench-child" && arguments.size() == 2)
    return scraper::bench::run_bench_child(arguments[1]);
  if (what == "report" && arguments.size() == 2)
    return scraper::bench::run_bench_report(std::string(arguments[1]));
  if (const auto options = options_of(arguments)) {
    if (what == "engines") return scraper::bench::run_bench_engines(*options);
    if (what == "handoff") return scraper::bench::run_bench_handoff(*options);
  }
  fmt::print(stderr, "{}", kUsage);
  return 2;
}

}  // namespace

int main(int argc, char** argv) {
  signal(SIGPIPE, SIG_IGN);  // a closed pipe is an error of write(2), told apart from a crash
  try {
    return run(std::vector<std::string_view>(argv + std::min(argc, 1), argv + argc));
  } catch (const std::exception& fault) {
    scraper::cli::complain(fault.what());
    return 1;
  }
}
