#include "fetch/resolver.h"

#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cassert>
#include <cerrno>
#include <cstring>
#include <deque>
#include <list>
#include <semaphore>
#include <unordered_map>
#include <utility>

#include "base/channel.h"
#include "base/clock.h"
#include "base/completion.h"
#include "base/descriptor.h"
#include "base/thread.h"
#include "fetch/address_guard.h"

namespace scraper::fetch {

namespace {

namespace ip = boost::asio::ip;

constexpr std::size_t kMostAddresses = 16;
constexpr std::size_t kMostThreads = 1024;
constexpr std::chrono::seconds kPatience{1};

struct Answer {
  std::string host;
  Resolution resolution;
  bool was_looked_up = true;  // false: it was refused for want of room or threads
};

// What the look-up threads share with the resolver. getaddrinfo cannot be interrupted, so the
// threads are detached and own this together; the destructor waits a moment for them and then
// leaves those that hang behind. What they must not touch then is the owner's mailbox (its executor
// may be gone): `posting` counts who is at it, and once `is_closed` is seen nobody begins. Both are
// sequentially consistent, so either the thread sees the closing or the destructor sees the thread
// and waits for it to be done.
struct Shared {
  Shared(std::size_t threads, std::function<Resolution(const std::string&)> function)
      : names(threads), look_up(std::move(function)) {}

  Channel<std::string> names;
  const std::function<Resolution(const std::string&)> look_up;
  Mailbox<Answer>* mailbox = nullptr;  // set before the first thread starts
  std::atomic<bool> is_closed{false};
  std::atomic<unsigned> posting{0};
  std::counting_semaphore<kMostThreads> ended{0};
};

void post(Shared& shared, Answer answer) {
  shared.posting.fetch_add(1);
  if (!shared.is_closed.load()) shared.mailbox->post(std::move(answer));
  shared.posting.fetch_sub(1);
  shared.posting.notify_all();
}

void look_up_names(Shared& shared) {
  while (auto name = shared.names.pop()) {
    if (shared.is_closed.load()) return;
    Resolution resolution = shared.look_up(*name);
    post(shared, {std::move(*name), std::move(resolution)});
  }
}

std::optional<ip::address> address_of(const sockaddr* address) {
  if (address->sa_family == AF_INET) {
    sockaddr_in in;
    std::memcpy(&in, address, sizeof in);
    return ip::address_v4(ntohl(in.sin_addr.s_addr));
  }
  if (address->sa_family == AF_INET6) {
    sockaddr_in6 in;
    std::memcpy(&in, address, sizeof in);
    ip::address_v6::bytes_type bytes;
    std::memcpy(bytes.data(), &in.sin6_addr, bytes.size());
    return ip::address_v6(bytes);
  }
  return std::nullopt;
}

// getaddrinfo says nothing of the kind: a name that it could not ask about is one that is not
// known, or not now.
bool lacks_descriptors() {
  const Descriptor probe(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  return !probe && (errno == EMFILE || errno == ENFILE);
}

}  // namespace

Resolution look_up(const std::string& host) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_ADDRCONFIG;
  addrinfo* list = nullptr;
  const int failure = ::getaddrinfo(host.c_str(), nullptr, &hints, &list);
  if (failure != 0)
    return {
        {}, host + ": " + ::gai_strerror(failure), failure == EAI_MEMORY || lacks_descriptors()};
  Resolution resolution;
  for (const addrinfo* entry = list;
       entry != nullptr && resolution.addresses.size() < kMostAddresses; entry = entry->ai_next) {
    if (const auto address = address_of(entry->ai_addr)) resolution.addresses.push_back(*address);
  }
  ::freeaddrinfo(list);
  if (resolution.addresses.empty()) resolution.error = host + ": no internet address";
  return resolution;
}

struct Resolver::State {
  struct Entry {
    Resolution resolution;
    TimePoint expires;
    std::list<std::string>::iterator age;
  };

  State(boost::asio::any_io_executor owner, const ResolverOptions& o)
      : options(o), mailbox(std::move(owner), [this](Answer answer) { take(std::move(answer)); }) {
    options.threads = std::clamp<std::size_t>(options.threads, 1, kMostThreads);
    shared = std::make_shared<Shared>(options.threads, options.look_up);
    shared->mailbox = &mailbox;
  }

