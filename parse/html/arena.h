// Memory for one document: handed out in a line, given back all at once. What gumbo builds lives in
// it, so that a tree is neither walked to be freed (gumbo does that recursively) nor freed piece by
// piece. One thread.
//
// It is also where a document is stopped, gumbo itself having no way to be: a process of its own
// ends when memory is not to be had (and by its own CPU limit), a thread leaves gumbo half-way. An
// arena with limits counts its bytes and, every so many allocations, looks at the thread's CPU
// time; past a limit it goes back to where the building began, by longjmp over gumbo's frames. That
// is sound because these are C, hold no lock, and own no memory but the arena's; no C++ object with
// a destructor may live between set_way_out() and the allocation (see parse/document.cc). What
// never allocates is never stopped: no such input is known.
#pragma once

#include <chrono>
#include <csetjmp>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <string_view>
#include <vector>

#include "base/clock.h"

namespace scraper::parse {

// Called when no memory is to be had; must not return. gumbo does not check for null, so there is
// no way back.
using OutOfMemory = void (*)();

// What one document may take of a process that it shares.
struct DocumentLimits {
  std::uint64_t max_memory = 512ull << 20;  // bytes of its tree
  Duration max_cpu = std::chrono::seconds(2);
};

enum class Overrun : std::uint8_t { kNone, kMemory, kCpu };

class Arena {
 public:
  explicit Arena(OutOfMemory out_of_memory) : out_of_memory_(out_of_memory) {}
  explicit Arena(const DocumentLimits& limits);
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;
  ~Arena();

  void* allocate(std::size_t size);  // aligned for pointers and 64-bit numbers
  void deallocate(void* block);      // only large blocks come back before reset()
  std::string_view copy(std::string_view text);

  // Everything handed out is gone. Keeps a few MiB for the next document, whose CPU time is counted
  // from here.
  void reset();

  std::size_t bytes_in_use() const { return in_use_; }

  // Of an arena with limits: where to go past one, or null. Without a way out it throws
  // std::bad_alloc.
  void set_way_out(std::jmp_buf* way_out) { way_out_ = way_out; }
  bool has_limits() const { return out_of_memory_ == nullptr; }
  Overrun overrun() const { return overrun_; }  // of the document since reset()

  // Past the CPU limit already, wherever the time went?
  bool is_out_of_time() const;

 private:
  struct Block {
    void* at;
    std::size_t size;
  };

  void* allocate_large(std::size_t size);
  void next_chunk();
  void* from_system(std::size_t size);
  void look_at_clock();
  [[noreturn]] void give_up(Overrun why);
  template <class T>
  void make_room(std::vector<T>& list);

  OutOfMemory out_of_memory_ = nullptr;
  std::size_t max_bytes_ = std::numeric_limits<std::size_t>::max();
  Duration max_cpu_ = Duration::max();
  Duration cpu_deadline_ = Duration::max();
  std::uint64_t until_look_ =
      std::numeric_limits<std::uint64_t>::max();  // allocations; without a limit none ever looks
  std::jmp_buf* way_out_ = nullptr;
  Overrun overrun_ = Overrun::kNone;

  std::vector<char*> chunks_;  // each kChunk bytes
  std::size_t current_ = 0;    // chunks_[current_ - 1] is the one being handed out
  char* at_ = nullptr;
  char* end_ = nullptr;
  std::vector<Block> large_;
  std::size_t in_use_ = 0;
};

}  // namespace scraper::parse
