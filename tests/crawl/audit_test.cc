// `scraper audit`: one crawl that has met a bit of everything, copied and damaged in one place at a
// time; each damage is found. And no false alarm: both engines here, killed and resumed crawls in
// kill_test.cc. AUDITS=50 crawl_test "[audit]" for more clean ones.
#include <rocksdb/db.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <sstream>

#include "storage/ledger.h"
#include "tests/catch.h"
#include "tests/crawl/site.h"
#include "tests/storage/committing.h"
#include "tests/support/bomb.h"
#include "tests/support/graph.h"

using namespace scraper;
using namespace scraper::test;
namespace fs = std::filesystem;
namespace st = scraper::storage;

namespace {

Ended audit(const std::string& directory, bool with_bodies = true) {
  std::vector<std::string> words = {"audit", directory};
  if (!with_bodies) words.push_back("--no-closure");
  return run_program(words, "", {kLowCpuLimit});
}

void serve_all(TestServer& server) {
  server.on("/front", [](const Request&) {
    return html(
        "<title>front</title><a href=/a>a</a><a href=/b>b</a><a href=/hop>r</a><a "
        "href=/missing>m</a><a href=/private/x>p</a>"
        "<a href=/drop>d</a><a href=/bomb>q</a><a href=/again>g</a><a "
        "href=http://elsewhere.test/>e</a><a href=/z>z</a>");
  });
  server.on("/a", [](const Request&) {
    return html("<title>alpha</title><p>words of a</p><a href=/b>b</a><a href=/c>c</a>");
  });
  server.on("/b", [](const Request&) {
    return html("<title>betas</title><p>words of b</p><a href=/c>c</a>");
  });
  server.on("/c", [](const Request&) {
    return html("<title>gamma</title><a href=http://last.test/>l</a>");
  });
  server.on("/z", [](const Request&) { return html("<title>omega</title>"); });
  server.on("/listed", [](const Request&) { return html("<title>listed</title>"); });
  server.on("/hop", [](const Request&) { return redirect(302, "/a"); });
  server.on("/bomb", [body = bomb()](const Request&) { return html(body); });
  server.on("/again", [asked = 0](const Request&) mutable {
    return ++asked == 1 ? reply(503, "Retry-After: 0\r\n", "later") : html("<title>again</title>");
  });
  server.on("/map.txt", [url = server.url("/listed")](const Request&) {
    return reply(200, "Content-Type: text/plain\r\n", url + "\n");
  });
  server.set_robots(
      "", "User-agent: *\nDisallow: /private/\nSitemap: " + server.url("/map.txt") + "\n");
}

// A copy of the crawl, and what can be done to it.
class Copy {
 public:
  explicit Copy(const std::string& from) { fs::copy(from, path(""), fs::copy_options::recursive); }

  std::string path(const std::string& name) const { return folder_.path("out/" + name); }
  std::string read(const std::string& name) const {
    std::ostringstream bytes;
    bytes << std::ifstream(path(name), std::ios::binary).rdbuf();
    return bytes.str();
  }
  void write(const std::string& name, const std::string& bytes) const {
    std::ofstream(path(name), std::ios::binary) << bytes;
  }

  // The first `from` behind `after` becomes `to`.
  void replace(const std::string& name, const std::string& after, const std::string& from,
               const std::string& to) const {
    std::string bytes = read(name);
    const auto start = bytes.find(after);
    REQUIRE(start != bytes.npos);
    const auto at = bytes.find(from, start);
    REQUIRE(at != bytes.npos);
    write(name, bytes.replace(at, from.size(), to));
  }
  // Of the last file of the ledger with this in its name one byte in the middle.
  void flip_in_ledger(const std::string& what) const {
    const std::string name = "ledger/" + ledger_file(what);
    std::string bytes = read(name);
    bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 1);
    write(name, bytes);
  }
  std::string ledger_file(const std::string& what) const {
    std::string last;
    for (const auto& entry : fs::directory_iterator(path("ledger"))) {
      const std::string name = entry.path().filename();
      if (name.find(what) != name.npos && entry.file_size() > 0) last = std::max(last, name);
    }
    REQUIRE(!last.empty());
    return last;
  }

  void change(const std::function<void(st::Ledger&, st::LedgerBatch&)>& fill) const {
    const auto ledger = st::Ledger::open(path("ledger"));
    REQUIRE(ledger);
    st::LedgerBatch batch = (*ledger)->batch();
    fill(**ledger, batch);
    st::commit(**ledger, std::move(batch));
  }

