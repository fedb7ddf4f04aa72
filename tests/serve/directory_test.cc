#include "scraper/serve/directory.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "tests/catch.h"

using namespace scraper;
using namespace scraper::serve;
namespace fs = std::filesystem;

namespace {

// A tree of its own for each test, beside a file that must not be had.
class Tree {
 public:
  Tree() {
    std::string name = (fs::temp_directory_path() / "scraper-serve-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    root_ = name;
    fs::create_directories(root_ / "public" / "sub");
    write("secret.txt", "secret");
    write("public/a.txt", "alpha");
    write("public/sub/page.html", "<p>page");
  }
  Tree(const Tree&) = delete;
  Tree& operator=(const Tree&) = delete;
  ~Tree() { fs::remove_all(root_); }

  void write(const std::string& name, const std::string& text) const {
    std::ofstream(root_ / name) << text;
  }
  fs::path path(const std::string& name) const { return root_ / name; }
  Directory open() const { return std::move(Directory::open((root_ / "public").string()).value()); }

 private:
  fs::path root_;
};

std::string content(const Reply& reply) {
  if (!reply.file) return reply.body;
  std::string text(reply.file_size, '\0');
  REQUIRE(::pread(reply.file.get(), text.data(), text.size(), 0) ==
          static_cast<ssize_t>(text.size()));
  return text;
}

Reply get(const Directory& directory, std::string target) {
  return directory.answer({"GET", "localhost", std::move(target)});
}

std::string header(const Reply& reply, std::string_view name) {
  for (const auto& [key, value] : reply.headers) {
    if (key == name) return value;
  }
  return {};
}

}  // namespace

TEST_CASE("files are served with their type, whatever the query") {
  const Tree tree;
  const Directory directory = tree.open();
  const Reply reply = get(directory, "/a.txt?x=/../y");
  CHECK(reply.status == 200);
  CHECK(content(reply) == "alpha");
  CHECK(header(reply, "Content-Type") == "text/plain");
  CHECK(content(get(directory, "/sub/page.html")) == "<p>page");
  CHECK(content(get(directory, "/%61.txt")) == "alpha");
}

TEST_CASE("nothing outside the directory, hidden or special can be had") {
  const Tree tree;
  tree.write("public/.hidden", "hidden");
  fs::create_directory(tree.path("public/.git"));
  tree.write("public/.git/config", "config");
  fs::create_symlink(tree.path("secret.txt"), tree.path("public/link.txt"));
  fs::create_directory_symlink(tree.path(""), tree.path("public/up"));
  REQUIRE(::mkfifo(tree.path("public/pipe").c_str(), 0600) == 0);
  const Directory directory = tree.open();
  for (const char* target : {"/../secret.txt",
                             "/sub/../../secret.txt",
                             "/%2e%2e/secret.txt",
                             "/..%2fsecret.txt",
                             "/%2e%2e%2fsecret.txt",
                             "//secret.txt",
                             "/sub/..",
                             "/.hidden",
                             "/.git/config",
                             "/%2egit/config",
                             "/link.txt",
                             "/up/secret.txt",
                             "/up/",
                             "/up",
                             "/pipe",
                             "/a.txt/",
                             "/a.txt/x",
                             "/a.txt%00.html",
                             "/%",
                             "/%zz",
                             "/nothing",
                             "",
                             "a.txt",
                             "*",
                             "http://localhost/a.txt",
                             "/./a.txt",
                             "/sub//page.html"}) {
    CAPTURE(target);
    const Reply reply = get(directory, target);
    CHECK(reply.status == 404);
    CHECK(content(reply).find("secret") == std::string::npos);
  }
}

TEST_CASE("a directory without its slash redirects, to itself and to no other host") {
  const Tree tree;
  const Directory directory = tree.open();
  const Reply reply = get(directory, "/sub");
  CHECK(reply.status == 301);
  CHECK(header(reply, "Location") == "/sub/");
  fs::create_directory(tree.path("public/\\evil.example"));
  CHECK(header(get(directory, "/%5Cevil.example"), "Location") == "/%5Cevil.example/");
}

TEST_CASE("a listing shows what is served, escaped") {
  const Tree tree;
  tree.write("public/<b> & \"c\".txt", "x");
  tree.write("public/.hidden", "hidden");
  tree.write("public/50%.txt", "half");
  fs::create_symlink(tree.path("secret.txt"), tree.path("public/link.txt"));
  const Directory directory = tree.open();
  const std::string listing = content(get(directory, "/"));
  CHECK(listing.find("<a href=\"./a.txt\">a.txt</a>") != std::string::npos);
  CHECK(listing.find("<a href=\"./sub/\">sub/</a>") != std::string::npos);
  CHECK(listing.find(
            "<a href=\"./%3Cb%3E%20%26%20%22c%22.txt\">&lt;b&gt; &amp; &quot;c&quot;.txt</a>") !=
        std::string::npos);
  CHECK(listing.find("hidden") == std::string::npos);
  CHECK(listing.find("link.txt") == std::string::npos);
  CHECK(content(get(directory, "/50%25.txt")) == "half");
}

TEST_CASE("index.html stands for its directory") {
  const Tree tree;
  tree.write("public/sub/index.html", "<p>index");
  const Directory directory = tree.open();
  CHECK(content(get(directory, "/sub/")) == "<p>index");
  CHECK(header(get(directory, "/sub/"), "Content-Type") == "text/html");
}

TEST_CASE("a directory that is none is an error that names it") {
  const auto directory = Directory::open("/nonexistent/place");
  REQUIRE(!directory);
  CHECK(directory.error().code == Errc::kFile);
  CHECK(directory.error().context ==
        "cannot open directory /nonexistent/place: No such file or directory");
}

TEST_CASE("content types go by the ending") {
  CHECK(content_type_of("a.HTML") == "text/html");
  CHECK(content_type_of("a.tar.gz") == "application/gzip");
  CHECK(content_type_of("html") == "application/octet-stream");
  CHECK(content_type_of("a.b") == "application/octet-stream");
  CHECK(content_type_of("") == "application/octet-stream");
}
