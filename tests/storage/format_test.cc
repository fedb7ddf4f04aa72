// The format of OUT: where it is said, what is read, and the step from the one before.
#include "storage/format.h"

#include <fmt/format.h>

#include "base/version.h"
#include "storage/ledger.h"
#include "tests/catch.h"
#include "tests/storage/committing.h"
#include "tests/storage/files.h"
#include "tests/storage/raw_ledger.h"
#include "tests/support/printing.h"

using namespace scraper;
using namespace scraper::storage;

namespace {

const std::string kOptions = "# a comment\ndepth = 3\n";
const FormatMark kLater = {kFormat + 1, "9.8.7"};

Books some_books() {
  Books books;
  books.key = {1, 2};
  books.barrier = 7;
  books.counts = {1, 2, 3, 4, 5, 6, 7, 8};
  books.end = "limit";
  return books;
}

// OUT with crawl.toml and a ledger of the first format.
struct Out {
  Out() {
    std::filesystem::create_directory(path + "/ledger");
    write_file(options, kOptions);
    REQUIRE(Ledger::create(ledger));
    put_raw_books(ledger, raw_books(first_mark(), some_books()));
  }

  TempDir folder;
  std::string path = folder.path();
  std::string options = path + "/crawl.toml";
  std::string ledger = path + "/ledger";
};

std::unique_ptr<Ledger> opened(const Out& out, Ledger::Access access = Ledger::Access::kReadWrite) {
  auto ledger = Ledger::open(out.ledger, access);
  REQUIRE(ledger);
  return std::move(*ledger);
}

std::string refusal_of(const Result<void>& checked) {
  REQUIRE(checked.has_error());
  CHECK(checked.error().code == Errc::kFile);
  return checked.error().context;
}

}  // namespace

TEST_CASE("the newest two formats are read") {
  CHECK(is_read(kFormat));
  CHECK(is_read(kFormat - 1));
  CHECK_FALSE(is_read(kFormat + 1));
  CHECK_FALSE(is_read(kFormat - 2));
}

TEST_CASE("a format that is not read is refused in one line with the version that reads it") {
  const Error error = unread_format("OUT", {31, "3.1.0\n"});
  CHECK(error.code == Errc::kFile);
  CHECK(error.context ==
        fmt::format("OUT was written in format 31 by scraper 3.1.0\\x0A, which reads it; this is "
                    "scraper {}, which reads formats {} and {}",
                    program_version(), kFormat - 1, kFormat));
}

TEST_CASE("crawl.toml says its format in its first line") {
  const std::string line = format_line(kLater);
  CHECK(line == fmt::format("# format {}, scraper 9.8.7\n", kFormat + 1));
  for (const std::string& text : {line, line + kOptions, "# format 3, scraper 9.8.7\r\n" + kOptions,
                                  std::string("# format 3, scraper 9.8.7")}) {
    const auto mark = format_in(text);
    REQUIRE(mark);
    CHECK(mark->number == 3);
    CHECK(mark->program == "9.8.7");
  }
  for (const std::string& text :
       {std::string(), kOptions, "depth = 3\n" + line, std::string("# format 0, scraper 1\n"),
        std::string("# format x, scraper 1\n"), std::string("# format 3 of a file\n"),
        std::string("# format 99999999999, scraper 1\n")}) {
    CAPTURE(text);
    CHECK_FALSE(format_in(text));
  }
}

TEST_CASE("a ledger of the first format is read, and nothing in it is changed") {
  const Out out;
  const auto ledger = opened(out, Ledger::Access::kReadOnly);
  CHECK(ledger->format()->number == 1);
  CHECK(ledger->format()->program == "0.1.0");
  CHECK(ledger->books()->barrier == 7);
  CHECK(ledger->books()->counts == some_books().counts);
  CHECK(Ledger::peek_format(out.ledger)->number == 1);
  CHECK(check_format(out.path));
  CHECK(read_file(out.options) == kOptions);
}

TEST_CASE("an upgrade says the format in every place, keeps the books, and is done once") {
  const Out out;
  const bool was_killed = GENERATE(false, true);  // between crawl.toml and ledger
  const std::string line = format_line(current_mark());
  if (was_killed) write_file(out.options, line + kOptions);
  const auto ledger = opened(out);
  const auto told = upgrade(out.path, *ledger);
  REQUIRE(told);
  REQUIRE(*told);
  CHECK((*told)->starts_with(fmt::format("upgraded from format 1 to {}: ", kFormat)));
  CHECK(read_file(out.options) == line + kOptions);
  CHECK(ledger->format()->number == kFormat);
  CHECK(ledger->format()->program == program_version());
  CHECK(ledger->books()->key.k1 == 2);
  CHECK(ledger->books()->barrier == 7);
  CHECK(ledger->books()->counts == some_books().counts);
  CHECK(ledger->books()->end == "limit");
  const auto again = upgrade(out.path, *ledger);
  REQUIRE(again);
  CHECK_FALSE(*again);
  CHECK(read_file(out.options) == line + kOptions);
}

TEST_CASE("a crawl.toml that cannot be replaced leaves the ledger in its format") {
  const Out out;
  std::filesystem::remove(out.options);
  const auto ledger = opened(out);
  CHECK(upgrade(out.path, *ledger).has_error());
  CHECK(ledger->format()->number == 1);
}

TEST_CASE("a ledger of a later format is refused, whatever stands behind its mark") {
  const Out out;
  std::string value;
  encode(kLater, RowWriter(value));
  put_raw_books(out.ledger, value + "\xFF of a later day", GENERATE("", "space of a later day"));
  const std::string said = refusal_of(check_format(out.path));
  CHECK(said == unread_format(out.path, kLater).context);
  CHECK(Ledger::peek_format(out.ledger)->number == kFormat + 1);
  const auto opened_to_read = Ledger::open(out.ledger, Ledger::Access::kReadOnly);
  REQUIRE(opened_to_read.has_error());
  CHECK(opened_to_read.error().code == Errc::kFile);
  CHECK(opened_to_read.error().context.find("by scraper 9.8.7, which") != std::string::npos);
}

TEST_CASE("a mark that is none is damage of the books") {
  const Out out;
  const std::string value = GENERATE(std::string(), std::string(1, '\0'), std::string("\x03\x7F"));
  put_raw_books(out.ledger, value);
  CHECK_FALSE(Ledger::peek_format(out.ledger));
  CHECK(check_format(out.path));
  const auto ledger = Ledger::open(out.ledger, Ledger::Access::kReadOnly);
  REQUIRE(ledger.has_error());
  CHECK(ledger.error().code == Errc::kInvalid);
}

TEST_CASE("where the ledger cannot be read crawl.toml says the format") {
  const Out out;
  write_file(out.options, format_line(kLater) + kOptions);
  CHECK(check_format(out.path));  // the ledger decides
  std::filesystem::remove(out.ledger + "/CURRENT");
  CHECK(refusal_of(check_format(out.path)) == unread_format(out.path, kLater).context);
  std::filesystem::remove(out.options);
  CHECK(check_format(out.path));
}