  // The row of `space` at this key, or with `last` the last one.
  void remove_row(const std::string& space, const std::string& key) const {
    rocksdb::DB* opened = nullptr;
    std::vector<rocksdb::ColumnFamilyDescriptor> spaces;
    for (const char* name : {"default", "urls", "states", "links", "captures", "places"})
      spaces.emplace_back(name, rocksdb::ColumnFamilyOptions());
    std::vector<rocksdb::ColumnFamilyHandle*> handles;
    REQUIRE(
        rocksdb::DB::Open(rocksdb::DBOptions(), path("ledger"), spaces, &handles, &opened).ok());
    const std::unique_ptr<rocksdb::DB> db(opened);
    for (rocksdb::ColumnFamilyHandle* handle : handles) {
      if (handle->GetName() == space) CHECK(db->Delete(rocksdb::WriteOptions(), handle, key).ok());
      db->DestroyColumnFamilyHandle(handle);
    }
  }

 private:
  Folder folder_;
};

std::string number_key(std::uint64_t number, std::size_t size = 8) {
  std::string key;
  for (std::size_t i = size; i-- > 0;) key.push_back(static_cast<char>(number >> (8 * i)));
  return key;
}

// ---- rows of the crawl

struct Rows {
  std::map<std::string, st::UrlId> ids;
  std::map<st::UrlId, std::pair<std::uint32_t, std::uint64_t>> captures;  // the last of each page

  explicit Rows(const std::string& directory) {
    const auto ledger = st::Ledger::open(directory + "/ledger", st::Ledger::Access::kReadOnly);
    REQUIRE(ledger);
    REQUIRE((*ledger)->each_url(
        [&](st::UrlId id, const st::UrlEntry& entry) { ids[path_of(entry.url)] = id; }));
    REQUIRE((*ledger)->each_capture(
        [&](std::uint32_t segment, std::uint64_t offset, const st::CaptureEntry& entry) {
          if (entry.kind == st::LeaseKind::kPage) captures[entry.number] = {segment, offset};
        }));
  }
  static std::string path_of(std::string_view url) {
    return std::string(url.substr(url.find('/', 8))) +
           (url.find(".test") != url.npos ? std::string(url.substr(7, 4)) : "");
  }
  st::UrlId id(const std::string& path) const {
    REQUIRE(ids.contains(path));
    return ids.at(path);
  }
  std::string capture_key(const std::string& path) const {
    const auto [segment, offset] = captures.at(id(path));
    return number_key(segment, 4) + number_key(offset);
  }
};

using Change = std::function<void(const Copy&, const Rows&)>;

struct Damage {
  std::string name;
  std::string kind;  // a finding of it there has to be
  Change change;
  bool needs_bodies = false;
};

// ---- what a row can have wrong

Change url_row(const std::string& path, const std::function<void(st::UrlEntry&)>& edit) {
  return [=](const Copy& copy, const Rows& rows) {
    copy.change([&](st::Ledger& ledger, st::LedgerBatch& batch) {
      REQUIRE(ledger.url_entry(rows.id(path), [&](const st::UrlEntry& entry) {
        st::UrlEntry changed = entry;
        edit(changed);
        batch.put_url(rows.id(path), changed);
      }));
    });
  };
}

Change state_row(const std::string& path, const std::function<void(st::StateEntry&)>& edit) {
  return [=](const Copy& copy, const Rows& rows) {
    copy.change([&](st::Ledger& ledger, st::LedgerBatch& batch) {
      REQUIRE(ledger.state_entry(rows.id(path), [&](const st::StateEntry& entry) {
        st::StateEntry changed = entry;
        edit(changed);
        batch.put_state(rows.id(path), changed);
      }));
    });
  };
}

Change capture_row(const std::string& path, const std::function<void(st::CaptureEntry&)>& edit) {
  return [=](const Copy& copy, const Rows& rows) {
    copy.change([&](st::Ledger& ledger, st::LedgerBatch& batch) {
      const auto [segment, offset] = rows.captures.at(rows.id(path));
      REQUIRE(ledger.captures_from(
          segment, offset, 1,
          [&](std::uint32_t at, std::uint64_t begin, const st::CaptureEntry& entry) {
            st::CaptureEntry changed = entry;
            edit(changed);
            batch.put_capture(at, begin, changed);
          }));
    });
  };
}

Change books(const std::function<void(st::Books&)>& edit) {
  return [=](const Copy& copy, const Rows&) {
    copy.change([&](st::Ledger& ledger, st::LedgerBatch& batch) {
      st::Books changed = ledger.books().value();
      edit(changed);
      batch.put(changed);
    });
  };
}

Change row_gone(const std::string& space, const std::function<std::string(const Rows&)>& key) {
  return [=](const Copy& copy, const Rows& rows) { copy.remove_row(space, key(rows)); };
}

Change row_gone(const std::string& space, const std::string& key) {
  return [=](const Copy& copy, const Rows&) { copy.remove_row(space, key); };
}

// ---- what a file can have wrong

constexpr const char* kWarc = "warc/00000.warc";
constexpr const char* kPages = "pages.jsonl";

