// What strangers write, in every place where it comes out again: it stays text. Result lines,
// report and archive hold it whole and cannot be broken by it, and a terminal is shown none of it
// that acts.
#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <sstream>

#include "base/utf8.h"
#include "tests/catch.h"
#include "tests/crawl/hostile_strings.h"
#include "tests/crawl/site.h"
#include "tests/storage/warc_reader.h"
#include "tests/support/bomb.h"

using namespace scraper;
using namespace scraper::test;

namespace {

using Texts = std::vector<std::string>;

std::string engine() { return GENERATE(as<std::string>(), "threads", "async"); }

bool is_word(char c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

// As HTML text or attribute. References, so that a parser gets the very characters.
std::string in_html(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (is_word(c) || static_cast<unsigned char>(c) >= 0x80) {
      out += c;
    } else {
      out += fmt::format("&#{};", static_cast<int>(c));
    }
  }
  return out;
}

// What a header field's value can hold at all, as libcurl takes it.
std::string in_field(std::string text) {
  std::replace_if(
      text.begin(), text.end(), [](char c) { return c == '\r' || c == '\n' || c == '\0'; }, ' ');
  return text;
}

std::string in_path(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (is_word(c)) {
      out += c;
    } else {
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return out;
}

// White space as in a title: one space for each run, none around. `kept` is for what HTML lets
// through of control characters.
std::string collapsed(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (std::string_view(" \t\n\f\r").find(c) == std::string_view::npos) {
      out += c;
    } else if (!out.empty() && out.back() != ' ') {
      out += ' ';
    }
  }
  if (out.ends_with(' ')) out.pop_back();
  return out;
}

// U+FFFD for NUL and for what is no UTF-8. Other control characters are an error of the document,
// and stay.
std::string as_html_keeps(std::string_view text) {
  std::string mended;
  scraper::append_mended(mended, text);
  std::string out;
  for (const char c : mended)
    out += c == '\0' ? std::string(scraper::kReplacement) : std::string(1, c);
  return collapsed(out);
}

Texts lines_of(const std::string& text) {
  Texts lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

Line json_in(const std::string& line) {
  INFO(line);
  CHECK(what_acts(line).empty());
  CHECK(line.find_first_of("<>&\n") == line.npos);
  boost::system::error_code fault;
  const boost::json::value value = boost::json::parse(line, fault);
  REQUIRE_FALSE(fault);
  return value.as_object();
}

std::string text_at(const Line& line, const char* key) {
  return line.at(key).is_string() ? std::string(line.at(key).get_string()) : std::string();
}

// The page numbered as the string it holds, wherever a page can hold one.
RawReply page_of(const std::string& text) {
  const std::string shown = in_html(text);
  return reply(200,
               "Content-Type: text/html; charset=utf-8\r\nServer: " + in_field(text) +
                   "\r\nX-Robots-Tag: x" + in_field(text) +
                   "x\r\nContent-Disposition: attachment; filename=" + in_field(text) + "\r\n",
               "<html lang='" + shown + "'><title>|" + shown +
                   "|</title><meta name=description content='|" + shown +
                   "|'><link rel=canonical href='/canonical/" + shown + "'><p>|" + shown +
                   "|<a href='/to/" + shown + "?" + shown + "#" + shown + "'>" + shown + "</a>");
}

// Answers that are wrong by what they hold.
RawReply wrong_reply(std::string_view place, const std::string& text) {
  const std::string field = in_field(text);
  if (place == "reason")
    return raw("HTTP/1.1 404 " + field + "\r\nContent-Length: 0\r\n\r\n", End::kKeep);
  if (place == "status") return raw("HTTP/1.1 " + field + "\r\n\r\n");
  if (place == "length") return raw("HTTP/1.1 200 OK\r\nContent-Length: x" + field + "\r\n\r\n");
  if (place == "transfer")
    return raw("HTTP/1.1 200 OK\r\nTransfer-Encoding: " + field + "\r\n\r\n");
  if (place == "chunk")
    return raw("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + field + "\r\n");
  if (place == "coding")
    return reply(200, "Content-Type: text/html\r\nContent-Encoding: " + field + "\r\n",
                 "<title>x</title>");
  if (place == "type")
    return reply(200, "Content-Type: text/html; charset=\"" + field + "\r\n", "<title>x</title>");
  return redirect(302, "/to/" + field);
}

constexpr std::string_view kWrong[] = {"reason", "status", "length", "transfer",
                                       "chunk",  "coding", "type",   "location"};

std::string sitemap_of(const std::string& text) {
  const std::string shown = in_html(text);
  return "<urlset><url><loc>/to/listed</loc><lastmod>|" + shown + "|</lastmod><changefreq>" +
         shown + "</changefreq><priority>" + shown +
         "</priority><xhtml:link rel='alternate' hreflang='" + shown + "' href='/to/" + shown +
         "'/></url></urlset>";
}

// A site that holds every string everywhere, and the options that make all of it come out again.
class HostileSite {
 public:
  HostileSite() {
    std::string front;
    for (std::size_t i = 0; i < texts_.size(); ++i) add(i, front);
    server_.on("/to/*", [](const Request&) { return html("there"); });
    server_.on("/front", [front](const Request&) { return html(front); });
    server_.set_robots("", "\xEF\xBB\xBFUser-agent: *\n" + rules_);
  }

  TestServer& server() { return server_; }
  const Texts& texts() const { return texts_; }
  const std::string& rules() const { return rules_; }
  std::string page(std::size_t i) const { return server_.url("/page/" + std::to_string(i)); }
  std::string sitemap(std::size_t i) const { return server_.url("/map/" + std::to_string(i)); }

  Texts options() const {
    Texts all = {server_.url("/front"),
                 "--sitemap",
                 "--links",
                 "--text",
                 "--retries",
                 "0",
                 "--per-host",
                 "16",
                 "-v",
                 "--connect-to",
                 server_.connect_to(),
                 "--print",
                 "jsonl"};
    return all;
  }

 private:
  void add(std::size_t i, std::string& front) {
    const std::string number = std::to_string(i);
    const std::string text = texts_[i];
    server_.on("/page/" + number, [text](const Request&) { return page_of(text); });
    front +=
        "<a href=/page/" + number + ">x</a><a href='/robots-forbids/" + in_html(text) + "'>x</a>";
    for (const std::string_view place : kWrong) {
      const std::string path = fmt::format("/wrong/{}/{}", place, i);
      server_.on(path, [place, text](const Request&) { return wrong_reply(place, text); });
      front += "<a href=" + path + ">x</a>";
    }
    server_.on("/map/" + number, [text](const Request&) {
      return reply(200, "Content-Type: text/xml\r\n", sitemap_of(text));
    });
    const std::string line = in_field(text);
    rules_ += "Disallow: /robots-forbids/" + line + "\n" + line + "\nSitemap: /map/" + number +
              "\nSitemap: " + line + "\n";
  }

  Texts texts_ = hostile_strings();
  std::string rules_ = "Disallow: /robots-forbids/\n";
  TestServer server_;
};

void check_page(const Line& line, const std::string& text) {
  CAPTURE(text);
  const std::string kept = as_html_keeps("|" + text + "|");
  CHECK(text_at(line, "title") == kept);
  CHECK(text_at(line, "description") == kept);
  CHECK(text_at(line, "text").find(kept) != std::string::npos);
  std::string field;
  scraper::append_mended(field, "x" + in_field(text) + "x");
  CHECK(text_at(line, "robots") == field);
}

void check_archive(const std::string& bytes) {
  static const std::set<std::string> kFields = {
      "WARC-Type",          "WARC-Record-ID",  "WARC-Date",      "WARC-Target-URI",
      "WARC-Warcinfo-ID",   "WARC-IP-Address", "Content-Type",   "Content-Length",
      "WARC-Concurrent-To", "WARC-Filename",   "WARC-Truncated", "WARC-Payload-Digest",
      "X-Scraper-Transfer"};
  for (const auto& record : storage::read_warc(bytes)) {
    CHECK_FALSE(record.field("WARC-Target-URI").starts_with("http://forged.test"));
    for (const auto& [name, value] : record.fields) {
      CHECK(kFields.count(name) == 1);
      CHECK(std::all_of(value.begin(), value.end(), [](char c) { return c >= ' ' && c < 0x7F; }));
    }
    if (record.field("WARC-Type") == "metadata") CHECK(lines_of(record.block).size() == 4);
  }
}

}  // namespace

TEST_CASE("whatever a site says, result lines, report, archive and terminal hold it as text") {
  HostileSite site;
  SiteCrawl crawl(engine(), site.options());
  CHECK(crawl.wait() == 0);
  for (const std::string& line : lines_of(crawl.file("pages.jsonl"))) json_in(line);
  crawl.check_books();
  for (std::size_t i = 0; i < site.texts().size(); ++i)
    check_page(crawl.lines().at(site.page(i)), site.texts()[i]);
  CHECK(crawl.out().size() >= crawl.file("pages.jsonl").size() / 2);
  for (const std::string& line : lines_of(crawl.out())) json_in(line);
  json_in(crawl.file("report.json").substr(0, crawl.file("report.json").size() - 1));
  CHECK(what_acts(crawl.err()).empty());
  for (const std::string& line : lines_of(crawl.err())) CHECK_FALSE(line.starts_with("2026-01-01"));
  check_archive(crawl.file("warc/00000.warc"));
}

TEST_CASE("what a sitemap says of its entries comes out as it was written") {
  HostileSite site;
  SiteCrawl crawl("async", site.options());
  CHECK(crawl.wait() == 0);
  std::map<std::string, Line> by_sitemap;
  for (const std::string& line : lines_of(crawl.file("sitemaps.jsonl"))) {
    const Line entry = json_in(line);
    by_sitemap.insert_or_assign(text_at(entry, "sitemap"), entry);
  }
  std::size_t whole = 0;
  for (std::size_t i = 0; i < site.texts().size(); ++i) {
    const std::string& text = site.texts()[i];
    // XML has no way to write these, and ends there.
    const bool is_xml =
        scraper::is_utf8(text) && std::none_of(text.begin(), text.end(), [](char c) {
          return c >= 0 && c < ' ' && c != '\t' && c != '\n' && c != '\r';
        });
    if (!is_xml) continue;
    CAPTURE(text);
    REQUIRE(by_sitemap.count(site.sitemap(i)) == 1);
    const bool is_too_long = text.size() + 2 > 64;  // for a date
    CHECK(text_at(by_sitemap[site.sitemap(i)], "lastmod") == (is_too_long ? "" : "|" + text + "|"));
    whole += is_too_long ? 0 : 1;
  }
  CHECK(whole > 10);
}

TEST_CASE(
    "requests ask for the very path and query that a link names, and for nothing a link has "
    "forged") {
  HostileSite site;
  SiteCrawl crawl("threads", site.options());
  CHECK(crawl.wait() == 0);
  const std::string host = site.server().url("").substr(7);
  std::set<std::string> asked;
  for (const Request& request : site.server().requests()) {
    asked.insert(request.target);
    CHECK(request.host.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789.:") ==
          std::string::npos);
    CHECK(request.headers.size() == 4);
    CHECK_FALSE(request.path().starts_with("/robots-forbids/"));
  }
  for (const auto& [url, line] : crawl.lines()) {
    CHECK(std::all_of(url.begin(), url.end(), [](char c) { return c > ' ' && c < 0x7F; }));
    if (url.starts_with("http://" + host)) CHECK(asked.count(url.substr(7 + host.size())) == 1);
  }
}

TEST_CASE("commands that show what somebody else wrote show none of it that acts") {
  const Folder folder;
  std::string robots = "User-agent: *\n";
  std::string urls;
  std::string questions;
  for (const std::string& text : hostile_strings()) {
    robots += "Disallow: /" + in_field(text) + "\n";
    urls += "http://a.test/" + in_path(in_field(text)) + "\n" + text + "\n";
    questions += boost::json::serialize(Line{{"input", text}, {"base", "http://a.test/"}}) + "\n" +
                 text + "\n";
  }
  const std::string file = folder.file("robots.txt", robots);
  const Ended answers = run_program({"robots", file}, urls);
  std::string shown = answers.out;
  std::erase(shown, '\t');  // between verdict and line
  CHECK(what_acts(shown).empty());
  CHECK(what_acts(answers.err).empty());
  const Ended explained = run_program({"url"}, questions);
  for (const std::string& line : lines_of(explained.out)) json_in(line);
  CHECK(what_acts(explained.err).empty());
}

namespace {

// None of them gets as far as to ask anybody anything.
std::vector<Texts> commands_with(const std::string& text, const std::string& file,
                                 const Folder& folder) {
  return {{text},
          {"crawl", "ftp://" + text},
          {"crawl", "--" + text},
          {"crawl", "--delay", text},
          {"crawl", "--exclude", text, "-i", file},
          {"crawl", "-i", file, "--skip-bad-seeds"},
          {"crawl", "--config", file},
          {"crawl", "--dry-run", "-o", file, "http://9.9.9.9/"},
          {"crawl", "-o", file, "http://9.9.9.9/"},
          {"fetch", "ftp://" + text},
          {"extract", file + "x"},
          {"extract", file, "--record", "0:1"},
          {"extract", file, "--base", text},
          {"url", text, "--base", "http://a.test/"},
          {"robots", file + "x"},
          {"why", text, file},
          {"why", "http://a.test/", file},
          {"report", file},
          {"report", folder.path("")},
          {"serve", file, "--port", "1"}};
}

}  // namespace

TEST_CASE("words of a command line and names of files are shown as text in every complaint") {
  constexpr std::size_t kOfEach = 2;  // commands a string, by turns
  const Folder folder;
  std::size_t turn = 0;
  for (const std::string& whole : hostile_strings()) {
    const std::string text = whole.substr(0, whole.find('\0'));
    std::string name = "x" + text.substr(0, 100);
    std::replace(name.begin(), name.end(), '/', '_');
    const std::string file = folder.file(name, "ftp://" + text + "\n");
    folder.file("report.json", text);
    const std::vector<Texts> commands = commands_with(text, file, folder);
    for (std::size_t i = 0; i < kOfEach; ++i) {
      const Texts& words = commands[turn++ % commands.size()];
      CAPTURE(words);
      const Ended ended = run_program(words);
      CHECK(what_acts(ended.err).empty());
      CHECK(what_acts(ended.out).empty());
      for (const std::string& line : lines_of(ended.err)) CHECK(line.starts_with("scraper: "));
    }
  }
}

TEST_CASE("a directory of any name is crawled into, and its report is shown and is JSON") {
  TestServer server;
  server.on("/bomb", [](const Request&) { return html(bomb()); });
  const Folder folder;
  const std::string out = folder.path("o\x1B[31m\n\xE2\x80\xAE\xFFt");
  const Ended ended =
      run_program({"crawl", server.url("/bomb"), "-o", out, "--allow-net", "127.0.0.1/32",
                   "--delay", "0", "--progress", "none", "-w", "1", "--parser", "gumbo"},
                  "", {kLowCpuLimit});
  CHECK(ended.code == 0);
  CHECK(what_acts(ended.err).empty());
  const Ended report = run_program({"report", out});
  CHECK(report.code == 0);
  CHECK(what_acts(report.out).empty());
  CHECK(report.out.find("set aside   1 ") != std::string::npos);
  const Ended why = run_program({"why", server.url("/bomb"), out});
  CHECK(why.code == 0);
  CHECK(what_acts(why.out).empty());
  const Ended why_not = run_program({"why", "http://a.test/\x1B[31m\xE2\x80\xAE", out});
  CHECK(why_not.code == 0);
  CHECK(what_acts(why_not.out).empty());
  const Ended why_json = run_program({"why", "--json", server.url("/bomb"), out});
  json_in(why_json.out.substr(0, why_json.out.size() - 1));
  const Ended both = run_program({"report", out, out});
  CHECK(both.code == 0);
  CHECK(what_acts(both.out).empty());
  std::ostringstream bytes;
  bytes << std::ifstream(out + "/report.json", std::ios::binary).rdbuf();
  json_in(bytes.str().substr(0, bytes.str().size() - 1));
}
