// What a fork without exec does under threads: a child has one thread, but every lock as it stood
// at that instant, and whoever held it does not exist in the child. POSIX.1-2017 fork(): between
// fork and exec a child of a threaded process may only do what is async-signal-safe. This program
// shows what comes of doing more.
//
// For each row of the table below a few threads do one small thing over and over while the main
// thread makes 1,000 children by fork; each child does that thing once and ends. One that after 200
// ms is asleep, or in a loop, waits for a thread it does not have: it has hung, and is killed. Then
// the same with children that are this program started anew by posix_spawn.
//
//   fork_hang [CHILDREN]     about a minute at most: where the machine is too busy for 1,000 it
//   makes fewer. Leaves no process behind
#include <dlfcn.h>
#include <netdb.h>
#include <openssl/rand.h>
#include <poll.h>
#include <spawn.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <deque>
#include <fstream>
#include <iterator>
#include <list>
#include <mutex>
#include <sstream>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kThreads = 2;
constexpr std::size_t kMostAlive = 50;
constexpr std::chrono::milliseconds kPatience{200};
constexpr std::chrono::seconds kBudget{
    50};  // of the whole table: every row gets its part of what is left, and makes what it can

// ---- the small things

std::mutex queue_mutex;
std::deque<int> queue;

void use_queue() {
  const std::lock_guard lock(queue_mutex);
  queue.push_back(1);
  if (queue.size() > 16) queue.pop_front();
}

void use_malloc() {
  std::array<void*, 16> pieces{};
  std::size_t size = 1'500;  // past the caches that a thread has for itself
  for (void*& piece : pieces) piece = std::malloc(size += 1'000);
  for (void* piece : pieces) std::free(piece);
}

void use_stdio() {
  static std::FILE* const file = std::fopen("/dev/null", "we");
  std::fprintf(file, "%d\n", 1);
}

void use_localtime() {
  const std::time_t now = 1'700'000'000;
  std::tm parts{};
  localtime_r(&now, &parts);
}

void use_environment() { setenv("FORK_HANG", "1", 1); }

void use_getaddrinfo() {
  addrinfo hints{};
  hints.ai_flags = AI_NUMERICHOST;  // no packet is sent
  addrinfo* found = nullptr;
  if (getaddrinfo("127.0.0.1", "80", &hints, &found) == 0) freeaddrinfo(found);
}

void use_dlopen() {
  if (void* const library = dlopen("libm.so.6", RTLD_NOW)) dlclose(library);
}

void use_random() {
  std::array<unsigned char, 16> bytes{};
  RAND_bytes(bytes.data(), static_cast<int>(bytes.size()));
}

struct Row {
  const char* name;
  const char* about;
  void (*once)();
};

constexpr std::array kRows = {
    Row{"a queue", "std::mutex around std::deque", use_queue},
    Row{"malloc", "glibc takes its locks before fork and frees them after", use_malloc},
    Row{"fprintf", "as malloc", use_stdio},
    Row{"localtime_r", "the lock of the time zone", use_localtime},
    Row{"setenv", "the lock of the environment", use_environment},
    Row{"getaddrinfo", "of a numeric address", use_getaddrinfo},
    Row{"dlopen", "of a library that is loaded", use_dlopen},
    Row{"RAND_bytes", "OpenSSL", use_random},
};

// ---- children

struct Child {
  pid_t pid = -1;
  int exit = -1;  // a pidfd: readable once it has ended
  Clock::time_point deadline;
};

struct Count {
  std::size_t made = 0;
  std::size_t asleep = 0;
  std::size_t spinning = 0;
  std::size_t failed = 0;  // ended otherwise than by exit code 0
};

pid_t make_by_fork(const Row& row) {
  const pid_t pid = ::fork();
  if (pid != 0) return pid;
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  row.once();
  ::_exit(0);
}

pid_t make_by_spawn(const Row& row) {
  std::string program = "fork_hang";
  std::string command = "--child";
  std::string name = row.name;
  std::array<char*, 4> arguments = {program.data(), command.data(), name.data(), nullptr};
  std::array<char*, 1> environment = {nullptr};  // not ours: a thread may be changing it
  pid_t pid = -1;
  errno =
      ::posix_spawn(&pid, "/proc/self/exe", nullptr, nullptr, arguments.data(), environment.data());
  return errno == 0 ? pid : -1;
}

enum class Sign { kNone, kAsleep, kSpinning };

// An operation of microseconds that is asleep after so long will sleep for ever: its only thread is
// nobody's to wake. One that has used a tenth of a second of a core is in a loop that waits for
// another thread. One that merely waits for a core is neither.
Sign sign_of(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  const std::string line{std::istreambuf_iterator<char>(file), {}};
  const auto name_end = line.rfind(')');
  if (name_end == line.npos) return Sign::kNone;
  std::istringstream fields(line.substr(name_end + 1));
  char state = '?';
  std::string skipped;
  long user = 0;
  long system = 0;
  fields >> state;
  for (int i = 0; i < 10; ++i) fields >> skipped;  // proc(5): utime and stime are the 14th and 15th
  fields >> user >> system;
  if (state == 'S') return Sign::kAsleep;
  return 10 * (user + system) >= ::sysconf(_SC_CLK_TCK) ? Sign::kSpinning : Sign::kNone;
}

// Of this program's own children only.
class Children {
 public:
  explicit Children(Count& count) : count_(count) {}
  Children(const Children&) = delete;
  Children& operator=(const Children&) = delete;

  std::size_t alive() const { return alive_.size(); }

  bool add(pid_t pid) {
    if (pid < 0) return false;
    ++count_.made;
    alive_.push_back(
        {pid, static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)), Clock::now() + kPatience});
    return true;
  }

  // Waits for the next end or deadline.
  void look() {
    std::vector<pollfd> ends;
    for (const Child& child : alive_) ends.push_back({child.exit, POLLIN, 0});
    ::poll(ends.data(), ends.size(), 20);
    std::size_t i = 0;
    for (auto child = alive_.begin(); child != alive_.end(); ++i) {
      const bool has_ended = ends[i].revents != 0;
      const Sign sign =
          has_ended || Clock::now() < child->deadline ? Sign::kNone : sign_of(child->pid);
      if (!has_ended && sign == Sign::kNone) {
        ++child;
        continue;
      }
      end(*child, sign);
      child = alive_.erase(child);
    }
  }

 private:
  void end(Child& child, Sign sign) {
    if (sign != Sign::kNone) ::kill(child.pid, SIGKILL);
    int status = 0;
    ::waitpid(child.pid, &status, 0);
    ::close(child.exit);
    if (sign != Sign::kNone) {
      ++(sign == Sign::kAsleep ? count_.asleep : count_.spinning);
    } else if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
      ++count_.failed;
    }
  }

  Count& count_;
  std::list<Child> alive_;
};