// In the response record of /a, which lies behind its target's URL; `after` moves on from there.
Change archive(const std::string& path, const std::string& from, const std::string& to) {
  return [=](const Copy& copy, const Rows& rows) {
    std::string bytes = copy.read(kWarc);
    const auto at = bytes.find(from, rows.captures.at(rows.id(path)).second);
    REQUIRE(at != bytes.npos);
    copy.write(kWarc, bytes.replace(at, from.size(), to));
  };
}

Change line(const std::string& path, const std::string& from, const std::string& to) {
  return
      [=](const Copy& copy, const Rows&) { copy.replace(kPages, path + "\",\"state\"", from, to); };
}

Change file(const std::string& name, const std::function<std::string(std::string)>& edit) {
  return [=](const Copy& copy, const Rows&) { copy.write(name, edit(copy.read(name))); };
}

Change gone(const std::string& name) {
  return [=](const Copy& copy, const Rows&) { REQUIRE(fs::remove(copy.path(name))); };
}

Change added(const std::string& name, const std::string& bytes = "x") {
  return [=](const Copy& copy, const Rows&) { copy.write(name, bytes); };
}

// The digit behind `key` becomes another.
Change digit(const std::string& path, const std::string& key) {
  return [=](const Copy& copy, const Rows&) {
    std::string bytes = copy.read(kPages);
    const auto at = bytes.find(key, bytes.find(path + "\",\"state\"")) + key.size();
    REQUIRE(at < bytes.size());
    bytes[at] = bytes[at] == '7' ? '8' : '7';
    copy.write(kPages, bytes);
  };
}

std::vector<std::string> split_lines(const std::string& bytes) {
  std::vector<std::string> all;
  std::istringstream in(bytes);
  for (std::string one; std::getline(in, one);) all.push_back(one + "\n");
  return all;
}

Change lines(const std::function<void(std::vector<std::string>&)>& edit) {
  return file(kPages, [=](const std::string& bytes) {
    auto all = split_lines(bytes);
    edit(all);
    std::string out;
    for (const std::string& one : all) out += one;
    return out;
  });
}

// The records of a transfer, response and request, as bytes of the segment.
std::pair<std::size_t, std::size_t> extent(const std::string& bytes, const Rows& rows,
                                           const std::string& path) {
  const std::size_t begin = rows.captures.at(rows.id(path)).second;
  std::size_t end = bytes.find("\r\n\r\nWARC/1.1\r\nWARC-Type: request", begin);
  end = bytes.find("\r\n\r\nWARC/1.1\r\n", end + 4);
  return {begin, (end == bytes.npos ? bytes.size() : end + 4) - begin};
}

Change segment(const std::function<std::string(std::string, const Rows&)>& edit) {
  return
      [=](const Copy& copy, const Rows& rows) { copy.write(kWarc, edit(copy.read(kWarc), rows)); };
}

std::vector<Damage> of_archive() {
  return {
      {"a flipped byte in a record's type", "record", archive("/a", "response", "respomse")},
      {"another Content-Length", "record", archive("/a", "Content-Length: ", "Content-Length: 1")},
      {"another target", "capture", archive("/a", "/a\r\n", "/A\r\n")},
      {"a flipped byte in the digest's name", "record", archive("/a", "sha256:", "sha255:")},
      {"a control character in a header", "record",
       archive("/a", "WARC-Date: 2",
               "WARC-Date:\x01"
               "2")},
      {"another date", "capture", archive("/a", "WARC-Date: 2", "WARC-Date: 1")},
      {"a flipped byte in what is said of the transfer", "capture",
       archive("/a", "total-ns=", "total-ms=")},
      {"another status line", "capture", archive("/a", "HTTP/1.1 200", "HTTP/1.1 201")},
      {"a status line that is none", "record", archive("/a", "HTTP/1.1 200", "HTTQ/1.1 2x0")},
      {"a flipped byte in a field of the HTTP head", "capture",
       archive("/a", "Content-Type: text/html", "Content-Type: text/htmm")},
      {"a flipped byte in a body", "record", archive("/a", "words of a", "words of A")},
      {"a flipped byte in a title", "capture", archive("/a", "alpha", "alphb")},
      {"a flipped byte behind a block", "record",
       archive("/a", "\r\n\r\nWARC/1.1\r\nWARC-Type: request",
               "\r\n\r\x0bWARC/1.1\r\nWARC-Type: request")},
      {"a request record of another response", "record",
       archive("/a", "WARC-Concurrent-To: <urn:uuid:", "WARC-Concurrent-To: <urn:uuie:")},
      {"a request record of another URL", "record",
       archive("/a", "WARC-Type: request\r\nWARC-Record-ID: <",
               "WARC-Type: request\r\nWARC-Target-URI: <")},
      {"a request record of another type", "record",
       archive("/a", "WARC-Type: request", "WARC-Type: requesu")},
      {"another warcinfo", "record",
       [](const Copy& copy, const Rows&) {
         copy.replace(kWarc, "warcinfo", "urn:uuid:", "urn:uuie:");
       }},
      {"another file's name in the warcinfo", "record",
       [](const Copy& copy, const Rows&) {
         copy.replace(kWarc, "warcinfo", "00000.warc", "00001.warc");
       }},
      {"no warcinfo", "record",
       [](const Copy& copy, const Rows&) { copy.replace(kWarc, "WARC", "warcinfo", "metadata"); }},
  };
}

