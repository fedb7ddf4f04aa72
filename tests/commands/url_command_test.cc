#include "scraper/commands/url_command.h"

#include <sstream>

#include "base/line_reader.h"
#include "tests/catch.h"
#include "tests/commands/cases.h"

namespace scraper::cli {

namespace {

std::string answer_to(std::string_view line) {
  const auto answer = answer_url_line(line);
  return answer ? *answer : "failed: " + answer.error().context;
}

}  // namespace

TEST_CASE("a question is answered with the URL, its canonical form, its host and its domain") {
  CHECK(
      answer_to(R"({"input": "HTTP://www.EXAMPLE.co.uk:80/a/../%7eb?#top"})") ==
      R"({"href":"http://www.example.co.uk/%7eb?#top","canonical":"http://www.example.co.uk/~b","host":"www.example.co.uk",)"
      R"("domain":"example.co.uk"})"
      "\n");
  CHECK(
      answer_to(R"({"input": "../c", "base": "https://127.0.0.1/a/b/"})") ==
      R"({"href":"https://127.0.0.1/a/c","canonical":"https://127.0.0.1/a/c","host":"127.0.0.1","domain":null})"
      "\n");
  CHECK(
      answer_to(R"({"input": "mailto:a@example.com", "base": null, "more": 1})") ==
      R"({"href":"mailto:a@example.com","canonical":"mailto:a@example.com","host":null,"domain":null})"
      "\n");
}

TEST_CASE("what is no URL is answered too") {
  CHECK(answer_to(R"({"input": "/only/a/path"})") == "{\"error\":\"no URL\"}\n");
  CHECK(answer_to(R"({"input": "https://exa mple.com/"})") == "{\"error\":\"no URL\"}\n");
  CHECK(answer_to(R"({"input": "/x", "base": "nonsense"})") ==
        "{\"error\":\"the base is no URL\"}\n");
}

TEST_CASE("half a surrogate pair is U+FFFD, a whole one a character") {
  CHECK(answer_to(R"({"input": "http://a.test/\ud800x\uDC00"})").find("/%EF%BF%BDx%EF%BF%BD") !=
        std::string::npos);
  CHECK(answer_to(R"({"input": "http://a.test/\ud83d\uDE00"})").find("/%F0%9F%98%80") !=
        std::string::npos);
  CHECK(answer_to(R"({"input": "http://a.test/\\ud800"})").find("/ud800") !=
        std::string::npos);  // an escaped backslash
  CHECK(answer_to(R"({"input": "http://a.test/\u0041\ud83d"})").find("/A%EF%BF%BD") !=
        std::string::npos);
}

TEST_CASE("a line that is no question is told apart") {
  CHECK(answer_to("") == "failed: is no JSON object");
  CHECK(answer_to("[1]") == "failed: is no JSON object");
  CHECK(answer_to(R"({"input": "http://a/" )") == "failed: is no JSON object");
  CHECK(answer_to(R"({"url": "http://a/"})") == "failed: has no text \"input\"");
  CHECK(answer_to(R"({"input": "http://a/", "base": 7})") ==
        "failed: has a \"base\" that is no text");
  CHECK(answer_to("{\"input\": \"\\ud8") == "failed: is no JSON object");
}

TEST_CASE("a URL is explained part by part, safe for a terminal") {
  const auto explained = explain_url("https://user@EXAMPLE.com:8443/a b?q=1#\x1b[31m", "");
  REQUIRE(explained.has_value());
  for (const char* part :
       {"href       https://user@example.com:8443/a%20b?q=1#%1B[31m\n", "domain     example.com\n",
        "port       8443\n", "query      q=1\n", "crawled    yes"}) {
    CHECK(explained->find(part) != std::string::npos);
  }
  CHECK(explain_url("ftp://a.test/", "")->find("crawled    no") != std::string::npos);
  CHECK(explain_url("c", "http://a.test/b")->find("href       http://a.test/c\n") !=
        std::string::npos);
  CHECK(error_of(explain_url("example.com", "")).find("https://example.com/, or with --base") !=
        std::string::npos);
  CHECK(error_of(explain_url("http://", "")).find("no URL") != std::string::npos);
}

TEST_CASE("a line reader cuts what is too long and gives a last line without its end") {
  std::istringstream in("short\n" + std::string(100'000, 'x') + "\n\nlast");
  LineReader lines(in, 1'000);
  std::string line;
  bool is_cut = false;
  REQUIRE((lines.next(line, is_cut) && line == "short" && !is_cut));
  REQUIRE((lines.next(line, is_cut) && line.size() == 1'000 && is_cut));
  REQUIRE((lines.next(line, is_cut) && line.empty() && !is_cut));
  REQUIRE((lines.next(line, is_cut) && line == "last" && lines.is_drained()));
  CHECK_FALSE(lines.next(line, is_cut));
}

}  // namespace scraper::cli
