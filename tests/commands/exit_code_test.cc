// base/exit_code.h against what the user reads of it: docs/formats.md and --help.
#include "base/exit_code.h"

#include <csignal>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <string>

#include "base/error.h"
#include "scraper/commands/help.h"
#include "tests/catch.h"

namespace scraper {
namespace {

constexpr int kMostCode = 255;

std::map<int, std::string> codes_in_use() {
  std::map<int, std::string> codes;
  for (int code = 0; code <= kMostCode; ++code) {
    const ExitMeaning meaning = meaning_of(static_cast<ExitCode>(code));
    if (!meaning.text.empty() && !meaning.is_reserved) codes.emplace(code, meaning.text);
  }
  return codes;
}

// The rows "| 4 | network |" below the heading.
std::map<int, std::string> documented_codes() {
  std::ifstream file(FORMATS_MD);
  std::map<int, std::string> codes;
  bool is_there = false;
  const std::regex row(R"(\| (\d+) \| (.*) \|)");
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("## ")) is_there = line == "## Exit codes";
    std::smatch found;
    if (is_there && std::regex_match(line, found, row)) codes[std::stoi(found[1])] = found[2];
  }
  return codes;
}

// The numbers of "Exit codes: 0 ended ..., 4-8 network, ..., 130/143 interrupted."
std::set<int> codes_in_help() {
  const std::string page = cli::program_help();
  const std::string text = page.substr(page.find("Exit codes: "));
  std::set<int> codes;
  const std::regex item(R"((?:: |,\s)(\d+)(?:([-/])(\d+))?)");
  for (std::sregex_iterator at(text.begin(), text.end(), item), end; at != end; ++at) {
    const int first = std::stoi((*at)[1]);
    const int last = (*at)[3].matched ? std::stoi((*at)[3]) : first;
    codes.insert({first, last});
    for (int code = first; (*at)[2] == "-" && code < last; ++code) codes.insert(code);
  }
  return codes;
}

}  // namespace

TEST_CASE("docs/formats.md has the table of exit codes, without those that are reserved") {
  CHECK(documented_codes() == codes_in_use());
}

TEST_CASE("option --help names every exit code that is not left to the shell") {
  std::set<int> codes;
  for (const auto& [code, meaning] : codes_in_use()) codes.insert(code);
  codes.erase(kExitReaderGone);  // as of any program at the head of a pipe
  CHECK(codes_in_help() == codes);
}

TEST_CASE("codes of signals are those that a shell reports, those of errors are in the table") {
  CHECK(kExitInterrupted == exit_code_of_signal(SIGINT));
  CHECK(kExitTerminated == exit_code_of_signal(SIGTERM));
  CHECK(kExitReaderGone == exit_code_of_signal(SIGPIPE));
  for (const Errc code :
       {Errc::kOther, Errc::kUsage, Errc::kFile, Errc::kInvalid, Errc::kExhausted, Errc::kInUse})
    CHECK(codes_in_use().count(exit_code(code)) == 1);
  CHECK(codes_in_use().count(kExitFenced) == 0);
}

}  // namespace scraper
