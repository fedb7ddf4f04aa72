// Where threads fall behind async, what does it, and what that says of the common advice.
#include <fmt/format.h>

#include <algorithm>

#include "bench/report/compare.h"
#include "bench/report/crossing.h"
#include "bench/report/findings.h"
#include "bench/report/plane.h"
#include "bench/report/text.h"

namespace scraper::bench::report {

namespace {

constexpr double kAdvised =
    10'000;                    // interactions a second below which threads are said to be good
constexpr double kBusy = 0.9;  // of all cores in use: no engine gets much more out of the machine
constexpr double kGrown = 1.25;

const Summary& rate(const EngineCell* cell) { return *cell->requests_per_second; }

std::string place(const Pair& pair, double ms) {
  return connections(pair.concurrency) + " " + at_delay(ms);
}

// The threads' cell of this delay with the least concurrency that was skipped; null: none was.
const EngineCell* skipped_threads(const EngineRun& run, const Plane& plane, double ms) {
  const EngineCell* least = nullptr;
  for (const EngineCell& cell : run.cells) {
    if (cell.engine != "threads" || cell.skipped.empty() || cell.delay_ms != ms ||
        !plane.holds(cell))
      continue;
    if (least == nullptr || cell.concurrency < least->concurrency) least = &cell;
  }
  return least;
}

std::string against(const Pair& pair) {
  return fmt::format("{} a second against {}, {}", with_interval(rate(pair.threads)),
                     with_interval(rate(pair.async)),
                     difference(rate(pair.threads), rate(pair.async)));
}

std::string behind_in_words(const Crossing& row) {
  std::string text;
  if (row.level != nullptr)
    text = fmt::format("level up to {} ({} a second), ", connections(row.level->concurrency),
                       number(rate(row.level->threads).median));
  text += fmt::format("behind from {} on ({}", connections(row.behind->concurrency),
                      against(*row.behind));
  if (row.worst != row.behind)
    text += fmt::format("; most with {}: {}", number(row.worst->concurrency),
                        difference(rate(row.worst->threads), rate(row.worst->async)));
  return text + ")";
}

std::string row_in_words(const Crossing& row) {
  std::string text =
      row.delay_ms == 0 ? "Without delay: " : fmt::format("At {}: ", with_unit(row.delay_ms, "ms"));
  if (row.behind != nullptr) {
    text += behind_in_words(row);
  } else if (row.worst != nullptr) {
    text += fmt::format(
        "behind at {} of {} concurrencies, though not from one on (most with {}: {})",
        row.count_behind, row.count, number(row.worst->concurrency), against(*row.worst));
  } else {
    text += fmt::format("never behind, up to {} ({} a second)", connections(row.level->concurrency),
                        number(rate(row.level->threads).median));
  }
  if (row.best != nullptr)
    text += fmt::format("; ahead with {} ({})", number(row.best->concurrency), against(*row.best));
  if (!row.uncertain.empty()) {
    std::vector<std::string> places;
    for (const Pair* pair : row.uncertain) places.push_back(number(pair->concurrency));
    text += fmt::format("; too uncertain to tell with {}", listed(places));
  }
  return text;
}

// System calls a second that an engine makes at a cell; "" when they were not counted.
std::string in_system_calls(const EngineCell& cell) {
  if (!cell.syscalls) return "";
  return fmt::format("{} system calls a second ({} a request)",
                     number(cell.syscalls->median * rate(&cell).median),
                     number(cell.syscalls->median));
}

struct Rows {
  std::vector<Crossing> all;  // by delay, with something to compare
  const Crossing* earliest =
      nullptr;  // of those with a delay: threads are behind at the least rate
  const Crossing* furthest =
      nullptr;  // of those with a delay and a level pair: the greatest rate without falling behind
  const Crossing* full = nullptr;  // the one without a delay
};

// Without a delay both engines go as fast as they can at any concurrency: that is a cost a request,
// not a rate from which on. It is told apart.
Rows compare_rows(const Plane& plane) {
  Rows rows;
  for (const auto& [ms, pairs] : plane.rows()) {
    if (const Crossing row = crossing_of(ms, pairs); row.count > 0) rows.all.push_back(row);
  }
  for (const Crossing& row : rows.all) {
    if (row.delay_ms == 0) rows.full = &row;
    if (row.delay_ms == 0) continue;
    if (row.behind != nullptr &&
        (rows.earliest == nullptr ||
         rate(row.behind->async).median < rate(rows.earliest->behind->async).median)) {
      rows.earliest = &row;
    }
    if (row.level != nullptr &&
        (rows.furthest == nullptr ||
         rate(row.level->threads).median > rate(rows.furthest->level->threads).median)) {
      rows.furthest = &row;
    }
  }
  return rows;
}

// What is the case though threads do not fall behind from any rate on: places in the middle of a
// row.
std::string here_and_there(const Rows& rows) {
  std::vector<std::string> places;
  for (const Crossing& row : rows.all) {
    if (row.delay_ms > 0 && row.behind == nullptr && row.worst != nullptr)
      places.push_back(place(*row.worst, row.delay_ms));
  }
  return places.empty() ? ""
                        : fmt::format(" Behind they are here and there all the same, most with {}.",
                                      listed(places));
}

// The row without a delay, where what a request costs is what limits the rate.
std::string at_full_speed(const Rows& rows) {
  if (rows.full == nullptr) return "";
  const std::string begin =
      " Without delay, where a request's CPU is the limit and not the waiting, ";
  if (rows.full->worst == nullptr) {
    const std::size_t open = rows.full->uncertain.size();
    return begin + fmt::format("they are behind at none of {} concurrencies{}.", rows.full->count,
                               open == 0
                                   ? ""
                                   : fmt::format(", and it is too uncertain to tell at {}", open));
  }
  return begin + fmt::format("they are behind at {} of {} concurrencies, most with {}: {}.",
                             rows.full->count_behind, rows.full->count,
                             connections(rows.full->worst->concurrency),
                             against(*rows.full->worst));
}

Finding where(const EngineRun& run, const Plane& plane, const Rows& rows) {
  Finding finding{"Where threads fall behind", "", {}, true};
  if (rows.earliest != nullptr) {
    const Pair& pair = *rows.earliest->behind;
    finding.text = fmt::format(
        "Threads fall behind async from {} requests a second on, with {}: they do {} there, {}.",
        with_interval(rate(pair.async)), place(pair, rows.earliest->delay_ms),
        with_interval(rate(pair.threads)), difference(rate(pair.threads), rate(pair.async)));
    if (const Pair* level = rows.earliest->level) {
      finding.text +=
          fmt::format(" With {} they are level, {} against {}.", connections(level->concurrency),
                      with_interval(rate(level->threads)), with_interval(rate(level->async)));
    }
    if (const std::string calls = in_system_calls(*pair.threads); !calls.empty()) {
      finding.text += fmt::format(" In system calls: {} by threads", calls);
      const std::string others = in_system_calls(*pair.async);
      finding.text += others.empty() ? "." : fmt::format(", {} by async.", others);
    }
  } else {
    const Pair& pair = *rows.furthest->level;
    finding.text = fmt::format(
        "With a delay threads do not fall behind async from any rate on that was measured: they do "
        "{} requests a second with {}, "
        "async {}.",
        with_interval(rate(pair.threads)), place(pair, rows.furthest->delay_ms),
        with_interval(rate(pair.async)));
    if (const std::string calls = in_system_calls(*pair.threads); !calls.empty())
      finding.text += fmt::format(" That is {} by threads.", calls);
  }
  finding.text += here_and_there(rows) + at_full_speed(rows);
  finding.text += " (Behind: the intervals do not overlap, and 5 % or more.)";
  for (const Crossing& row : rows.all) {
    std::string line = row_in_words(row);
    if (const EngineCell* skipped = skipped_threads(run, plane, row.delay_ms)) {
      line += fmt::format("; threads not measured with {}", number(skipped->concurrency));
    }
    finding.details.push_back(std::move(line));
  }
  return finding;
}

// What speaks for each of the three at one pair.
struct Signs {
  bool is_cpu = false;  // the machine is busy, and threads need more CPU a request
  bool is_busy = false;
  bool is_switching =
      false;  // threads switch more than async, and more than they did with few of them
  bool is_memory = false;  // half of the machine's memory and more
  std::vector<std::string> figures;
};

Signs signs_at(const EngineRun& run, const Pair& pair, const Pair& base) {
  Signs signs;
  const EngineCell& threads = *pair.threads;
  const EngineCell& async = *pair.async;
  signs.is_busy = threads.machine_busy && threads.machine_busy->median >= kBusy;
  if (threads.machine_busy)
    signs.figures.push_back(
        fmt::format("the machine is {} busy with threads", percent(threads.machine_busy->median)));
  if (threads.cpu_us && async.cpu_us) {
    signs.is_cpu = signs.is_busy && compare(*threads.cpu_us, *async.cpu_us) == Order::kGreater;
    signs.figures.push_back(fmt::format("a request costs threads {} of CPU, async {}",
                                        with_interval(*threads.cpu_us, "µs"),
                                        with_interval(*async.cpu_us, "µs")));
  }
  const Figure switches = sum_of(threads.switches_voluntary, threads.switches_involuntary);
  const Figure others = sum_of(async.switches_voluntary, async.switches_involuntary);
  const Figure before = base.threads == nullptr ? Figure()
                                                : sum_of(base.threads->switches_voluntary,
                                                         base.threads->switches_involuntary);
  if (switches && others && before) {
    const bool has_grown = compare(*switches, *before) == Order::kGreater &&
                           switches->median >= kGrown * before->median;
    signs.is_switching = has_grown && compare(*switches, *others) == Order::kGreater;
    signs.figures.push_back(fmt::format(
        "context switches a request are {} with threads and {} with async; threads had {} with {}",
        with_interval(*switches), with_interval(*others), with_interval(*before),
        connections(base.concurrency)));
  }
  if (threads.peak_memory && run.run.machine.memory_bytes > 0) {
    const double share = threads.peak_memory->median / run.run.machine.memory_bytes;
    signs.is_memory = share >= 0.5;
    signs.figures.push_back(fmt::format("threads take {} of memory, {} of what there is",
                                        size(threads.peak_memory->median), percent(share)));
  }
  return signs;
}

std::string culprit(const Signs& signs) {
  std::string text;
  if (signs.is_cpu && signs.is_switching) {
    text =
        "CPU, and context switches go with it: both are more a request than with async, and "
        "switches have grown with the number of "
        "threads.";
  } else if (signs.is_cpu) {
    text =
        "CPU: threads need more of it a request. It is not a growing number of context switches a "
        "request.";
  } else if (signs.is_switching) {
    text = signs.is_busy ? "Context switches, by their number: the machine is fully used, but CPU "
                           "a request does not tell the engines apart."
                         : "Context switches, by their number; the machine is not fully used.";
  } else if (signs.is_busy) {
    text =
        "The machine is fully used, but neither CPU nor context switches a request tell the "
        "engines apart beyond their intervals.";
  } else {
    text =
        "None of context switches and CPU explains it: the machine is not fully used, and switches "
        "a request have not grown beyond "
        "async's.";
  }
  if (signs.is_memory) text += " Memory is near its limit too.";
  return text;
}

// Where to look for what does it: where threads fall behind; else where they are furthest behind,
// without a delay before all others; else the greatest rate they kept up at.
struct Scene {
  const Crossing* row;
  const Pair* pair;
  bool is_behind;
};

Scene scene_of(const Rows& rows) {
  if (rows.earliest != nullptr) return {rows.earliest, rows.earliest->behind, true};
  for (const Crossing& row : rows.all) {  // by delay: none comes first
    if (row.worst != nullptr) return {&row, row.worst, true};
  }
  return {rows.furthest, rows.furthest->level, false};
}

std::string nothing_yet(const Signs& signs) {
  return signs.is_cpu ? "None of them, as far as was measured; CPU is the next: the machine is "
                        "busy, and threads need more of it a request."
                      : "None of them, as far as was measured.";
}

Finding what_does_it(const EngineRun& run, const Plane& plane, const Rows& rows) {
  const Scene scene = scene_of(rows);
  const double delay_ms = scene.row->delay_ms;
  const auto& pairs = *plane.row(delay_ms);
  const auto base = std::find_if(pairs.begin(), pairs.end(),
                                 [](const Pair& one) { return one.threads != nullptr; });
  const Signs signs = signs_at(run, *scene.pair, *base);
  Finding finding{"Which does it: context switches, memory or CPU", "", {}, true};
  finding.text = scene.is_behind ? culprit(signs) : nothing_yet(signs);
  if (!signs.figures.empty())
    finding.text +=
        fmt::format(" With {}: {}.", place(*scene.pair, delay_ms), joined(signs.figures, "; "));
  for (const auto& [ms, unused] : plane.rows()) {
    if (const EngineCell* skipped = skipped_threads(run, plane, ms)) {
      finding.text +=
          fmt::format(" A limit of another kind: threads were not measured with {} {} ({}).",
                      connections(skipped->concurrency), at_delay(ms), skipped->skipped);
      break;
    }
  }
  return finding;
}

std::string verdict(const Rows& rows) {
  const Crossing* below = nullptr;   // behind at less than what is advised
  const Crossing* beyond = nullptr;  // level at more
  for (const Crossing& row : rows.all) {
    if (row.delay_ms == 0) continue;
    if (row.behind != nullptr && rate(row.behind->async).high < kAdvised &&
        (below == nullptr || rate(row.behind->async).median < rate(below->behind->async).median)) {
      below = &row;
    }
    if (row.level != nullptr && rate(row.level->threads).low >= kAdvised &&
        (beyond == nullptr ||
         rate(row.level->threads).median > rate(beyond->level->threads).median)) {
      beyond = &row;
    }
  }
  const auto behind_at = [](const Crossing& row) {
    return fmt::format("{} a second with {}", with_interval(rate(row.behind->async)),
                       place(*row.behind, row.delay_ms));
  };
  const auto level_at = [](const Crossing& row) {
    return fmt::format("{} a second with {}", with_interval(rate(row.level->threads)),
                       place(*row.level, row.delay_ms));
  };
  if (below != nullptr && beyond != nullptr) {
    return fmt::format(
        "does not hold as a rate here: threads fall behind at {} already and keep up at {}. It is "
        "how many of them there are, not "
        "the rate alone.",
        behind_at(*below), level_at(*beyond));
  }
  if (below != nullptr)
    return fmt::format("promises too much here: threads fall behind at {} already.",
                       behind_at(*below));
  if (beyond != nullptr)
    return fmt::format("is too cautious here: threads keep up at {}.", level_at(*beyond));
  if (rows.earliest != nullptr) {
    return fmt::format("fits what was measured here: threads are {}behind at {}.",
                       rows.earliest->level != nullptr
                           ? fmt::format("level at {} and ", level_at(*rows.earliest))
                           : "",
                       behind_at(*rows.earliest));
  }
  return fmt::format(
      "can neither be confirmed nor refuted: threads keep up as far as was measured, {}.",
      level_at(*rows.furthest));
}

Finding advice(const Rows& rows) {
  Finding finding{"The common advice", "", {}, true};
  finding.text =
      "\"Threads are good below about 10,000 interactions a second\", a request being one "
      "interaction, " +
      verdict(rows);
  if (rows.full != nullptr && rows.full->worst != nullptr)
    finding.text +=
        " That is of rates that the server's delay sets; without delay threads are behind.";
  const EngineCell* level = rows.furthest != nullptr ? rows.furthest->level->threads : nullptr;
  if (level == nullptr || !level->syscalls) return finding;
  const double calls = level->syscalls->median * rate(level).median;
  finding.text += fmt::format(
      " With a system call as the interaction: threads keep up at {}, {} what is advised.",
      in_system_calls(*level),
      calls >= kAdvised ? fmt::format("{} times", number(calls / kAdvised)) : "less than");
  return finding;
}

}  // namespace

std::vector<Finding> find_crossing(const EngineRun& run) {
  const Plane plane(run);
  const Rows rows = compare_rows(plane);
  if (rows.earliest == nullptr && rows.furthest == nullptr) return {};
  return {where(run, plane, rows), what_does_it(run, plane, rows), advice(rows)};
}

}  // namespace scraper::bench::report