std::vector<Damage> of_segments() {
  return {
      {"another error of a transfer", "capture", archive("/drop", "error: reset", "error: proxy")},
      {"a flipped byte in the words of an error", "capture",
       archive("/drop", "error-detail: ", "error-detail; ")},
      {"a record removed", "capture", segment([](std::string bytes, const Rows& rows) {
         const auto [at, size] = extent(bytes, rows, "/a");
         return bytes.erase(at, size);
       })},
      {"a record doubled", "record", segment([](std::string bytes, const Rows& rows) {
         const auto [at, size] = extent(bytes, rows, "/a");
         return bytes.insert(at, bytes.substr(at, size));
       })},
      {"two bodies swapped", "record", segment([](std::string bytes, const Rows&) {
         std::swap(bytes[bytes.find("words of a") + 9], bytes[bytes.find("words of b") + 9]);
         return bytes;
       })},
      {"a request record removed", "capture", segment([](std::string bytes, const Rows& rows) {
         const auto [at, size] = extent(bytes, rows, "/a");
         const auto request = bytes.find("WARC/1.1\r\nWARC-Type: request", at);
         return bytes.erase(request, at + size - request);
       })},
      {"a segment cut by a byte", "file",
       file(kWarc, [](std::string bytes) { return bytes.substr(0, bytes.size() - 1); })},
      {"a segment cut in half", "file",
       file(kWarc, [](std::string bytes) { return bytes.substr(0, bytes.size() / 2); })},
      {"a segment extended", "file", file(kWarc, [](std::string bytes) { return bytes + "x"; })},
      {"an empty segment", "file", file(kWarc, [](const std::string&) { return std::string(); })},
      {"no segment", "file", gone(kWarc)},
      {"a link where the segment was", "file",
       [](const Copy& copy, const Rows&) {
         fs::rename(copy.path(kWarc), copy.path("elsewhere"));
         fs::create_symlink(copy.path("elsewhere"), copy.path(kWarc));
       }},
      {"a stranger beside the segment", "file", added("warc/notes.txt")},
      {"a segment too many", "file", added("warc/00002.warc")},
  };
}

std::vector<Damage> of_lines() {
  return {
      {"another URL", "line", line("/a", "/a\",", "/A\",")},
      {"the URL of another line", "line", line("/a", "/a\",", "/b\",")},
      {"another state", "line", line("/a", "stored", "failed")},
      {"another status", "line", line("/a", "\"status\":200", "\"status\":201")},
      {"another digest", "line", digit("/a", "\"digest\":\"sha256:")},
      {"another size", "line", digit("/a", "\"size\":")},
      {"another depth", "line", digit("/a", "\"depth\":")},
      {"another referrer", "line", line("/a", "/front\",\"seed\"", "/fromt\",\"seed\"")},
      {"another seed", "line", line("/a", "/front\",\"tag\"", "/fromt\",\"tag\"")},
      {"another number of attempts", "line", digit("/a", "\"attempts\":")},
      {"another time", "line", line("/a", "\"fetched_at\":\"2", "\"fetched_at\":\"1")},
      {"another duration", "line", digit("/a", "\"duration_ms\":")},
      {"another address", "line", line("/a", "127.0.0.1\"", "127.0.0.2\"")},
      {"another place", "line", digit("/a", "\"offset\":")},
      {"another segment", "line", line("/a", "00000.warc", "00001.warc")},
      {"another checksum", "line", digit("/a", "\"crc32c\":")},
      {"another error", "line", line("/missing", "http 404", "http 405")},
      {"no JSON", "line", line("/a", "}\n", "]\n")},
      {"a NUL", "line", line("/a", "\"status\"", std::string("\"stat\0s\"", 8))},
      {"no line end", "line", line("/a", "}\n", "} ")},
      {"a line removed", "line", lines([](auto& all) { all.erase(all.begin() + 1); })},
      {"a line doubled", "line", lines([](auto& all) { all.insert(all.begin() + 1, all[1]); })},
      {"two lines swapped", "line", lines([](auto& all) { std::swap(all[1], all[2]); })},
      {"the file cut", "file",
       file(kPages, [](std::string bytes) { return bytes.substr(0, bytes.size() - 1); })},
      {"the file extended", "file", file(kPages, [](std::string bytes) { return bytes + "{}\n"; })},
      {"no file", "file", gone(kPages)},
      {"another title", "body", line("/a", "alpha", "alphb"), true},
      {"another number of links", "body", digit("/a", "\"links_count\":"), true},
      {"another length of text", "body", digit("/a", "\"text_length\":"), true},
  };
}

