#include "bench/report/findings.h"

#include <fmt/format.h>

#include <algorithm>

#include "bench/report/text.h"

namespace scraper::bench::report {

namespace {

constexpr std::size_t kColumns = 100;

void append(std::vector<Finding>& all, std::string_view chapter, std::vector<Finding> some) {
  for (Finding& finding : some) {
    finding.chapter = chapter;
    all.push_back(std::move(finding));
  }
}

// What a terminal shows of UTF-8: a column for each character.
std::size_t columns_of(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  }));
}

// `text` broken at spaces, every line after `indent`, the first after `first`.
std::string wrapped(std::string_view text, std::string first, const std::string& indent) {
  std::string out = std::move(first);
  std::size_t column = indent.size();
  bool is_at_start = true;
  while (!text.empty()) {
    const std::string_view word = text.substr(0, text.find(' '));
    text.remove_prefix(std::min(text.size(), word.size() + 1));
    if (!is_at_start && column + 1 + columns_of(word) > kColumns) {
      out += "\n" + indent;
      column = indent.size();
      is_at_start = true;
    }
    if (!is_at_start) out += ' ';
    column += columns_of(word) + (is_at_start ? 0 : 1);
    out += word;
    is_at_start = false;
  }
  return out + "\n";
}

template <class Cells>
bool is_of_ranges(const Cells& cells, Figure Cells::value_type::*figure) {
  return std::any_of(cells.begin(), cells.end(),
                     [&](const auto& cell) { return cell.*figure && (cell.*figure)->is_range; });
}

// How far a run carries.
std::vector<Finding> caution(const Run& run, const char* what, bool is_of_ranges) {
  std::vector<std::string> sentences;
  if (run.is_quick)
    sentences.push_back(fmt::format(
        "The {} were measured with --quick: fewer points and repeats; a first look, no more.",
        what));
  if (run.is_interrupted)
    sentences.push_back(fmt::format(
        "The measurement of the {} was interrupted: its figures are of the repeats until then.",
        what));
  if (is_of_ranges) {
    sentences.push_back(
        fmt::format("Figures of the {} have fewer than six repeats: what stands in brackets is the "
                    "least and the greatest of them, no "
                    "95\u00a0% interval; of a single repeat nothing is said.",
                    what));
  }
  if (sentences.empty()) return {};
  return {{"How far to trust it", joined(sentences, " "), {}}};
}

}  // namespace

std::vector<Finding> find(const Measured& measured) {
  std::vector<Finding> all;
  if (const auto& run = measured.engines) {
    append(all, "Engines", find_crossing(*run));
    append(all, "Engines", find_costs(*run));
    append(all, "Engines", find_tasks(*run));
    append(
        all, "Engines",
        caution(run->run, "engines", is_of_ranges(run->cells, &EngineCell::requests_per_second)));
  }
  if (const auto& run = measured.handoffs) {
    append(all, "Hand-offs", find_handoffs(*run));
    append(all, "Hand-offs", find_workers(*run));
    append(
        all, "Hand-offs",
        caution(run->run, "hand-offs", is_of_ranges(run->cells, &HandoffCell::pages_per_second)));
  }
  return all;
}

std::string as_text(const std::vector<Finding>& findings) {
  std::string text;
  for (const Finding& finding : findings) {
    text += finding.headline + "\n" + wrapped(finding.text, "  ", "  ");
    for (const std::string& detail : finding.details) text += wrapped(detail, "  - ", "    ");
  }
  return text;
}

}  // namespace scraper::bench::report
