// Memory for one document: handed out in a line, given back all at once. What gumbo builds lives in it, so that a tree is neither
// walked to be freed (gumbo does that recursively) nor freed piece by piece. One thread.
#pragma once

#include <cstddef>
#include <memory>
#include <string_view>
#include <vector>

namespace scraper::parse {

// Called when no memory is to be had; must not return. gumbo does not check for null, so there is no way back.
using OutOfMemory = void (*)();

class Arena {
 public:
  explicit Arena(OutOfMemory out_of_memory) : out_of_memory_(out_of_memory) {}
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;
  ~Arena();

  void* allocate(std::size_t size);  // aligned for pointers and 64-bit numbers
  void deallocate(void* block);      // only large blocks come back before reset()
  std::string_view copy(std::string_view text);

  // Everything handed out is gone. Keeps a few MiB for the next document.
  void reset();

  std::size_t bytes_in_use() const { return in_use_; }

 private:
  void* allocate_large(std::size_t size);
  void next_chunk();
  void* from_system(std::size_t size);

  OutOfMemory out_of_memory_;
  std::vector<char*> chunks_;  // each kChunk bytes
  std::size_t current_ = 0;    // chunks_[current_ - 1] is the one being handed out
  char* at_ = nullptr;
  char* end_ = nullptr;
  std::vector<void*> large_;
  std::size_t in_use_ = 0;
};

}  // namespace scraper::parse
