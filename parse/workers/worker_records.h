// Where a worker's records come from: the segment (file), the socket (pipe), the inbox (shm). The
// worker's end; one thread.
#pragma once

#include <cstddef>
#include <deque>
#include <memory>
#include <string_view>
#include <utility>

#include "base/descriptor.h"
#include "parse/workers/handoff.h"

namespace scraper::parse {

enum class Reading : std::uint8_t {
  kRecord,
  kNotThere,  // the bytes are not there, or not those that were written
  kEnd,       // the owner is gone
};

class RecordSource {
 public:
  virtual ~RecordSource() = default;

  // A batch is begun: its tasks are asked for next, in their order. `segment` is what came with it,
  // if anything.
  virtual void begin(const Batch& batch, Descriptor segment) = 0;

  // The bytes are good until the next call of anything here.
  virtual Reading read(const TaskMessage& task, std::string_view& record) = 0;

  virtual void trim() {}  // a large buffer is given back
};

// Grows to what is asked and never copies what is in it.
class Buffer {
 public:
  char* at() { return bytes_.get(); }
  std::size_t capacity() const { return capacity_; }
  void reserve(std::size_t size);
  void trim();  // when it is larger than most pages need

 private:
  std::unique_ptr<char[]> bytes_;
  std::size_t capacity_ = 0;
};

class SegmentSource final : public RecordSource {
 public:
  void begin(const Batch& batch, Descriptor segment) override;
  Reading read(const TaskMessage& task, std::string_view& record) override;
  void trim() override { buffer_.trim(); }

 private:
  // The descriptors of the segments last sent, the oldest first. The owner keeps the same list
  // (parse/worker_link.h).
  std::deque<std::pair<std::uint32_t, Descriptor>> files_;
  int file_ = -1;  // of the batch
  Buffer buffer_;
};

class InboxSource final : public RecordSource {
 public:
  explicit InboxSource(const char* inbox) : inbox_(inbox) {}
  void begin(const Batch&, Descriptor) override {}
  Reading read(const TaskMessage& task, std::string_view& record) override;

 private:
  const char* const inbox_;
};

// Takes in what a record needs and no more, so that the owner sends while the worker parses.
class PipeSource final : public RecordSource {
 public:
  explicit PipeSource(int socket) : socket_(socket) { buffer_.reserve(kPayload); }

  // Waits for a message and takes it for a batch with its first piece. kBroken when it is none.
  Receipt receive(Batch& batch);

  void begin(const Batch&, Descriptor) override {}
  Reading read(const TaskMessage& task, std::string_view& record) override;
  void trim() override { buffer_.trim(); }

 private:
  const int socket_;
  Buffer buffer_;            // the records of the batch, one after the other
  std::uint64_t total_ = 0;  // of the batch
  std::uint64_t got_ = 0;    // of these
  std::uint64_t read_ = 0;   // where the next record begins
};

}  // namespace scraper::parse
