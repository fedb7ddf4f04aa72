#include "bench/handoff/plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json.hpp>

namespace scraper::bench {

namespace json = boost::json;
using parse::Handoff;

namespace {

constexpr std::size_t kKilo = 1024;
constexpr std::size_t kMega = kKilo * kKilo;
constexpr std::array<std::size_t, 6> kPayloads = {kKilo,       10 * kKilo, 35 * kKilo,
                                                  100 * kKilo, kMega,      10 * kMega};
constexpr std::array kHandoffs = {Handoff::kFile, Handoff::kPipe, Handoff::kShm, Handoff::kInline};
constexpr std::size_t kLargestAnswer =
    8 * kMega - 64 * kKilo;  // parse/record_codec.h, kMaxText, less some room

constexpr std::array<std::string_view, 4> kHandoffNames = {"file", "pipe", "shm", "inline"};
constexpr std::array<std::string_view, 2> kStorageNames = {"disk", "tmpfs"};
constexpr std::array<std::string_view, 2> kOpeningNames = {"kept", "each"};
constexpr std::array<std::string_view, 2> kDirectionNames = {"in", "out"};
constexpr std::array<std::string_view, 3> kWorkNames = {"none", "gumbo", "scan"};
constexpr std::array<std::string_view, 3> kWhatNames = {"spawn", "crash next", "crash held"};

template <std::size_t N, class Enum>
std::string_view name_of(const std::array<std::string_view, N>& names, Enum value) {
  return names.at(static_cast<std::size_t>(value));
}

// False when there is no such member or name.
template <std::size_t N, class Enum>
bool read(const json::object& object, std::string_view member,
          const std::array<std::string_view, N>& names, Enum& value) {
  const json::value* const found = object.if_contains(member);
  if (found == nullptr || !found->is_string()) return false;
  const auto name = std::find(names.begin(), names.end(), std::string_view(found->as_string()));
  value = static_cast<Enum>(name - names.begin());
  return name != names.end();
}

bool read(const json::object& object, std::string_view member, std::size_t& value) {
  const json::value* const found = object.if_contains(member);
  if (found == nullptr || !found->is_number()) return false;
  value = found->to_number<std::size_t>();
  return value > 0;
}

void add_sides(HandoffPlan& plan, HandoffCell cell) {
  const bool fits = cell.direction == Direction::kIn || cell.payload <= kLargestAnswer;
  for (const Handoff handoff : kHandoffs) {
    cell.handoff = handoff;
    (fits ? plan.cells : plan.impossible).push_back(cell);
  }
}

// What the way to the file costs: only of `file`, whose own cell on disk with a descriptor kept is
// there already.
void add_ways_to_a_file(HandoffPlan& plan, HandoffCell cell) {
  cell.handoff = Handoff::kFile;
  for (const Storage storage : {Storage::kDisk, Storage::kTmpfs}) {
    for (const Opening opening : {Opening::kKept, Opening::kEach}) {
      cell.storage = storage;
      cell.opening = opening;
      if (storage != Storage::kDisk || opening != Opening::kKept) plan.cells.push_back(cell);
    }
  }
}

void add_events(HandoffPlan& plan) {
  for (const Handoff handoff : kHandoffs) {
    plan.events.push_back({handoff, WorkerEvent::What::kSpawn});
    if (handoff == Handoff::kInline) continue;  // a thread that crashes takes the program with it
    plan.events.push_back({handoff, WorkerEvent::What::kCrashNext});
    plan.events.push_back({handoff, WorkerEvent::What::kCrashHeld});
  }
}

HandoffPlan plan_full() {
  HandoffPlan plan;
  plan.repeats = 6;
  plan.window = std::chrono::milliseconds(200);
  for (const std::size_t payload : kPayloads) {
    for (const std::size_t workers : {1u, 2u, 4u}) {
      HandoffCell cell;
      cell.payload = payload;
      cell.workers = workers;
      add_sides(plan, cell);
      if (workers == 2) add_ways_to_a_file(plan, cell);
      cell.work = PageWork::kGumbo;
      if (workers < 4 || payload <= kMega) add_sides(plan, cell);  // 10 MB take gumbo 0.6 s each
      if (workers == 2 && payload == 35 * kKilo) add_ways_to_a_file(plan, cell);
      cell.work = PageWork::kScan;
      if (workers < 4) add_sides(plan, cell);
      cell.work = PageWork::kNone;
      cell.direction = Direction::kOut;
      if (workers < 4) add_sides(plan, cell);
    }
  }
  return plan;
}

HandoffPlan plan_quick() {
  HandoffPlan plan;
  plan.repeats = 2;
  plan.window = std::chrono::milliseconds(150);
  for (const std::size_t payload : kPayloads) {
    HandoffCell cell;
    cell.payload = payload;
    cell.workers = 2;
    add_sides(plan, cell);
    if (payload == 35 * kKilo) add_ways_to_a_file(plan, cell);
    cell.direction = Direction::kOut;
    add_sides(plan, cell);
    cell.direction = Direction::kIn;
    cell.work = PageWork::kGumbo;
    if (payload <= kMega) add_sides(plan, cell);
    if (payload != 35 * kKilo) continue;
    cell.work = PageWork::kScan;
    add_sides(plan, cell);
    cell.workers = 1;
    for (const PageWork work : {PageWork::kScan, PageWork::kGumbo, PageWork::kNone}) {
      cell.work = work;
      add_sides(plan, cell);
    }
  }
  return plan;
}

}  // namespace

HandoffPlan plan_handoff(bool is_quick) {
  HandoffPlan plan = is_quick ? plan_quick() : plan_full();
  add_events(plan);
  return plan;
}

std::size_t burst_of(const HandoffCell& cell) {
  const std::size_t bytes = cell.work == PageWork::kGumbo ? 4 * kMega : 16 * kMega;
  const std::size_t most = cell.opening == Opening::kEach ? 1'024 : 4'096;
  const std::size_t rounds = std::max<std::size_t>(cell.work == PageWork::kGumbo ? 1 : 2,
                                                   bytes / cell.payload / cell.workers);
  return std::min(rounds * cell.workers, most);
}

std::size_t outstanding_of(const HandoffCell& cell) {
  return std::min(burst_of(cell), 64 * cell.workers);
}

// Rough costs of a slow core, so that what is announced is rather too long.
double estimated_seconds(const HandoffCell& cell, std::chrono::milliseconds window,
                         std::size_t cores) {
  const auto burst = static_cast<double>(burst_of(cell));
  const auto bytes = burst * static_cast<double>(cell.payload);
  const auto at_once = static_cast<double>(std::min(cell.workers, cores));
  const double parsing = cell.work == PageWork::kGumbo  ? bytes / 14e6
                         : cell.work == PageWork::kScan ? bytes / 150e6
                                                        : 0;
  const double handing = (burst * 10e-6 + bytes / 1.5e9 + parsing) / at_once;
  const double making = cell.handoff == Handoff::kFile ? 0 : bytes / 2e9;
  const double writing =
      0.07 + bytes / 250e6 + (cell.opening == Opening::kEach ? burst * 60e-6 : 0);
  const double bursts = 1 + std::max(1.0, std::chrono::duration<double>(window).count() / handing);
  return writing + bursts * (handing + making);
}

double estimated_seconds(const HandoffPlan& plan, std::size_t cores) {
  double once = kEventSeconds * static_cast<double>(plan.events.size());
  for (const HandoffCell& cell : plan.cells) once += estimated_seconds(cell, plan.window, cores);
  return once * static_cast<double>(plan.repeats);
}

std::string_view to_string(Handoff handoff) { return name_of(kHandoffNames, handoff); }
std::string to_size(std::size_t bytes) {
  return bytes >= kMega ? fmt::format("{} MB", bytes / kMega) : fmt::format("{} KB", bytes / kKilo);
}

std::string describe(const HandoffCell& cell) {
  std::string text = fmt::format(
      "{}, {} {}, {} worker{}, {}", to_string(cell.handoff), to_size(cell.payload),
      name_of(kDirectionNames, cell.direction), cell.workers, cell.workers == 1 ? "" : "s",
      cell.work == PageWork::kNone ? "no work" : name_of(kWorkNames, cell.work));
  if (cell.storage == Storage::kTmpfs) text += ", tmpfs";
  if (cell.opening == Opening::kEach) text += ", a path opened for each page";
  return text;
}

std::string describe(const WorkerEvent& event) {
  constexpr std::array<std::string_view, 3> kWords = {"start", "crash", "crash, the page it held"};
  return fmt::format("{}, {}", name_of(kWords, event.what), to_string(event.handoff));
}

json::object to_json(const HandoffCell& cell) {
  return {{"handoff", to_string(cell.handoff)},
          {"storage", name_of(kStorageNames, cell.storage)},
          {"open", name_of(kOpeningNames, cell.opening)},
          {"direction", name_of(kDirectionNames, cell.direction)},
          {"payload", cell.payload},
          {"workers", cell.workers},
          {"work", name_of(kWorkNames, cell.work)}};
}

Result<HandoffCell> cell_from(const json::object& object) {
  HandoffCell cell;
  const bool is_whole = read(object, "handoff", kHandoffNames, cell.handoff) &&
                        read(object, "storage", kStorageNames, cell.storage) &&
                        read(object, "open", kOpeningNames, cell.opening) &&
                        read(object, "direction", kDirectionNames, cell.direction) &&
                        read(object, "payload", cell.payload) &&
                        read(object, "workers", cell.workers) &&
                        read(object, "work", kWorkNames, cell.work);
  if (!is_whole)
    return Error{Errc::kInvalid, "no cell of bench handoff: " + json::serialize(object)};
  return cell;
}

json::object to_json(const WorkerEvent& event) {
  return {{"handoff", to_string(event.handoff)}, {"event", name_of(kWhatNames, event.what)}};
}

Result<WorkerEvent> event_from(const json::object& object) {
  WorkerEvent event;
  if (read(object, "handoff", kHandoffNames, event.handoff) &&
      read(object, "event", kWhatNames, event.what))
    return event;
  return Error{Errc::kInvalid, "no event of bench handoff: " + json::serialize(object)};
}

}  // namespace scraper::bench
