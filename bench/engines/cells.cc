#include "bench/engines/cells.h"

#include <fmt/format.h>

#include <array>
#include <boost/json.hpp>

namespace scraper::bench {

namespace json = boost::json;

namespace {

constexpr std::array<Runner, 4> kRunners = {Runner::kThreads, Runner::kAsync, Runner::kBareThreads,
                                            Runner::kBareMulti};

std::string in_words(std::size_t bytes) {
  return bytes % 1024 == 0 ? fmt::format("{} KB", bytes / 1024) : fmt::format("{} bytes", bytes);
}

// What is no number becomes 0: both ends are this program.
template <class T>
T number(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  if (value == nullptr || !value->is_number()) return T{};
  return value->to_number<T>();
}

std::string text(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  return value != nullptr && value->is_string() ? std::string(value->as_string()) : std::string();
}

Error no_form(std::string_view what) {
  return {Errc::kInvalid, fmt::format("a part of the measurement sent no {}", what)};
}

}  // namespace

std::string_view to_string(Runner runner) {
  switch (runner) {
    case Runner::kThreads: return "threads";
    case Runner::kAsync: return "async";
    case Runner::kBareThreads: return "bare-threads";
    case Runner::kBareMulti: return "bare-multi";
  }
  return "unknown";
}

std::string describe(const Cell& cell) {
  return fmt::format("{}, {} at once, {} ms, {}, {}{}", to_string(cell.runner), cell.concurrency,
                     cell.delay_ms, in_words(cell.body), cell.is_tls ? "https" : "http",
                     cell.is_kept ? "" : ", new connections");
}

std::optional<double> ideal(const Cell& cell) {
  if (cell.delay_ms == 0) return std::nullopt;
  return static_cast<double>(cell.concurrency) * 1000 / cell.delay_ms;
}

json::object to_json(const Cell& cell) {
  return {{"engine", to_string(cell.runner)},
          {"concurrency", cell.concurrency},
          {"delay_ms", cell.delay_ms},
          {"body", cell.body},
          {"scheme", cell.is_tls ? "https" : "http"},
          {"connection", cell.is_kept ? "kept" : "new"}};
}

Result<Cell> engine_cell_from(const json::object& object) {
  Cell cell;
  const std::string engine = text(object, "engine");
  bool is_known = false;
  for (const Runner runner : kRunners) {
    if (to_string(runner) != engine) continue;
    cell.runner = runner;
    is_known = true;
  }
  cell.concurrency = number<std::size_t>(object, "concurrency");
  cell.delay_ms = number<unsigned>(object, "delay_ms");
  cell.body = number<std::size_t>(object, "body");
  cell.is_tls = text(object, "scheme") == "https";
  cell.is_kept = text(object, "connection") != "new";
  if (!is_known || cell.concurrency == 0) return no_form("cell");
  return cell;
}

json::object to_json(const CellTask& task) {
  json::array urls;
  for (const std::string& url : task.urls) urls.emplace_back(url);
  return {{"cell", to_json(task.cell)},
          {"seconds", task.seconds},
          {"is_counted", task.is_counted},
          {"urls", std::move(urls)},
          {"ca_file", task.ca_file}};
}

Result<CellTask> cell_task_from(const json::object& object) {
  const json::value* cell = object.if_contains("cell");
  const json::value* urls = object.if_contains("urls");
  if (cell == nullptr || !cell->is_object() || urls == nullptr || !urls->is_array() ||
      urls->as_array().empty()) {
    return no_form("cell and addresses");
  }
  auto read = engine_cell_from(cell->as_object());
  if (!read) return read.error();
  const json::value* is_counted = object.if_contains("is_counted");
  CellTask task{*read,
                number<double>(object, "seconds"),
                is_counted != nullptr && *is_counted == true,
                {},
                text(object, "ca_file")};
  for (const json::value& url : urls->as_array()) {
    if (url.is_string()) task.urls.emplace_back(url.as_string());
  }
  return task;
}

json::object to_json(const Reading& reading) {
  return {{"seconds", reading.seconds},
          {"requests", reading.requests},
          {"errors", reading.errors},
          {"first_error", reading.first_error},
          {"cpu_us", reading.cpu_us},
          {"switches_voluntary", reading.switches_voluntary},
          {"switches_involuntary", reading.switches_involuntary},
          {"memory_before", reading.memory_before},
          {"memory_after", reading.memory_after},
          {"peak_memory", reading.peak_memory},
          {"threads", reading.threads},
          {"machine_busy", reading.machine_busy},
          {"latency_p50_us", reading.latency_p50_us},
          {"latency_p99_us", reading.latency_p99_us}};
}

Result<Reading> reading_from(const json::object& object) {
  if (!object.contains("requests") || !object.contains("seconds")) return no_form("reading");
  Reading reading;
  reading.seconds = number<double>(object, "seconds");
  reading.requests = number<std::uint64_t>(object, "requests");
  reading.errors = number<std::uint64_t>(object, "errors");
  reading.first_error = text(object, "first_error");
  reading.cpu_us = number<double>(object, "cpu_us");
  reading.switches_voluntary = number<std::uint64_t>(object, "switches_voluntary");
  reading.switches_involuntary = number<std::uint64_t>(object, "switches_involuntary");
  reading.memory_before = number<std::uint64_t>(object, "memory_before");
  reading.memory_after = number<std::uint64_t>(object, "memory_after");
  reading.peak_memory = number<std::uint64_t>(object, "peak_memory");
  reading.threads = number<std::size_t>(object, "threads");
  reading.machine_busy = number<double>(object, "machine_busy");
  reading.latency_p50_us = number<double>(object, "latency_p50_us");
  reading.latency_p99_us = number<double>(object, "latency_p99_us");
  return reading;
}

}  // namespace scraper::bench