Count make_children(const Row& row, pid_t (*make)(const Row& row), std::size_t wanted,
                    Clock::duration budget) {
  Count count;
  std::atomic<bool> is_over{false};
  std::vector<std::thread> threads;
  row.once();  // what is done only the first time
  for (std::size_t i = 0; i < kThreads; ++i) {
    threads.emplace_back([&] {
      while (!is_over) row.once();
    });
  }
  const Clock::time_point begun = Clock::now();
  {
    Children children(count);
    while (count.made < wanted && Clock::now() - begun < budget) {
      if (children.alive() == kMostAlive) {
        children.look();
      } else if (!children.add(make(row))) {
        break;
      }
    }
    while (children.alive() > 0) children.look();
  }
  is_over = true;
  for (std::thread& thread : threads) thread.join();
  return count;
}

std::string words(const Count& count) {
  std::string text =
      std::to_string(count.asleep + count.spinning) + " of " + std::to_string(count.made);
  if (count.spinning > 0) text += ", " + std::to_string(count.spinning) + " spinning";
  if (count.failed > 0) text += ", " + std::to_string(count.failed) + " failed";
  return text;
}

const Row* row_named(std::string_view name) {
  for (const Row& row : kRows) {
    if (row.name == name) return &row;
  }
  return nullptr;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 3 && std::string_view(argv[1]) == "--child") {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    const Row* const row = row_named(argv[2]);
    if (row == nullptr) return 2;
    row->once();
    return 0;
  }
  const long wanted = argc == 2 ? std::strtol(argv[1], nullptr, 10) : 1'000;
  if (argc > 2 || wanted < 1 || wanted > 100'000) {
    std::fprintf(stderr, "usage: fork_hang [CHILDREN]\n");
    return 2;
  }
  std::printf(
      "Children that hang: %zu threads do one thing over and over, and so does each child, "
      "once.\n\n",
      kThreads);
  std::printf("%-12s  %-26s  %-26s  %s\n", "what", "by fork", "by posix_spawn", "");
  const Clock::time_point deadline = Clock::now() + kBudget;
  std::size_t left = 2 * kRows.size();
  const auto count = [&](const Row& row, pid_t (*make)(const Row& row)) {
    return make_children(row, make, static_cast<std::size_t>(wanted),
                         (deadline - Clock::now()) / left--);
  };
  for (const Row& row : kRows) {
    const Count forked = count(row, make_by_fork);
    const Count spawned = count(row, make_by_spawn);
    std::printf("%-12s  %-26s  %-26s  %s\n", row.name, words(forked).c_str(),
                words(spawned).c_str(), row.about);
    std::fflush(stdout);
  }
  std::printf("\nThe share that hangs is the share of the time somebody held the lock.\n");
}
