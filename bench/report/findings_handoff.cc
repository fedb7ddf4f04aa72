// Where each hand-off wins, and what isolation, the disk and opening a path cost.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>

#include "bench/report/compare.h"
#include "bench/report/findings.h"
#include "bench/report/handoffs.h"
#include "bench/report/text.h"

namespace scraper::bench::report {

namespace {

std::string workers_in_words(double workers) {
  return workers == 1 ? "one worker" : with_unit(workers, "workers");
}

std::string work_in_words(std::string_view work) {
  if (work == "none") return "without work";
  return work == "scan" ? "with the scanner" : fmt::format("with {}", work);
}

// The hand-offs that nothing separates from the best one, the best first; `rest` is the best of the
// others.
struct Winners {
  std::vector<const HandoffCell*> first;
  const HandoffCell* rest = nullptr;
};

Winners winners_of(std::vector<const HandoffCell*> cells) {
  std::stable_sort(cells.begin(), cells.end(), [](const auto* a, const auto* b) {
    return a->pages_per_second->median > b->pages_per_second->median;
  });
  Winners winners;
  for (const HandoffCell* cell : cells) {
    if (winners.first.empty() ||
        !is_materially_less(*cell->pages_per_second, *winners.first[0]->pages_per_second)) {
      winners.first.push_back(cell);
    } else if (winners.rest == nullptr) {
      winners.rest = cell;
    }
  }
  return winners;
}

std::string names_of(const Winners& winners) {
  std::vector<std::string> names;
  for (const HandoffCell* cell : winners.first) names.push_back(cell->handoff);
  std::sort(names.begin(), names.end());
  return listed(names);
}

std::string winner_in_words(double payload, const Winners& winners) {
  const HandoffCell& best = *winners.first[0];
  std::string text = fmt::format("{}: {}, {} pages a second", size(payload), best.handoff,
                                 with_interval(*best.pages_per_second));
  if (winners.rest != nullptr) {
    text += fmt::format("; {} the next, {}",
                        times(ratio_of(*best.pages_per_second, *winners.rest->pages_per_second)),
                        winners.rest->handoff);
  }
  return text;
}

// "10 KB to 1 MB", of neighbours.
std::string span(double first, double last) {
  return first == last ? size(first) : fmt::format("{} to {}", size(first), size(last));
}

struct Tie {
  double first = 0, last = 0;
  std::string names;  // empty: none is open
  bool is_uncertain = false;
  std::string rest;  // what is behind all of them
};

std::string tie_in_words(const Tie& tie) {
  return fmt::format("{}: {} between {}{}", span(tie.first, tie.last),
                     tie.is_uncertain ? "too uncertain to tell" : "no difference to be seen",
                     tie.names, tie.rest);
}

bool is_uncertain_among(const Winners& winners) {
  return std::any_of(winners.first.begin(), winners.first.end(), [&](const HandoffCell* cell) {
    return is_uncertain(ratio_of(*cell->pages_per_second, *winners.first[0]->pages_per_second));
  });
}

// A line for each payload with a winner, and for each run of payloads that the same hand-offs
// share.
std::vector<std::string> lines_of(const std::vector<std::pair<double, Winners>>& by_payload) {
  std::vector<std::string> lines;
  Tie tie;
  const auto close = [&] {
    if (!tie.names.empty()) lines.push_back(tie_in_words(tie));
    tie = {};
  };
  for (const auto& [payload, winners] : by_payload) {
    if (winners.first.size() == 1) {
      close();
      lines.push_back(winner_in_words(payload, winners));
      continue;
    }
    const std::string names = names_of(winners);
    const bool is_uncertain = is_uncertain_among(winners);
    if (names != tie.names || is_uncertain != tie.is_uncertain) close();
    if (tie.names.empty())
      tie = {
          payload, payload, names, is_uncertain,
          winners.rest == nullptr ? "" : fmt::format(", all ahead of {}", winners.rest->handoff)};
    tie.last = payload;
  }
  close();
  return lines;
}

// Among the ways to a worker of its own, payload by payload.
std::vector<Finding> who_wins(const HandoffTable& table, std::string_view direction,
                              std::string_view work) {
  const double workers = table.usual_workers();
  std::vector<std::pair<double, Winners>> by_payload;
  std::map<std::string, std::vector<std::string>> wins;  // alone at the top: hand-off -> payloads
  for (const double payload : table.payloads()) {
    std::vector<const HandoffCell*> cells;
    for (const char* handoff : {"file", "pipe", "shm"}) {
      if (const HandoffCell* cell = table.cell(handoff, direction, work, payload, workers))
        cells.push_back(cell);
    }
    if (cells.size() < 2) continue;
    const Winners winners = winners_of(cells);
    if (winners.first.size() == 1) wins[winners.first[0]->handoff].push_back(size(payload));
    by_payload.emplace_back(payload, winners);
  }
  if (by_payload.empty()) return {};
  std::vector<std::string> parts;
  parts.reserve(wins.size());
  for (const auto& [handoff, payloads] : wins)
    parts.push_back(fmt::format("{} at {}", handoff, listed(payloads)));
  return {{fmt::format(
               "Which hand-off wins: {}, {}, {}",
               direction == "out" ? "the payload is the answer" : "the payload goes to the worker",
               work_in_words(work), workers_in_words(workers)),
           parts.empty()
               ? "None of file, pipe and shm is alone ahead at any payload."
               : fmt::format("Of the three that keep the worker a process of its own: {}.",
                             joined(parts, "; ")),
           lines_of(by_payload)}};
}

// Pages a second and CPU a page of both, and how they differ.
std::string against(const HandoffCell& a, const HandoffCell& b) {
  const Summary& rate = *a.pages_per_second;
  const Summary& other = *b.pages_per_second;
  std::string text =
      fmt::format("{} pages a second against {}, ", with_interval(rate), with_interval(other));
  text += difference(rate, other);
  if (!a.cpu_us || !b.cpu_us || b.cpu_us->low <= 0) return text;
  const Summary ratio = ratio_of(*a.cpu_us, *b.cpu_us);
  text += fmt::format("; CPU a page {} against {}, ", with_interval(*a.cpu_us, "µs"),
                      with_interval(*b.cpu_us, "µs"));
  return text + (compare(*a.cpu_us, *b.cpu_us) == Order::kSame ? std::string(no_difference(ratio))
                                                               : times(ratio));
}

// `file` over `inline` of the same repeats, where the file has it: a narrower interval than that of
// the two apart.
std::string paired(const HandoffRun& run, std::string_view work, double payload, double workers) {
  for (const PairedRatio& one : run.file_over_inline) {
    if (one.direction != "in" || one.work != work || one.payload != payload ||
        one.workers != workers)
      continue;
    std::vector<std::string> parts;
    if (one.pages_per_second)
      parts.push_back(fmt::format("{} the pages a second", times(*one.pages_per_second)));
    if (one.cpu_us) parts.push_back(fmt::format("{} the CPU a page", times(*one.cpu_us)));
    if (!parts.empty()) return fmt::format("; repeat by repeat {}", joined(parts));
  }
  return "";
}

// What a worker of its own costs against a thread in the same process, at the payload of a usual
// page.
std::vector<Finding> isolation(const HandoffRun& run, const HandoffTable& table) {
  const auto payload = table.payload_near(35 * 1024);
  if (!payload) return {};
  Finding finding{"What isolation costs", "", {}, true};
  for (const char* work : {"scan", "gumbo", "none"}) {
    for (const double workers : table.workers()) {
      const HandoffCell* inside = table.cell("inline", "in", work, *payload, workers);
      if (inside == nullptr) continue;
      for (const char* handoff : {"file", "pipe", "shm"}) {
        const HandoffCell* apart = table.cell(handoff, "in", work, *payload, workers);
        if (apart == nullptr ||
            (handoff != std::string_view("file") && workers != table.usual_workers()))
          continue;
        const bool is_file = handoff == std::string_view("file");
        finding.details.push_back(fmt::format("{} {}, {}: {}{}", handoff, work_in_words(work),
                                              workers_in_words(workers), against(*apart, *inside),
                                              is_file ? paired(run, work, *payload, workers) : ""));
      }
    }
  }
  if (finding.details.empty()) return {};
  finding.text = fmt::format(
      "A page of {}, handed to a process of its own instead of a thread of this one (inline):",
      size(*payload));
  return {finding};
}

// `file` both ways in one respect: a line for each payload where it makes a difference.
std::vector<Finding> variants(const HandoffTable& table, const std::string& headline,
                              const FileWay& dear, const FileWay& cheap) {
  Finding finding{headline, "", {}};
  std::vector<double> payloads;
  std::vector<Summary> ratios;
  for (const double payload : table.payloads()) {
    const HandoffCell* a = table.file_cell(dear, payload, table.usual_workers());
    const HandoffCell* b = table.file_cell(cheap, payload, table.usual_workers());
    if (a == nullptr || b == nullptr) continue;
    payloads.push_back(payload);
    ratios.push_back(ratio_of(*a->pages_per_second, *b->pages_per_second));
    if (compare(*a->pages_per_second, *b->pages_per_second) != Order::kSame) {
      finding.details.push_back(fmt::format("{}: {}", size(payload), against(*a, *b)));
    }
  }
  if (payloads.empty()) return {};
  const std::string ends = spread(ratios);
  const bool is_known = std::none_of(ratios.begin(), ratios.end(), is_uncertain);
  const std::string where = payloads.size() == 1
                                ? "at " + size(payloads[0])
                                : "from " + span(payloads.front(), payloads.back());
  if (!finding.details.empty()) {
    finding.text = fmt::format("A difference in pages a second at {} of {} payloads ({} over all):",
                               finding.details.size(), payloads.size(), ends);
  } else {
    finding.text = fmt::format(
        "{} in pages a second {} ({}).",
        is_known ? "No difference to be seen" : "Too uncertain to tell a difference", where, ends);
  }
  return {finding};
}

}  // namespace

std::vector<Finding> find_handoffs(const HandoffRun& run) {
  const HandoffTable table(run);
  std::vector<Finding> all;
  for (auto& some :
       {isolation(run, table), who_wins(table, "in", "none"), who_wins(table, "in", "scan"),
        who_wins(table, "in", "gumbo"), who_wins(table, "out", "none"),
        variants(table, "file on disk against tmpfs", {"disk", "kept"}, {"tmpfs", "kept"}),
        variants(table, "file: a path opened for each page against a descriptor kept",
                 {"disk", "each"}, {"disk", "kept"})}) {
    all.insert(all.end(), some.begin(), some.end());
  }
  double failures = 0;
  for (const HandoffCell& cell : run.cells) failures += cell.failures;
  if (failures > 0)
    all.push_back(
        {"Hand-offs that failed",
         fmt::format("{} pages were not answered (the tables say where).", number(failures)),
         {}});
  return all;
}

}  // namespace scraper::bench::report