std::vector<Damage> of_rows() {
  const auto key_of = [](const char* path) {
    return [=](const Rows& rows) { return number_key(rows.id(path)); };
  };
  return {
      {"a URL's row gone", "ledger", row_gone("urls", key_of("/b"))},
      {"the last URL's row gone", "ledger",
       row_gone("urls", [](const Rows& rows) { return number_key(rows.ids.size() - 1); })},
      {"a state's row gone", "books", row_gone("states", key_of("/b"))},
      {"a capture's row gone", "record",
       row_gone("captures", [](const Rows& rows) { return rows.capture_key("/b"); })},
      {"the books gone", "books", row_gone("default", "books")},
      {"a file's row gone", "ledger", row_gone("default", "file/pages.jsonl")},
      {"a segment's row gone", "capture", row_gone("default", "file/warc/00000.warc")},
      {"an origin's row gone", "ledger", row_gone("places", "o" + number_key(0, 4))},
      {"a host's row gone", "ledger", row_gone("places", "h" + number_key(0, 4))},
      {"a sitemap's row gone", "sitemap", row_gone("places", "s" + number_key(0, 4))},
      {"a robots.txt's row gone", "ledger", row_gone("places", "r" + number_key(0, 4))},
  };
}

std::vector<Damage> of_urls() {
  return {
      {"another URL", "capture", url_row("/a", [](auto& entry) { entry.url = "http://a.test/"; })},
      {"a URL twice", "ledger",
       url_row("/last", [](auto& entry) { entry.url = "http://elsewhere.test/"; })},
      {"a referrer that came later", "ledger",
       url_row("/a", [](auto& entry) { entry.referrer = 11; })},
      {"another referrer", "line", url_row("/c", [](auto& entry) { entry.referrer = 0; })},
      {"a referrer that was never read", "ledger",
       [](const Copy& copy, const Rows& rows) {
         url_row("/c", [&](auto& entry) { entry.referrer = rows.id("/private/x"); })(copy, rows);
       }},
      {"a sitemap that is not there as referrer", "ledger",
       url_row("/c", [](auto& entry) { entry.referrer = st::referrer_of(9); })},
      {"another depth", "line", url_row("/a", [](auto& entry) { entry.depth = 3; })},
      {"a seed that is not there", "ledger", url_row("/a", [](auto& entry) { entry.seed = 7; })},
      {"a seed that none is", "ledger",
       url_row("/a",
               [](auto& entry) {
                 entry.referrer = st::kNoUrl;
                 entry.depth = 0;
               })},
      {"another state", "books",
       state_row("/a", [](auto& entry) { entry.state = st::UrlState::kFailed; })},
      {"another reason", "line",
       state_row("/missing", [](auto& entry) { entry.reason = "http 410"; })},
      {"no reason", "ledger", state_row("/private/x", [](auto& entry) { entry.reason = ""; })},
      {"another place of a state", "ledger",
       state_row("/a", [](auto& entry) { entry.place.offset += 1; })},
      {"no place of a state", "ledger",
       state_row("/a", [](auto& entry) { entry.place.length = 0; })},
      {"an earlier capture's place", "ledger",
       state_row("/again", [](auto& entry) { entry.place.length -= 1; })},
      {"another rule", "ledger", state_row("/else", [](auto& entry) { entry.reason = "include"; })},
      {"a URL that no rule keeps out said to be excluded", "ledger",
       [](const Copy& copy, const Rows& rows) {
         state_row("/private/x", [](auto& entry) {
           entry.state = st::UrlState::kExcluded;
           entry.reason = "scope";
           entry.detail = 0;
         })(copy, rows);
         books([](auto& entry) {
           --entry.counts[st::UrlState::kDisallowed];
           ++entry.counts[st::UrlState::kExcluded];
         })(copy, rows);
       }},
      {"another line's place", "line",
       state_row("/a", [](auto& entry) { entry.line.offset += 1; })},
      {"a state that there is not", "ledger",
       state_row(
           "/a",
           [](auto& entry) { entry.state = static_cast<st::UrlState>(st::kUrlStates.size()); })},
      {"no line of a state", "ledger", state_row("/a", [](auto& entry) { entry.line.width = 0; })},
  };
}

