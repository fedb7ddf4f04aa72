// How a worker gets its records where the owner carries them: through the socket (pipe) or by the
// inbox (shm). The owner's end; its thread only. Bytes are let go as soon as they are on their way.
#pragma once

#include <sys/uio.h>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <utility>
#include <vector>

#include "parse/workers/handoff.h"
#include "parse/workers/pool_task.h"
#include "parse/workers/ring_space.h"

namespace scraper::parse {

// Batches with their records, waiting for room in the socket. Who adds to it looks at bytes()
// first.
class Outbox {
 public:
  enum class Sending : std::uint8_t {
    kDone,     // all is sent
    kBlocked,  // the rest must wait until the socket can be written
    kBroken,   // nobody reads it any more
  };

  // One record a task, null where its length is 0.
  void add(const Batch& batch, std::vector<HeldBytes> records);

  // Sends what goes without waiting.
  Sending send(int socket);

  std::uint64_t bytes() const { return bytes_; }  // of records, still to be sent

 private:
  struct Parcel {
    Batch batch;
    std::deque<HeldBytes> records;  // not wholly sent, the first from `at` on
    std::uint64_t at = 0;
    std::uint64_t left = 0;  // bytes
    bool is_announced = false;
  };

  std::size_t gather(Parcel& parcel);
  void forget_sent(Parcel& parcel, std::uint64_t size);

  std::deque<Parcel> parcels_;
  std::uint64_t bytes_ = 0;
  std::vector<iovec> parts_;  // of one message
};

// What is in the inbox, and for how many tasks. `memory` is page-aligned and shared, from a memfd.
class Inbox {
 public:
  Inbox(char* memory, std::size_t size) : memory_(memory), space_(size) {}

  // Where the record lies now; nothing when there is no room until more is answered. No record
  // takes a byte, so that there is a piece for every task.
  std::optional<std::uint64_t> put(const HeldBytes& record);

  // The pieces of the first `answers` tasks ever are free again.
  void free_until(std::uint64_t answers);

 private:
  char* const memory_;
  RingSpace space_;
  std::uint64_t put_ = 0;
  std::size_t used_to_ = 0;      // since it was last empty
  std::size_t resident_to_ = 0;  // at most; page-aligned
};

}  // namespace scraper::parse
