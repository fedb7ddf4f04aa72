// The page of a measurement: bench/report.py as a child.
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <filesystem>

#include "base/file.h"
#include "base/output.h"
#include "bench/bench.h"

extern char** environ;

namespace scraper::bench {

int run_bench_report(const std::string& directory) {
  std::string script = std::filesystem::path(own_path()).parent_path() / "scraper-bench-report.py";
  if (::access(script.c_str(), R_OK) != 0) return cli::complain(errno_error("cannot read", script));
  std::string interpreter = "python3";
  std::string name = directory;
  std::array<char*, 4> arguments = {interpreter.data(), script.data(), name.data(), nullptr};
  pid_t pid = -1;
  errno = ::posix_spawnp(&pid, interpreter.c_str(), nullptr, nullptr, arguments.data(), environ);
  if (errno != 0) {
    Error error = errno_error("cannot start", interpreter);
    error.context +=
        " (Debian: python3); once it is there 'scraper bench report DIR' makes the page";
    return cli::complain(error);
  }
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) continue;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace scraper::bench
