// A parse worker that does not keep to the hand-off, in the way that the product token for
// robots.txt says: what somebody could make of a worker whose parser had a hole.
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <new>
#include <string>
#include <vector>

#include "parse/workers/handoff.h"

namespace {

using namespace scraper::parse;

struct Rogue {
  Hello hello;
  Board* board = nullptr;  // none with pipe
  std::string record;      // one that decodes, at the ring's beginning

  template <class Message>
  void say(const Message& message) const {
    if (!send_message(kSocketDescriptor, message, Wait::kYes)) ::_exit(0);
  }

  bool is_pipe() const { return static_cast<Handoff>(hello.handoff) == Handoff::kPipe; }

  // With pipe the record goes along, as much of it as the answer says and the record has.
  void say_answer(const Answer& answer) const {
    if (!is_pipe()) return put_and_announce(answer);
    send_with(answer, record.substr(0, std::min<std::uint64_t>(answer.length, kPayload)));
  }

  void put_and_announce(const Answer& answer) const {
    board->put(answer);
    announce(board->count());
  }

  void announce(std::uint64_t count) const {
    Announced announced;
    announced.count = count;
    say(announced);
  }

  void send_with(const Answer& answer, std::string piece) const {
    std::array<iovec, 2> parts = {
        {{const_cast<Answer*>(&answer), sizeof answer}, {piece.data(), piece.size()}}};
    if (!send_parts(kSocketDescriptor, parts.data(), parts.size(), Wait::kYes)) ::_exit(0);
  }

  void send_piece(std::size_t size) const {
    const std::string piece(size, 'x');
    if (!send_bytes(kSocketDescriptor, piece.data(), piece.size(), -1, Wait::kYes)) ::_exit(0);
  }

  Batch next_batch() const { return is_pipe() ? next_batch_from_pipe() : next_batch_by_itself(); }

  Batch next_batch_by_itself() const {
    Incoming incoming;
    Batch batch;
    do {
      if (receive_message(kSocketDescriptor, incoming, Wait::kYes, true) != Receipt::kMessage)
        ::_exit(0);
    } while (!incoming.read(batch));
    return batch;
  }

  // What comes behind a batch is read away.
  Batch next_batch_from_pipe() const {
    static std::array<char, kPayload> bytes;
    Batch batch;
    std::size_t size = 0;
    if (receive_parts(kSocketDescriptor, {{{&batch, sizeof batch}, {bytes.data(), bytes.size()}}},
                      size, Wait::kYes) != Receipt::kMessage) {
      ::_exit(0);
    }
    std::uint64_t left = sizeof batch - size;
    for (std::uint32_t i = 0; i < batch.count; ++i) left += batch.tasks[i].length;
    while (left > 0) {
      const auto piece = static_cast<std::size_t>(std::min<std::uint64_t>(left, kPayload));
      if (receive_piece(kSocketDescriptor, bytes.data(), piece, Wait::kYes) != Receipt::kMessage)
        ::_exit(0);
      left -= piece;
    }
    return batch;
  }