std::vector<Damage> of_captures() {
  return {
      {"another checksum of a capture", "capture",
       capture_row("/a", [](auto& entry) { entry.crc32c ^= 1; })},
      {"another length of a capture", "capture",
       capture_row("/a", [](auto& entry) { entry.length -= 1; })},
      {"another status of a capture", "capture",
       capture_row("/a", [](auto& entry) { entry.status = 201; })},
      {"another page of a capture", "capture",
       capture_row("/a", [](auto& entry) { entry.number = 0; })},
      {"a page that is not there of a capture", "capture",
       capture_row("/a", [](auto& entry) { entry.number = 999; })},
      {"another kind of a capture", "capture",
       capture_row("/a", [](auto& entry) { entry.kind = st::LeaseKind::kSitemap; })},
      {"a kind that there is not of a capture", "ledger",
       capture_row("/a",
                   [](auto& entry) {
                     entry.kind = static_cast<st::LeaseKind>(count_of<st::LeaseKind>());
                   })},
      {"another attempt of a capture", "line",
       capture_row("/a", [](auto& entry) { entry.attempt = 2; })},
      {"another time of a capture", "capture",
       capture_row("/a", [](auto& entry) { entry.started += std::chrono::microseconds(1); })},
      {"another error of a capture", "capture",
       capture_row("/drop", [](auto& entry) { entry.error = "timeout"; })},
      {"a capture that is not there", "capture",
       [](const Copy& copy, const Rows&) {
         copy.change([](st::Ledger&, st::LedgerBatch& batch) { batch.put_capture(0, 77, {}); });
       }},
      {"a segment that is not there", "capture",
       [](const Copy& copy, const Rows&) {
         copy.change([](st::Ledger&, st::LedgerBatch& batch) { batch.put_capture(5, 0, {}); });
       }},
  };
}

std::vector<Damage> of_sums() {
  return {
      {"a URL added", "books",
       [](const Copy& copy, const Rows& rows) {
         copy.change([&](st::Ledger&, st::LedgerBatch& batch) {
           st::UrlEntry entry;
           entry.referrer = 0;
           entry.depth = 1;
           entry.url = "http://new.test/";
           batch.put_url(static_cast<st::UrlId>(rows.ids.size()), entry);
         });
       }},
      {"a state of no URL", "ledger",
       [](const Copy& copy, const Rows&) {
         copy.change([](st::Ledger&, st::LedgerBatch& batch) { batch.put_state(500, {}); });
       }},
      {"links of no URL", "ledger",
       [](const Copy& copy, const Rows&) {
         copy.change([](st::Ledger&, st::LedgerBatch& batch) {
           batch.put_links(500, {false, {0}});
         });
       }},
      {"a count that is wrong", "books",
       books([](auto& entry) { ++entry.counts[st::UrlState::kStored]; })},
      {"two counts that make up for each other", "books", books([](auto& entry) {
         ++entry.counts[st::UrlState::kStored];
         --entry.counts[st::UrlState::kFailed];
       })},
      {"fewer documents set aside", "quarantine", books([](auto& entry) { entry.set_aside = 0; })},
      {"a length that is wrong", "file",
       [](const Copy& copy, const Rows&) {
         copy.change([](st::Ledger&, st::LedgerBatch& batch) {
           batch.put(st::FileEntry{kPages, 10, 1});
         });
       }},
      {"CURRENT gone", "ledger", gone("ledger/CURRENT")},
      {"a flipped byte in a table", "ledger",
       [](const Copy& copy, const Rows&) {
         copy.change([](st::Ledger&, st::LedgerBatch&) {
         });  // what the log has goes into tables as it is opened
         copy.flip_in_ledger(".sst");
       }},
      {"a table gone", "ledger",
       [](const Copy& copy, const Rows&) {
         copy.change([](st::Ledger&, st::LedgerBatch&) {});
         fs::remove(copy.path("ledger/" + copy.ledger_file(".sst")));
       }},
      {"a flipped byte in the manifest", "ledger",
       [](const Copy& copy, const Rows&) { copy.flip_in_ledger("MANIFEST"); }},
      {"a flipped byte in the log", "ledger",
       [](const Copy& copy, const Rows&) { copy.flip_in_ledger(".log"); }},
      {"the log gone", "books",
       [](const Copy& copy, const Rows&) {
         fs::remove(copy.path("ledger/" + copy.ledger_file(".log")));
       }},
      {"the log emptied", "books",
       [](const Copy& copy, const Rows&) { copy.write("ledger/" + copy.ledger_file(".log"), ""); }},
      {"the log cut in half", "books",
       [](const Copy& copy, const Rows&) {
         const std::string name = "ledger/" + copy.ledger_file(".log");
         copy.write(name, copy.read(name).substr(0, copy.read(name).size() / 2));
       }},
      {"a length that leaves the last capture out", "capture",
       [](const Copy& copy, const Rows&) {
         copy.change([](st::Ledger& ledger, st::LedgerBatch& batch) {
           std::uint64_t last = 0;
           REQUIRE(ledger.each_capture([&](std::uint32_t, std::uint64_t offset,
                                           const st::CaptureEntry&) { last = offset; }));
           batch.put(st::FileEntry{kWarc, last, 0});
         });
       }},
  };
}

