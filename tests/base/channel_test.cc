#include "scraper/base/channel.h"

#include <algorithm>
#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <memory>
#include <numeric>
#include <thread>

#include "tests/catch.h"

using scraper::Channel;
using scraper::Mailbox;
using scraper::Outbox;

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

TEST_CASE("what an outbox was given in one turn arrives together, in order, after the turn") {
  boost::asio::io_context sender;
  boost::asio::io_context reader;
  std::vector<int> arrived;
  Mailbox<int> mailbox(reader.get_executor(), [&](int value) { arrived.push_back(value); });
  Outbox<int> outbox(sender.get_executor(), mailbox);
  boost::asio::post(sender, [&] { outbox.post(1); });
  boost::asio::post(sender, [&] { outbox.post(2); });
  sender.run_one();
  CHECK(reader.poll() == 0);
  reader.restart();
  sender.run();
  mailbox.post(3);
  CHECK(reader.poll() == 1);  // woken once
  CHECK(arrived == std::vector<int>{1, 2, 3});
}

TEST_CASE("what is in an outbox leaves by flush, or with its end") {
  boost::asio::io_context sender;
  boost::asio::io_context reader;
  std::vector<int> arrived;
  Mailbox<int> mailbox(reader.get_executor(), [&](int value) { arrived.push_back(value); });
  {
    Outbox<int> outbox(sender.get_executor(), mailbox);
    outbox.post(1);
    outbox.flush();
    outbox.post(2);
  }
  reader.run();
  CHECK(arrived == std::vector<int>{1, 2});
  sender.run();  // the turn is over only now
  reader.restart();
  CHECK(reader.run() == 0);
}
