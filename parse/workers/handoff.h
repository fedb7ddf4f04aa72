// What the owner and a worker say to each other: little structs of fixed size over a SOCK_SEQPACKET
// socket, one a message. Both ends are the same build on the same machine, so a struct travels as
// it lies in memory; the version is there to be refused.
//
//   owner                                     worker
//   Hello ──────────────────────────────────►  hand-off, limits and options; always first
//                                    ◄──────── Ready
//   Batch, up to 16 tasks ──────────────────►  file: of one segment, with its read-only
//                                              descriptor (SCM_RIGHTS) unless it is among the
//                                              kKeptSegments last sent. shm: the records lie in
//                                              the inbox. pipe: the records follow, see below
//                                    ◄──────── Answer (pipe), one a task, in the order of the
//                                              tasks; the page record follows
//                                    ◄──────── Announced (file, shm): there are answers on the
//                                              board, each with a place in the ring
//                                    ◄──────── NeedRoom (file, shm): the ring is full
//   Consumed ───────────────────────────────►  at once; otherwise the count travels with the
//                                              next Batch
//
// The ring is a memfd that both map, sealed in size, so that no access can fault. A record lies in
// it in one piece; the owner copies it out before it looks at it, so that nothing changes under its
// eyes, and counts. Which bytes are free is the worker's business alone (parse/ring_space.h): a
// worker that overwrites its own answers hurts nobody but itself.
//
// The board (file, shm) is where answers stand, one a task, in the order of the tasks, from the
// moment each is there: whatever becomes of the worker, the owner sees how far it has come, and the
// first task without an answer is to blame. Hence they need no message each, which would wake the
// owner: up to 15 µs of the two, a tenth of what the scanner takes for a page. The worker announces
// at the end of a batch, and in the midst of one once documents have taken it kHeldMicros since it
// last did; an answer waits no longer than that and for the document that is being parsed.
//
// The inbox (shm) is the same the other way round: the owner writes and keeps account, a record's
// bytes are free again once its answer is there, and the worker parses it where it lies. The owner
// never reads what it has written there.
//
// What follows (pipe) is a stream, the records of a batch or one page record, cut into pieces of
// kPayload bytes and the rest. The first piece goes in the message of its Batch or Answer, behind
// the struct; each other one is a message. A Batch is sent in its whole length then, so that it is
// known where it ends.
//
// Whichever way the bytes came, the worker checks them against the CRC of their place.
//
// The worker trusts the owner. The owner trusts nothing: see parse/worker_link.h.
#pragma once

#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <tuple>
#include <type_traits>

#include "parse/page.h"
#include "parse/record_codec.h"
#include "parse/workers/handoff_kind.h"