  void ask(std::string host, Completion<Resolution> done) {
    auto& waiting = asking[host];
    waiting.push_back(std::move(done));
    if (waiting.size() > 1) return;
    if (backlog.size() >= options.capacity)
      return refuse(std::move(host), ": too many names wait to be looked up");
    backlog.push_back(std::move(host));
    feed();
  }

  // By way of the mailbox, because a coroutine must not go on inside the call that suspends it.
  void refuse(std::string host, std::string_view why) {
    Resolution refusal{{}, host + std::string(why), true};
    mailbox.post({std::move(host), std::move(refusal), false});
  }

  // No more names are handed over than there are threads: the rest waits here, where the owner can
  // count it.
  void feed() {
    while (!backlog.empty() && looking_up < options.threads) {
      if (looking_up == threads && !start_thread()) {
        if (threads > 0) return;
        refuse(std::move(backlog.front()), ": no thread to look it up");
      } else {
        [[maybe_unused]] const bool is_taken = shared->names.try_push(std::move(backlog.front()));
        assert(is_taken);
        ++looking_up;
      }
      backlog.pop_front();
    }
  }

  bool start_thread() {
    auto thread = Thread::start("resolver", [shared = shared] {
      look_up_names(*shared);
      shared->ended.release();
    });
    if (!thread) return false;
    thread->detach();
    ++threads;
    return true;
  }

  void take(Answer answer) {
    if (answer.was_looked_up) {
      --looking_up;
      if (!answer.resolution.is_exhausted) remember(answer.host, answer.resolution);
      feed();
    }
    auto node = asking.extract(answer.host);
    if (node.empty()) return;
    for (auto& done : node.mapped()) done(answer.resolution);
  }

  void remember(const std::string& host, const Resolution& resolution) {
    forget(host);
    if (cache.size() >= options.capacity) forget(std::string(by_age.front()));
    const auto keep = resolution.addresses.empty() ? options.keep_failure : options.keep;
    by_age.push_back(host);
    cache[host] = Entry{resolution, SteadyClock::now() + keep, std::prev(by_age.end())};
  }

  void forget(const std::string& host) {
    const auto entry = cache.find(host);
    if (entry == cache.end()) return;
    by_age.erase(entry->second.age);
    cache.erase(entry);
  }

  ResolverOptions options;
  std::shared_ptr<Shared> shared;
  std::unordered_map<std::string, Entry> cache;
  std::list<std::string> by_age;  // oldest first
  std::unordered_map<std::string, std::vector<Completion<Resolution>>> asking;
  std::deque<std::string> backlog;
  std::size_t threads = 0;
  std::size_t looking_up = 0;
  Mailbox<Answer> mailbox;
};

Resolver::Resolver(boost::asio::any_io_executor owner, const ResolverOptions& options)
    : state_(std::make_unique<State>(std::move(owner), options)) {}

Resolver::~Resolver() {
  Shared& shared = *state_->shared;
  shared.is_closed.store(true);
  shared.names.close();
  for (unsigned posting = shared.posting.load(); posting != 0; posting = shared.posting.load())
    shared.posting.wait(posting);
  const auto deadline = SteadyClock::now() + kPatience;
  for (std::size_t i = 0; i < state_->threads; ++i) {
    if (!shared.ended.try_acquire_until(deadline)) break;
  }
}

const Resolution* Resolver::cached(const std::string& host) const {
  const auto entry = state_->cache.find(host);
  if (entry == state_->cache.end() || entry->second.expires <= SteadyClock::now()) return nullptr;
  return &entry->second.resolution;
}

boost::asio::awaitable<Resolution> Resolver::resolve(std::string host) {
  if (const auto address = literal_address(host)) {
    Resolution literal{{*address}, {}};
    co_return literal;
  }
  if (const Resolution* known = cached(host)) co_return *known;
  auto start = [state = state_.get(), host = std::move(host)](Completion<Resolution> done) mutable {
    state->ask(std::move(host), std::move(done));
  };
  co_return co_await suspend_for<Resolution>(std::move(start));
}

}  // namespace scraper::fetch
