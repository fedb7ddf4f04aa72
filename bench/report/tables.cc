// Every cell that was measured, as tables.
#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <map>
#include <tuple>

#include "bench/report/page.h"
#include "bench/report/plane.h"
#include "bench/report/text.h"

namespace scraper::bench::report {

namespace {

struct Head {
  const char* name;
  const char* unit;  // or ""
  bool is_word = false;
};

std::string section(const std::string& title, const std::vector<Head>& heads,
                    const std::string& rows) {
  std::string html = fmt::format(
      "<section><h3>{}</h3>\n<div class=\"scroll\" role=\"region\" aria-label=\"{}\" "
      "tabindex=\"0\"><table>\n<thead><tr>",
      escaped(title), escaped(title));
  for (const Head& head : heads) {
    html += fmt::format("<th scope=\"col\"{}>{}<small>{}</small></th>",
                        head.is_word ? " class=\"word\"" : "", head.name, head.unit);
  }
  return html + "</tr></thead>\n<tbody>\n" + rows + "</tbody></table></div></section>\n";
}

std::string word(std::string_view text) {
  return fmt::format("<td class=\"word\">{}</td>", escaped(text));
}

std::string plain(double value) { return fmt::format("<td>{}</td>", number(value)); }

std::string wide(std::size_t columns, std::string_view text) {
  return fmt::format("<td class=\"wide\" colspan=\"{}\">{}</td>", columns, escaped(text));
}

// The median, its interval below; in units of `unit`.
std::string figure(const Figure& value, double unit = 1) {
  if (!value) return "<td>–</td>";
  if (value->repeats < 2) return fmt::format("<td>{}</td>", number(value->median / unit));
  return fmt::format("<td>{}<small>{}–{}</small></td>", number(value->median / unit),
                     number(value->low / unit), number(value->high / unit));
}

std::string row(bool is_new, const std::string& cells) {
  return fmt::format("<tr{}>{}</tr>\n", is_new ? " class=\"new\"" : "", cells);
}

constexpr double kMilli = 1000;  // µs in a ms
constexpr double kKilo = 1024;
constexpr double kMega = 1024 * 1024;
constexpr double kPercent = 0.01;

// CPU, switches and system calls are a request's; latency is what goes beyond the server's delay
// (the page says so above the tables).
const std::vector<Head> kEngineFigures = {{"requests", "a second"},
                                          {"ideal", "%"},
                                          {"CPU", "µs"},
                                          {"switches", "voluntary"},
                                          {"switches", "involuntary"},
                                          {"system", "calls"},
                                          {"memory", "peak, MB"},
                                          {"memory", "KB a conn."},
                                          {"latency", "p50, ms"},
                                          {"latency", "p99, ms"},
                                          {"threads", ""},
                                          {"busy", "%"},
                                          {"errors", ""}};

std::string figures_of(const EngineCell& cell) {
  if (!cell.skipped.empty()) return wide(kEngineFigures.size(), cell.skipped);
  return figure(cell.requests_per_second) + figure(cell.ideal_ratio, kPercent) +
         figure(cell.cpu_us) + figure(cell.switches_voluntary) + figure(cell.switches_involuntary) +
         figure(cell.syscalls) + figure(cell.peak_memory, kMega) +
         figure(cell.memory_per_connection, kKilo) + figure(cell.latency_p50_us, kMilli) +
         figure(cell.latency_p99_us, kMilli) + figure(cell.threads) +
         figure(cell.machine_busy, kPercent) + plain(cell.errors);
}

int rank(const EngineCell& cell) {
  return cell.engine == "threads" ? 0 : cell.engine == "async" ? 1 : 2;
}

std::vector<Head> with_figures(std::vector<Head> heads) {
  heads.insert(heads.end(), kEngineFigures.begin(), kEngineFigures.end());
  return heads;
}

std::string plane_table(double ms, std::vector<const EngineCell*> cells) {
  std::stable_sort(cells.begin(), cells.end(), [](const auto* a, const auto* b) {
    return std::make_tuple(a->concurrency, rank(*a)) < std::make_tuple(b->concurrency, rank(*b));
  });
  std::string rows;
  double last = -1;
  for (const EngineCell* cell : cells) {
    rows += row(cell->concurrency != last,
                plain(cell->concurrency) + word(cell->engine) + figures_of(*cell));
    last = cell->concurrency;
  }
  const std::string delay = ms == 0 ? "no delay" : fmt::format("delay {} ms", number(ms));
  return section(fmt::format("Engines, {}", delay),
                 with_figures({{"connections", ""}, {"engine", "", true}}), rows);
}

std::string varied_table(const std::vector<const EngineCell*>& cells) {
  if (cells.empty()) return "";
  std::string rows;
  for (const EngineCell* cell : cells) {
    rows += row(true, plain(cell->concurrency) + plain(cell->delay_ms) + word(size(cell->body)) +
                          word(cell->scheme) + word(cell->connection) + word(cell->engine) +
                          figures_of(*cell));
  }
  return section("Engines, one thing changed",
                 with_figures({{"connections", ""},
                               {"delay", "ms"},
                               {"body", "", true},
                               {"scheme", "", true},
                               {"connection", "", true},
                               {"engine", "", true}}),
                 rows);
}

std::string task_table(const EngineRun& run) {
  if (run.tasks.empty()) return "";
  std::string rows;
  for (const Task& task : run.tasks) {
    std::string cells = word(task.what) + word(task.engine);
    if (task.value)
      cells += figure(task.value) + word(task.unit == "us" ? "µs" : task.unit) +
               figure(task.switches) + wide(1, task.about);
    else
      cells += wide(4, task.skipped.empty() ? task.about : task.skipped);
    rows += row(true, cells);
  }
  return section("A task's life",
                 {{"what", "", true},
                  {"engine", "", true},
                  {"value", ""},
                  {"unit", "", true},
                  {"context switches", ""},
                  {"about", "", true}},
                 rows);
}

std::string server_table(const EngineRun& run) {
  std::string rows;
  const auto add = [&](const char* what, const Figure& value, const char* unit) {
    if (value) rows += row(true, word(what) + figure(value) + word(unit));
  };
  add("load server, driven by a bare socket client", run.server_requests_per_second,
      "requests a second");
  add("load server's own CPU", run.server_cpu_us, "µs a request");
  add("bare OpenSSL client, a new connection each time", run.openssl_cpu_us, "µs of CPU a request");
  return rows.empty() ? ""
                      : section("Beside the engines",
                                {{"what", "", true}, {"value", ""}, {"unit", "", true}}, rows);
}

const std::vector<Head> kHandoffHeads = {
    {"payload", ""},      {"hand-off", "", true},       {"pages", "a second"}, {"MB", "a second"},
    {"CPU", "µs a page"}, {"owner's CPU", "µs a page"}, {"memory", "MB"},      {"failures", ""}};

std::string way_of(const HandoffCell& cell) {
  if (cell.handoff != "file") return cell.handoff;
  std::string way = cell.handoff;
  if (!cell.storage.empty()) way += ", " + cell.storage;
  if (cell.open == "each") way += ", opened for each page";
  return way;
}

std::string handoff_table(const std::string& title, std::vector<const HandoffCell*> cells) {
  std::stable_sort(cells.begin(), cells.end(),
                   [](const auto* a, const auto* b) { return a->payload < b->payload; });
  std::string rows;
  double last = -1;
  for (const HandoffCell* cell : cells) {
    std::string text = word(size(cell->payload)) + word(way_of(*cell));
    if (!cell->skipped.empty())
      text += wide(kHandoffHeads.size() - 2, cell->skipped);
    else
      text += figure(cell->pages_per_second) + figure(cell->bytes_per_second, kMega) +
              figure(cell->cpu_us) + figure(cell->owner_cpu_us) + figure(cell->memory, kMega) +
              plain(cell->failures);
    rows += row(cell->payload != last, text);
    last = cell->payload;
  }
  return section(title, kHandoffHeads, rows);
}

std::string worker_table(const HandoffRun& run) {
  if (run.workers.empty()) return "";
  std::string rows;
  for (const WorkerFigure& worker : run.workers) {
    rows += row(true, word(worker.what) + word(worker.handoff) +
                          (worker.skipped.empty()
                               ? figure(worker.milliseconds) + figure(worker.memory, kMega)
                               : wide(2, worker.skipped)));
  }
  return section("Workers: to the first answer",
                 {{"after", "", true}, {"hand-off", "", true}, {"time", "ms"}, {"memory", "MB"}},
                 rows);
}

}  // namespace

std::string engine_tables(const EngineRun& run) {
  const Plane plane(run);
  std::map<double, std::vector<const EngineCell*>> by_delay;
  std::vector<const EngineCell*> varied;
  for (const EngineCell& cell : run.cells)
    (plane.holds(cell) ? by_delay[cell.delay_ms] : varied).push_back(&cell);
  std::string html =
      "<p class=\"note\">CPU, context switches and system calls are a request's; latency is what "
      "goes beyond the server's delay; "
      "ideal is the share of "
      "connections / delay; busy is the share of all cores in use.</p>\n";
  for (const auto& [ms, cells] : by_delay) html += plane_table(ms, cells);
  return html + varied_table(varied) + task_table(run) + server_table(run);
}

std::string handoff_tables(const HandoffRun& run) {
  std::map<std::tuple<std::string, std::string, double>, std::vector<const HandoffCell*>> groups;
  for (const HandoffCell& cell : run.cells)
    groups[{cell.direction, cell.work, cell.workers}].push_back(&cell);
  std::string html;
  for (const auto& [key, cells] : groups) {
    const auto& [direction, work, workers] = key;
    html += handoff_table(fmt::format("Hand-offs, {}, {}, {} {}",
                                      direction == "out" ? "the payload is the answer"
                                                         : "the payload goes to the worker",
                                      work == "none" ? "without work" : "work: " + work,
                                      number(workers), workers == 1 ? "worker" : "workers"),
                          cells);
  }
  return html + worker_table(run);
}

}  // namespace scraper::bench::report
