// The ledger: every kind of row comes back as it was, and what is not as it was written is said.
#include "storage/ledger.h"

#include <fcntl.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <map>

#include "storage/row_codec.h"
#include "tests/catch.h"
#include "tests/storage/committing.h"
#include "tests/storage/files.h"
#include "tests/support/printing.h"

using namespace scraper;
using namespace scraper::storage;
using namespace std::chrono_literals;

namespace {

const WallTime kTime{std::chrono::microseconds(1'700'000'000'123'456)};

Books some_books() {
  Books books;
  books.key = {0x0123456789ABCDEF, 42};
  books.barrier = 7;
  books.written = kTime;
  books.counts = {{1, 2, 3, 4, 5, 6, 7, 8}};
  books.received_bytes = 1ull << 40;
  books.set_aside = 3;
  books.sitemap_counts[2] = 50'000;
  books.end = "limit";
  return books;
}

std::unique_ptr<Ledger> opened(const std::string& folder) {
  auto ledger = Ledger::open(folder);
  REQUIRE(ledger);
  return std::move(*ledger);
}

// A folder with a ledger that has its books.
std::string ledger_in(const TempDir& folder) {
  auto ledger = Ledger::create(folder.path());
  REQUIRE(ledger);
  LedgerBatch batch = (*ledger)->batch();
  batch.put(some_books());
  commit(**ledger, std::move(batch));
  return folder.path();
}

}  // namespace

TEST_CASE("numbers and texts of rows come back, and what is cut off is noticed") {
  const std::uint64_t number = GENERATE(std::uint64_t{0}, 127, 128, 300, ~std::uint64_t{0});
  const std::int64_t signed_number = GENERATE(std::int64_t{0}, -1, 1, INT64_MIN, INT64_MAX);
  std::string row;
  RowWriter(row).number(number).signed_number(signed_number).text("text");
  RowReader in(row);
  CHECK(in.number() == number);
  CHECK(in.signed_number() == signed_number);
  CHECK(in.text() == "text");
  CHECK(in.is_good());
  for (std::size_t size = 0; size < row.size(); ++size) {
    RowReader cut(std::string_view(row).substr(0, size));
    cut.number();
    cut.signed_number();
    cut.text();
    CHECK_FALSE(cut.is_good());
  }
  RowReader longer(row);
  longer.number();
  CHECK_FALSE(longer.is_good());
}

TEST_CASE("a number that does not fit its field is damage") {
  std::string row;
  RowWriter(row).number(300);
  std::uint8_t small = 0;
  RowReader in(row);
  in.number(small);
  CHECK_FALSE(in.is_good());
}

TEST_CASE("a state or a kind that this program does not know is damage") {
  TempDir folder;
  ledger_in(folder);
  auto ledger = opened(folder.path());
  const auto code_of = [](const auto& result) {
    return result ? Errc::kOther : result.error().code;
  };
  const auto kNextKind = static_cast<LeaseKind>(count_of<LeaseKind>());
  LedgerBatch batch = ledger->batch();
  batch.put_url(0, {kNoUrl, 0, 0, 0, 0, false, "https://a.test/"});
  StateEntry state;
  state.state = static_cast<UrlState>(kUrlStates.size());
  batch.put_state(0, state);
  batch.put_capture(0, 20, {kNextKind, 0, 1, 300, 0, kTime, 200, ""});
  batch.put_unparsed({{kNextKind, 0, "https://a.test/robots.txt", {0, 20, 300, 0}}});
  commit(*ledger, std::move(batch));
  const auto nothing = [](const auto&...) { FAIL("a row that cannot be read was given"); };
  CHECK(code_of(ledger->state_entry(0, nothing)) == Errc::kInvalid);
  CHECK(code_of(ledger->each_state(nothing)) == Errc::kInvalid);
  CHECK(code_of(ledger->each_row(nothing)) == Errc::kInvalid);
  CHECK(code_of(ledger->row(0, nothing)) == Errc::kInvalid);
  CHECK(code_of(ledger->each_capture(nothing)) == Errc::kInvalid);
  CHECK(code_of(ledger->captures_from(0, 0, 1, nothing)) == Errc::kInvalid);
  CHECK(code_of(ledger->unparsed()) == Errc::kInvalid);
}

TEST_CASE("the books and the lengths of files come back") {
  TempDir folder;
  ledger_in(folder);
  {
    auto ledger = opened(folder.path());
    LedgerBatch batch = ledger->batch();
    batch.put(FileEntry{"warc/00000.warc", 1ull << 33, 0});
    batch.put(FileEntry{"pages.jsonl", 12, 1});
    batch.put_patches({{5, " 3"}, {1ull << 40, "0"}});
    CHECK(batch.rows() == 3);
    commit(*ledger, std::move(batch));
  }
  auto ledger = opened(folder.path());
  const Books books = ledger->books().value();
  CHECK(books.key.k0 == 0x0123456789ABCDEF);
  CHECK(books.key.k1 == 42);
  CHECK(books.barrier == 7);
  CHECK(books.written == kTime);
  CHECK(books.counts == some_books().counts);
  CHECK(books.received_bytes == 1ull << 40);
  CHECK(books.set_aside == 3);
  CHECK(books.sitemap_counts[2] == 50'000);
  CHECK(books.end == "limit");
  const auto files = ledger->files().value();
  REQUIRE(files.size() == 2);
  CHECK(files[0].name == "pages.jsonl");
  CHECK(files[0].lines == 1);
  CHECK(files[1].length == 1ull << 33);
  const auto patches = ledger->patches().value();
  REQUIRE(patches.size() == 2);
  CHECK(patches[1].offset == 1ull << 40);
  CHECK(patches[0].digits == " 3");
}

TEST_CASE("rows of URLs come back in order of their numbers") {
  TempDir folder;
  ledger_in(folder);
  auto ledger = opened(folder.path());
  LedgerBatch batch = ledger->batch();
  batch.put_url(300, {7, 1, 3, -2, 4, false, "https://b.test/"});
  batch.put_url(2, {kNoUrl, 0, 0, 0, 0, false, "https://a.test/"});
  batch.put_url(301, {referrer_of(9), 0, 0, 0, 0, true, "https://c.test/"});
  StateEntry stored;
  stored.state = UrlState::kStored;
  stored.attempts = 2;
  stored.place = {3, 1ull << 35, 4567, 0xDEADBEEF};
  stored.line = {1ull << 36, 2};
  batch.put_state(2, stored);
  StateEntry out;
  out.state = UrlState::kExcluded;
  out.is_ruled_out = true;
  out.reason = "scope";
  out.detail = 12;
  batch.put_state(300, out);
  batch.put_links(2, {true, {300, 2, 301}});
  commit(*ledger, std::move(batch));

  std::vector<UrlId> ids;
  REQUIRE(ledger->each_url([&](UrlId id, const UrlEntry& entry) {
    ids.push_back(id);
    if (id == 2) CHECK(entry.referrer == kNoUrl);
    if (id == 301) {
      CHECK(entry.is_nofollow);
      CHECK(is_sitemap(entry.referrer));
    }
    if (id != 300) return;
    CHECK(entry.referrer == 7);
    CHECK(entry.seed == 1);
    CHECK(entry.depth == 3);
    CHECK(entry.spent == -2);
    CHECK(entry.hops == 4);
    CHECK(entry.url == "https://b.test/");
  }));
  CHECK(ids == std::vector<UrlId>{2, 300, 301});
  CHECK(ledger->url(300).value() == "https://b.test/");
  CHECK(ledger->url(4).value() == std::nullopt);
  std::string seen;
  CHECK(ledger->url_entry(301, [&](const UrlEntry& entry) { seen = entry.url; }).value());
  CHECK(seen == "https://c.test/");
  CHECK(ledger->state_entry(300, [&](const StateEntry& entry) { seen = entry.reason; }).value());
  CHECK(seen == "scope");
  CHECK_FALSE(ledger->url_entry(4, [&](const UrlEntry&) { seen = "called"; }).value());
  CHECK_FALSE(ledger->state_entry(301, [&](const StateEntry&) { seen = "called"; }).value());
  CHECK(seen == "scope");

  std::size_t states = 0;
  REQUIRE(ledger->each_state([&](UrlId id, const StateEntry& entry) {
    ++states;
    if (id == 2) {
      CHECK(entry.state == UrlState::kStored);
      CHECK(entry.attempts == 2);
      CHECK(entry.place == stored.place);
      CHECK(entry.line.offset == stored.line.offset);
      CHECK(entry.line.width == 2);
    } else {
      CHECK(entry.state == UrlState::kExcluded);
      CHECK(entry.is_ruled_out);
      CHECK(entry.reason == "scope");
      CHECK(entry.detail == 12);
      CHECK(entry.place.length == 0);
      CHECK(entry.line.width == 0);
    }
  }));
  CHECK(states == 2);
  REQUIRE(ledger->each_links([&](UrlId id, const LinksEntry& entry) {
    CHECK(id == 2);
    CHECK(entry.is_redirect);
    CHECK(entry.links == std::vector<UrlId>{300, 2, 301});
  }));
}

TEST_CASE("hosts, origins, robots, sitemaps, captures and the scope's places come back") {
  TempDir folder;
  ledger_in(folder);
  auto ledger = opened(folder.path());
  LedgerBatch batch = ledger->batch();
  batch.put_host(1, {"a.test", "https://a.test/x", 5s, kTime, 7ms, 100, 90});
  batch.put_origin(2, {"https://a.test", 1, true, false, kTime, ""});
  batch.put_origin(3, {"http://a.test", 1, false, true, kTime, "robots.txt: timeout"});
  batch.put_robots(2, {std::string_view("\0bytes", 6), true, 4});
  batch.put_sitemap(5, {"https://a.test/s.xml", 2, true});
  batch.put_admitted(0, {"https://b.test/", 2});
  batch.put_capture(1, 20, {LeaseKind::kRobots, 2, 1, 300, 0xFFFFFFFF, kTime, 200, ""});
  batch.put_capture(0, 1ull << 34, {LeaseKind::kPage, 6, 3, 200, 1, kTime, 0, "timeout"});
  commit(*ledger, std::move(batch));

  int rows = 0;
  REQUIRE(ledger->each_host([&](HostId id, const HostEntry& entry) {
    ++rows;
    CHECK(id == 1);
    CHECK(entry.name == "a.test");
    CHECK(entry.some_url == "https://a.test/x");
    CHECK(entry.delay == 5s);
    CHECK(entry.next_start == kTime);
    CHECK(entry.held == 7ms);
    CHECK(entry.requests == 100);
    CHECK(entry.pages == 90);
  }));
  REQUIRE(ledger->each_origin([&](OriginId id, const OriginEntry& entry) {
    ++rows;
    CHECK(entry.host == 1);
    CHECK(entry.is_known == (id == 2));
    CHECK(entry.is_unreachable == (id == 3));
    CHECK(entry.cause == (id == 3 ? "robots.txt: timeout" : ""));
  }));
  REQUIRE(ledger->each_robots([&](OriginId id, const RobotsEntry& entry) {
    ++rows;
    CHECK(id == 2);
    CHECK(entry.record == std::string_view("\0bytes", 6));
    CHECK(entry.has_copy);
    CHECK(entry.missed == 4);
  }));
  REQUIRE(ledger->each_sitemap([&](SitemapId id, const SitemapEntryRow& entry) {
    ++rows;
    CHECK(id == 5);
    CHECK(entry.url == "https://a.test/s.xml");
    CHECK(entry.level == 2);
    CHECK(entry.is_done);
  }));
  REQUIRE(ledger->each_admitted([&](std::uint32_t number, const AdmittedEntry& entry) {
    ++rows;
    CHECK(number == 0);
    CHECK(entry.scope == 2);
  }));
  std::vector<std::pair<std::uint32_t, std::uint64_t>> places;
  REQUIRE(ledger->each_capture(
      [&](std::uint32_t segment, std::uint64_t offset, const CaptureEntry& entry) {
        places.emplace_back(segment, offset);
        if (segment == 1) {
          CHECK(entry.kind == LeaseKind::kRobots);
          CHECK(entry.length == 300);
          CHECK(entry.crc32c == 0xFFFFFFFF);
        } else {
          CHECK(entry.error == "timeout");
          CHECK(entry.attempt == 3);
        }
      }));
  CHECK(rows == 6);
  CHECK(places == std::vector<std::pair<std::uint32_t, std::uint64_t>>{{0, 1ull << 34}, {1, 20}});

  const auto from = [&](std::uint32_t first, std::uint64_t at, std::size_t most) {
    places.clear();
    const auto count = ledger->captures_from(
        first, at, most, [&](std::uint32_t segment, std::uint64_t offset, const CaptureEntry&) {
          places.emplace_back(segment, offset);
        });
    REQUIRE(count);
    CHECK(*count == places.size());
    return places;
  };
  CHECK(from(0, 0, 2).size() == 2);
  CHECK(from(0, 0, 1) == std::vector<std::pair<std::uint32_t, std::uint64_t>>{{0, 1ull << 34}});
  CHECK(from(0, (1ull << 34) + 1, 9) ==
        std::vector<std::pair<std::uint32_t, std::uint64_t>>{{1, 20}});
  CHECK(from(1, 20, 9).size() == 1);
  CHECK(from(1, 21, 9).empty());
}

TEST_CASE("what was not committed is not there, what was is there after the process was killed") {
  TempDir folder;
  ledger_in(folder);
  {
    auto ledger = opened(folder.path());
    LedgerBatch batch = ledger->batch();
    batch.put_host(0, {"a.test", "", 0s, kTime, 0s, 0, 0});
    commit(*ledger, std::move(batch));
    LedgerBatch lost = ledger->batch();
    lost.put_host(1, {"b.test", "", 0s, kTime, 0s, 0, 0});
    // The files as they are at this instant, without what a clean end does to them.
    std::filesystem::copy(folder.path(), folder.path() + "-killed",
                          std::filesystem::copy_options::recursive);
  }
  std::vector<HostId> hosts;
  {
    auto ledger = opened(folder.path() + "-killed");
    REQUIRE(ledger->each_host([&](HostId id, const HostEntry&) { hosts.push_back(id); }));
  }
  CHECK(hosts == std::vector<HostId>{0});
  std::filesystem::remove_all(folder.path() + "-killed");
}

TEST_CASE("a ledger is opened by one process, and read by others") {
  TempDir folder;
  ledger_in(folder);
  auto first = opened(folder.path());
  CHECK(Ledger::open(folder.path()).has_error());
  CHECK(Ledger::open(folder.path(), Ledger::Access::kReadOnly));
  CHECK(Ledger::create(folder.path()).has_error());
}

TEST_CASE("a directory without a ledger, or with damaged files, is an error that names it") {
  TempDir folder;
  const auto none = Ledger::open(folder.path() + "/none");
  REQUIRE(none.has_error());
  CHECK(none.error().context.find(folder.path()) != std::string::npos);

  ledger_in(folder);
  { auto ledger = opened(folder.path()); }  // its log becomes a table
  for (const auto& file : std::filesystem::directory_iterator(folder.path())) {
    if (file.path().extension() != ".sst") continue;
    const int descriptor = ::open(file.path().c_str(), O_WRONLY | O_CLOEXEC);
    REQUIRE(::pwrite(descriptor, "XXXXXXXX", 8, 0) == 8);
    ::close(descriptor);
  }
  const auto damaged = Ledger::open(folder.path());
  REQUIRE(damaged.has_error());
  CHECK(damaged.error().code == Errc::kInvalid);
}
