// The report as a person reads it: one run, or two side by side.
#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <fstream>
#include <iterator>
#include <map>
#include <optional>
#include <vector>

#include "base/file.h"
#include "base/output.h"
#include "base/printable.h"
#include "base/units.h"
#include "scraper/crawl/report.h"
#include "storage/format.h"
#include "storage/url_state.h"

namespace json = boost::json;

namespace scraper {

namespace {

using storage::UrlState;
using storage::UrlStateTraits;

constexpr std::size_t kMostReport = 1u << 20;
constexpr std::size_t kMostReasons = 8;

// A report may come from a file, so nothing about its form is taken for granted: what is not there
// reads as 0 or "".
const json::value* find(const json::object& object, std::string_view path) {
  const auto dot = path.find('.');
  const json::value* value = object.if_contains(path.substr(0, dot));
  if (value == nullptr || dot == path.npos) return value;
  return value->is_object() ? find(value->get_object(), path.substr(dot + 1)) : nullptr;
}

double number(const json::object& object, std::string_view path) {
  const json::value* value = find(object, path);
  if (value == nullptr || !value->is_number()) return 0;
  return value->to_number<double>();
}

std::string text(const json::object& object, std::string_view path) {
  const json::value* value = find(object, path);
  return value != nullptr && value->is_string() ? printable(std::string_view(value->get_string()))
                                                : std::string();
}

std::string percent(double share) { return fmt::format("{:.0f} %", share * 100); }

void print_reasons(std::string& out, const json::object& report) {
  const json::value* list = find(report, "reasons");
  if (list == nullptr || !list->is_array()) return;
  std::vector<json::object> reasons;
  for (const auto& reason : list->get_array()) {
    if (reason.is_object()) reasons.push_back(reason.get_object());
  }
  std::sort(reasons.begin(), reasons.end(),
            [](const auto& a, const auto& b) { return number(a, "count") > number(b, "count"); });
  for (std::size_t i = 0; i < std::min(kMostReasons, reasons.size()); ++i) {
    fmt::format_to(std::back_inserter(out), "    {:>9.0f}  {}: {}\n", number(reasons[i], "count"),
                   text(reasons[i], "state"), text(reasons[i], "reason"));
  }
  if (reasons.size() > kMostReasons)
    fmt::format_to(std::back_inserter(out), "               and {} more reasons in report.json\n",
                   reasons.size() - kMostReasons);
}

// Nothing where none were read.
void print_sitemaps(std::string& out, const json::object& report) {
  if (number(report, "sitemaps.named") == 0) return;
  fmt::format_to(std::back_inserter(out),
                 "  sitemaps    {:.0f} of {:.0f} read, which list {:.0f} URLs",
                 number(report, "sitemaps.read"), number(report, "sitemaps.named"),
                 number(report, "sitemaps.entries"));
  if (const double failed = number(report, "sitemaps.failed"); failed > 0) {
    const json::value* list = find(report, "sitemaps.failed_first");
    const bool has_example = list != nullptr && list->is_array() && !list->get_array().empty() &&
                             list->get_array()[0].is_object();
    fmt::format_to(std::back_inserter(out), "; {:.0f} failed", failed);
    if (has_example) {
      const auto& first = list->get_array()[0].get_object();
      fmt::format_to(std::back_inserter(out), ", {}: {}", text(first, "url"),
                     text(first, "reason"));
    }
  }
  out += '\n';
}

void print_set_aside(std::string& out, const json::object& report, const std::string& output) {
  const double count = number(report, "set_aside");
  if (count == 0) return;
  fmt::format_to(std::back_inserter(out),
                 "  set aside   {:.0f} {} no worker got through, see {}/quarantine/\n", count,
                 count == 1 ? "document" : "documents", printable(output));
  const json::value* list = find(report, "set_aside_first");
  if (list == nullptr || !list->is_array()) return;
  for (const auto& value : list->get_array()) {
    if (!value.is_object()) continue;
    const auto& document = value.get_object();
    fmt::format_to(std::back_inserter(out), "              {}: {}\n              again by: {}\n",
                   text(document, "reason"), text(document, "url"), text(document, "reproduce"));
  }
}

std::string ended_words(const json::object& report) {
  const std::string ended = text(report, "ended");
  if (ended == "complete") return "nothing left to do";
  if (ended == "limit" || ended == "max-time" || ended == "quota") return "--" + ended + " reached";
  return ended;
}

// Parse threads are part of the program: what they take is in its figures.
bool is_inline(const json::object& r) { return text(r, "handoff") == "inline"; }

std::string memory_words(const json::object& r) {
  if (is_inline(r))
    return fmt::format("{} program, parse threads included",
                       human_bytes(number(r, "peak_memory_bytes.program")));
  return fmt::format("{} program, {} largest worker",
                     human_bytes(number(r, "peak_memory_bytes.program")),
                     human_bytes(number(r, "peak_memory_bytes.worker")));
}

std::string cpu_words(const json::object& r) {
  const double workers = number(r, "cpu_seconds.workers");
  return fmt::format("{:.1f} s program, ", number(r, "cpu_seconds.program")) +
         (is_inline(r) ? fmt::format("of which {:.1f} s parse threads", workers)
                       : fmt::format("{:.1f} s workers", workers));
}

// The states in the order of a summary: what is done with, then what is left.
std::vector<const UrlStateTraits*> settled_first() {
  std::vector<const UrlStateTraits*> states;
  for (const bool is_open : {false, true}) {
    for (const UrlStateTraits& state : storage::kUrlStates) {
      if (state.is_open == is_open) states.push_back(&state);
    }
  }
  return states;
}

double count_of_state(const json::object& r, const UrlStateTraits& state) {
  return number(r, "urls." + std::string(state.name));
}

std::string states_words(const json::object& r) {
  std::string words;
  for (const UrlStateTraits* state : settled_first()) {
    const double count = count_of_state(r, *state);
    if (count > 0 || state->value == UrlState::kStored)
      words += fmt::format("{}{:.0f} {}", words.empty() ? "" : ", ", count, state->name);
  }
  return words;
}

}  // namespace

std::string summary_of(const json::object& r, const std::string& output, bool has_report) {
  std::string out;
  fmt::format_to(std::back_inserter(out), "\n{} engine, {:.1f} s, ended: {}\n", text(r, "engine"),
                 number(r, "elapsed_seconds"), ended_words(r));
  fmt::format_to(std::back_inserter(out), "  urls        {:.0f} discovered = {}\n",
                 number(r, "urls.discovered"), states_words(r));
  print_reasons(out, r);
  print_sitemaps(out, r);
  fmt::format_to(std::back_inserter(out),
                 "  speed       {:.1f} pages/s, {}/s; {:.0f} requests over {:.0f} connections to "
                 "{:.0f} hosts, {:.0f} retries\n",
                 number(r, "pages_per_second"), human_bytes(number(r, "bytes_per_second")),
                 number(r, "requests"), number(r, "connections"), number(r, "hosts"),
                 number(r, "retries"));
  fmt::format_to(
      std::back_inserter(out), "  latency     p50 {:.1f} ms, p90 {:.1f} ms, p99 {:.1f} ms\n",
      number(r, "latency_ms.p50"), number(r, "latency_ms.p90"), number(r, "latency_ms.p99"));
  fmt::format_to(std::back_inserter(out),
                 "  busy        fetch {} of {:.0f} slots (most in flight {:.0f}), disk {}, parse "
                 "{} of {:.0f} workers (most queued "
                 "{:.0f}), owner {}\n",
                 percent(number(r, "stages.fetch.busy")), number(r, "concurrency"),
                 number(r, "stages.fetch.in_flight_most"), percent(number(r, "stages.disk.busy")),
                 percent(number(r, "stages.parse.busy")), number(r, "workers"),
                 number(r, "stages.parse.queue_most"), percent(number(r, "stages.owner.busy")));
  fmt::format_to(std::back_inserter(out), "  bounded by  {}: {}\n", text(r, "bounded_by.what"),
                 text(r, "bounded_by.advice"));
  fmt::format_to(std::back_inserter(out), "  memory      {}; CPU {}\n", memory_words(r),
                 cpu_words(r));
  print_set_aside(out, r, output);
  fmt::format_to(std::back_inserter(out), "  results     {0}/pages.jsonl, archive {0}/warc/",
                 printable(output));
  out += has_report ? fmt::format(", figures {}/report.json\n", printable(output)) : "\n";
  return out;
}

namespace {

// What identifies a result: the state and the digest of each URL.
Result<std::map<std::string, std::string>> read_set(const std::string& directory) {
  std::ifstream file(directory + "/pages.jsonl");
  if (!file) return errno_error("cannot open", directory + "/pages.jsonl");
  std::map<std::string, std::string> set;
  std::string line;
  while (std::getline(file, line)) {
    boost::system::error_code error;
    const json::value value = json::parse(line, error);
    if (error || !value.is_object())
      return Error{Errc::kFile, directory + "/pages.jsonl holds a line that is no JSON object"};
    const auto& page = value.get_object();
    set[text(page, "url")] =
        text(page, "state") + " " + text(page, "error") + " " + text(page, "digest");
  }
  return set;
}

// In format 1 a report did not say so.
storage::FormatMark mark_of(const json::object& report) {
  if (find(report, "format") == nullptr) return storage::first_mark();
  return {static_cast<std::uint32_t>(std::clamp(number(report, "format"), 0.0, 1e9)),
          text(report, "version")};
}

Result<json::object> read_report(const std::string& directory) {
  auto bytes = read_file(directory + "/report.json", kMostReport);
  if (!bytes) return bytes.error();
  boost::system::error_code error;
  json::value value = json::parse(*bytes, error);
  if (error || !value.is_object())
    return Error{Errc::kFile,
                 directory + "/report.json is no JSON object: was it written by a crawl?"};
  json::object& report = value.get_object();
  const storage::FormatMark mark = mark_of(report);
  if (!storage::is_read(mark.number)) return storage::unread_format(printable(directory), mark);
  return std::move(report);
}

void print_row(std::string& out, const char* name, const json::object& a, const json::object& b,
               std::string (*cell)(const json::object&)) {
  fmt::format_to(std::back_inserter(out), "  {:<22} {:>22} {:>22}\n", name, cell(a), cell(b));
}

void print_side_by_side(std::string& out, const json::object& a, const json::object& b) {
  print_row(out, "engine", a, b, [](const json::object& r) { return text(r, "engine"); });
  print_row(out, "ended", a, b, [](const json::object& r) { return text(r, "ended"); });
  print_row(out, "seconds", a, b, [](const json::object& r) {
    return fmt::format("{:.1f}", number(r, "elapsed_seconds"));
  });
  print_row(out, "urls discovered", a, b, [](const json::object& r) {
    return fmt::format("{:.0f}", number(r, "urls.discovered"));
  });
  for (const UrlStateTraits* state : settled_first()) {
    const double in_a = count_of_state(a, *state);
    const double in_b = count_of_state(b, *state);
    // Of crawls that were not interrupted none is captured.
    if (state->value == UrlState::kCaptured && in_a + in_b == 0) continue;
    fmt::format_to(std::back_inserter(out), "    {:<20} {:>22.0f} {:>22.0f}\n", state->name, in_a,
                   in_b);
  }
  print_row(out, "pages/s", a, b, [](const json::object& r) {
    return fmt::format("{:.1f}", number(r, "pages_per_second"));
  });
  print_row(out, "received", a, b,
            [](const json::object& r) { return human_bytes(number(r, "received_bytes")); });
  print_row(out, "requests", a, b,
            [](const json::object& r) { return fmt::format("{:.0f}", number(r, "requests")); });
  print_row(out, "connections", a, b,
            [](const json::object& r) { return fmt::format("{:.0f}", number(r, "connections")); });
  print_row(out, "latency p50 / p99", a, b, [](const json::object& r) {
    return fmt::format("{:.1f} / {:.1f} ms", number(r, "latency_ms.p50"),
                       number(r, "latency_ms.p99"));
  });
  print_row(out, "CPU program / workers", a, b, [](const json::object& r) {
    return fmt::format("{:.1f} / {}{:.1f} s", number(r, "cpu_seconds.program"),
                       is_inline(r) ? "in it " : "", number(r, "cpu_seconds.workers"));
  });
  print_row(out, "peak memory", a, b, [](const json::object& r) {
    return human_bytes(number(r, "peak_memory_bytes.program"));
  });
  print_row(out, "bounded by", a, b,
            [](const json::object& r) { return text(r, "bounded_by.what"); });
  print_row(out, "set aside", a, b,
            [](const json::object& r) { return fmt::format("{:.0f}", number(r, "set_aside")); });
}

void print_agreement(std::string& out, const std::map<std::string, std::string>& a,
                     const std::map<std::string, std::string>& b) {
  std::size_t differing = 0;
  std::optional<std::string> example;
  const auto count = [&](const auto& one, const auto& other, bool counts_values) {
    for (const auto& [url, what] : one) {
      const auto it = other.find(url);
      if (it != other.end() && (!counts_values || it->second == what)) continue;
      ++differing;
      if (!example) example = url;
    }
  };
  count(a, b, true);
  count(b, a, false);
  if (differing == 0) {
    fmt::format_to(std::back_inserter(out),
                   "  the sets agree: {} result lines, the same URLs, states and digests in both\n",
                   a.size());
  } else {
    fmt::format_to(std::back_inserter(out),
                   "  the sets differ in {} of {} result lines, for example {}\n", differing,
                   std::max(a.size(), b.size()), *example);
  }
}

}  // namespace

int run_report(const std::vector<std::string>& directories) {
  const auto a = read_report(directories.front());
  if (!a) return cli::complain(a.error());
  if (directories.size() == 1) {
    return cli::write_standard_output(summary_of(*a, directories.front()));
  }
  const auto b = read_report(directories[1]);
  if (!b) return cli::complain(b.error());
  const auto set_a = read_set(directories[0]);
  if (!set_a) return cli::complain(set_a.error());
  const auto set_b = read_set(directories[1]);
  if (!set_b) return cli::complain(set_b.error());
  std::string out;
  print_side_by_side(out, *a, *b);
  print_agreement(out, *set_a, *set_b);
  print_set_aside(out, *a, directories[0]);
  fmt::format_to(std::back_inserter(out),
                 "  results     {}/pages.jsonl and {}/pages.jsonl; archive in warc/, figures in "
                 "report.json beside them\n",
                 printable(directories[0]), printable(directories[1]));
  return cli::write_standard_output(out);
}

}  // namespace scraper
