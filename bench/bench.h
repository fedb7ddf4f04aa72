// `scraper bench`: the program measured by itself, on this machine. Each command writes its figures
// as JSON into the directory (engines.json, handoff.json: docs/measurements/README.md says what is
// in them) and then report.html, made from whichever of the two are there. Progress goes to
// standard error, the short tables to standard output.
#pragma once

#include <string>
#include <string_view>

namespace scraper::bench {

struct BenchOptions {
  std::string output = "./bench-out";  // made when it is not there
  bool is_quick = false;               // under two minutes, coarser: for a first look
  std::string command;                 // for the result file
};

// Each returns the exit code of the program.
int run_bench_engines(const BenchOptions& options);
int run_bench_handoff(const BenchOptions& options);

// Makes report.html anew from the JSON in `directory`: starts bench/report.py, whose copy
// scraper-bench-report.py lies beside the program, and waits for it.
int run_bench_report(const std::string& directory);

// The parts that run in processes of their own (bench/child.h): "load-server",
// "engine-cell", "handoff-cell", …
int run_bench_child(std::string_view part);

}  // namespace scraper::bench
