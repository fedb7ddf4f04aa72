// After a kill: files are cut to what the ledger says, damage is told before anything is touched.
#include "storage/recovery.h"

#include <boost/asio/io_context.hpp>
#include <filesystem>

#include "storage/committer.h"
#include "tests/catch.h"
#include "tests/storage/committing.h"
#include "tests/storage/files.h"
#include "tests/support/printing.h"

using namespace scraper;
using namespace scraper::storage;

namespace {

namespace fs = std::filesystem;

// OUT as a crawl has it, with these lengths committed.
struct Out {
  explicit Out(const std::vector<FileEntry>& files, std::uint64_t set_aside = 0,
               std::vector<DepthPatch> patches = {}) {
    for (const char* room : {"warc", "quarantine", "ledger", "lost"})
      fs::create_directories(path + "/" + room);
    auto made = Ledger::create(path + "/ledger");
    REQUIRE(made);
    ledger = std::move(*made);
    LedgerBatch batch = ledger->batch();
    for (const FileEntry& file : files) batch.put(file);
    batch.put_patches(patches);
    Books books;
    books.set_aside = set_aside;
    batch.put(books);
    commit(*ledger, std::move(batch));
  }

  TempDir folder;
  std::string path = folder.path();
  std::unique_ptr<Ledger> ledger;
};

}  // namespace

TEST_CASE("recovery cuts what is longer than the ledger says, and says by how much") {
  Out out({{"pages.jsonl", 4, 1}, {"warc/00000.warc", 3, 0}});
  write_file(out.path + "/pages.jsonl", "abc\nde");
  write_file(out.path + "/warc/00000.warc", "xyz");
  for (int again = 0; again < 2; ++again) {  // the second finds nothing to do
    const auto recovered = recover(out.path, *out.ledger, LedgerEnd::kThere);
    REQUIRE(recovered);
    CHECK(recovered->files.size() == 2);
    CHECK(recovered->told.size() == (again == 0 ? 1 : 0));
    if (again == 0)
      CHECK(recovered->told[0] == "pages.jsonl: 2 bytes written after the last barrier are cut");
    CHECK(read_file(out.path + "/pages.jsonl") == "abc\n");
    CHECK(read_file(out.path + "/warc/00000.warc") == "xyz");
  }
}

TEST_CASE("a file that is shorter than the ledger says is damage, and nothing is touched") {
  Out out({{"pages.jsonl", 4, 1}, {"warc/00000.warc", 3, 0}});
  write_file(out.path + "/pages.jsonl", "abc\nde");
  const bool is_missing = GENERATE(false, true);
  if (!is_missing) write_file(out.path + "/warc/00000.warc", "xy");
  const auto recovered = recover(out.path, *out.ledger, LedgerEnd::kThere);
  REQUIRE(recovered.has_error());
  CHECK(recovered.error().code == Errc::kFile);
  CHECK(recovered.error().context.find("warc/00000.warc is damaged: it has ") != std::string::npos);
  CHECK(recovered.error().context.find(", 3 were committed") != std::string::npos);
  CHECK(read_file(out.path + "/pages.jsonl") == "abc\nde");
}

TEST_CASE("a segment that was begun after the last barrier is emptied") {
  Out out({{"pages.jsonl", 0, 0}, {"warc/00000.warc", 3, 0}});
  write_file(out.path + "/pages.jsonl", "");
  write_file(out.path + "/warc/00000.warc", "xyz");
  write_file(out.path + "/warc/00001.warc", "new");
  const auto recovered = recover(out.path, *out.ledger, LedgerEnd::kThere);
  REQUIRE(recovered);
  REQUIRE(recovered->files.size() == 3);
  CHECK(recovered->files[2].name == "warc/00001.warc");
  CHECK(recovered->files[2].length == 0);
  CHECK(read_file(out.path + "/warc/00001.warc").empty());
}

TEST_CASE(
    "more than a barrier holds is no uncommitted end: it is moved to lost, under a name that is "
    "free") {
  Out out({{"pages.jsonl", 4, 1}, {"warc/00000.warc", 0, 0}});
  write_file(out.path + "/warc/00000.warc", "");
  write_file(out.path + "/lost/pages.jsonl.1", "older");
  write_file(out.path + "/pages.jsonl", "abc\n");
  fs::resize_file(out.path + "/pages.jsonl", kMostOfBarrier + 5);  // a hole, copied as zeros
  const auto recovered = recover(out.path, *out.ledger, LedgerEnd::kThere);
  REQUIRE(recovered);
  REQUIRE(recovered->told.size() == 1);
  CHECK(recovered->told[0].find("the ledger has lost its end") != std::string::npos);
  CHECK(read_file(out.path + "/pages.jsonl") == "abc\n");
  CHECK(fs::file_size(out.path + "/lost/pages.jsonl.2") == kMostOfBarrier + 1);
  CHECK(read_file(out.path + "/lost/pages.jsonl.1") == "older");
}

TEST_CASE("depth patches of the last barrier are written again") {
  Out out({{"pages.jsonl", 10, 1}}, 0, {{2, " 7"}});
  write_file(out.path + "/pages.jsonl", "d:12;....\n");
  REQUIRE(recover(out.path, *out.ledger, LedgerEnd::kThere));
  CHECK(read_file(out.path + "/pages.jsonl") == "d: 7;....\n");
}

TEST_CASE("documents set aside after the last barrier are forgotten: they will be again") {
  Out out({}, 1);
  for (const char* name : {"00000.json", "00001.json", "00002.json.part"})
    write_file(out.path + "/quarantine/" + name, "x");
  REQUIRE(recover(out.path, *out.ledger, LedgerEnd::kThere));
  CHECK(fs::exists(out.path + "/quarantine/00000.json"));
  CHECK_FALSE(fs::exists(out.path + "/quarantine/00001.json"));
  CHECK_FALSE(fs::exists(out.path + "/quarantine/00002.json.part"));
}

TEST_CASE("what is committed must be a regular file") {
  Out out({{"pages.jsonl", 0, 0}});
  fs::create_symlink("/dev/null", out.path + "/pages.jsonl");
  const auto recovered = recover(out.path, *out.ledger, LedgerEnd::kThere);
  REQUIRE(recovered.has_error());
  CHECK(recovered.error().context.find("no regular file") != std::string::npos);
}

TEST_CASE("a barrier that cannot be synced is told, and the ledger does not know of it") {
  Out out({});
  boost::asio::io_context io;
  auto committer = Committer::start(out.path, *out.ledger, io.get_executor());
  REQUIRE(committer);
  Barrier barrier{out.ledger->batch(), {"pages.jsonl"}, false, {}};  // there is no such file
  barrier.batch.put(FileEntry{"pages.jsonl", 5, 1});
  const auto done = (*committer)->finish(std::move(barrier));
  REQUIRE(done.has_error());
  CHECK(done.error().code == Errc::kFile);  // for good: want of room would be kExhausted
  CHECK(out.ledger->files().value().empty());
  CHECK((*committer)
            ->finish(Barrier{out.ledger->batch(), {}, false, {}})
            .has_error());  // nothing is believed any more
}
