// What a request and a connection cost, engine by engine, and how far the figures carry.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "bench/report/compare.h"
#include "bench/report/findings.h"
#include "bench/report/plane.h"
#include "bench/report/text.h"

namespace scraper::bench::report {

namespace {

constexpr std::array<const char*, 2> kEngines = {"threads", "async"};
constexpr double kIdealDelay = 200;  // ms
constexpr double kIdealMost = 5000;  // connections
constexpr double kIdealShare = 0.95;
constexpr double kBareShare = 1.25;

// 0.961 -> "96.1 %"
std::string share_with_interval(const Summary& share) {
  return with_interval(scaled(share, 100), "%");
}

// Of the cells at 200 ms that have a ratio to the ideal, up to 5,000 connections.
struct LeastIdeal {
  const EngineCell* cell = nullptr;  // the one with the least ratio; null: there is none
  double most = 0;                   // connections
};

LeastIdeal least_ideal(const Plane& plane, const char* engine) {
  LeastIdeal least;
  for (const EngineCell* cell : plane.cells(engine)) {
    if (cell->delay_ms != kIdealDelay || cell->concurrency > kIdealMost || !cell->ideal_ratio)
      continue;
    least.most = std::max(least.most, cell->concurrency);
    if (least.cell == nullptr || cell->ideal_ratio->median < least.cell->ideal_ratio->median)
      least.cell = cell;
  }
  return least;
}

std::string ideal_in_words(const char* engine, const EngineCell& least) {
  std::string part =
      fmt::format("{}: {} at least, with {}", engine, share_with_interval(*least.ideal_ratio),
                  connections(least.concurrency));
  if (least.ideal_ratio->median >= kIdealShare || !least.machine_busy) return part;
  return part + fmt::format(" (the machine is {} busy there{})",
                            percent(least.machine_busy->median),
                            least.machine_busy->median >= 0.9 ? ": it is the limit" : "");
}

std::vector<Finding> ideal(const Plane& plane) {
  const LeastIdeal threads = least_ideal(plane, "threads");
  const LeastIdeal async = least_ideal(plane, "async");
  const double most = std::max(threads.most, async.most);
  Finding finding{fmt::format("Ratio to the ideal at 200 ms, up to {}", connections(most)), "", {}};
  std::vector<std::string> parts;
  for (const auto& [engine, least] : {std::pair{"threads", threads}, {"async", async}}) {
    if (least.cell == nullptr) continue;
    parts.push_back(ideal_in_words(engine, *least.cell));
    if (least.most < most)
      parts.back() += fmt::format(", measured up to {} only", connections(least.most));
  }
  if (parts.empty()) return {};
  finding.text = joined(parts, "; ") + ".";
  finding.text[0] = static_cast<char>(finding.text[0] - 'a' + 'A');
  return {finding};
}

bool is_same_work(const EngineCell& a, const EngineCell& b) {
  return a.concurrency == b.concurrency && a.delay_ms == b.delay_ms && a.body == b.body &&
         a.scheme == b.scheme && a.connection == b.connection;
}

const EngineCell* on_same_work(const EngineRun& run, std::string_view engine,
                               const EngineCell& cell) {
  const auto found = std::find_if(run.cells.begin(), run.cells.end(), [&](const EngineCell& one) {
    return one.engine == engine && is_same_work(one, cell);
  });
  return found == run.cells.end() ? nullptr : &*found;
}

// "HTTPS, a new connection each time": how a cell differs from the plane; "" on it.
std::string change_of(const EngineCell& cell, const Plane& plane) {
  std::vector<std::string> changes;
  if (cell.scheme != "http") changes.push_back("HTTPS");
  if (cell.connection != "kept") changes.push_back("a new connection each time");
  if (cell.body != plane.body()) changes.push_back(size(cell.body));
  return joined(changes);
}

struct AgainstBare {
  Summary ratio;
  const EngineCell* cell;
};

std::vector<AgainstBare> ratios_to_bare(const EngineRun& run, std::string_view engine,
                                        std::string_view bare) {
  std::vector<AgainstBare> ratios;
  for (const EngineCell& cell : run.cells) {
    if (cell.engine != engine || !cell.cpu_us) continue;
    const EngineCell* other = on_same_work(run, bare, cell);
    if (other != nullptr && other->cpu_us && other->cpu_us->low > 0)
      ratios.push_back({ratio_of(*cell.cpu_us, *other->cpu_us), &cell});
  }
  return ratios;
}

std::string in_words(const std::vector<AgainstBare>& all, const Plane& plane) {
  const auto [least, most] = std::minmax_element(
      all.begin(), all.end(),
      [](const auto& a, const auto& b) { return a.ratio.median < b.ratio.median; });
  const auto dear = std::count_if(
      all.begin(), all.end(), [](const AgainstBare& one) { return one.ratio.low > kBareShare; });
  const EngineCell& cell = *most->cell;
  const std::string change = change_of(cell, plane);
  std::string text = least == most
                         ? times(most->ratio)
                         : fmt::format("from {} to {}", times(least->ratio), times(most->ratio));
  text += fmt::format(", the most with {} {}{} ({})", connections(cell.concurrency),
                      at_delay(cell.delay_ms), change.empty() ? "" : ", " + change,
                      with_interval(*cell.cpu_us, "µs"));
  return text + (dear == 0 ? "; nowhere certainly more than 1.25 ×"
                           : fmt::format("; more than 1.25 × for certain in {} of {} cells", dear,
                                         all.size()));
}

// The engines' CPU a request against a bare libcurl loop of the same kind in the same cell.
std::vector<Finding> against_bare(const EngineRun& run, const Plane& plane) {
  Finding finding{"CPU a request against a bare libcurl loop", "", {}};
  for (const auto& [engine, bare, kind] :
       {std::tuple{"threads", "bare-threads", "blocking handles"},
        {"async", "bare-multi", "curl multi"}}) {
    const auto ratios = ratios_to_bare(run, engine, bare);
    std::vector<AgainstBare> on;
    std::vector<AgainstBare> off;
    for (const AgainstBare& one : ratios) (plane.holds(*one.cell) ? on : off).push_back(one);
    if (!on.empty())
      finding.details.push_back(
          fmt::format("{} against a loop of {}: {}", engine, kind, in_words(on, plane)));
    if (!off.empty())
      finding.details.push_back(
          fmt::format("{} with one thing changed: {}", engine, in_words(off, plane)));
  }
  if (finding.details.empty()) return {};
  finding.text = "What the engine itself adds to libcurl, in the same run:";
  return {finding};
}

const EngineCell* largest(const std::vector<const EngineCell*>& cells) {
  const EngineCell* found = nullptr;
  for (const EngineCell* cell : cells) {
    if (cell->memory_per_connection && (found == nullptr || cell->concurrency > found->concurrency))
      found = cell;
  }
  return found;
}

std::vector<Finding> memory(const EngineRun& run, const Plane& plane) {
  std::vector<std::string> parts;
  for (const char* engine : kEngines) {
    std::vector<const EngineCell*> tls;
    for (const EngineCell& cell : run.cells) {
      if (cell.engine == engine && cell.scheme == "https" && cell.connection == "kept" &&
          cell.skipped.empty())
        tls.push_back(&cell);
    }
    const auto in_words = [](const EngineCell& cell) {
      return fmt::format("{} with {}", size_with_interval(*cell.memory_per_connection),
                         connections(cell.concurrency));
    };
    std::string part;
    if (const EngineCell* plain = largest(plane.cells(engine))) part = in_words(*plain);
    if (const EngineCell* secure = largest(tls))
      part += (part.empty() ? "" : ", ") + fmt::format("over HTTPS {}", in_words(*secure));
    if (!part.empty()) parts.push_back(fmt::format("{} {}", engine, part));
  }
  if (parts.empty()) return {};
  return {{"Memory a connection", "Resident, a connection: " + joined(parts, "; ") + ".", {}}};
}

// Cells off the plane against the plane's cell of the same concurrency and delay.
std::vector<Finding> one_thing_changed(const EngineRun& run, const Plane& plane) {
  std::vector<std::string> order;
  std::map<std::string, std::map<std::string, std::vector<Summary>>>
      ratios;  // by change and engine
  for (const EngineCell& cell : run.cells) {
    if (plane.holds(cell) || !cell.cpu_us || (cell.engine != "threads" && cell.engine != "async"))
      continue;
    const EngineCell* base = plane.cell(cell.engine, cell.concurrency, cell.delay_ms);
    if (base == nullptr || !base->cpu_us || base->cpu_us->low <= 0) continue;
    const std::string change = change_of(cell, plane);
    if (!ratios.contains(change)) order.push_back(change);
    ratios[change][cell.engine].push_back(ratio_of(*cell.cpu_us, *base->cpu_us));
  }
  Finding finding{"One thing changed", "", {}};
  for (const std::string& change : order) {
    std::vector<std::string> parts;
    for (const char* engine : kEngines) {
      if (ratios[change].contains(engine))
        parts.push_back(fmt::format("{} {}", engine, spread(ratios[change][engine])));
    }
    finding.details.push_back(fmt::format("{}: {}", change, joined(parts)));
  }
  if (finding.details.empty()) return {};
  finding.text = fmt::format(
      "CPU a request, against {} over kept-alive HTTP with as many connections and the same delay:",
      size(plane.body()));
  return {finding};
}

std::vector<Finding> handshakes(const EngineRun& run) {
  if (!run.openssl_cpu_us || run.openssl_cpu_us->low <= 0) return {};
  std::vector<std::string> parts;
  for (const char* engine : kEngines) {
    const EngineCell* most = nullptr;
    for (const EngineCell& cell : run.cells) {
      if (cell.engine != engine || cell.scheme != "https" || cell.connection != "new" ||
          !cell.cpu_us)
        continue;
      if (most == nullptr || cell.cpu_us->median > most->cpu_us->median) most = &cell;
    }
    if (most == nullptr) continue;
    parts.push_back(fmt::format("{} {} at most, {}", engine, with_interval(*most->cpu_us, "µs"),
                                times(ratio_of(*most->cpu_us, *run.openssl_cpu_us))));
  }
  if (parts.empty()) return {};
  return {{"A new HTTPS connection for each request",
           fmt::format("CPU a request against {} of a bare OpenSSL client: {}.",
                       with_interval(*run.openssl_cpu_us, "µs"), joined(parts, "; ")),
           {}}};
}

// Whether the load server was fast enough to measure anything against.
std::vector<Finding> server(const EngineRun& run, const Plane& plane) {
  if (!run.server_requests_per_second) return {};
  const EngineCell* most = nullptr;
  for (const char* engine : kEngines) {
    for (const EngineCell* cell : plane.cells(engine)) {
      if (most == nullptr || cell->requests_per_second->median > most->requests_per_second->median)
        most = cell;
    }
  }
  Finding finding{"The load server",
                  fmt::format("It serves {} requests a second to a bare socket client",
                              with_interval(*run.server_requests_per_second)),
                  {}};
  if (most == nullptr || most->requests_per_second->low <= 0) {
    finding.text += ".";
    return {finding};
  }
  const Summary ratio = ratio_of(*run.server_requests_per_second, *most->requests_per_second);
  finding.text += fmt::format(", {} the most that was measured ({}, {}).", times(ratio),
                              number(most->requests_per_second->median), most->engine);
  constexpr const char* kDoubt =
      "the greatest figures may be the server's as much as the engine's.";
  if (ratio.median < 2) {
    finding.text += fmt::format(" That is not several times as much: {}", kDoubt);
  } else if (ratio.low < 2) {
    finding.text +=
        fmt::format(" By the interval it may be less than twice as much: then {}", kDoubt);
  }
  return {finding};
}

std::vector<Finding> what_went_wrong(const EngineRun& run) {
  double errors = 0;
  std::size_t cells = 0;
  std::size_t skipped = 0;
  std::set<std::string> reasons;
  for (const EngineCell& cell : run.cells) {
    errors += cell.errors;
    cells += cell.errors > 0 ? 1 : 0;
    if (cell.skipped.empty()) continue;
    ++skipped;
    if (reasons.size() < 5) reasons.insert(cell.skipped);
  }
  Finding finding{"What went wrong", "", {reasons.begin(), reasons.end()}};
  finding.text =
      errors == 0 ? fmt::format("No request failed in any of {} cells", run.cells.size() - skipped)
                  : fmt::format("{} requests failed, in {} of {} cells (the tables say which)",
                                number(errors), cells, run.cells.size() - skipped);
  finding.text += skipped == 0 ? "; none was left out."
                               : fmt::format("; {} could not be measured, because:", skipped);
  if (run.cells.empty()) return {};
  return {finding};
}

}  // namespace

std::vector<Finding> find_costs(const EngineRun& run) {
  const Plane plane(run);
  std::vector<Finding> all;
  for (auto& some :
       {ideal(plane), against_bare(run, plane), memory(run, plane), one_thing_changed(run, plane),
        handshakes(run), server(run, plane), what_went_wrong(run)}) {
    all.insert(all.end(), some.begin(), some.end());
  }
  return all;
}

}  // namespace scraper::bench::report