namespace scraper::parse {

// Where a worker finds its descriptors.
inline constexpr int kSocketDescriptor = 3;
inline constexpr int kRingDescriptor = 4;   // file, shm
inline constexpr int kInboxDescriptor = 5;  // shm
inline constexpr int kFirstFreeDescriptor = 6;

inline constexpr std::uint32_t kHandoffVersion = 5;
inline constexpr std::size_t kMaxBatch = 16;
inline constexpr std::size_t kMaxOutstanding = 32;   // tasks of a worker
inline constexpr std::uint64_t kHeldMicros = 1'000;  // of CPU
inline constexpr std::size_t kPayload = 64u << 10;   // three fit into a socket's buffer as it comes
inline constexpr std::size_t kKeptSegments = 4;
inline constexpr std::size_t kMinRing =
    2 * kMaxRecord;  // so that one is written while another is copied out
inline constexpr std::uint64_t kMaxDocument = 80ull
                                              << 20;  // bytes of a WARC record that a worker reads

// pipe and shm: with this much given and not answered a worker gets no more, unless it has one
// document only: the owner copies the next large one while the worker is at this one.
inline constexpr std::uint64_t kMaxCarried = 4ull << 20;
inline constexpr std::size_t kInbox =
    2 * kMaxDocument + kMaxCarried;  // only what is used becomes resident

// How a worker ends by itself. Anything else was not meant.
inline constexpr int kExitDone = 0;          // the owner closed the socket
inline constexpr int kExitOutOfMemory = 40;  // the document needed more than max_memory
inline constexpr int kExitProtocol = 41;     // the owner sent what this build does not understand
inline constexpr int kExitSetUp = 42;        // the ring could not be mapped or a limit not set

enum class MessageKind : std::uint32_t {
  kHello = 1,
  kBatch,
  kConsumed,
  kReady,
  kAnswer,
  kNeedRoom,
  kAnnounced
};

struct Hello {
  static constexpr MessageKind kKind = MessageKind::kHello;
  MessageKind kind = kKind;
  std::uint32_t version = kHandoffVersion;
  std::uint64_t ring_bytes = 0;   // 0: none
  std::uint64_t inbox_bytes = 0;  // 0: none
  std::uint64_t max_memory = 0;
  std::uint64_t max_cpu_micros = 0;
  std::uint64_t key0 = 0;
  std::uint64_t key1 = 0;
  std::uint64_t max_decoded = 0;
  std::uint32_t max_ratio = 0;
  std::uint32_t max_depth = 0;
  std::uint32_t max_links = 0;
  std::uint32_t max_url = 0;
  std::uint32_t wants_text = 0;
  std::uint32_t links_as_resolved = 0;
  std::uint32_t kinds = 0;
  std::uint32_t follow = 0;
  std::uint32_t handoff = 0;
  std::uint32_t sorts_query = 0;
  std::uint32_t parser = 0;
  std::uint32_t reserved = 0;
  std::uint32_t agent_length = 0;
  std::uint32_t strip_query_length = 0;
  std::array<char, 256> agent{};
  std::array<char, kMaxStripBytes> strip_query{};  // each name with a line feed
};

struct TaskMessage {
  std::uint64_t id = 0;
  std::uint64_t offset = 0;  // of the record: in the segment (file), in the inbox (shm)
  std::uint64_t length = 0;  // 0: the owner could not get at its bytes
  std::uint32_t crc32c = 0;
  std::uint32_t kind = 0;  // TaskKind
};

// Only the first `count` tasks are sent.
struct Batch {
  static constexpr MessageKind kKind = MessageKind::kBatch;
  MessageKind kind = kKind;
  std::uint32_t count = 0;
  std::uint32_t segment = 0;  // of all the tasks, with file
  std::uint32_t reserved = 0;
  std::uint64_t consumed = 0;  // answers copied out of the ring since the worker's start
  std::array<TaskMessage, kMaxBatch> tasks{};
  std::size_t size() const { return offsetof(Batch, tasks) + count * sizeof(TaskMessage); }
};

struct Consumed {
  static constexpr MessageKind kKind = MessageKind::kConsumed;
  MessageKind kind = kKind;
  std::uint32_t reserved = 0;
  std::uint64_t consumed = 0;  // as in Batch
};

struct Ready {
  static constexpr MessageKind kKind = MessageKind::kReady;
  MessageKind kind = kKind;
  std::uint32_t version = kHandoffVersion;
};

struct Answer {
  static constexpr MessageKind kKind = MessageKind::kAnswer;
  MessageKind kind = kKind;
  std::uint32_t cpu_micros = 0;
  std::uint64_t id = 0;
  std::uint64_t offset = 0;  // in the ring; 0 with pipe
  std::uint64_t length = 0;  // 1 … kMaxRecord
};

struct Announced {
  static constexpr MessageKind kKind = MessageKind::kAnnounced;
  MessageKind kind = kKind;
  std::uint32_t reserved = 0;
  std::uint64_t count = 0;  // since the worker's start; more each time
};

struct NeedRoom {
  static constexpr MessageKind kKind = MessageKind::kNeedRoom;
  MessageKind kind = kKind;
  std::uint32_t reserved = 0;
};

// No padding, so that no stale byte of the owner's memory reaches a worker.
static_assert(std::has_unique_object_representations_v<Hello> &&
              std::has_unique_object_representations_v<Batch> &&
              std::has_unique_object_representations_v<Consumed> &&
              std::has_unique_object_representations_v<Ready> &&
              std::has_unique_object_representations_v<Answer> &&
              std::has_unique_object_representations_v<Announced> &&
              std::has_unique_object_representations_v<NeedRoom>);

// The answers of a worker, in memory that both ends map, before the ring; all zeros at first. Only
// the worker writes: no more than kMaxOutstanding past those the owner has taken, which is as many
// as it can have been asked for. An answer comes out word by word, each read once, so that what the
// owner has checked is what it uses.
class Board {
 public:
  void put(const Answer& answer) {
    const std::uint64_t number = count();
    const auto words = std::bit_cast<Words>(answer);
    for (std::size_t i = 0; i < words.size(); ++i)
      place(number)[i].store(words[i], std::memory_order_relaxed);
    count_.store(number + 1, std::memory_order_release);
  }

