#include "tests/bench/report_sample.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

namespace scraper::test {

namespace {

std::string summary(double median, double spread = 0.02) {
  return fmt::format(R"({{"median":{:.6g},"low":{:.6g},"high":{:.6g},"repeats":6}})", median,
                     median * (1 - spread), median * (1 + spread));
}

std::string machine(const char* what) {
  return fmt::format(
      R"("machine":{{"cpu":"Sample CPU @ 2.50GHz","cores":2,"memory_bytes":25276510208,"kernel":"Linux 6.1.0 x86_64","descriptors":20000,)"
      R"("date":"2026-01-02T03:04:05.000000Z","command":"scraper bench {} -o bench-out","program":"scraper 0.1.0","libcurl":"libcurl/7.88.1"}})",
      what);
}

struct Model {
  const char* engine;
  double cpu_us;  // a request, with few connections
  double growth;  // of it, by 10,000 connections
  double switches;
  double memory;  // a connection
  double syscalls;
};

constexpr Model kModels[] = {{"threads", 52, 0.45, 2.1, 36 * 1024.0, 2.6},
                             {"async", 48, 0.08, 0.35, 17 * 1024.0, 3.4},
                             {"bare-threads", 47, 0.4, 2.0, 34 * 1024.0, 2.2},
                             {"bare-multi", 43, 0.06, 0.3, 15 * 1024.0, 3.1}};

struct Place {
  double concurrency = 1;
  double delay_ms = 0;
  double body = 10 * 1024;
  const char* scheme = "http";
  const char* connection = "kept";
};

double cost_of(const Place& place) {
  double factor = place.body > 50'000 ? 1.7 : 1;
  if (place.scheme[4] == 's') factor *= 1.3;
  if (place.connection[0] == 'n') factor *= place.scheme[4] == 's' ? 18 : 2.2;
  return factor;
}

std::string cell_of(const Model& model, const Place& place) {
  const double crowd = std::min(1.0, place.concurrency / 10'000);
  const double cpu = model.cpu_us * cost_of(place) * (1 + model.growth * std::min(1.0, crowd * 4));
  const double capacity = 1.2e6 / cpu;  // the server has the rest of two cores
  const double turn = place.delay_ms / 1000 + cpu * 2.5e-6;
  const double rate = std::min(place.concurrency / turn, capacity);
  const double ideal = place.delay_ms > 0 ? place.concurrency * 1000 / place.delay_ms : 0;
  const double lateness =
      std::max(cpu * 2.5, (place.concurrency / rate - place.delay_ms / 1000) * 1e6);
  std::string text = fmt::format(
      R"({{"engine":"{}","concurrency":{},"delay_ms":{},"body":{},"scheme":"{}","connection":"{}",)",
      model.engine, place.concurrency, place.delay_ms, place.body, place.scheme, place.connection);
  text += fmt::format(R"("requests_per_second":{},)", summary(rate));
  text += ideal > 0
              ? fmt::format(R"("ideal":{},"ideal_ratio":{},)", ideal, summary(rate / ideal, 0.005))
              : R"("ideal":null,"ideal_ratio":null,)";
  text += fmt::format(
      R"("cpu_us":{},"switches_voluntary":{},"switches_involuntary":{},"syscalls":{:.3g},)",
      summary(cpu), summary(model.switches * (1 + crowd)), summary(0.02 + 0.4 * crowd, 0.2),
      model.syscalls);
  const double memory = model.memory * (place.scheme[4] == 's' ? 3.1 : 1);
  text += fmt::format(R"("peak_memory":{},"memory_per_connection":{},)",
                      summary(9e6 + memory * place.concurrency), summary(memory));
  text += fmt::format(R"("latency_p50_us":{},"latency_p99_us":{},"threads":{},)", summary(lateness),
                      summary(lateness * 3, 0.2), model.switches > 1 ? place.concurrency + 4 : 5);
  return text + fmt::format(R"("errors":0,"machine_busy":{}}})",
                            summary(std::min(0.98, 0.98 * rate / capacity), 0.01));
}

std::string skipped_of(const Model& model, const Place& place, const char* why) {
  return fmt::format(
      R"({{"engine":"{}","concurrency":{},"delay_ms":{},"body":{},"scheme":"http","connection":"kept","skipped":"{}"}})",
      model.engine, place.concurrency, place.delay_ms, place.body, why);
}

std::string task_of(const char* engine, const char* what, const char* unit, double value,
                    const char* about) {
  return fmt::format(R"({{"engine":"{}","what":"{}","unit":"{}","value":{},"about":"{}"}})", engine,
                     what, unit, summary(value, 0.1), about);
}

std::string array_of(const std::vector<std::string>& entries) {
  return fmt::format("[{}]", fmt::join(entries, ",\n"));
}

std::vector<std::string> engine_cells() {
  std::vector<std::string> cells;
  for (const double delay : {0, 10, 50, 200, 1000}) {
    for (const double concurrency : {1, 10, 50, 100, 200, 500, 1000, 2000, 5000, 10000}) {
      const Place place{concurrency, delay};
      for (const Model& model : kModels) {
        const bool is_bare = model.engine[0] == 'b';
        if (is_bare && concurrency != 100 && concurrency != 1000 && concurrency != 5000) continue;
        if (concurrency == 10000 && &model == &kModels[0])
          cells.push_back(skipped_of(
              model, place, "20,000 descriptors allow 9,900 threads with a connection each"));
        else
          cells.push_back(cell_of(model, place));
      }
    }
  }
  for (const auto& [concurrency, delay] : {std::pair{100.0, 0.0}, {500.0, 50.0}, {2000.0, 200.0}}) {
    for (const Place& place : {Place{concurrency, delay, 1024}, Place{concurrency, delay, 102400},
                               Place{concurrency, delay, 10240, "https"},
                               Place{concurrency, delay, 10240, "http", "new"},
                               Place{concurrency, delay, 10240, "https", "new"}}) {
      cells.push_back(cell_of(kModels[0], place));
      cells.push_back(cell_of(kModels[1], place));
    }
  }
  return cells;
}

struct HandoffModel {
  const char* handoff;
  double fixed_us;
  double us_a_kilobyte;
};

std::string handoff_cell(const HandoffModel& model, const char* storage, const char* open,
                         const char* direction, const char* work, double payload, double workers) {
  const double slower = (open[0] == 'e' ? 4 : 0) + (storage[0] == 'd' ? 0.3 : 0);
  const double parsing = work[0] == 'g' ? payload * 0.06 : work[0] == 's' ? payload * 0.004 : 0;
  const double cpu = model.fixed_us + slower + payload / 1024 * model.us_a_kilobyte + parsing;
  const double rate = 1e6 / cpu * (1 + (workers - 1) * 0.8);
  return fmt::format(
      R"({{"handoff":"{}","storage":"{}","open":"{}","direction":"{}","payload":{},"workers":{},"work":"{}","pages_per_second":{},)"
      R"("bytes_per_second":{},"cpu_us":{},"owner_cpu_us":{},"memory":{},"failures":0}})",
      model.handoff, storage, open, direction, payload, workers, work, summary(rate),
      summary(rate * payload), summary(cpu), summary(cpu * 0.4), summary(2e7 + payload * 4));
}

}  // namespace

std::string sample_engines() {
  std::vector<std::string> tasks;
  for (const auto& [engine, factor] : {std::pair{"threads", 20.0}, {"async", 1.0}}) {
    tasks.push_back(task_of(engine, "start 10000", "ms", 14 * factor,
                            "10,000 tasks that wait for nothing yet"));
    tasks.push_back(task_of(engine, "cancel 10000", "ms", 30 * factor,
                            "all at once, until the last has ended"));
    tasks.push_back(task_of(engine, "cancel one of 10000", "us", 60, "by id, the others go on"));
    tasks.push_back(task_of(engine, "memory a task", "bytes", 1800 * factor, "resident"));
  }
  tasks.push_back(task_of("threads", "hand over a URL", "us", 5.2, "owner to 1,000 threads"));
  return fmt::format("{{\"kind\":\"engines\",\"version\":1,\"quick\":false,\"seconds\":3120,{},\n",
                     machine("engines")) +
         fmt::format(
             "\"server\":{{\"requests_per_second\":{},\"cpu_us\":{},\"connections\":100,\"body\":"
             "10240}},\n",
             summary(81000), summary(11)) +
         fmt::format("\"cells\":{},\n\"tasks\":{},\n\"tls_client\":{{\"openssl_cpu_us\":{}}}}}\n",
                     array_of(engine_cells()), array_of(tasks), summary(900));
}

std::string sample_handoffs() {
  constexpr HandoffModel kWays[] = {
      {"file", 9, 0.1}, {"pipe", 7, 0.32}, {"shm", 6, 0.16}, {"inline", 2.5, 0.02}};
  std::vector<std::string> cells;
  for (const double payload : {1024, 10240, 35840, 102400, 1048576, 10485760}) {
    for (const double workers : {1, 2}) {
      for (const HandoffModel& model : kWays) {
        const char* storage = &model == kWays ? "disk" : "";
        cells.push_back(handoff_cell(model, storage, "kept", "in", "none", payload, workers));
        cells.push_back(handoff_cell(model, storage, "kept", "out", "none", payload, workers));
        cells.push_back(handoff_cell(model, storage, "kept", "in", "scan", payload, workers));
        if (payload <= 1048576)
          cells.push_back(handoff_cell(model, storage, "kept", "in", "gumbo", payload, workers));
      }
    }
    cells.push_back(handoff_cell(kWays[0], "disk", "each", "in", "none", payload, 1));
    cells.push_back(handoff_cell(kWays[0], "tmpfs", "kept", "in", "none", payload, 1));
    cells.push_back(handoff_cell(kWays[0], "tmpfs", "each", "in", "none", payload, 1));
  }
  const std::string workers = fmt::format(
      R"([{{"what":"spawn","milliseconds":{},"memory":{}}},{{"what":"crash","milliseconds":{},"memory":{}}}])",
      summary(4.2), summary(9e6), summary(6.8), summary(9e6));
  return fmt::format("{{\"kind\":\"handoff\",\"version\":1,\"quick\":true,\"seconds\":97,{},\n",
                     machine("handoff")) +
         fmt::format("\"cells\":{},\n\"workers\":{}}}\n", array_of(cells), workers);
}

}  // namespace scraper::test