std::vector<Damage> of_others() {
  return {
      {"a document of quarantine gone", "quarantine", gone("quarantine/00000.json")},
      {"a document of another place", "quarantine",
       [](const Copy& copy, const Rows&) {
         copy.replace("quarantine/00000.json", "{", "\"length\":", "\"length\":1");
       }},
      {"a document of another URL", "quarantine",
       [](const Copy& copy, const Rows&) {
         copy.replace("quarantine/00000.json", "{", "/bomb", "/bomc");
       }},
      {"a document that is none", "quarantine", added("quarantine/00000.json", "{")},
      {"a stranger in quarantine", "quarantine", added("quarantine/notes.txt")},
      {"no quarantine", "file",
       [](const Copy& copy, const Rows&) { fs::remove_all(copy.path("quarantine")); }},
      {"a line of sitemaps.jsonl gone", "file", added("sitemaps.jsonl", "")},
      {"a line of sitemaps.jsonl that is none", "sitemap",
       [](const Copy& copy, const Rows&) { copy.replace("sitemaps.jsonl", "{", "{", "["); }},
      {"a line of another sitemap", "sitemap",
       [](const Copy& copy, const Rows&) {
         copy.replace("sitemaps.jsonl", "{", "map.txt", "mop.txt");
       }},
      {"a listed URL that is not in the ledger", "sitemap",
       [](const Copy& copy, const Rows&) {
         copy.replace("sitemaps.jsonl", "{", "/listed", "/lusted");
       }},
      {"another word of a sitemap about a URL", "sitemap",
       [](const Copy& copy, const Rows&) {
         copy.replace("sitemaps.jsonl", "{", "\"changefreq\":null", "\"changefreq\":\"no\"");
       },
       true},
      {"no sitemaps.jsonl", "file", gone("sitemaps.jsonl")},
      {"no crawl.toml", "options", gone("crawl.toml")},
      {"crawl.toml that is none", "options", added("crawl.toml", "depth = = 1\n")},
      {"no seeds.txt", "options", gone("seeds.txt")},
      {"another seed", "ledger",
       [](const Copy& copy, const Rows&) { copy.replace("seeds.txt", "h", "/front", "/fromt"); }},
      {"no seed", "options", added("seeds.txt", "# none\n")},
      {"a seed more", "options",
       file("seeds.txt", [](const std::string& bytes) { return bytes + "http://more.test/\n"; })},
      {"a rule more", "ledger",
       file("crawl.toml",
            [](const std::string& bytes) { return bytes + "exclude = [\"/b$\"]\n"; })},
      {"a link's row gone, and the books changed with it", "closure",
       [](const Copy& copy, const Rows& rows) {
         const std::uint64_t last =
             rows.ids.size() - 1;  // of http://last.test/, excluded by its scope
         REQUIRE(rows.id("/last") == last);
         copy.remove_row("urls", number_key(last));
         copy.remove_row("states", number_key(last));
         books([](auto& entry) { --entry.counts[st::UrlState::kExcluded]; })(copy, rows);
       },
       true},
      {"too large a depth, nowhere else said", "depth",
       url_row("/last", [](auto& entry) { entry.depth = 9; }), true},
      {"too small a depth, nowhere else said", "depth",
       url_row("/last", [](auto& entry) { entry.depth = 1; }), true},
  };
}

std::vector<Damage> all_damages() {
  std::vector<Damage> all;
  for (const auto& part : {of_archive(), of_segments(), of_lines(), of_rows(), of_urls(),
                           of_captures(), of_sums(), of_others()})
    all.insert(all.end(), part.begin(), part.end());
  return all;
}

}  // namespace

TEST_CASE("a crawl's audit finds every damage, says which kind it is, and nothing before it",
          "[audit]") {
  TestServer server;
  serve_all(server);
  SiteCrawl crawl(
      "async",
      {server.url("/front"), "--sitemap", "--parser", "gumbo", "--retries", "1", "--per-host", "8"},
      {kLowCpuLimit});
  REQUIRE(crawl.wait() == 0);
  CHECK(crawl.quarantined() == 1);
  const Ended clean = audit(crawl.directory());
  INFO(clean.out << clean.err);
  REQUIRE(clean.code == 0);
  CHECK(clean.out.find(": nothing is wrong\n") != std::string::npos);
  CHECK(clean.out.find("discovered = ") != std::string::npos);
  const Rows rows(crawl.directory());
  for (const Damage& damage : all_damages()) {
    const Copy copy(crawl.directory());
    damage.change(copy, rows);
    const Ended ended = audit(copy.path(""), damage.needs_bodies);
    CAPTURE(damage.name, ended.out, ended.err);
    CHECK(ended.code == 9);
    CHECK(ended.out.find("\n" + damage.kind + ": ") != std::string::npos);
  }
}

