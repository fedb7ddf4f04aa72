#include "tests/support/program.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <sstream>

namespace scraper::test {
namespace {

std::string content_of(const std::string& path) {
  std::ostringstream out;
  out << std::ifstream(path, std::ios::binary).rdbuf();
  return out.str();
}

std::string path_of(const std::string& program) {
  return std::filesystem::read_symlink("/proc/self/exe").parent_path() / program;
}

}  // namespace

Program::Program(const std::vector<std::string>& arguments, const std::string& input,
                 const std::vector<std::string>& environment, const std::string& name)
    : name_(name) {
  folder_.file("in", input);
  start(arguments, -1, environment);
}

Program::Program(const std::vector<std::string>& arguments, int standard_output) {
  folder_.file("in", "");
  start(arguments, standard_output);
}

Program::Program(const std::vector<std::string>& arguments, Apart apart) : is_apart_(true) {
  folder_.file("in", "");
  start(arguments, -1, apart.environment);
}

void Program::start(const std::vector<std::string>& arguments, int standard_output,
                    const std::vector<std::string>& more) {
  std::filesystem::create_directory(folder_.path("tmp"));
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, folder_.path("in").c_str(), O_RDONLY, 0);
  if (standard_output < 0) {
    posix_spawn_file_actions_addopen(&actions, 1, folder_.path("out").c_str(), O_WRONLY | O_CREAT,
                                     0600);
  } else {
    posix_spawn_file_actions_adddup2(&actions, standard_output, 1);
  }
  posix_spawn_file_actions_addopen(&actions, 2, folder_.path("err").c_str(), O_WRONLY | O_CREAT,
                                   0600);
  std::vector<std::string> words = {path_of(name_)};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  const std::string temporary = "TMPDIR=" + folder_.path("tmp");
  const std::string proxy = "http_proxy=http://127.0.0.1:1";  // not to be used
  const char* told =
      std::getenv("TSAN_OPTIONS");  // what the sanitizer is to pass over (CMakePresets.json)
  const std::string sanitizer = std::string("TSAN_OPTIONS=") + (told == nullptr ? "" : told);
  std::vector<std::string> variables = {temporary, proxy, sanitizer};
  variables.insert(variables.end(), more.begin(), more.end());
  std::vector<char*> environment;
  for (std::string& variable : variables) environment.push_back(variable.data());
  environment.push_back(nullptr);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  if (is_apart_) posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
  const int fault =
      posix_spawn(&pid_, argv[0], &actions, &attributes, argv.data(), environment.data());
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  if (fault != 0) throw std::runtime_error("cannot start " + words[0]);
}

Program::~Program() {
  if (pid_ <= 0) return;
  send(SIGKILL);
  waitpid(pid_, nullptr, 0);
}

void Program::interrupt() const { send(SIGINT); }

void Program::send(int signal) const { kill(is_apart_ ? -pid_ : pid_, signal); }

bool Program::ends_within(std::chrono::milliseconds patience) const {
  pollfd exit{static_cast<int>(syscall(SYS_pidfd_open, pid_, 0)), POLLIN, 0};
  const bool has_ended = poll(&exit, 1, static_cast<int>(patience.count())) == 1;
  close(exit.fd);
  return has_ended;
}

Ended Program::wait() {
  int status = 0;
  waitpid(pid_, &status, 0);
  pid_ = -1;
  Ended ended;
  ended.code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  ended.out = content_of(folder_.path("out"));
  ended.err = content_of(folder_.path("err"));
  return ended;
}

std::string Program::said() const { return content_of(folder_.path("err")); }

bool Program::has_left_files() const { return !std::filesystem::is_empty(folder_.path("tmp")); }

}  // namespace scraper::test
