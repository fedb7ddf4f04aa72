#include "base/channel.h"

#include <algorithm>
#include <atomic>
#include <memory>
#include <numeric>
#include <thread>

#include "tests/catch.h"

using scraper::Channel;

namespace {

// Pops until the channel is closed and empty.
std::vector<int> drain(Channel<int>& channel) {
  std::vector<int> values;
  while (auto value = channel.pop()) values.push_back(*value);
  return values;
}

}  // namespace

TEST_CASE("a channel holds what its capacity says and hands it out in order") {
  Channel<int> channel(3);
  for (int i = 0; i < 3; ++i) CHECK(channel.try_push(std::move(i)));
  int fourth = 4;
  CHECK_FALSE(channel.try_push(std::move(fourth)));
  CHECK(fourth == 4);
  CHECK(channel.size() == 3);
  channel.close();
  CHECK_FALSE(channel.try_push(std::move(fourth)));
  CHECK(drain(channel) == std::vector<int>{0, 1, 2});
}

TEST_CASE("pop_some takes what is there, up to what it is asked for") {
  Channel<int> channel(10);
  for (int i = 0; i < 5; ++i) channel.try_push(std::move(i));
  CHECK(channel.pop_some(3) == std::vector<int>{0, 1, 2});
  CHECK(channel.pop_some(3) == std::vector<int>{3, 4});
  channel.close();
  CHECK(channel.pop_some(3).empty());
}

TEST_CASE("every value reaches one of many threads, however often they fall asleep") {
  constexpr int kValues = 20'000;
  Channel<int> channel(8);
  std::vector<std::vector<int>> got(16);
  std::vector<std::thread> threads;
  threads.reserve(got.size());
  for (auto& values : got) threads.emplace_back([&channel, &values] { values = drain(channel); });
  for (int i = 0; i < kValues;) {
    int value = i;
    if (channel.try_push(std::move(value))) {
      ++i;
    } else {
      std::this_thread::yield();
    }
  }
  channel.close();
  for (auto& thread : threads) thread.join();
  std::vector<int> all;
  for (const auto& values : got) {
    CHECK(std::is_sorted(values.begin(), values.end()));
    all.insert(all.end(), values.begin(), values.end());
  }
  std::sort(all.begin(), all.end());
  std::vector<int> expected(kValues);
  std::iota(expected.begin(), expected.end(), 0);
  CHECK(all == expected);
}

TEST_CASE("closing wakes everybody who waits, and what cannot be copied passes too") {
  Channel<std::unique_ptr<int>> channel(1);
  std::atomic<int> ended{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      while (auto value = channel.pop()) ended += **value;
      ++ended;
    });
  }
  while (!channel.try_push(std::make_unique<int>(100))) std::this_thread::yield();
  channel.close();
  for (auto& thread : threads) thread.join();
  CHECK(ended == 108);
}
