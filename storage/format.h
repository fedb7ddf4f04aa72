// The format of OUT: one number for the ledger and every file beside it. "Format versions" in
// docs/formats.md says where each file has it and what each number means.
//
// A format changes only together with its row in kFormats (format.cc): what is different, and the
// step that upgrades the one before. The newest two are read; a crawl writes the newest, so the
// first thing that `crawl` does to an OUT of the one before is upgrade().
//
// Every format says its number in the same three places, so that a program can name the version
// that reads what it does not read itself:
//
//   ledger, row "books"   begins with the number and, from format 2, the program's version
//   crawl.toml            its first line, from format 2: "# format 2, scraper 0.1.0"
//   report.json           "format", from format 2, beside "version"
//
// The ledger decides; crawl.toml is asked where the ledger cannot be read. Functions without OUT
// are pure, any thread; the others belong to the thread that has the directory.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"

namespace scraper::storage {

class Ledger;

inline constexpr std::uint32_t kFormat = 2;  // that is written

// The newest two.
constexpr bool is_read(std::uint32_t format) { return format == kFormat || format + 1 == kFormat; }

struct FormatMark {
  std::uint32_t number = kFormat;
  std::string program;  // the version that made OUT this format: "0.1.0"
};

FormatMark current_mark();

// Of format 1, which names no program.
FormatMark first_mark();

// "DIR was written in format 3 by scraper 0.3.0, which reads it; this is …": kFile. `where` is safe
// to show.
Error unread_format(std::string_view where, const FormatMark& mark);

// The line that crawl.toml begins with, its line end included.
std::string format_line(const FormatMark& mark);

// Nothing where `toml` begins with no such line, as in format 1.
std::optional<FormatMark> format_in(std::string_view toml);

// Fails with unread_format() where `out` is in a format that is not read; passes where nothing says
// so. Takes no lock, writes nothing.
Result<void> check_format(const std::string& out);

// Makes an OUT of the format before the newest one of the newest: files first, each replaced as a
// whole, then the ledger in one synced batch that says the number. Killed in between, it is done
// again. Returns a line for the user, nothing where there was nothing to do. `ledger` is OUT's,
// open for writing and begun; the caller holds OUT's lock.
Result<std::optional<std::string>> upgrade(const std::string& out, Ledger& ledger);

}  // namespace scraper::storage
