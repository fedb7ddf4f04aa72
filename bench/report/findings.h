// The measurement's answer in words, computed from the figures: pure functions from data to
// sentences, in the order a reader wants them.
//
// A sentence names its figures with their intervals and claims no more than these allow: where they
// overlap it says that no difference is to be seen. What was not measured has no sentence.
#pragma once

#include <string>
#include <vector>

#include "bench/report/data.h"

namespace scraper::bench::report {

struct Finding {
  std::string headline;              // what it is about: "Where threads fall behind"
  std::string text;                  // the answer, a sentence or a few
  std::vector<std::string> details;  // the same by case, a line each; may be empty
  bool is_main = false;              // an answer to the question itself
  std::string chapter = {};          // "Engines" or "Hand-offs"; set by `find`
};

std::vector<Finding> find(const Measured& measured);

// As `find`, in plain text, wrapped at 100 columns.
std::string as_text(const std::vector<Finding>& findings);

// The parts of `find`, each a question of its own; nothing when the data does not speak to it.
std::vector<Finding> find_crossing(
    const EngineRun& run);  // where threads fall behind, what does it, the common advice
std::vector<Finding> find_costs(
    const EngineRun& run);  // ideal, bare loops, memory, TLS, errors, the load server
std::vector<Finding> find_tasks(
    const EngineRun& run);  // starting, handing over, cancelling, deadlines
std::vector<Finding> find_handoffs(
    const HandoffRun& run);  // who wins where, isolation, disk and descriptors
std::vector<Finding> find_workers(const HandoffRun& run);  // spawn and crash

}  // namespace scraper::bench::report
