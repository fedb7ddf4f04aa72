#include "bench/report/data.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <boost/json.hpp>
#include <cmath>
#include <stdexcept>

#include "base/file.h"
#include "base/json_writer.h"

namespace scraper::bench::report {

namespace json = boost::json;

namespace {

constexpr std::size_t kMostBytes = 64 << 20;

// A file that says what it should not. Thrown within this file only and turned into an Error at its
// edge: a reader of some forty fields would be nothing but checks otherwise.
struct Malformed : std::runtime_error {
  using std::runtime_error::runtime_error;
};

const json::value* member(const json::object& object, std::string_view name) {
  const json::value* found = object.if_contains(name);
  return found == nullptr || found->is_null() ? nullptr : found;
}

std::optional<double> number(const json::value* value) {
  if (value == nullptr || !value->is_number()) return {};
  const double found = value->to_number<double>();
  return std::isfinite(found) ? std::optional(found) : std::nullopt;
}

double number_or_zero(const json::object& object, std::string_view name) {
  return number(member(object, name)).value_or(0);
}

double required_number(const json::object& object, std::string_view name) {
  const auto found = number(member(object, name));
  if (!found || *found < 0) throw Malformed(fmt::format("a cell has no '{}'", name));
  return *found;
}

std::string text(const json::object& object, std::string_view name) {
  const json::value* found = member(object, name);
  return found != nullptr && found->is_string() ? std::string(found->get_string()) : std::string();
}

std::string required_text(const json::object& object, std::string_view name) {
  std::string found = text(object, name);
  if (found.empty()) throw Malformed(fmt::format("an entry has no '{}'", name));
  return found;
}

Figure figure(const json::object& object, std::string_view name) {
  const json::value* found = member(object, name);
  if (const auto plain = number(found)) return Summary{*plain, *plain, *plain, 1, true};
  if (found == nullptr || !found->is_object()) return {};
  const json::object& summary = found->get_object();
  const auto median = number(member(summary, "median"));
  const double repeats = number_or_zero(summary, "repeats");
  if (!median || repeats < 1) return {};
  const json::value* range = member(summary, "range");
  return Summary{*median, number(member(summary, "low")).value_or(*median),
                 number(member(summary, "high")).value_or(*median),
                 static_cast<std::size_t>(std::min(repeats, 1e9)),
                 range != nullptr && range->is_bool() && range->get_bool()};
}

json::object object_or_empty(const json::object& object, std::string_view name) {
  const json::value* found = member(object, name);
  return found != nullptr && found->is_object() ? found->get_object() : json::object();
}

template <class Entry>
std::vector<Entry> entries(const json::object& file, std::string_view name,
                           Entry (*read)(const json::object&)) {
  std::vector<Entry> all;
  const json::value* found = member(file, name);
  if (found == nullptr) return all;
  if (!found->is_array()) throw Malformed(fmt::format("'{}' is no array", name));
  for (const json::value& entry : found->get_array()) {
    if (!entry.is_object()) throw Malformed(fmt::format("'{}' holds what is no object", name));
    all.push_back(read(entry.get_object()));
  }
  return all;
}

bool is_set(const json::object& object, std::string_view name) {
  const json::value* found = member(object, name);
  return found != nullptr && found->is_bool() && found->get_bool();
}

Run read_run(const json::object& file) {
  const json::object machine = object_or_empty(file, "machine");
  Run run;
  for (auto [name, field] : {std::pair{"cpu", &Machine::cpu},
                             {"kernel", &Machine::kernel},
                             {"date", &Machine::date},
                             {"command", &Machine::command},
                             {"program", &Machine::program},
                             {"libcurl", &Machine::libcurl}}) {
    run.machine.*field = text(machine, name);
  }
  run.machine.cores = number_or_zero(machine, "cores");
  run.machine.memory_bytes = number_or_zero(machine, "memory_bytes");
  run.machine.descriptors = number_or_zero(machine, "descriptors");
  run.is_quick = is_set(file, "quick");
  run.is_interrupted = is_set(file, "interrupted");
  run.seconds = number_or_zero(file, "seconds");
  return run;
}

EngineCell read_engine_cell(const json::object& from) {
  EngineCell cell;
  cell.engine = required_text(from, "engine");
  cell.scheme = required_text(from, "scheme");
  cell.connection = required_text(from, "connection");
  cell.concurrency = required_number(from, "concurrency");
  cell.delay_ms = required_number(from, "delay_ms");
  cell.body = required_number(from, "body");
  cell.skipped = text(from, "skipped");
  cell.errors = number_or_zero(from, "errors");
  if (!cell.skipped.empty()) return cell;
  for (auto [name, field] : {std::pair{"requests_per_second", &EngineCell::requests_per_second},
                             {"ideal", &EngineCell::ideal},
                             {"ideal_ratio", &EngineCell::ideal_ratio},
                             {"cpu_us", &EngineCell::cpu_us},
                             {"switches_voluntary", &EngineCell::switches_voluntary},
                             {"switches_involuntary", &EngineCell::switches_involuntary},
                             {"syscalls", &EngineCell::syscalls},
                             {"peak_memory", &EngineCell::peak_memory},
                             {"memory_per_connection", &EngineCell::memory_per_connection},
                             {"latency_p50_us", &EngineCell::latency_p50_us},
                             {"latency_p99_us", &EngineCell::latency_p99_us},
                             {"threads", &EngineCell::threads},
                             {"machine_busy", &EngineCell::machine_busy}}) {
    cell.*field = figure(from, name);
  }
  return cell;
}

Task read_task(const json::object& from) {
  return {required_text(from, "engine"), required_text(from, "what"), text(from, "unit"),
          text(from, "about"),           text(from, "skipped"),       figure(from, "value"),
          figure(from, "switches")};
}

HandoffCell read_handoff_cell(const json::object& from) {
  HandoffCell cell;
  cell.handoff = required_text(from, "handoff");
  cell.storage = text(from, "storage");
  cell.open = text(from, "open");
  cell.direction = required_text(from, "direction");
  cell.work = required_text(from, "work");
  cell.payload = required_number(from, "payload");
  cell.workers = required_number(from, "workers");
  cell.skipped = text(from, "skipped");
  cell.failures = number_or_zero(from, "failures");
  if (!cell.skipped.empty()) return cell;
  for (auto [name, field] : {std::pair{"pages_per_second", &HandoffCell::pages_per_second},
                             {"bytes_per_second", &HandoffCell::bytes_per_second},
                             {"cpu_us", &HandoffCell::cpu_us},
                             {"owner_cpu_us", &HandoffCell::owner_cpu_us},
                             {"memory", &HandoffCell::memory}}) {
    cell.*field = figure(from, name);
  }
  return cell;
}

WorkerFigure read_worker(const json::object& from) {
  WorkerFigure worker{required_text(from, "what"),  text(from, "skipped"),
                      text(from, "event"),          text(from, "handoff"),
                      figure(from, "milliseconds"), figure(from, "memory")};
  if (worker.event.empty()) worker.event = worker.what;
  return worker;
}

PairedRatio read_paired_ratio(const json::object& from) {
  return {required_text(from, "direction"), required_text(from, "work"),
          required_number(from, "payload"), required_number(from, "workers"),
          figure(from, "pages_per_second"), figure(from, "cpu_us")};
}

EngineRun read_engines(const json::object& file) {
  EngineRun run;
  run.run = read_run(file);
  const json::object server = object_or_empty(file, "server");
  run.server_requests_per_second = figure(server, "requests_per_second");
  run.server_cpu_us = figure(server, "cpu_us");
  run.cells = entries(file, "cells", read_engine_cell);
  run.tasks = entries(file, "tasks", read_task);
  run.openssl_cpu_us = figure(object_or_empty(file, "tls_client"), "openssl_cpu_us");
  return run;
}

HandoffRun read_handoffs(const json::object& file) {
  return {read_run(file), entries(file, "cells", read_handoff_cell),
          entries(file, "workers", read_worker),
          entries(file, "file_over_inline", read_paired_ratio)};
}

// `read` of the file's object, with what is wrong in it as an Error of one line.
template <class Run>
Result<Run> parse(std::string_view bytes, const std::string& name, std::string_view kind,
                  Run (*read)(const json::object&)) {
  const auto wrong = [&](std::string_view why) {
    return Error{Errc::kFile, fmt::format("cannot use {}: {}", name, why)};
  };
  boost::system::error_code error;
  const json::value value = json::parse(bytes, error);
  if (error) return wrong(fmt::format("it is no JSON ({})", error.message()));
  if (!value.is_object() || text(value.get_object(), "kind") != kind)
    return wrong(fmt::format("it holds no figures of {}", kind));
  const double version = number_or_zero(value.get_object(), "version");
  if (version != 1)
    return wrong(fmt::format("version {} is not known here: measure again", version));
  try {
    return read(value.get_object());
  } catch (const Malformed& malformed) {
    return wrong(malformed.what());
  }
}

bool is_there(const std::string& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0;
}

}  // namespace

Result<EngineRun> parse_engines(std::string_view bytes, const std::string& name) {
  return parse(bytes, name, "engines", read_engines);
}

Result<HandoffRun> parse_handoffs(std::string_view bytes, const std::string& name) {
  return parse(bytes, name, "handoff", read_handoffs);
}

Result<Measured> read_measured(const std::string& directory) {
  Measured measured;
  if (const std::string path = directory + "/engines.json"; is_there(path)) {
    const auto bytes = read_file(path, kMostBytes);
    if (!bytes) return bytes.error();
    auto run = parse_engines(*bytes, path);
    if (!run) return run.error();
    measured.engines = std::move(*run);
  }
  if (const std::string path = directory + "/handoff.json"; is_there(path)) {
    const auto bytes = read_file(path, kMostBytes);
    if (!bytes) return bytes.error();
    auto run = parse_handoffs(*bytes, path);
    if (!run) return run.error();
    measured.handoffs = std::move(*run);
  }
  if (!measured.engines && !measured.handoffs) {
    const std::string name = printable(directory);
    return Error{
        Errc::kFile,
        fmt::format("there is no engines.json and no handoff.json in {}: 'scraper bench engines -o "
                    "{}' makes the "
                    "one, 'scraper bench handoff -o {}' the other, once a whole repeat is measured",
                    name, name, name)};
  }
  return measured;
}

}  // namespace scraper::bench::report
