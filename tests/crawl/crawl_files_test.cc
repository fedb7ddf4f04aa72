#include "scraper/crawl/crawl_files.h"

#include <sys/stat.h>

#include "base/file.h"
#include "scraper/config/effective.h"
#include "scraper/config/seed_list.h"
#include "tests/catch.h"
#include "tests/support/folder.h"

namespace scraper {
using test::Folder;
namespace {

CrawlOptions some_crawl(const std::string& out) {
  CrawlOptions options;
  options.output = out;
  options.seeds.push_back(cli::parse_seed("example.com\ttag=x").value());
  return options;
}

std::string text_of(const std::string& path) { return read_file(path, 1u << 20).value(); }

unsigned mode_of(const std::string& path) {
  struct stat s {};
  REQUIRE(stat(path.c_str(), &s) == 0);
  return s.st_mode & 0777;
}

}  // namespace

TEST_CASE("a new crawl writes what it was asked, for its user alone") {
  const Folder folder;
  const CrawlOptions options = some_crawl(folder.path(""));
  const auto begun = begin_or_compare(folder.path(""), false, options, cli::to_toml(options));
  REQUIRE(begun.has_value());
  CHECK_FALSE(begun->has_value());
  CHECK(text_of(folder.path("crawl.toml")) == cli::to_toml(options));
  CHECK(text_of(folder.path("seeds.txt")) == "https://example.com/\ttag=x\n");
  CHECK(mode_of(folder.path("crawl.toml")) == 0600);
  CHECK(mode_of(folder.path("seeds.txt")) == 0600);
  CHECK_FALSE(begin_or_compare(folder.path(""), false, options, "")
                  .has_value());  // nothing is written over
}

TEST_CASE(
    "a crawl that is gone on with is compared, and its options are replaced only when told to") {
  const Folder folder;
  CrawlOptions options = some_crawl(folder.path(""));
  const std::string before = cli::to_toml(options);
  REQUIRE(begin_or_compare(folder.path(""), false, options, before).has_value());
  options.depth = 9;
  const auto changes = begin_or_compare(folder.path(""), true, options, cli::to_toml(options));
  REQUIRE(changes.has_value());
  REQUIRE(changes->has_value());
  CHECK((*changes)->old_depth == 5u);
  CHECK(text_of(folder.path("crawl.toml")) == before);
  folder.file("crawl.toml.new", "of one that was killed");
  REQUIRE(keep_options(folder.path(""), cli::to_toml(options)).has_value());
  CHECK(text_of(folder.path("crawl.toml")) == cli::to_toml(options));
  CHECK(mode_of(folder.path("crawl.toml")) == 0600);
  CHECK_FALSE(std::filesystem::exists(folder.path("crawl.toml.new")));
  CHECK(changes_since(folder.path(""), options)->told.empty());
  options.scope = Scope::kAny;
  const auto refused = begin_or_compare(folder.path(""), true, options, cli::to_toml(options));
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().code == Errc::kUsage);
}

TEST_CASE("a crawl that lost a file of its own says which") {
  const Folder folder;
  const CrawlOptions options = some_crawl(folder.path(""));
  CHECK(changes_since(folder.path(""), options).error().context.find("crawl.toml") !=
        std::string::npos);
  folder.file("crawl.toml", "");
  CHECK(changes_since(folder.path(""), options).error().context.find("seeds.txt") !=
        std::string::npos);
}

TEST_CASE("only a directory with a ledger can be gone on with") {
  const Folder folder;
  CHECK(check_resumable(folder.path("none")).error().context ==
        "--resume: " + folder.path("none") + " holds no crawl to go on with");
  folder.file("crawl.toml", "");
  CHECK(check_resumable(folder.path("")).error().context.find("without a ledger") !=
        std::string::npos);
  std::filesystem::create_directory(folder.path("ledger"));
  folder.file("ledger/CURRENT", "");
  CHECK(check_resumable(folder.path("")).has_value());
}

TEST_CASE("the command that goes on with a crawl is one for a shell anywhere") {
  CrawlOptions options;
  options.output = "/data/my crawl's/out/";
  CHECK(resume_command(options) == own_path() + " crawl --resume '/data/my crawl'\\''s/out'");
  options.output = "./out";
  CHECK(resume_command(options) ==
        own_path() + " crawl --resume " + std::filesystem::current_path().string() + "/out");
}

}  // namespace scraper
