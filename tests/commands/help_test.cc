#include "scraper/commands/help.h"

#include <fmt/format.h>

#include <algorithm>
#include <sstream>

#include "base/version.h"
#include "scraper/config/effective.h"
#include "tests/catch.h"
#include "tests/commands/cases.h"

namespace scraper::cli {
namespace {

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

std::size_t examples_in(const std::vector<std::string>& lines) {
  const auto is_example = [](const std::string& line) {
    return line.starts_with("  scraper ") || line.find("| scraper ") != std::string::npos;
  };
  return static_cast<std::size_t>(std::count_if(lines.begin(), lines.end(), is_example));
}

std::string text_of(const Words& words) {
  const auto parsed = parse(words);
  if (!parsed || parsed->kind != Invocation::Kind::kText) throw std::runtime_error("no text");
  return parsed->text;
}

}  // namespace

TEST_CASE("every page of help fits a screen and has three examples") {
  std::vector<std::string> pages = {program_help()};
  for (const auto& word : command_words()) pages.push_back(command_help(word.value, false));
  for (const std::string& page : pages) {
    CAPTURE(page);
    const auto lines = lines_of(page);
    CHECK(lines.size() <= 40);
    CHECK(examples_in(lines) == 3);
    for (const std::string& line : lines) CHECK(line.size() <= 100);
    CHECK(page.starts_with("Usage: scraper "));
    CHECK(page.ends_with("\n"));
  }
}

TEST_CASE("option --help-all names every option that is not hidden, --help those of its screen") {
  for (const auto& word : command_words()) {
    const std::string some = command_help(word.value, false);
    const std::string all = command_help(word.value, true);
    for (const Option& row : option_table()) {
      const Option* own = option_by_name(row.name, word.value);
      const bool is_taken = own != nullptr;
      const Option& option = is_taken ? *own : row;
      const std::string name = fmt::format(
          " --{}{}{}", option.name, option.kind == Kind::kBareList ? "" : " ", option.argument);
      CAPTURE(word.name, name);
      CHECK((all.find(name) != std::string::npos) == is_taken);
      CHECK((some.find(name) != std::string::npos) == (is_taken && option.level == Level::kScreen));
    }
    for (const std::string& line : lines_of(all)) CHECK(line.size() <= 100);
  }
}

TEST_CASE("the defaults that help tells are the defaults") {
  const auto unquoted = [](std::string text) {
    std::erase(text, '"');
    return text;
  };
  const CrawlOptions usual = default_settings(kMachine).crawl;
  for (const Option& option : option_table()) {
    if (option.toml == nullptr || option.fallback.empty()) continue;
    CAPTURE(option.name);
    const std::string effective = unquoted(option.toml(usual));
    const bool is_described = option.name == "concurrency" || option.name == "workers" ||
                              option.name == "user-agent" || option.name == "parser";
    if (effective.empty()) {
      CHECK((option.fallback == "none" || option.fallback == "no limit" ||
             option.fallback == "the system's"));
    } else if (!is_described) {
      CHECK(effective == option.fallback);
    }
  }
}

TEST_CASE("no two options of a command share a name or a letter") {
  for (const Option& option : option_table()) {
    CAPTURE(option.name);
    CHECK(option_by_name(option.name, option.commands) == &option);
    if (option.letter != 0) CHECK(option_by_letter(option.letter, option.commands) == &option);
    CHECK((option.kind == Kind::kFlag) == option.argument.empty());
    CHECK((option.kind == Kind::kList || option.kind == Kind::kBareList) ==
          (option.clear != nullptr));
  }
}

TEST_CASE("help and version are answered wherever they are asked for") {
  CHECK(text_of({"--help"}) == program_help());
  CHECK(text_of({"-h"}) == program_help());
  CHECK(text_of({"help"}) == program_help());
  CHECK(text_of({"help", "crawl"}) == command_help(kCrawl, false));
  CHECK(text_of({"crawl", "--help"}) == command_help(kCrawl, false));
  CHECK(text_of({"crawl", "--help-all"}) == command_help(kCrawl, true));
  CHECK(text_of({"crawl", "--delay", "abc", "-h"}) == command_help(kCrawl, false));
  const std::string version = text_of({"--version"});
  CHECK(version.starts_with("scraper " + std::string(program_version()) + "\n"));
  CHECK(version.find("libcurl") != std::string::npos);
  CHECK(version.find("Boost 1.") != std::string::npos);
  CHECK(version.find("gumbo") != std::string::npos);
}

}  // namespace scraper::cli
