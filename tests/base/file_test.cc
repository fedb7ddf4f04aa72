#include "base/file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "base/descriptor.h"
#include "tests/catch.h"
#include "tests/support/folder.h"
#include "tests/support/printing.h"

using namespace scraper;

namespace {

bool is_open(int number) { return ::fcntl(number, F_GETFD) >= 0; }

}  // namespace

TEST_CASE("a descriptor is closed by its last owner, once") {
  int number = -1;
  {
    Descriptor first(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    REQUIRE(first);
    number = first.get();
    Descriptor second(std::move(first));
    CHECK_FALSE(first);
    CHECK(second.get() == number);
    first = std::move(second);
    CHECK(first.get() == number);
    CHECK(is_open(number));
  }
  CHECK_FALSE(is_open(number));
  Descriptor given(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  number = given.release();
  given.reset();
  CHECK(is_open(number));
  ::close(number);
}

TEST_CASE("a new file is written whole, and never over one that is there") {
  const test::Folder folder;
  const std::string path = folder.path("a");
  REQUIRE(write_new_file(path, "first"));
  const auto again = write_new_file(path, "second");
  REQUIRE_FALSE(again);
  CHECK(again.error().context == "cannot create " + path + ": File exists");
  CHECK(read_file(path, 100).value() == "first");
  REQUIRE(replace_file(path, "second"));
  CHECK(read_file(path, 6).value() == "second");
  CHECK_FALSE(read_file(path, 5));
  CHECK_FALSE(read_file(folder.path("."), 100));
}

TEST_CASE("bytes that cannot all be written are an error with its reason") {
  const Descriptor full(::open("/dev/full", O_WRONLY | O_CLOEXEC));
  REQUIRE(full);
  CHECK(write_all(full.get(), ""));
  CHECK_FALSE(write_all(full.get(), "x"));
  CHECK(errno == ENOSPC);
}

TEST_CASE("files, directories and names are synced, and what cannot be counts as synced") {
  const test::Folder folder;
  const std::string path = folder.file("a", "text");
  CHECK(sync_file(path));
  CHECK(sync_directory(folder.path(".")));
  CHECK(sync_name(path));
  CHECK(sync_file("/dev/null"));  // EINVAL
  const auto missing = sync_file(folder.path("b"), Errc::kFile);
  REQUIRE_FALSE(missing);
  CHECK(missing.error().code == Errc::kFile);
  const auto bad = sync(-1, "nowhere");
  REQUIRE_FALSE(bad);
  CHECK(bad.error().context == "cannot sync nowhere: Bad file descriptor");
}