  Answer honest(const TaskMessage& task) const {
    Answer answer;
    answer.id = task.id;
    answer.length = record.size();
    return answer;
  }
};

// Answers every task with what `spoil` makes of an honest answer.
void answer_spoilt(const Rogue& rogue, const std::function<void(Answer&)>& spoil) {
  for (;;) {
    const Batch batch = rogue.next_batch();
    for (std::uint32_t i = 0; i < batch.count; ++i) {
      Answer answer = rogue.honest(batch.tasks[i]);
      spoil(answer);
      rogue.say_answer(answer);
    }
  }
}

[[noreturn]] void stand_still() {
  for (;;) ::pause();
}

using Way = std::function<void(const Rogue&)>;

Way spoilt(std::function<void(Answer&)> spoil) {
  return [spoil = std::move(spoil)](const Rogue& rogue) {
    rogue.say(Ready{});
    answer_spoilt(rogue, spoil);
  };
}

// Once there is something to do, says something else.
template <class Message>
Way says(Message message, int times) {
  return [message, times](const Rogue& rogue) {
    rogue.say(Ready{});
    rogue.next_batch();
    for (int i = 0; i < times; ++i) rogue.say(message);
    stand_still();
  };
}

void answer_past_the_last(const Rogue& rogue) {
  rogue.say(Ready{});
  for (;;) {
    const Batch batch = rogue.next_batch();
    for (std::uint32_t i = 0; i < batch.count; ++i) rogue.say_answer(rogue.honest(batch.tasks[i]));
    for (int i = 0; i < 16; ++i) rogue.say_answer(rogue.honest(batch.tasks[batch.count - 1]));
  }
}

// Announces a record of that many bytes and sends, after its first piece, pieces of these sizes.
Way sends_pieces(std::uint64_t announced, std::vector<std::size_t> pieces) {
  return [announced, pieces = std::move(pieces)](const Rogue& rogue) {
    rogue.say(Ready{});
    Answer answer = rogue.honest(rogue.next_batch().tasks[0]);
    answer.length = announced;
    rogue.send_with(answer, std::string(kPayload, 'x'));
    for (const std::size_t size : pieces) rogue.send_piece(size);
    stand_still();
  };
}

// Announces these counts and puts nothing on the board.
Way announces(std::vector<std::uint64_t> counts) {
  return [counts = std::move(counts)](const Rogue& rogue) {
    rogue.say(Ready{});
    rogue.next_batch();
    for (const std::uint64_t count : counts) rogue.announce(count);
    stand_still();
  };
}

// The board says that all there can ever be is on it.
void count_to_the_end(const Rogue& rogue) {
  rogue.say(Ready{});
  rogue.next_batch();
  static_assert(sizeof(std::uint64_t) <= sizeof(Board));
  std::fill_n(reinterpret_cast<char*>(rogue.board), sizeof(std::uint64_t), '\xFF');
  rogue.announce(1);
  stand_still();
}

void answer_one_and_exit(const Rogue& rogue) {
  rogue.say(Ready{});
  rogue.board->put(rogue.honest(rogue.next_batch().tasks[0]));
  ::_exit(3);
}

void send_a_descriptor(const Rogue& rogue) {
  rogue.say(Ready{});
  const Answer answer = rogue.honest(rogue.next_batch().tasks[0]);
  send_bytes(kSocketDescriptor, &answer, sizeof answer, STDERR_FILENO, Wait::kYes);
  stand_still();
}

void close_and_stay(const Rogue& rogue) {
  rogue.say(Ready{});
  rogue.next_batch();
  ::close(kSocketDescriptor);
  stand_still();
}

const std::map<std::string, Way> kWays = {
    {"id", spoilt([](Answer& a) { ++a.id; })},
    {"offset", spoilt([](Answer& a) { a.offset = 1ull << 40; })},
    {"offset at the end", spoilt([](Answer& a) { a.offset = kMinRing - 1; })},
    {"offset wraps", spoilt([](Answer& a) { a.offset = UINT64_MAX - 1; })},
    {"length", spoilt([](Answer& a) { a.length = UINT64_MAX; })},
    {"length past the limit", spoilt([](Answer& a) { a.length = kMaxRecord + 1; })},
    {"nothing", spoilt([](Answer& a) { a.length = 0; })},
    {"cut record", spoilt([](Answer& a) { a.length /= 2; })},
    {"zeros", spoilt([](Answer& a) { a.offset = 1u << 20; })},
    {"first piece is short",
     [](const Rogue& rogue) {
       rogue.say(Ready{});
       Answer answer = rogue.honest(rogue.next_batch().tasks[0]);
       answer.length = 1u << 20;
       rogue.send_with(answer, "x");
       stand_still();
     }},
    {"piece is short", sends_pieces(1u << 20, {100})},
    {"piece is long", sends_pieces(kPayload + 100, {101})},
    {"message among pieces", sends_pieces(1u << 20, {kPayload, sizeof(Ready)})},
    {"record without end", sends_pieces(1u << 20, {kPayload, kPayload})},
    {"record that is none", sends_pieces(kPayload + 100, {100})},
    {"more than was announced",
     [](const Rogue& rogue) {
       rogue.say(Ready{});
       rogue.say_answer(rogue.honest(rogue.next_batch().tasks[0]));
       rogue.send_piece(kPayload);
       stand_still();
     }},
    {"never reads",
     [](const Rogue& rogue) {
       rogue.say(Ready{});
       stand_still();
     }},
    {"kind", says(std::array<std::uint32_t, 2>{77, 0}, 1)},
    {"short message", says(std::array<std::uint32_t, 1>{5}, 1)},
    {"long message", says(std::array<char, 4096>{}, 1)},
    {"announces nothing", announces({0})},
    {"announces twice", announces({1, 1})},
    {"announces too many", announces({kMaxOutstanding + 1})},
    {"counts to the end", count_to_the_end},
    {"answers one and exits", answer_one_and_exit},
    {"asks for ever", says(NeedRoom{}, 1'000'000)},
    {"ready twice", says(Ready{}, 1)},
    {"speaks as the owner", says(Hello{}, 1)},
    {"another version",
     [](const Rogue& rogue) {
       rogue.say(std::array<std::uint32_t, 2>{4, 99}), stand_still();
     }},
    {"answers unasked",
     [](const Rogue& rogue) { rogue.say_answer(rogue.honest({})), stand_still(); }},
    {"floods", answer_past_the_last},
    {"sends a descriptor", send_a_descriptor},
    {"closes and stays", close_and_stay},
    {"says nothing", [](const Rogue& rogue) { rogue.say(Ready{}), stand_still(); }},
    {"never ready", [](const Rogue&) { stand_still(); }},
    {"exits", [](const Rogue&) { ::_exit(3); }},
    {"ready and exits", [](const Rogue& rogue) { rogue.say(Ready{}), ::_exit(3); }},
    {"exits over a task",
     [](const Rogue& rogue) { rogue.say(Ready{}), rogue.next_batch(), ::_exit(3); }},
};

}  // namespace

int main() {
  Rogue rogue;
  Incoming incoming;
  if (receive_message(kSocketDescriptor, incoming, Wait::kYes, false) != Receipt::kMessage ||
      !incoming.read(rogue.hello))
    return 1;
  encode(scraper::PageRecord{}, rogue.record);
  if (!rogue.is_pipe()) {
    void* const memory = ::mmap(nullptr, kBoardBytes + rogue.hello.ring_bytes,
                                PROT_READ | PROT_WRITE, MAP_SHARED, kRingDescriptor, 0);
    rogue.board = new (memory) Board;
    rogue.record.copy(static_cast<char*>(memory) + kBoardBytes, rogue.record.size());
  }
  const auto way = kWays.find(page_options(rogue.hello).robots_agent);
  if (way == kWays.end()) return 1;
  way->second(rogue);
}