  std::uint64_t count() const { return count_.load(std::memory_order_acquire); }  // ever put

  // The one with that number, from 0.
  Answer at(std::uint64_t number) const {
    Words words{};
    for (std::size_t i = 0; i < words.size(); ++i)
      words[i] = places_[number % kMaxOutstanding][i].load(std::memory_order_relaxed);
    return std::bit_cast<Answer>(words);
  }

 private:
  using Words = std::array<std::uint64_t, sizeof(Answer) / sizeof(std::uint64_t)>;
  using Place = std::array<std::atomic<std::uint64_t>, std::tuple_size_v<Words>>;
  static_assert(std::atomic<std::uint64_t>::is_always_lock_free);

  Place& place(std::uint64_t number) { return places_[number % kMaxOutstanding]; }

  std::atomic<std::uint64_t> count_{0};
  std::array<Place, kMaxOutstanding> places_{};
};

inline constexpr std::size_t kBoardBytes = 4096;  // a page, so that the ring begins with one
static_assert(sizeof(Board) <= kBoardBytes);

// One received message. `descriptor` is the taker's to close; -1 when none came with it.
struct Incoming {
  std::array<char, std::max(sizeof(Batch), sizeof(Hello))> bytes;
  std::size_t size = 0;
  int descriptor = -1;

  // Nothing of the right kind and size: false.
  template <class Message>
  bool read(Message& message) const {
    if (size != sizeof(Message)) return false;
    std::memcpy(&message, bytes.data(), size);
    return message.kind == Message::kKind;
  }
  bool read(Batch& batch) const;
  MessageKind kind()
      const;  // of any message; a value of none of them when it is too short to have one
};

enum class Receipt {
  kMessage,
  kNothingYet,  // only where it was asked not to wait
  kEnd,         // the other end is closed
  kBroken,      // longer than any message, or the socket failed
};

enum class Wait : bool { kNo, kYes };

// With takes_descriptor false, a descriptor that comes along is closed by the kernel and the
// message is broken.
Receipt receive_message(int socket, Incoming& message, Wait wait, bool takes_descriptor) noexcept;

// False, with errno, when the message did not go. `descriptor` goes along with it unless it is -1.
// Never raises SIGPIPE.
bool send_bytes(int socket, const void* bytes, std::size_t size, int descriptor,
                Wait wait) noexcept;

template <class Message>
bool send_message(int socket, const Message& message, Wait wait) noexcept {
  return send_bytes(socket, &message, sizeof message, -1, wait);
}

// One message, laid into two places one after the other; `size` is its length. Without a
// descriptor.
Receipt receive_parts(int socket, std::array<iovec, 2> parts, std::size_t& size,
                      Wait wait) noexcept;

// A piece of a stream: a message of exactly `size` bytes; kBroken when it is any other.
Receipt receive_piece(int socket, char* to, std::size_t size, Wait wait) noexcept;

// One message gathered from these parts, at most IOV_MAX. False, with errno, when it did not go.
// Never raises SIGPIPE.
bool send_parts(int socket, iovec* parts, std::size_t count, Wait wait) noexcept;

// Options as a worker is told them, and back. The agent must fit (agent_fits).
Hello to_hello(Handoff handoff, const PageOptions& page, std::chrono::microseconds max_cpu,
               std::uint64_t max_memory, std::size_t ring_bytes);
PageOptions page_options(const Hello& hello);
bool agent_fits(const PageOptions& page);

}  // namespace scraper::parse
