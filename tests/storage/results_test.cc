#include "storage/results.h"

#include <sys/stat.h>
#include <unistd.h>

#include <boost/json.hpp>

#include "storage/committer.h"
#include "storage/page_json.h"
#include "tests/catch.h"
#include "tests/storage/captures.h"
#include "tests/storage/file_limit.h"
#include "tests/storage/files.h"
#include "tests/support/printing.h"

namespace scraper::storage {

namespace {

namespace json = boost::json;

// A record whose views point at literals.
PageRecord full_record() {
  PageRecord record;
  record.status = 200;
  record.decoded_size = 4'000;
  record.text_length = 1'200;
  record.content_type = "text/html";
  record.charset = "UTF-8";
  record.title = "Gr\xC3\xBC\xC3\x9F";
  record.description = "What it says";
  record.lang = "de";
  record.canonical = "http://site.test/canonical";
  record.base = "http://site.test/base/";
  record.robots = "noarchive";
  record.text = "visible";
  record.links = {{"http://site.test/a", {}, LinkKind::kPage, false},
                  {"http://site.test/b", {}, LinkKind::kFrame, true}};
  return record;
}

ResultLine line_of(const Capture& capture, const PageRecord* record) {
  ResultLine line;
  line.url = capture.url.href();
  line.state = "stored";
  line.capture = &capture;
  line.record = record;
  line.place = {1, 234, 567, 89};
  line.depth = 3;
  line.referrer = "http://site.test/";
  line.seed = "http://site.test/";
  line.attempts = 2;
  return line;
}

json::object parsed(const std::string& text) { return json::parse(text).as_object(); }

std::vector<std::string> keys_of(const json::object& object) {
  std::vector<std::string> keys;
  for (const auto& member : object) keys.emplace_back(member.key());
  return keys;
}

std::vector<std::string> lines_in(const std::string& path) {
  std::vector<std::string> lines;
  std::istringstream in(read_file(path));
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

RenderedLine line_at_depth(unsigned depth) {
  static const Capture capture = answer("x", "body");
  ResultLine line = line_of(capture, nullptr);
  line.depth = depth;
  return render(line);
}

}  // namespace

TEST_CASE("a line says all there is to say about a page") {
  Capture capture = answer("a", "0123456789");
  const PageRecord record = full_record();
  const json::object line = parsed(render(line_of(capture, &record)).text);
  const json::value expected = {{"url", "http://site.test/a"},
                                {"state", "stored"},
                                {"status", 200},
                                {"content_type", "text/html"},
                                {"charset", "UTF-8"},
                                {"title", "Gr\xC3\xBC\xC3\x9F"},
                                {"description", "What it says"},
                                {"lang", "de"},
                                {"canonical", "http://site.test/canonical"},
                                {"base", "http://site.test/base/"},
                                {"robots", "noarchive"},
                                {"location", nullptr},
                                {"digest", scraper::to_string(sha256("0123456789"))},
                                {"size", 10},
                                {"decoded_size", 4'000},
                                {"text_length", 1'200},
                                {"truncated", false},
                                {"fault", nullptr},
                                {"links_count", 2},
                                {"links_cut", false},
                                {"links_too_long", 0},
                                {"error", nullptr},
                                {"duplicate_of", nullptr},
                                {"depth", 3},
                                {"referrer", "http://site.test/"},
                                {"seed", "http://site.test/"},
                                {"tag", nullptr},
                                {"attempts", 2},
                                {"fetched_at", "2026-03-01T12:00:00.123456Z"},
                                {"duration_ms", 12.345},
                                {"first_byte_ms", 1.5},
                                {"remote_address", "127.0.0.1"},
                                {"protocol", "http/1.1"},
                                {"segment", "00001.warc"},
                                {"offset", 234},
                                {"length", 567},
                                {"crc32c", 89}};
  CHECK(line == expected.as_object());
  CHECK(keys_of(line) == keys_of(expected.as_object()));
}

TEST_CASE("every line has the same keys in the same order") {
  const Capture good = answer("a", "x");
  const Capture bad = no_answer("b", FetchError::kTimeout);
  PageRecord record = full_record();
  record.fault = PageFault::kTooDeep;
  ResultLine failed = line_of(bad, nullptr);
  failed.state = "failed";
  failed.error = "timeout";
  failed.place = {};
  failed.referrer = "";
  ResultLine duplicate = line_of(good, &record);
  duplicate.state = "duplicate";
  duplicate.duplicate_of = "http://site.test/c";
  duplicate.tag = "news";
  const json::object a = parsed(render(line_of(good, &record)).text);
  const json::object b = parsed(render(failed).text);
  const json::object c = parsed(render(duplicate).text);
  CHECK(keys_of(a) == keys_of(b));
  CHECK(keys_of(a) == keys_of(c));
  CHECK(b.at("error") == "timeout");
  for (const char* key : {"status", "digest", "size", "decoded_size", "links_count", "segment",
                          "offset", "length", "crc32c", "referrer"}) {
    INFO(key);
    CHECK(b.at(key).is_null());
  }
  CHECK(c.at("fault") == "too deep");
  CHECK(c.at("duplicate_of") == "http://site.test/c");
  CHECK(c.at("tag") == "news");
}

TEST_CASE("links and text are there when asked for") {
  const Capture capture = answer("a", "x");
  const PageRecord record = full_record();
  ResultLine line = line_of(capture, &record);
  CHECK(!parsed(render(line).text).contains("links"));
  CHECK(!parsed(render(line).text).contains("text"));
  line.wants_links = line.wants_text = true;
  const json::object both = parsed(render(line).text);
  const json::value links = {
      {{"url", "http://site.test/a"}, {"kind", "page"}, {"nofollow", false}},
      {{"url", "http://site.test/b"}, {"kind", "frame"}, {"nofollow", true}}};
  CHECK(both.at("links") == links);
  CHECK(both.at("text") == "visible");
  line.record = nullptr;
  const json::object none = parsed(render(line).text);
  CHECK(none.at("links").is_null());
  CHECK(none.at("text").is_null());
}

TEST_CASE("what a page says cannot end a line or leave its string") {
  const Capture capture = answer("a", "x");
  PageRecord record = full_record();
  record.title = "a\n\"},{\x1b[31m\xE2\x80\xA8\xFF";
  const std::string line = render(line_of(capture, &record)).text;
  CHECK(std::none_of(line.begin(), line.end(),
                     [](unsigned char c) { return c < 0x20 || c >= 0x80; }) == false);
  CHECK(std::none_of(line.begin(), line.end(), [](unsigned char c) { return c < 0x20; }));
  CHECK(parsed(line).at("title") == "a\n\"},{\x1b[31m\xE2\x80\xA8\xEF\xBF\xBD");
}

TEST_CASE("JSON of another writer gets the same escapes and stays what it says") {
  const std::string plain = R"({"a":"<b>&\\u0041\\\"","n":[1E0,null]})";
  const std::string hostile =
      "{\"a\":\"\x7F\xC2\x9B\xE2\x80\xAE\xE2\x80\xA8\xEF\xBB\xBF\xC3\xA4\"}";
  CHECK(parsed(with_escapes(plain)) == parsed(plain));
  CHECK(with_escapes(plain).find_first_of("<>&") == std::string::npos);
  CHECK(parsed(with_escapes(hostile)) == parsed(hostile));
  CHECK(with_escapes(hostile) == "{\"a\":\"\\u007f\\u009b\\u202e\\u2028\\ufeff\xC3\xA4\"}");
  CHECK(with_escapes("[\"\xFF\"]") == "[\"\xEF\xBF\xBD\"]");
}

TEST_CASE("depth_at is where the digits of the depth stand") {
  for (const unsigned depth : {0u, 7u, 10u, 123'456u}) {
    const RenderedLine line = line_at_depth(depth);
    CHECK(line.text.substr(line.depth_at - 8, 8) == "\"depth\":");
    CHECK(line.text.compare(line.depth_at, std::to_string(depth).size() + 1,
                            std::to_string(depth) + ",") == 0);
  }
}

TEST_CASE("a line made again has the white space that a lowered depth left") {
  const Capture capture = answer("x", "body");
  ResultLine line = line_of(capture, nullptr);
  line.depth_width = 3;
  CHECK(render(line).text.find("\"depth\":  3,") != std::string::npos);
  line.depth_width = 1;
  CHECK(render(line).text.find("\"depth\":3,") != std::string::npos);
}

TEST_CASE("fetch and extract print one object with the page's members and its links") {
  const Capture capture = answer("a", "0123456789");
  const PageRecord record = full_record();
  const std::string text = to_json_page(capture, &record, "", true);
  CHECK(text.find('\n') == text.npos);
  CHECK(keys_of(parsed(text)) ==
        std::vector<std::string>{
            "url",       "status",         "content_type", "charset",   "title",    "description",
            "lang",      "canonical",      "base",         "robots",    "location", "digest",
            "size",      "decoded_size",   "text_length",  "truncated", "fault",    "links_count",
            "links_cut", "links_too_long", "error",        "links",     "text"});
  CHECK(!parsed(to_json_page(capture, &record, "", false)).contains("text"));
  const Capture bad = no_answer("b", FetchError::kConnect);
  const json::object failed = parsed(to_json_page(bad, nullptr, "connect", false));
  CHECK(failed.at("error") == "connect");
  CHECK(failed.at("links").is_null());
}

TEST_CASE("lines reach the file when flushed, whole") {
  const TempDir out;
  const std::string path = out / "pages.jsonl";
  auto results = Results::open(path);
  REQUIRE(results);
  struct stat s {};
  REQUIRE(stat(path.c_str(), &s) == 0);
  CHECK((s.st_mode & 0777) == 0600);
  const RenderedLine line = line_at_depth(2);
  (*results)->append(line, 2);
  (*results)->append(line, 2);
  CHECK(read_file(path).empty());
  REQUIRE((*results)->flush());
  CHECK(read_file(path) == line.text + "\n" + line.text + "\n");
  CHECK((*results)->lines() == 2);
  CHECK((*results)->bytes() == read_file(path).size());
}

TEST_CASE("it is time to flush when enough has gathered") {
  const TempDir out;
  auto results = Results::open(out / "pages.jsonl");
  const RenderedLine line = line_at_depth(2);
  for (std::size_t bytes = 0; bytes < LineFile::kBuffer; bytes += line.text.size() + 1) {
    CHECK(!(*results)->is_due());
    (*results)->append(line, 2);
  }
  CHECK((*results)->is_due());
  REQUIRE((*results)->flush());
  CHECK(!(*results)->is_due());
  CHECK(read_file(out / "pages.jsonl").size() >= LineFile::kBuffer);
}

TEST_CASE("an existing file is never written over, nor a link followed") {
  const TempDir out;
  write_file(out / "there", "somebody's");
  CHECK(Results::open(out / "there").error().code == Errc::kFile);
  CHECK(read_file(out / "there") == "somebody's");
  REQUIRE(symlink((out / "nowhere").c_str(), (out / "link").c_str()) == 0);
  CHECK(!Results::open(out / "link"));
  CHECK(!exists(out / "nowhere"));
}

TEST_CASE("a depth is lowered in place, in the buffer and in the file, and the line stays JSON") {
  const TempDir out;
  const std::string path = out / "pages.jsonl";
  auto results = Results::open(path);
  const auto before = (*results)->append(line_at_depth(7), 7);
  const auto wide = (*results)->append(line_at_depth(12), 12);
  const auto buffered = (*results)->append(line_at_depth(1'000), 1'000);
  REQUIRE((*results)->lower_depth(buffered, 42));
  REQUIRE((*results)->flush());
  const auto later = (*results)->append(line_at_depth(11), 11);
  REQUIRE((*results)->lower_depth(before, 0));
  REQUIRE((*results)->lower_depth(wide, 3));
  REQUIRE((*results)->lower_depth(later, 10));
  REQUIRE((*results)->lower_depth(wide, 2));
  REQUIRE((*results)->flush());
  const auto lines = lines_in(path);
  REQUIRE(lines.size() == 4);
  CHECK(parsed(lines[0]).at("depth") == 0);
  CHECK(parsed(lines[1]).at("depth") == 2);
  CHECK(parsed(lines[2]).at("depth") == 42);
  CHECK(parsed(lines[3]).at("depth") == 10);
  CHECK(lines[1].find("\"depth\": 2,") != std::string::npos);
}

TEST_CASE("a depth in a committed line is kept back as a patch, above it is written at once") {
  const TempDir out;
  const std::string path = out / "pages.jsonl";
  auto results = Results::open(path);
  const auto first = (*results)->append(line_at_depth(12), 12);
  const auto second = (*results)->append(line_at_depth(7), 7);
  REQUIRE((*results)->flush());
  (*results)->committed((*results)->bytes());
  const auto above = (*results)->append(line_at_depth(9), 9);
  const std::string before = read_file(path);
  REQUIRE((*results)->lower_depth(second, 6));
  REQUIRE((*results)->lower_depth(first, 11));
  REQUIRE((*results)->lower_depth(first, 3));
  REQUIRE((*results)->lower_depth(above, 8));
  REQUIRE((*results)->flush());
  CHECK(read_file(path) == before + line_at_depth(8).text + "\n");
  const auto patches = (*results)->take_patches();
  CHECK(patches == std::vector<DepthPatch>{{first.offset, " 3"}, {second.offset, "6"}});
  CHECK((*results)->take_patches().empty());
  // What is lowered while these wait is a patch again, and the later one counts.
  REQUIRE((*results)->lower_depth(first, 1));
  for (int times = 0; times < 2; ++times) {
    REQUIRE(apply_patches(out.path(), patches));
    const auto lines = lines_in(path);
    REQUIRE(lines.size() == 3);
    CHECK(parsed(lines[0]).at("depth") == 3);
    CHECK(parsed(lines[1]).at("depth") == 6);
    CHECK(parsed(lines[2]).at("depth") == 8);
  }
  REQUIRE(apply_patches(out.path(), (*results)->take_patches()));
  CHECK(parsed(lines_in(path)[0]).at("depth") == 1);
}

TEST_CASE("patches are applied after a kill, whether or not they were before") {
  const TempDir out;
  const std::string path = out / "pages.jsonl";
  const RenderedLine line = line_at_depth(12);
  const std::uint64_t length = 2 * (line.text.size() + 1);
  const std::vector<DepthPatch> patches = {{line.depth_at, " 2"},
                                           {line.text.size() + 1 + line.depth_at, " 3"}};
  write_file(path, line.text + "\n" + line.text + "\ntorn");
  for (int times = 0; times < 2; ++times) {
    auto results = Results::resume(path, length, 2);
    REQUIRE(results);
    (*results)->committed(length);
    REQUIRE(apply_patches(out.path(), patches));
    const auto lines = lines_in(path);
    REQUIRE(lines.size() == 2);
    CHECK(parsed(lines[0]).at("depth") == 2);
    CHECK(parsed(lines[1]).at("depth") == 3);
  }
}

TEST_CASE("a patch that is none of the file's is an error, and no other is applied with it") {
  const TempDir out;
  const std::string path = out / "pages.jsonl";
  const std::string bytes = line_at_depth(12).text + "\n";
  const std::size_t at = line_at_depth(12).depth_at;
  write_file(path, bytes);
  auto results = Results::resume(path, bytes.size(), 1);
  REQUIRE(results);
  for (const DepthPatch& bad : {DepthPatch{bytes.size() - 1, "1"}, DepthPatch{bytes.size(), "1"},
                                DepthPatch{~0ull, "1"}, DepthPatch{at, ""}, DepthPatch{at, "x"},
                                DepthPatch{0, std::string(bytes.size() + 1, '1')}}) {
    CHECK(apply_patches(out.path(), {{at, "11"}, bad}).error().code == Errc::kFile);
  }
  CHECK(read_file(path) == bytes);
}

TEST_CASE("lines are gone on with where the file was good, whatever is past that") {
  const TempDir out;
  const std::string path = out / "pages.jsonl";
  const std::string line = line_at_depth(2).text + "\n";
  for (const std::string& tail :
       {std::string(), line, line.substr(0, 9), std::string(70'000, '\0')}) {
    write_file(path, line + line + tail);
    auto results = Results::resume(path, 2 * line.size(), 2);
    REQUIRE(results);
    CHECK(read_file(path) == line + line);
    CHECK((*results)->lines() == 2);
    CHECK((*results)->bytes() == 2 * line.size());
    const auto place = (*results)->append(line_at_depth(7), 7);
    CHECK(place.offset == 2 * line.size() + line_at_depth(7).depth_at);
    REQUIRE((*results)->flush());
    CHECK(read_file(path) == line + line + line_at_depth(7).text + "\n");
    CHECK((*results)->lines() == 3);
  }
}

TEST_CASE("a file of which nothing is known is made or emptied") {
  const TempDir out;
  const std::string path = out / "pages.jsonl";
  for (const char* before : {"", "torn"}) {
    if (*before != '\0') write_file(path, before);
    auto file = LineFile::resume(path, 0, 0);
    REQUIRE(file);
    (*file)->append("a");
    REQUIRE((*file)->flush());
    CHECK(read_file(path) == "a\n");
  }
}

TEST_CASE(
    "a file of lines that is shorter than it was is damage, told with both lengths and left as it "
    "is") {
  const TempDir out;
  const std::string path = out / "pages.jsonl";
  CHECK(Results::resume(path, 1, 1).error().code == Errc::kFile);
  CHECK(!exists(path));
  write_file(path, "{}\n{}");
  const auto short_one = Results::resume(path, 6, 2);
  REQUIRE(!short_one);
  CHECK(short_one.error().code == Errc::kFile);
  CHECK(short_one.error().context == path + " is damaged: it has 5 bytes and should have 6");
  CHECK(read_file(path) == "{}\n{}");
}

TEST_CASE("no link is followed and nothing but a file of lines is gone on with") {
  const TempDir out;
  write_file(out / "target", "somebody's");
  REQUIRE(symlink((out / "target").c_str(), (out / "link").c_str()) == 0);
  REQUIRE(mkfifo((out / "fifo").c_str(), 0600) == 0);
  REQUIRE(mkdir((out / "folder").c_str(), 0700) == 0);
  for (const char* name : {"link", "fifo", "folder"}) {
    for (const std::uint64_t length : {0u, 4u})
      CHECK(Results::resume(out / name, length, 1).error().code == Errc::kFile);
  }
  CHECK(read_file(out / "target") == "somebody's");
}

TEST_CASE("a flush that fails leaves whole lines in the file and loses none") {
  const TempDir out;
  const std::string path = out / "pages.jsonl";
  auto results = Results::open(path);
  const RenderedLine line = line_at_depth(5);
  std::vector<Results::DepthPlace> places;
  for (int i = 0; i < 10; ++i) places.push_back((*results)->append(line, 5));
  const std::size_t size = line.text.size() + 1;
  {
    const FileLimit full(3 * size + size / 2);
    CHECK((*results)->flush().error().code == Errc::kFile);
    CHECK(read_file(path).size() == 3 * size);
    CHECK(!(*results)->flush());
    CHECK(read_file(path).size() == 3 * size);
    // Lines keep their places: what is in the file and what still waits.
    REQUIRE((*results)->lower_depth(places[2], 1));
    REQUIRE((*results)->lower_depth(places[3], 2));
  }
  REQUIRE((*results)->flush());
  const auto lines = lines_in(path);
  REQUIRE(lines.size() == 10);
  for (int i = 0; i < 10; ++i)
    CHECK(parsed(lines[static_cast<std::size_t>(i)]).at("depth") == (i == 2 ? 1 : i == 3 ? 2 : 5));
}

TEST_CASE("lines that cannot be written gather past a full buffer") {
  const TempDir out;
  auto results = Results::open(out / "pages.jsonl");
  const RenderedLine line = line_at_depth(5);
  {
    const FileLimit full(0);
    while (!(*results)->is_due()) (*results)->append(line, 5);
    CHECK(!(*results)->flush());
    (*results)->append(line, 5);
  }
  const auto lines = (*results)->lines();
  REQUIRE((*results)->flush());
  CHECK(lines_in(out / "pages.jsonl").size() == lines);
}

}  // namespace scraper::storage
