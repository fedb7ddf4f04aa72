#include "storage/output_directory.h"

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/catch.h"
#include "tests/storage/files.h"
#include "tests/support/printing.h"

namespace scraper::storage {

namespace {

using Names = std::set<std::string>;

Result<std::unique_ptr<OutputDirectory>> prepare(const std::string& path, bool is_fresh = false) {
  return OutputDirectory::prepare(path, is_fresh);
}

// Root may write anywhere: where the tests run as root, files are touched as nobody while this
// lives.
class Unprivileged {
 public:
  Unprivileged() : is_root_(geteuid() == 0) {
    if (is_root_) REQUIRE(seteuid(65'534) == 0);
  }
  Unprivileged(const Unprivileged&) = delete;
  Unprivileged& operator=(const Unprivileged&) = delete;
  ~Unprivileged() {
    if (is_root_ && seteuid(0) != 0) std::abort();
  }

 private:
  bool is_root_;
};

unsigned mode_of(const std::string& path) {
  struct stat s {};
  REQUIRE(stat(path.c_str(), &s) == 0);
  return s.st_mode & 0777;
}

// What a crawl leaves behind.
void make_crawl(const std::string& path) {
  REQUIRE(prepare(path));
  for (const char* name :
       {"crawl.toml", "pages.jsonl", "pages-00001.jsonl", "report.json", "warc/00000.warc",
        "warc/00001.warc", "quarantine/00000.json", "quarantine/00001.json.part"}) {
    write_file(path + "/" + name, "old");
  }
}

// The same, with a ledger: it can be gone on with.
void make_crawl_with_ledger(const std::string& path) {
  make_crawl(path);
  for (const char* name :
       {"seeds.txt", "sitemaps.jsonl", "ledger/CURRENT", "ledger/IDENTITY", "ledger/LOCK",
        "ledger/LOG", "ledger/LOG.old.1764000000", "ledger/MANIFEST-000005",
        "ledger/OPTIONS-000007", "ledger/OPTIONS-000008.dbtmp", "ledger/000009.sst",
        "ledger/000004.log", "ledger/000010.dbtmp", "ledger/000011.blob", "lost/00000.warc.1",
        "lost/pages.jsonl.2", "lost/seeds.txt.13"}) {
    write_file(path + "/" + name, "old");
  }
}

using Contents = OutputDirectory::Contents;

std::string refusal(const std::string& path, bool is_fresh = false) {
  const auto prepared = prepare(path, is_fresh);
  REQUIRE(!prepared);
  CHECK(prepared.error().code == Errc::kFile);
  CHECK(prepared.error().context.find('\n') == std::string::npos);
  return prepared.error().context;
}

}  // namespace

TEST_CASE("a new output directory is ours alone and has its rooms") {
  const TempDir here;
  const std::string out = here / "a/b/out";
  {
    auto prepared = prepare(out + "//");
    REQUIRE(prepared);
    CHECK((*prepared)->path() == out);
    CHECK((*prepared)->warc() == out + "/warc");
    CHECK(names_in(out) == Names{"crawl.lock", "ledger", "lost", "quarantine", "warc"});
    CHECK_FALSE((*prepared)->has_crawl());
    for (const char* name : {"", "/warc", "/quarantine", "/ledger", "/lost"})
      CHECK(mode_of(out + name) == 0700);
  }
  CHECK(names_in(out) == Names{"ledger", "lost", "quarantine", "warc"});
}

TEST_CASE("an empty directory that is already there will do") {
  const TempDir here;
  CHECK(prepare(here.path()));
}

TEST_CASE("a directory with a crawl but no ledger is refused with the ways on, untouched") {
  const TempDir here;
  const std::string out = here / "out";
  make_crawl(out);
  const Names before = names_in(out);
  const std::string message = refusal(out);
  CHECK(message == out +
                       " holds an earlier crawl without a ledger, which cannot be gone on with: "
                       "--fresh removes it and starts over, "
                       "-o DIR takes another directory");
  CHECK(OutputDirectory::check(out, false).error().context == message);
  CHECK(names_in(out) == before);
  CHECK(read_file(out + "/pages.jsonl") == "old");
}

TEST_CASE("option --fresh removes what a crawl wrote and nothing else is there then") {
  const TempDir here;
  const std::string out = here / "out";
  make_crawl(out);
  write_file(out + "/crawl.lock", "99999\n");  // of a crawl that was killed
  auto prepared = prepare(out, true);
  REQUIRE(prepared);
  CHECK(names_in(out) == Names{"crawl.lock", "ledger", "lost", "quarantine", "warc"});
  CHECK(names_in(out + "/warc").empty());
  CHECK(names_in(out + "/quarantine").empty());
  CHECK(read_file(out + "/crawl.lock") == std::to_string(getpid()) + "\n");
}

TEST_CASE("what no crawl wrote is never touched, --fresh or not") {
  const TempDir here;
  const TempDir elsewhere;
  struct Case {
    const char* name;
    enum { kFile, kDirectory, kLink } type;
  };
  const Case cases[] = {
      {"notes.txt", Case::kFile},
      {"pages-1.jsonl", Case::kFile},
      {"pages-0000x.jsonl", Case::kFile},
      {"crawl.toml~", Case::kFile},
      {"seeds.txt.new", Case::kFile},
      {"ledger/notes", Case::kFile},
      {"ledger/LOG.old", Case::kFile},
      {"ledger/LOG.old.x", Case::kFile},
      {"ledger/.sst", Case::kFile},
      {"ledger/000001.sst.bak", Case::kFile},
      {"ledger/CURRENT.dbtmp", Case::kFile},
      {"ledger/000001.sst", Case::kDirectory},
      {"ledger/MANIFEST-000001", Case::kLink},
      {"lost/pages.jsonl", Case::kFile},
      {"lost/notes.txt.1", Case::kFile},
      {"lost/00000.warc.", Case::kFile},
      {"lost/00000.warc.1a", Case::kFile},
      {"lost/00000.warc.1", Case::kLink},
      {"warc/readme", Case::kFile},
      {"warc/00002.warc.gz", Case::kFile},
      {"warc/0002.warc", Case::kFile},
      {"quarantine/x.json", Case::kFile},
      {".git", Case::kDirectory},
      {"warc/00002.warc", Case::kDirectory},
      {"pages-00002.jsonl", Case::kDirectory},
      {"pages-00002.jsonl", Case::kLink},
      {"warc/00002.warc", Case::kLink},
      {"quarantine/00002.json", Case::kLink},
  };
  int number = 0;
  for (const Case& c : cases) {
    INFO(c.name);
    const std::string out = here / std::to_string(number++);
    make_crawl(out);
    const std::string stranger = out + "/" + c.name;
    if (c.type == Case::kFile) write_file(stranger, "mine");
    if (c.type == Case::kDirectory) mkdir(stranger.c_str(), 0700);
    if (c.type == Case::kLink) REQUIRE(symlink(elsewhere.path().c_str(), stranger.c_str()) == 0);
    for (const bool is_fresh : {true, false}) {
      const std::string message = refusal(out, is_fresh);
      if (is_fresh) CHECK(message.find(std::string("(") + c.name + ")") != std::string::npos);
    }
    CHECK(exists(stranger));
    for (const char* name : {"crawl.toml", "pages.jsonl", "warc/00000.warc", "warc/00001.warc",
                             "quarantine/00000.json"}) {
      CHECK(read_file(out + "/" + name) == "old");
    }
  }
  CHECK(names_in(elsewhere.path()).empty());
}

TEST_CASE("a link in place of a room is not followed") {
  const TempDir here;
  const TempDir elsewhere;
  write_file(elsewhere / "00000.warc", "precious");
  const std::string out = here / "out";
  mkdir(out.c_str(), 0700);
  REQUIRE(symlink(elsewhere.path().c_str(), (out + "/warc").c_str()) == 0);
  CHECK(refusal(out, true).find("(warc)") != std::string::npos);
  CHECK(read_file(elsewhere / "00000.warc") == "precious");
}

TEST_CASE("an output directory that is a link, a file, or below a file is refused in words") {
  const TempDir here;
  mkdir((here / "real").c_str(), 0700);
  REQUIRE(symlink((here / "real").c_str(), (here / "link").c_str()) == 0);
  write_file(here / "file", "x");
  CHECK(refusal(here / "link") ==
        here / "link is a symbolic link: give -o the directory it leads to");
  CHECK(refusal(here / "link/") ==
        here / "link is a symbolic link: give -o the directory it leads to");
  CHECK(refusal(here / "file") == here / "file is no directory: give another one with -o DIR");
  CHECK(refusal(here / "file/out") ==
        "cannot create the output directory " + (here / "file/out") + ": Not a directory");
  CHECK(refusal("") == "the output directory's name is empty: give one with -o DIR");
  CHECK(names_in(here / "real").empty());
}

TEST_CASE("directories that were made on the way to an error are gone") {
  const TempDir here;
  CHECK(refusal(here / ("a/b/" + std::string(300, 'x'))).find("File name too long") !=
        std::string::npos);
  CHECK(names_in(here.path()).empty());
}

TEST_CASE("a directory in which nothing can be made is refused and stays as it was") {
  const TempDir here;
  chmod(here.path().c_str(), 0755);
  mkdir((here / "theirs").c_str(), 0555);
  const Unprivileged nobody;
  CHECK(refusal(here / "theirs/out").find("Permission denied") != std::string::npos);
  CHECK(refusal(here / "theirs").find("theirs/warc: Permission denied") != std::string::npos);
  CHECK(names_in(here / "theirs").empty());
}

TEST_CASE("a second crawl in the same directory is told which process has it") {
  const TempDir here;
  const std::string out = here / "out";
  auto first = prepare(out);
  REQUIRE(first);
  for (const bool is_fresh : {false, true}) {
    const auto second = prepare(out, is_fresh);
    REQUIRE(!second);
    CHECK(second.error().code == Errc::kInUse);
    CHECK(second.error().context == out + " is in use by a running crawl (process " +
                                        std::to_string(getpid()) +
                                        "): wait for its end or choose another with -o DIR");
  }
  CHECK(names_in(out) == Names{"crawl.lock", "ledger", "lost", "quarantine", "warc"});
  first->reset();
  auto next = prepare(out);  // nothing was begun there
  REQUIRE(next);
  CHECK_FALSE((*next)->has_crawl());
}

TEST_CASE("a crawl that was killed holds no lock") {
  const TempDir here;
  const std::string out = here / "out";
  const pid_t child = fork();
  if (child == 0) {
    const auto prepared = OutputDirectory::prepare(out, false);
    _exit(prepared ? 0 : 1);  // no destructor runs
  }
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  REQUIRE(status == 0);
  CHECK(exists(out + "/crawl.lock"));
  CHECK(prepare(out, true));
}

TEST_CASE("a start that was given up leaves nothing") {
  const TempDir here;
  {
    auto prepared = prepare(here / "a/out");
    REQUIRE(prepared);
    write_file(here / "a/out/pages.jsonl", "");
    write_file(here / "a/out/warc/00000.warc", "x");
    (*prepared)->discard();
  }
  CHECK(names_in(here.path()).empty());
  mkdir((here / "was-there").c_str(), 0700);
  {
    auto prepared = prepare(here / "was-there");
    REQUIRE(prepared);
    (*prepared)->discard();
  }
  CHECK(names_in(here.path()) == Names{"was-there"});
  CHECK(names_in(here / "was-there").empty());
}

TEST_CASE(
    "a crawl with a ledger is taken as it is, whatever else lies there, and its missing rooms are "
    "made") {
  const TempDir here;
  const std::string out = here / "out";
  make_crawl_with_ledger(out);
  write_file(out + "/notes.txt", "mine");
  REQUIRE(std::filesystem::remove_all(out + "/lost") > 0);
  const Names before = names_in(out + "/ledger");
  CHECK(OutputDirectory::check(out, false).value() == Contents::kCrawl);
  CHECK_FALSE(exists(out + "/lost"));
  {
    auto prepared = prepare(out);
    REQUIRE(prepared);
    CHECK((*prepared)->has_crawl());
    CHECK(names_in(out + "/ledger") == before);
    CHECK(names_in(out + "/warc") == Names{"00000.warc", "00001.warc"});
    CHECK(names_in(out + "/lost").empty());
    CHECK(mode_of(out + "/lost") == 0700);
    CHECK(read_file(out + "/pages.jsonl") == "old");
    CHECK(read_file(out + "/notes.txt") == "mine");
    CHECK(prepare(out).error().code == Errc::kInUse);
  }
  CHECK_FALSE(exists(out + "/crawl.lock"));
  CHECK(prepare(out));
}

TEST_CASE("of a crawl that was to be gone on with, giving up removes nothing") {
  const TempDir here;
  const std::string out = here / "out";
  make_crawl_with_ledger(out);
  std::filesystem::remove_all(out + "/lost");
  const Names before = names_in(out);
  {
    auto prepared = prepare(out);
    REQUIRE(prepared);
    (*prepared)->discard();
  }
  CHECK(names_in(out) == before);
  CHECK(names_in(out + "/ledger").size() == 12);
  CHECK(read_file(out + "/warc/00001.warc") == "old");
}

TEST_CASE("option --fresh removes a crawl with its ledger") {
  const TempDir here;
  const std::string out = here / "out";
  make_crawl_with_ledger(out);
  for (const char* name : {"crawl.toml.new", "report.json.new"})
    write_file(out + "/" + name, "torn");
  CHECK(OutputDirectory::check(out, true).value() == Contents::kNothing);
  auto prepared = prepare(out, true);
  REQUIRE(prepared);
  CHECK_FALSE((*prepared)->has_crawl());
  CHECK(names_in(out) == Names{"crawl.lock", "ledger", "lost", "quarantine", "warc"});
  CHECK(names_in(out + "/ledger").empty());
  CHECK(names_in(out + "/lost").empty());
}

TEST_CASE("a link where a room or a file of ours has its place stops a crawl from going on") {
  const TempDir here;
  const TempDir elsewhere;
  for (const char* name : {"warc", "quarantine", "lost", "pages.jsonl", "seeds.txt"}) {
    const std::string out = here / (std::string("of-") + name);
    make_crawl_with_ledger(out);
    std::filesystem::remove_all(out + "/" + name);
    REQUIRE(symlink(elsewhere.path().c_str(), (out + "/" + name).c_str()) == 0);
    CHECK(refusal(out).find("(" + std::string(name) + ")") != std::string::npos);
    CHECK(OutputDirectory::check(out, false).error().context == refusal(out));
    CHECK(read_file(out + "/ledger/CURRENT") == "old");
  }
  // A ledger behind a link is no ledger.
  const std::string out = here / "out";
  make_crawl(out);
  write_file(elsewhere / "CURRENT", "old");
  rmdir((out + "/ledger").c_str());
  REQUIRE(symlink(elsewhere.path().c_str(), (out + "/ledger").c_str()) == 0);
  CHECK(refusal(out).find("(ledger)") != std::string::npos);
}

TEST_CASE("a list of seeds that is somebody's own is no crawl's") {
  const TempDir here;
  write_file(here / "seeds.txt", "mine");
  for (const bool is_fresh : {false, true})
    CHECK(refusal(here.path(), is_fresh).find("(seeds.txt)") != std::string::npos);
  CHECK(read_file(here / "seeds.txt") == "mine");
  write_file(here / "crawl.toml", "");
  CHECK(prepare(here.path(), true));
  CHECK_FALSE(exists(here / "seeds.txt"));
}

TEST_CASE("what is not there and what is empty would be made into a new crawl") {
  const TempDir here;
  CHECK(OutputDirectory::check(here / "none", false).value() == Contents::kNothing);
  CHECK(OutputDirectory::check(here.path(), false).value() == Contents::kNothing);
  CHECK_FALSE(exists(here / "none"));
}

}  // namespace scraper::storage
