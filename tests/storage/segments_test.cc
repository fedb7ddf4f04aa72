#include "storage/segments.h"

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <exception>
#include <memory>
#include <optional>

#include "base/crc32c.h"
#include "base/rethrow.h"
#include "storage/segment_writer.h"
#include "tests/catch.h"
#include "tests/storage/captures.h"
#include "tests/storage/file_limit.h"
#include "tests/storage/files.h"
#include "tests/storage/warc_reader.h"
#include "tests/support/printing.h"

namespace scraper::storage {

namespace {

namespace asio = boost::asio;
using Places = std::vector<Result<Place>>;

SegmentOptions options_for(const std::string& directory) {
  SegmentOptions options;
  options.directory = directory;
  options.software = "scraper/test";
  options.about = {{"robots", "obey"}};
  return options;
}

asio::awaitable<void> append_one(Segments& segments, Capture capture, Places& places,
                                 std::size_t index, std::vector<std::size_t>* order) {
  const Result<Appended> appended = co_await segments.append(std::move(capture));
  places[index] = appended ? Result<Place>(appended->place) : Result<Place>(appended.error());
  if (order != nullptr) order->push_back(index);
}

asio::awaitable<void> append_and_count(Segments& segments, Capture capture, int& started) {
  ++started;
  co_await segments.append(std::move(capture));
}

// In the turn in which the next is appended.
asio::awaitable<void> rotate_and_append_one(Segments& segments, Capture capture, Places& places,
                                            std::size_t index) {
  segments.rotate();
  co_await append_one(segments, std::move(capture), places, index, nullptr);
}

// Every capture in a coroutine of its own, all at once; runs until each has its place. The files
// part before every capture whose number is a multiple of `rotate_every`, if that is not 0.
Places append_all(Segments& segments, asio::io_context& owner, std::vector<Capture> captures,
                  std::vector<std::size_t>* order = nullptr, std::size_t rotate_every = 0) {
  Places places(captures.size(), Error{Errc::kOther, "never announced"});
  for (std::size_t i = 0; i < captures.size(); ++i) {
    auto one = rotate_every > 0 && i % rotate_every == 0
                   ? rotate_and_append_one(segments, std::move(captures[i]), places, i)
                   : append_one(segments, std::move(captures[i]), places, i, order);
    asio::co_spawn(owner, std::move(one), kRethrow);
    owner.poll_one();  // begins it
  }
  owner.restart();
  owner.run();
  return places;
}

std::unique_ptr<Segments> open_segments(const SegmentOptions& options, asio::io_context& owner) {
  auto opened = Segments::open(options, owner.get_executor());
  REQUIRE(opened);
  return std::move(*opened);
}

std::string bytes_at(const std::string& directory, const Place& place) {
  std::ifstream in(directory + "/" + segment_name(place.segment), std::ios::binary);
  in.seekg(static_cast<std::streamoff>(place.offset));
  std::string bytes(place.length, '\0');
  in.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  return bytes;
}

void check_place(const std::string& directory, const Place& place, const std::string& url,
                 const std::string& body) {
  const std::string bytes = bytes_at(directory, place);
  CHECK(crc32c(bytes) == place.crc32c);
  const auto records = read_warc(bytes);
  REQUIRE(records.size() == 1);
  CHECK(records[0].field("WARC-Target-URI") == url);
  if (records[0].field("WARC-Type") == "response") CHECK(records[0].http_body() == body);
}

// Makes the n-th capture's body big enough to see where a file ends.
std::vector<Capture> captures_of(std::size_t count, std::size_t body_size) {
  std::vector<Capture> captures;
  for (std::size_t i = 0; i < count; ++i)
    captures.push_back(
        answer(std::string("p").append(std::to_string(i)), std::string(body_size, 'x')));
  return captures;
}

std::vector<Entry> entries_of(std::size_t count, std::size_t body_size) {
  std::vector<Entry> entries;
  for (Capture& capture : captures_of(count, body_size))
    entries.push_back({std::move(capture), Keep::kNo});
  return entries;
}

asio::awaitable<void> append_keeping(Segments& segments, Capture capture, Keep keep,
                                     std::optional<Result<Appended>>& appended) {
  appended.emplace(co_await segments.append(std::move(capture), keep));
}

// One capture, by itself.
Appended appended(Segments& segments, asio::io_context& owner, Capture capture, Keep keep) {
  std::optional<Result<Appended>> result;
  asio::co_spawn(owner, append_keeping(segments, std::move(capture), keep, result), kRethrow);
  owner.restart();
  owner.run();
  REQUIRE(result);
  REQUIRE(*result);
  return std::move(**result);
}

}  // namespace

TEST_CASE("a new segment begins with a warcinfo that names file, software and crawl") {
  const TempDir out;
  asio::io_context owner;
  auto segments = open_segments(options_for(out.path()), owner);
  const auto records = read_warc(read_file(out / "00000.warc"));
  REQUIRE(records.size() == 1);
  CHECK(records[0].field("WARC-Type") == "warcinfo");
  CHECK(records[0].field("WARC-Filename") == "00000.warc");
  CHECK(records[0].block.substr(0, 59) ==
        "software: scraper/test\r\nformat: WARC File Format 1.1\r\nconfo");
  CHECK(records[0].block.find("\r\nrobots: obey\r\n") != std::string::npos);
  struct stat s {};
  REQUIRE(stat((out / "00000.warc").c_str(), &s) == 0);
  CHECK((s.st_mode & 0777) == 0600);
}

TEST_CASE("what captures bring is found again at the places announced") {
  const TempDir out;
  asio::io_context owner;
  SegmentOptions options = options_for(out.path());
  std::mt19937 random(20260301);
  std::vector<Capture> captures;
  std::vector<std::string> bodies;
  std::vector<std::string> urls;
  for (int i = 0; i < 200; ++i) {
    RandomCapture next = random_capture(random, i);
    urls.push_back(next.capture.url.href());
    captures.push_back(std::move(next.capture));
    bodies.push_back(std::move(next.body));
  }
  Places places;
  SegmentStats stats;
  {
    auto segments = open_segments(options, owner);
    places = append_all(*segments, owner, std::move(captures), nullptr, 70);
    stats = segments->stats();
  }
  std::uint32_t last = 0;
  for (std::size_t i = 0; i < places.size(); ++i) {
    REQUIRE(places[i]);
    check_place(out.path(), *places[i], urls[i], bodies[i]);
    last = places[i]->segment;
  }
  CHECK(last == 3);
  std::size_t records = 0;
  std::uint64_t bytes = 0;
  for (std::uint32_t n = 0; n <= last; ++n) {
    const std::string file = read_file(out / segment_name(n));
    const auto found = read_warc(file);
    CHECK(found.at(0).field("WARC-Type") == "warcinfo");
    for (const FoundRecord& record : found) {
      if (&record != &found[0])
        CHECK(record.field("WARC-Warcinfo-ID") == found[0].field("WARC-Record-ID"));
    }
    records += found.size();
    bytes += file.size();
  }
  CHECK(stats.records == records);
  CHECK(stats.bytes == bytes);
  CHECK(!exists(out / segment_name(last + 1)));
}

TEST_CASE("places come back in file order, which is the order of append") {
  const TempDir out;
  asio::io_context owner;
  SegmentOptions options = options_for(out.path());
  options.queue = 4;  // most of them wait on the owner's side
  auto segments = open_segments(options, owner);
  std::vector<std::size_t> order;
  const Places places = append_all(*segments, owner, captures_of(500, 100), &order);
  REQUIRE(order.size() == 500);
  for (std::size_t i = 0; i < 500; ++i) {
    CHECK(order[i] == i);
    if (i > 0) CHECK(places[i]->offset > places[i - 1]->offset);
  }
}

TEST_CASE(
    "a place can be read the moment it is announced, through a descriptor that cannot write") {
  const TempDir out;
  asio::io_context owner;
  auto segments = open_segments(options_for(out.path()), owner);
  const Places places = append_all(*segments, owner, captures_of(1, 10));
  auto file = segments->open_for_reading(0);
  REQUIRE(file);
  std::string bytes(places[0]->length, '\0');
  CHECK(pread(*file, bytes.data(), bytes.size(), static_cast<off_t>(places[0]->offset)) ==
        static_cast<ssize_t>(bytes.size()));
  CHECK(crc32c(bytes) == places[0]->crc32c);
  CHECK(write(*file, "x", 1) < 0);
  close(*file);
  CHECK(!segments->open_for_reading(1));
}

TEST_CASE(
    "bytes that are to be kept come back as they lie in the file, and the body is the one that was "
    "given") {
  const TempDir out;
  asio::io_context owner;
  auto segments = open_segments(options_for(out.path()), owner);
  Capture capture = answer("kept", std::string(50'000, 'k'));
  const std::shared_ptr<void> hold = std::make_shared<int>(1);
  capture.body.hold = hold;
  const char* const memory = capture.body.memory.data();
  const Appended kept = appended(*segments, owner, std::move(capture), Keep::kYes);
  REQUIRE(kept.bytes.is_there());
  CHECK(kept.bytes.head + kept.bytes.body.memory + "\r\n\r\n" == bytes_at(out.path(), kept.place));
  CHECK(kept.bytes.head.ends_with("\r\n\r\n"));
  CHECK(kept.bytes.body.memory.data() == memory);
  CHECK(kept.bytes.body.hold == hold);
  CHECK(crc32c(bytes_at(out.path(), kept.place)) == kept.place.crc32c);
}

TEST_CASE("bytes of any capture that come back are those of its place") {
  const TempDir out;
  asio::io_context owner;
  auto segments = open_segments(options_for(out.path()), owner);
  std::mt19937 random(20260302);
  std::size_t kept = 0;
  for (int i = 0; i < 100; ++i) {
    const Appended one = appended(*segments, owner, random_capture(random, i).capture, Keep::kYes);
    if (!one.bytes.is_there()) continue;
    ++kept;
    REQUIRE(one.bytes.head + one.bytes.body.memory + "\r\n\r\n" == bytes_at(out.path(), one.place));
  }
  CHECK(kept > 30);
}

TEST_CASE(
    "bytes do not come back when nobody asked, from a spool file, or of no answer, and what they "
    "held is given back") {
  const TempDir out;
  asio::io_context owner;
  auto segments = open_segments(options_for(out.path()), owner);
  std::weak_ptr<void> held;
  Capture capture = answer("dropped", "body");
  {
    const std::shared_ptr<void> hold = std::make_shared<int>(1);
    held = hold;
    capture.body.hold = hold;
  }
  CHECK_FALSE(appended(*segments, owner, std::move(capture), Keep::kNo).bytes.is_there());
  CHECK(held.expired());
  Capture spooled = answer("spooled", "in a file");
  spool(spooled);
  CHECK_FALSE(appended(*segments, owner, std::move(spooled), Keep::kYes).bytes.is_there());
  CHECK_FALSE(appended(*segments, owner, no_answer("failed", FetchError::kReset), Keep::kYes)
                  .bytes.is_there());
}

TEST_CASE("small captures share a write") {
  const TempDir out;
  SegmentOptions options = options_for(out.path());
  const int directory = open(out.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  {
    auto writer = SegmentWriter::open(options, directory);
    REQUIRE(writer);
    const auto before = (*writer)->counts().writes.load();
    CHECK((*writer)->write(entries_of(64, 1'000)).size() == 64);
    CHECK((*writer)->counts().writes - before == 1);
    // Past IOV_MAX parts it takes a few.
    CHECK((*writer)->write(entries_of(1'000, 1'000)).size() == 1'000);
    CHECK((*writer)->counts().writes - before <= 5);
  }
  close(directory);
  CHECK(read_warc(read_file(out / "00000.warc")).size() == 1 + 2 * 1'064);
}

TEST_CASE("told to, the next file is begun between captures, in the order of the calls") {
  const TempDir out;
  asio::io_context owner;
  SegmentOptions options = options_for(out.path());
  options.queue = 1;  // most wait on the owner's side, rotations too
  auto segments = open_segments(options, owner);
  const Places places = append_all(*segments, owner, captures_of(3, 10), nullptr, 1);
  for (std::uint32_t i = 0; i < 3; ++i) {
    CHECK(places[i]->segment == i + 1);  // 00000 has its warcinfo alone
    CHECK(read_warc(read_file(out / segment_name(i + 1))).size() == 3);
  }
}

TEST_CASE("a file is never left without being told, however long it is") {
  const TempDir out;
  asio::io_context owner;
  auto segments = open_segments(options_for(out.path()), owner);
  const Places places = append_all(*segments, owner, captures_of(20, 100'000));
  for (const auto& place : places) CHECK(place->segment == 0);
}

TEST_CASE("an answer says where its group ends, which is where the next begins") {
  const TempDir out;
  asio::io_context owner;
  auto segments = open_segments(options_for(out.path()), owner);
  std::mt19937 random(20260303);
  SegmentEnd end{0, read_file(out / "00000.warc").size()};
  for (int i = 0; i < 60; ++i) {
    if (i % 20 == 19) segments->rotate();
    const Appended one = appended(*segments, owner, random_capture(random, i).capture,
                                  i % 2 == 0 ? Keep::kYes : Keep::kNo);
    if (one.place.segment == end.segment) CHECK(one.place.offset == end.offset);
    CHECK(one.end.segment == one.place.segment);
    CHECK(one.end.offset == read_file(out / segment_name(one.end.segment)).size());
    end = one.end;
  }
  CHECK(end.segment == 3);
}

TEST_CASE("a file is gone on with where it was good, whatever is past that") {
  const TempDir out;
  asio::io_context owner;
  Appended kept;
  std::string warcinfo_id;
  {
    auto segments = open_segments(options_for(out.path()), owner);
    segments->rotate();
    kept = appended(*segments, owner, answer("kept", "body"), Keep::kNo);
    appended(*segments, owner, answer("lost", "body"), Keep::kNo);
  }
  const std::string whole = read_file(out / "00001.warc");
  const std::string good = whole.substr(0, kept.end.offset);
  warcinfo_id = read_warc(good).at(0).field("WARC-Record-ID");
  const std::string tails[] = {"", whole.substr(good.size()), whole.substr(good.size(), 77),
                               std::string(5'000, '\0')};
  for (const std::string& tail : tails) {
    write_file(out / "00001.warc", good + tail);
    SegmentOptions options = options_for(out.path());
    options.begin = kept.end;
    auto segments = open_segments(options, owner);
    CHECK(read_file(out / "00001.warc") == good);
    const Appended next = appended(*segments, owner, answer("next", "other"), Keep::kNo);
    CHECK(next.place.segment == 1);
    CHECK(next.place.offset == good.size());
    const std::string after = read_file(out / "00001.warc");
    CHECK(after.substr(0, good.size()) == good);
    const auto records = read_warc(after);
    REQUIRE(records.size() == 5);
    for (std::size_t i = 1; i < records.size(); ++i)
      CHECK(records[i].field("WARC-Warcinfo-ID") == warcinfo_id);
    segments->rotate();
    CHECK(appended(*segments, owner, answer("later", "x"), Keep::kNo).place.segment == 2);
    segments.reset();
    REQUIRE(unlink((out / "00002.warc").c_str()) == 0);
  }
}

TEST_CASE("at offset 0 a file is begun anew, there or not") {
  const TempDir out;
  asio::io_context owner;
  for (const std::uint32_t segment : {0u, 7u}) {
    for (const char* before : {"", "torn", "WARC/1.1\r\nWARC-Type: warcinfo\r\n"}) {
      const std::string path = out / segment_name(segment);
      if (*before != '\0') write_file(path, before);
      SegmentOptions options = options_for(out.path());
      options.begin = {segment, 0};
      auto segments = open_segments(options, owner);
      const Appended one = appended(*segments, owner, answer("x", "body"), Keep::kNo);
      CHECK(one.place.segment == segment);
      const auto records = read_warc(read_file(path));
      CHECK(records.size() == 3);
      CHECK(records[0].field("WARC-Filename") == segment_name(segment));
    }
  }
}

TEST_CASE("a file that is not what it should be is damage, told by its name and left as it is") {
  const TempDir out;
  asio::io_context owner;
  Appended one;
  {
    auto segments = open_segments(options_for(out.path()), owner);
    one = appended(*segments, owner, answer("x", "body"), Keep::kNo);
  }
  const std::string whole = read_file(out / "00000.warc");
  const auto warcinfo = read_warc(whole).at(0).length;
  struct Case {
    std::string bytes;
    std::uint64_t offset;
    const char* says;
  };
  std::string other_type = whole;
  other_type.replace(other_type.find("warcinfo"), 8, "metadata");
  const Case cases[] = {
      {whole.substr(0, whole.size() - 1), whole.size(), "00000.warc is damaged: it has "},
      {"", whole.size(), "00000.warc is damaged: it has 0 bytes"},
      {std::string(whole.size(), '\0'), whole.size(),
       "00000.warc is damaged at 0: no WARC/1.1 record begins here"},
      {"x" + whole, whole.size(), "00000.warc is damaged at 0: "},
      {other_type, whole.size(),
       "00000.warc is damaged: it does not begin with a whole warcinfo record"},
      {whole, warcinfo - 1,
       "00000.warc is damaged: it does not begin with a whole warcinfo record"},
      {whole, 20, "00000.warc is damaged at 0: a header without an end"},
  };
  for (const Case& c : cases) {
    INFO(c.says);
    write_file(out / "00000.warc", c.bytes);
    SegmentOptions options = options_for(out.path());
    options.begin = {0, c.offset};
    const auto opened = Segments::open(options, owner.get_executor());
    REQUIRE(!opened);
    CHECK(opened.error().code == Errc::kFile);
    CHECK(opened.error().context.find(c.says) != std::string::npos);
    CHECK(read_file(out / "00000.warc") == c.bytes);
  }
}

TEST_CASE("no link is followed and nothing but a file is gone on with") {
  const TempDir out;
  const TempDir elsewhere;
  asio::io_context owner;
  write_file(elsewhere / "target", std::string(1'000, 'x'));
  REQUIRE(symlink((elsewhere / "target").c_str(), (out / "00000.warc").c_str()) == 0);
  REQUIRE(mkdir((out / "00001.warc").c_str(), 0700) == 0);
  REQUIRE(mkfifo((out / "00002.warc").c_str(), 0600) == 0);
  for (const std::uint32_t segment : {0u, 1u, 2u, 3u}) {
    for (const std::uint64_t offset : {0u, 100u}) {
      if (segment == 3 && offset == 0) continue;  // is made
      SegmentOptions options = options_for(out.path());
      options.begin = {segment, offset};
      const auto opened = Segments::open(options, owner.get_executor());
      REQUIRE(!opened);
      CHECK(opened.error().code == Errc::kFile);
      CHECK(opened.error().context.find(segment_name(segment)) != std::string::npos);
    }
  }
  CHECK(read_file(elsewhere / "target") == std::string(1'000, 'x'));
  CHECK(names_in(out.path()) == std::set<std::string>{"00000.warc", "00001.warc", "00002.warc"});
}

TEST_CASE("a file that was there is not removed when its warcinfo cannot be written") {
  const TempDir out;
  asio::io_context owner;
  const FileLimit full(10);
  CHECK(!Segments::open(options_for(out.path()), owner.get_executor()));
  CHECK(!exists(out / "00000.warc"));
  write_file(out / "00000.warc", "torn");
  CHECK(!Segments::open(options_for(out.path()), owner.get_executor()));
  CHECK(exists(out / "00000.warc"));
}

TEST_CASE("when the next file cannot be made, what is written stays and the rest gets the error") {
  const TempDir out;
  asio::io_context owner;
  SegmentOptions options = options_for(out.path());
  write_file(out / "00001.warc", "somebody's");
  auto segments = open_segments(options, owner);
  const Places first = append_all(*segments, owner, captures_of(3, 1'000));
  CHECK(first.back());
  segments->rotate();
  Places places = append_all(*segments, owner, captures_of(7, 1'000));
  places.insert(places.begin(), first.begin(), first.end());
  CHECK(places.front());
  REQUIRE(!places.back());
  CHECK(places.back().error().code == Errc::kFile);
  CHECK(read_file(out / "00001.warc") == "somebody's");
  std::size_t good = 0;
  for (const auto& place : places) good += place.has_value();
  CHECK(read_warc(read_file(out / "00000.warc")).size() == 1 + 2 * good);
}

TEST_CASE(
    "a disk that fills up leaves whole captures, and every append after that gets the error") {
  const TempDir out;
  asio::io_context owner;
  for (const bool is_spooled : {false, true}) {
    const std::string directory = out / (is_spooled ? "spooled" : "memory");
    mkdir(directory.c_str(), 0700);
    auto segments = open_segments(options_for(directory), owner);
    std::vector<Capture> captures = captures_of(50, 10'000);
    if (is_spooled) {
      for (Capture& capture : captures) spool(capture);
    }
    Places places;
    {
      const FileLimit full(123'456);
      places = append_all(*segments, owner, std::move(captures));
    }
    std::size_t good = 0;
    while (good < places.size() && places[good]) ++good;
    CHECK(good >= 10);
    CHECK(good < 12);
    for (std::size_t i = good; i < places.size(); ++i) CHECK(!places[i]);
    const std::string file = read_file(directory + "/00000.warc");
    CHECK(read_warc(file).size() == 1 + 2 * good);  // nothing torn
    // There is room again, but what was lost once must not be followed by more.
    const Places later = append_all(*segments, owner, captures_of(2, 10));
    CHECK(later[0].error().context == places.back().error().context);
    CHECK(!later[1]);
    CHECK(read_file(directory + "/00000.warc") == file);
  }
}

TEST_CASE("a full file system is told as exhausted") {
  const TempDir out;
  if (mount("none", out.path().c_str(), "tmpfs", 0, "size=256k") != 0) {
    WARN("skipped: only root can mount a small file system");
    return;
  }
  {
    asio::io_context owner;
    auto segments = open_segments(options_for(out.path()), owner);
    const Places places = append_all(*segments, owner, captures_of(30, 20'000));
    CHECK(places.front());
    REQUIRE(!places.back());
    CHECK(places.back().error().code == Errc::kExhausted);
    std::size_t good = 0;
    for (const auto& place : places) good += place.has_value();
    CHECK(read_warc(read_file(out / "00000.warc")).size() == 1 + 2 * good);
  }
  umount(out.path().c_str());
}

TEST_CASE("a spool file shorter than its body is an error, not a hole in the archive") {
  const TempDir out;
  asio::io_context owner;
  auto segments = open_segments(options_for(out.path()), owner);
  Capture capture = answer("x", std::string(5'000, 'x'));
  spool(capture);
  REQUIRE(ftruncate(capture.body.spool.get(), 4'000) == 0);
  std::vector<Capture> captures = captures_of(1, 10);
  captures.push_back(std::move(capture));
  const Places places = append_all(*segments, owner, std::move(captures));
  CHECK(places[0]);
  REQUIRE(!places[1]);
  CHECK(places[1].error().context == "a spool file ends after 4000 of 5000 bytes");
  CHECK(read_warc(read_file(out / "00000.warc")).size() == 3);
}

TEST_CASE(
    "an earlier segment is never opened for writing, and a link in its place is not followed") {
  const TempDir out;
  const TempDir elsewhere;
  asio::io_context owner;
  REQUIRE(symlink((elsewhere / "target").c_str(), (out / "00000.warc").c_str()) == 0);
  const auto opened = Segments::open(options_for(out.path()), owner.get_executor());
  REQUIRE(!opened);
  CHECK(opened.error().code == Errc::kFile);
  CHECK(opened.error().context.find("00000.warc") != std::string::npos);
  CHECK(names_in(elsewhere.path()).empty());
  CHECK(!Segments::open(options_for(out / "missing"), owner.get_executor()));
}

TEST_CASE("is_full tells when captures or bytes wait, and clears when they are written") {
  const TempDir out;
  asio::io_context owner;
  SegmentOptions options = options_for(out.path());
  options.queue = 3;
  options.queue_bytes = 1'000;
  auto segments = open_segments(options, owner);
  Places places(3, Error{});
  std::vector<bool> full;
  const auto append_and_look = [&](std::size_t index, std::size_t size) {
    asio::co_spawn(
        owner, append_one(*segments, answer("x", std::string(size, 'x')), places, index, nullptr),
        kRethrow);
    owner.poll_one();  // begins the coroutine; places are taken by a later handler
    full.push_back(segments->is_full());
  };
  owner.restart();
  append_and_look(0, 1'000);
  owner.run();
  CHECK(!segments->is_full());
  owner.restart();
  for (std::size_t i = 0; i < 3; ++i) append_and_look(i, 1);
  owner.run();
  CHECK(full[0]);
  CHECK(!segments->is_full());
  for (const auto& place : places) CHECK(place);
}

TEST_CASE("what is queued when Segments goes is written all the same") {
  const TempDir out;
  asio::io_context owner;
  SegmentOptions options = options_for(out.path());
  options.queue = 2;
  auto segments = open_segments(options, owner);
  int started = 0;
  for (Capture& capture : captures_of(20, 100)) {
    asio::co_spawn(owner, append_and_count(*segments, std::move(capture), started),
                   [](std::exception_ptr) {});
  }
  while (started < 20) owner.run_one();
  segments.reset();
  const auto records = read_warc(read_file(out / "00000.warc"));
  CHECK(records.size() == 41);
}

}  // namespace scraper::storage
