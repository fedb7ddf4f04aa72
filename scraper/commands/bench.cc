#include "scraper/commands/bench.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <string>
#include <vector>

#include "base/file.h"
#include "base/output.h"
#include "base/shell_word.h"

namespace scraper {

namespace {

// What scraper-bench takes; the command line has been checked.
std::vector<std::string> words_for(const cli::Settings& settings) {
  std::vector<std::string> words = {"scraper-bench"};
  words.insert(words.end(), settings.arguments.begin(), settings.arguments.end());
  if (settings.arguments[0] == "report") return words;
  words.insert(words.end(), {"-o", settings.bench_output});
  if (settings.is_quick) words.emplace_back("--quick");
  return words;
}

}  // namespace

int run_bench(const cli::Settings& settings) {
  const std::filesystem::path folder = std::filesystem::path(own_path()).parent_path();
  const std::string program = folder / "scraper-bench";
  std::vector<std::string> words = words_for(settings);
  std::vector<char*> arguments;
  arguments.reserve(words.size() + 1);
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  ::execv(program.c_str(), arguments.data());
  const bool is_missing = errno == ENOENT;
  Error error = errno_error("cannot start", program);
  error.code = Errc::kFile;
  if (is_missing)
    error.context +=
        fmt::format("; build it with: ninja -C {} scraper-bench", shell_quoted(folder.string()));
  return cli::complain(error);
}

}  // namespace scraper
