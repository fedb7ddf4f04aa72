#include "bench/handoff/table.h"

#include <fmt/format.h>

#include <array>
#include <boost/json.hpp>
#include <set>
#include <string_view>
#include <vector>

#include "bench/handoff/plan.h"

namespace scraper::bench {

namespace json = boost::json;

namespace {

constexpr std::array<std::string_view, 4> kHandoffs = {"file", "pipe", "shm", "inline"};
constexpr std::size_t kColumn = 24;
constexpr double kMega = 1024.0 * 1024.0;

struct Figure {
  double median = 0;
  double low = 0;
  double high = 0;
};

// Which cells stand together in a table.
struct Kind {
  std::string_view direction;
  std::string_view work;
  std::size_t workers = 0;
};

bool is(const json::object& object, std::string_view member, std::string_view name) {
  const json::value* const found = object.if_contains(member);
  return found != nullptr && found->is_string() && std::string_view(found->as_string()) == name;
}

std::size_t size(const json::object& object, std::string_view member) {
  const json::value* const found = object.if_contains(member);
  return found != nullptr && found->is_number() ? found->to_number<std::size_t>() : 0;
}

Figure figure(const json::object& object, std::string_view member) {
  const json::value* const found = object.if_contains(member);
  if (found == nullptr || !found->is_object()) return {};
  const json::object& summary = found->as_object();
  return {summary.at("median").to_number<double>(), summary.at("low").to_number<double>(),
          summary.at("high").to_number<double>()};
}

const json::array& rows(const json::object& result, std::string_view member) {
  static const json::array kNone;
  const json::value* const found = result.if_contains(member);
  return found != nullptr && found->is_array() ? found->as_array() : kNone;
}

std::string count_of(std::size_t workers) {
  return workers == 1 ? "1 worker" : fmt::format("{} workers", workers);
}

std::string_view work_in_words(std::string_view work) {
  if (work == "none") return "nothing done with them";
  return work == "gumbo" ? "parsed by gumbo" : "read by the scanner";
}

std::string in_columns(const std::vector<std::string>& texts) {
  std::string line = "  ";
  for (std::size_t i = 0; i < texts.size(); ++i)
    line += fmt::format("{:<{}}", texts[i], i == 0 ? 10 : kColumn);
  line.erase(line.find_last_not_of(' ') + 1);
  return line + "\n";
}

class Table {
 public:
  explicit Table(const json::object& result) : result_(result) {}

  std::string write() {
    for (const Kind& kind : {Kind{"in", "none", 2}, Kind{"in", "scan", 1}, Kind{"in", "scan", 2},
                             Kind{"in", "gumbo", 2}, Kind{"out", "none", 2}}) {
      side_by_side(kind);
    }
    file_over_inline();
    ways_to_a_file();
    events();
    return std::move(text_);
  }

 private:
  const json::object* cell(const Kind& kind, std::size_t payload, std::string_view handoff,
                           std::string_view storage = "disk",
                           std::string_view open = "kept") const {
    for (const json::value& value : rows(result_, "cells")) {
      const json::object& one = value.as_object();
      if (is(one, "handoff", handoff) && is(one, "storage", storage) && is(one, "open", open) &&
          is(one, "direction", kind.direction) && is(one, "work", kind.work) &&
          size(one, "payload") == payload && size(one, "workers") == kind.workers) {
        return &one;
      }
    }
    return nullptr;
  }

  std::set<std::size_t> payloads(const Kind& kind) const {
    std::set<std::size_t> out;
    for (const json::value& value : rows(result_, "cells")) {
      const json::object& one = value.as_object();
      if (is(one, "direction", kind.direction) && is(one, "work", kind.work) &&
          size(one, "workers") == kind.workers) {
        out.insert(size(one, "payload"));
      }
    }
    return out;
  }

  static std::string words(const json::object* one) {
    if (one == nullptr) return "";
    if (one->if_contains("skipped") != nullptr) return "skipped";
    return fmt::format("{:.0f} ({:.1f}, {:.0f})", figure(*one, "pages_per_second").median,
                       figure(*one, "cpu_us").median, figure(*one, "memory").median / kMega);
  }

  static std::string title(const Kind& kind) {
    return fmt::format(
        "{}, {}, {}",
        kind.direction == "in" ? "documents in, small answers" : "documents in, the same out again",
        work_in_words(kind.work), count_of(kind.workers));
  }

  void side_by_side(const Kind& kind) {
    if (payloads(kind).empty()) return;
    text_ += fmt::format("\nPages/s (CPU µs a page, MB resident): {}\n", title(kind));
    text_ += in_columns({"", "file", "pipe", "shm", "inline"});
    for (const std::size_t payload : payloads(kind)) {
      std::vector<std::string> line = {to_size(payload)};
      for (const std::string_view handoff : kHandoffs)
        line.push_back(words(cell(kind, payload, handoff)));
      text_ += in_columns(line);
    }
  }

  // What a process of its own costs against a thread of this one.
  void file_over_inline() {
    const json::array& ratios = rows(result_, "file_over_inline");
    if (ratios.empty()) return;
    text_ += "\nFile over inline, round by round: pages/s, CPU a page\n";
    for (const json::value& value : ratios) {
      const json::object& one = value.as_object();
      if (!is(one, "direction", "in")) continue;
      const std::string what =
          fmt::format("{}, {}, {}", to_size(size(one, "payload")),
                      work_in_words(std::string_view(one.at("work").as_string())),
                      count_of(size(one, "workers")));
      text_ += fmt::format("  {:<44}{:.3f}, {:.3f}\n", what, figure(one, "pages_per_second").median,
                           figure(one, "cpu_us").median);
    }
  }

  void ways_to_a_file() {
    const Kind kind{"in", "none", 2};
    text_ += "\nThe way to the file: pages/s (CPU µs a page, MB resident)\n";
    text_ += in_columns({"", "disk", "tmpfs", "disk, open each", "tmpfs, open each"});
    for (const std::size_t payload : payloads(kind)) {
      if (cell(kind, payload, "file", "disk", "each") == nullptr) continue;
      text_ += in_columns({to_size(payload), words(cell(kind, payload, "file")),
                           words(cell(kind, payload, "file", "tmpfs")),
                           words(cell(kind, payload, "file", "disk", "each")),
                           words(cell(kind, payload, "file", "tmpfs", "each"))});
    }
  }

  void events() {
    text_ += "\nA worker, to the first answer: milliseconds, resident MB\n";
    for (const json::value& value : rows(result_, "workers")) {
      const json::object& one = value.as_object();
      const std::string_view what = is(one, "event", "spawn") ? "from its start"
                                    : is(one, "event", "crash held")
                                        ? "from its end by SIGKILL, the page it held"
                                        : "from its end by SIGKILL, the next page";
      const std::string figures =
          one.if_contains("skipped") != nullptr
              ? "skipped"
              : fmt::format("{:.2f}, {:.1f}", figure(one, "milliseconds").median,
                            figure(one, "memory").median / kMega);
      text_ += fmt::format("  {:<8}{:<44}{}\n", std::string_view(one.at("handoff").as_string()),
                           what, figures);
    }
  }

  const json::object& result_;
  std::string text_;
};

}  // namespace

std::string handoff_table(const json::object& result) { return Table(result).write(); }

}  // namespace scraper::bench
