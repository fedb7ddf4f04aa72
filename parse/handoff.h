// What the owner and a worker say to each other in the hand-off "file": little structs of fixed size over a SOCK_SEQPACKET socket,
// one a message. Both ends are the same build on the same machine, so a struct travels as it lies in memory; the version is there
// to be refused.
//
//   owner                                     worker
//   Hello ──────────────────────────────────►  limits and options; always first
//                                    ◄──────── Ready
//   Batch, up to 16 tasks of one segment ───►  with the segment's read-only descriptor (SCM_RIGHTS) unless it is among the
//                                              kKeptSegments last sent
//                                    ◄──────── Answer, one a task, in the order of the tasks: a place in the ring
//                                    ◄──────── NeedRoom: the ring is full
//   Consumed ───────────────────────────────►  at once; otherwise the count travels with the next Batch
//
// The ring is a memfd that both map, sealed in size, so that no access can fault. A record lies in it in one piece; the owner
// copies it out before it looks at it, so that nothing changes under its eyes, and counts. Which bytes are free is the worker's
// business alone (parse/ring_space.h): a worker that overwrites its own answers hurts nobody but itself.
//
// The worker trusts the owner. The owner trusts nothing: see parse/worker_link.h.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>

#include "parse/page.h"
#include "parse/record_codec.h"

namespace scraper::parse {

// Where a worker finds its two descriptors.
inline constexpr int kSocketDescriptor = 3;
inline constexpr int kRingDescriptor = 4;
inline constexpr int kFirstFreeDescriptor = 5;

inline constexpr std::uint32_t kHandoffVersion = 1;
inline constexpr std::size_t kMaxBatch = 16;
inline constexpr std::size_t kKeptSegments = 4;
inline constexpr std::size_t kMinRing = 2 * kMaxRecord;     // so that one is written while another is copied out
inline constexpr std::uint64_t kMaxDocument = 80ull << 20;  // bytes of a WARC record that a worker reads

// How a worker ends by itself. Anything else was not meant.
inline constexpr int kExitDone = 0;          // the owner closed the socket
inline constexpr int kExitOutOfMemory = 40;  // the document needed more than max_memory
inline constexpr int kExitProtocol = 41;     // the owner sent what this build does not understand
inline constexpr int kExitSetUp = 42;        // the ring could not be mapped or a limit not set

enum class MessageKind : std::uint32_t { kHello = 1, kBatch, kConsumed, kReady, kAnswer, kNeedRoom };

struct Hello {
  static constexpr MessageKind kKind = MessageKind::kHello;
  MessageKind kind = kKind;
  std::uint32_t version = kHandoffVersion;
  std::uint64_t ring_bytes = 0;
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
  std::uint32_t reserved = 0;
  std::uint32_t agent_length = 0;
  std::array<char, 256> agent{};
};

struct TaskMessage {
  std::uint64_t id = 0;
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
  std::uint32_t crc32c = 0;
  std::uint32_t kind = 0;  // TaskKind
};

// Only the first `count` tasks are sent.
struct Batch {
  static constexpr MessageKind kKind = MessageKind::kBatch;
  MessageKind kind = kKind;
  std::uint32_t count = 0;
  std::uint32_t segment = 0;  // of all the tasks
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
  std::uint64_t offset = 0;  // in the ring
  std::uint64_t length = 0;  // 1 … kMaxRecord
};

struct NeedRoom {
  static constexpr MessageKind kKind = MessageKind::kNeedRoom;
  MessageKind kind = kKind;
  std::uint32_t reserved = 0;
};

// No padding, so that no stale byte of the owner's memory reaches a worker.
static_assert(std::has_unique_object_representations_v<Hello> && std::has_unique_object_representations_v<Batch> &&
              std::has_unique_object_representations_v<Consumed> && std::has_unique_object_representations_v<Ready> &&
              std::has_unique_object_representations_v<Answer> && std::has_unique_object_representations_v<NeedRoom>);

// One received message. `descriptor` is the taker's to close; -1 when none came with it.
struct Incoming {
  std::array<char, sizeof(Batch)> bytes;
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
  MessageKind kind() const;  // of any message; a value of none of them when it is too short to have one
};
static_assert(sizeof(Batch) >= sizeof(Hello));

enum class Receipt {
  kMessage,
  kNothingYet,  // only where it was asked not to wait
  kEnd,         // the other end is closed
  kBroken,      // longer than any message, or the socket failed
};

enum class Wait : bool { kNo, kYes };

// With takes_descriptor false, a descriptor that comes along is closed by the kernel and the message is broken.
Receipt receive_message(int socket, Incoming& message, Wait wait, bool takes_descriptor) noexcept;

// False, with errno, when the message did not go. `descriptor` goes along with it unless it is -1. Never raises SIGPIPE.
bool send_bytes(int socket, const void* bytes, std::size_t size, int descriptor, Wait wait) noexcept;

template <class Message>
bool send_message(int socket, const Message& message, Wait wait) noexcept {
  return send_bytes(socket, &message, sizeof message, -1, wait);
}

// Options as a worker is told them, and back. The agent must fit (agent_fits).
Hello to_hello(const PageOptions& page, std::chrono::microseconds max_cpu, std::uint64_t max_memory, std::size_t ring_bytes);
PageOptions page_options(const Hello& hello);
bool agent_fits(const PageOptions& page);

}  // namespace scraper::parse