TEST_CASE(
    "an audit of a clean crawl is clean whatever engine and hand-off, twice, and writes nothing",
    "[audit]") {
  const char* const asked = std::getenv("AUDITS");
  const unsigned crawls =
      asked == nullptr ? 2 : static_cast<unsigned>(std::strtoul(asked, nullptr, 10));
  constexpr const char* kHandoffs[] = {"file", "pipe", "shm", "inline"};
  for (unsigned n = 0; n < crawls; ++n) {
    TestServer server;
    SiteCrawl crawl(n % 2 == 0 ? "threads" : "async",
                    {server.url(graph_path(0, 150 + n)), "--depth", n % 3 == 0 ? "inf" : "3",
                     "--per-host", "16", "--handoff", kHandoffs[n / 2 % 4], "--links", "--text",
                     "--limit", n % 4 == 3 ? "40" : "100000"});
    REQUIRE(crawl.wait() == 0);
    const std::string before = crawl.file("pages.jsonl") + crawl.file("report.json");
    for (int turn = 0; turn < 2; ++turn) {
      const Ended ended = audit(crawl.directory());
      INFO(n << "\n" << ended.out << ended.err);
      CHECK(ended.code == 0);
      CHECK(ended.out.find("nothing is wrong") != std::string::npos);
    }
    CHECK(crawl.file("pages.jsonl") + crawl.file("report.json") == before);
  }
}

TEST_CASE("pages that gumbo and the scanner take for different ones are no damage", "[audit]") {
  TestServer server;
  server.on("/front", [](const Request&) {
    return html(
        "<a href='/esc\x1b[31m'>e</a><a href='/fdd0\xef\xb7\x90'>f</a><a href=/select>s</a><a "
        "href=/group>g</a><a "
        "href=/table>t</a>");
  });
  server.on("/select", [](const Request&) {
    return html("<select><meta name=robots content=nofollow></select><a href=/behind>b</a>");
  });
  server.on("/group", [](const Request&) {
    return html("<optgroup><a href=/q><math><area href=/area></optgroup><a href=/y>y</a>");
  });
  server.on("/table", [](const Request&) {
    return html("<table><tr><a href=/one>1</a><td><a href=/two>2</a></table><a href=/three>3</a>");
  });
  for (const char* parser : {"scan", "gumbo"}) {
    SiteCrawl crawl(
        "async", {server.url("/front"), "--per-host", "4", "--max-links", "5", "--parser", parser});
    REQUIRE(crawl.wait() == 0);
    const Ended ended = audit(crawl.directory());
    INFO(parser << "\n" << ended.out << ended.err);
    CHECK(ended.code == 0);
  }
}

TEST_CASE("an audit says who holds the directory, and that there is no crawl", "[audit]") {
  TestServer server;
  server.hold("/html/held");
  SiteCrawl crawl("async", {server.url("/html/held")});
  REQUIRE(server.wait_for("/html/held"));
  const Ended held = audit(crawl.directory());
  CHECK(held.code == 11);
  CHECK(held.err.find("is in use by a running crawl (process ") != std::string::npos);
  CHECK(held.err.find("-o DIR") == std::string::npos);
  server.release("/html/held");
  CHECK(crawl.wait() == 0);
  const Folder folder;
  const Ended none = audit(folder.path(""));
  CHECK(none.code == 3);
  CHECK(none.err.find("holds no crawl") != std::string::npos);
  CHECK(audit(folder.path("nowhere")).code == 3);
}

TEST_CASE("an audit as JSON is one object with the sum and what is wrong", "[audit]") {
  TestServer server;
  SiteCrawl crawl("threads", {server.url("/html/page?links=/html/other"), "--per-host", "4"});
  REQUIRE(crawl.wait() == 0);
  const auto ask = [&] {
    return boost::json::parse(run_program({"audit", "--json", crawl.directory()}).out).as_object();
  };
  const Line clean = ask();
  CHECK(clean.at("ok").as_bool());
  CHECK(clean.at("urls").at("discovered").as_int64() == 2);
  CHECK(clean.at("urls").at("stored").as_int64() == 2);
  CHECK(clean.at("bodies").at("pages").as_int64() == 2);
  CHECK(clean.at("findings").as_array().empty());
  fs::remove(crawl.directory() + "/warc/00000.warc");
  const Line damaged = ask();
  CHECK_FALSE(damaged.at("ok").as_bool());
  CHECK(damaged.at("kinds").at("file").as_int64() > 0);
  CHECK(damaged.at("findings").at(0).at("where").as_string() == "warc/00000.warc");
}
