#include "storage/format.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <iterator>

#include "base/file.h"
#include "base/kill_point.h"
#include "base/printable.h"
#include "base/version.h"
#include "storage/ledger.h"
#include "storage/output_names.h"

namespace scraper::storage {

namespace {

constexpr std::string_view kLineStart = "# format ";
constexpr std::string_view kProgramStart = ", scraper ";
constexpr std::size_t kMostOptions = 1u << 20;

std::string options_path(const std::string& out) { return fmt::format("{}/{}", out, kOptionsFile); }

// To be done twice without harm: a kill comes after it and before the ledger knows.
Result<void> put_format_line(const std::string& out) {
  const auto text = read_file(options_path(out), kMostOptions);
  if (!text) return text.error();
  std::string_view rest = *text;
  if (format_in(rest)) rest.remove_prefix(std::min(rest.find('\n'), rest.size() - 1) + 1);
  return replace_file(options_path(out), format_line(current_mark()).append(rest));
}

// What became of OUT in each format, the first one first.
struct Format {
  std::uint32_t number;
  std::string_view since;   // the program that wrote it first
  std::string_view change;  // what is different from the format before
  // Makes the files of OUT those of the next format, and puts into `batch` the rows of the ledger
  // that are different there, but for the books, which always are. Null: it is the newest.
  Result<void> (*upgrade)(const std::string& out, Ledger& ledger, LedgerBatch& batch);
};

constexpr Format kFormats[] = {
    {1, "0.1.0", "the first",
     [](const std::string& out, Ledger&, LedgerBatch&) { return put_format_line(out); }},
    {2, "0.1.0", "ledger, crawl.toml and report.json name format and program", nullptr}};

constexpr bool is_complete() {
  for (std::size_t i = 0; i < std::size(kFormats); ++i) {
    const bool is_newest = i + 1 == std::size(kFormats);
    if (kFormats[i].number != i + 1 || (kFormats[i].upgrade == nullptr) != is_newest) return false;
  }
  return std::size(kFormats) == kFormat;
}
static_assert(is_complete(), "a row for each format, and a step from each to the next");

}  // namespace

FormatMark current_mark() { return {kFormat, std::string(program_version())}; }

FormatMark first_mark() { return {kFormats[0].number, std::string(kFormats[0].since)}; }

Error unread_format(std::string_view where, const FormatMark& mark) {
  return {Errc::kFile,
          fmt::format("{} was written in format {} by scraper {}, which reads it; this is scraper "
                      "{}, which reads formats {} and {}",
                      where, mark.number, printable(mark.program), program_version(), kFormat - 1,
                      kFormat)};
}

std::string format_line(const FormatMark& mark) {
  return fmt::format("{}{}{}{}\n", kLineStart, mark.number, kProgramStart, mark.program);
}

std::optional<FormatMark> format_in(std::string_view toml) {
  std::string_view line = toml.substr(0, toml.find('\n'));
  if (line.ends_with('\r')) line.remove_suffix(1);
  if (!line.starts_with(kLineStart)) return std::nullopt;
  line.remove_prefix(kLineStart.size());
  FormatMark mark;
  const auto [end, wrong] = std::from_chars(line.data(), line.data() + line.size(), mark.number);
  if (wrong != std::errc() || mark.number == 0) return std::nullopt;
  line.remove_prefix(static_cast<std::size_t>(end - line.data()));
  if (!line.starts_with(kProgramStart)) return std::nullopt;
  mark.program = line.substr(kProgramStart.size());
  return mark;
}

Result<void> check_format(const std::string& out) {
  auto mark = Ledger::peek_format(out + "/ledger");
  if (!mark) {
    const auto text = read_file(options_path(out), kMostOptions);
    if (text) mark = format_in(*text);
  }
  if (!mark || is_read(mark->number)) return {};
  return unread_format(printable(out), *mark);
}

Result<std::optional<std::string>> upgrade(const std::string& out, Ledger& ledger) {
  const auto mark = ledger.format();
  if (!mark) return mark.error();
  if (mark->number == kFormat) return std::optional<std::string>();
  const auto books = ledger.books();
  if (!books) return books.error();
  kill_point("upgrade.begin");
  LedgerBatch batch = ledger.batch();
  auto step = kFormats[mark->number - 1].upgrade(out, ledger, batch);
  if (!step) return step.error();
  kill_point("upgrade.files");
  batch.put(*books);
  step = ledger.commit(batch);
  if (!step) return step.error();
  kill_point("upgrade.committed");
  return std::optional(
      fmt::format("upgraded from format {} to {}: {}; a scraper that reads only "
                  "format {} does not go on with it",
                  mark->number, kFormat, kFormats[kFormat - 1].change, mark->number));
}

}  // namespace scraper::storage
