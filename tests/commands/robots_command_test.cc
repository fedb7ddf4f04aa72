#include "scraper/commands/robots_command.h"

#include "tests/catch.h"

namespace scraper::cli {

TEST_CASE("robots answers with the deciding line, its number and text") {
  const RobotsAnswers robots(
      "\xEF\xBB\xBFUser-agent: *\r\nDisallow: /private/ # why\r\nAllow: "
      "/private/*.html$\r\rDisallow: /\x1b\n",
      "Any");
  CHECK(robots.answer("https://example.com/") == "allow\t");
  CHECK(robots.answer("https://example.com/private/a") == "disallow\t2:Disallow: /private/ # why");
  CHECK(robots.answer("https://example.com/private/a.html") == "allow\t3:Allow: /private/*.html$");
  CHECK(robots.answer("/private/a") == "disallow\t2:Disallow: /private/ # why");
  CHECK(robots.answer("example.com/private/a") == "disallow\t2:Disallow: /private/ # why");
  CHECK(robots.answer("/%1b") == "disallow\t5:Disallow: /\\x1B");
  CHECK(robots.answer("example.com") == "error\tno URL");
  CHECK(robots.answer("http://") == "error\tno URL");
}

TEST_CASE("robots takes the group of the agent that is named") {
  const std::string body = "User-agent: Other\nDisallow: /\n\nUser-agent: *\nDisallow:\n";
  CHECK(RobotsAnswers(body, "other/2.0").answer("/x") == "disallow\t2:Disallow: /");
  CHECK(RobotsAnswers(body, "scraper").answer("/x") == "allow\t");
}

}  // namespace scraper::cli
