#include "parse/html/arena.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <new>

namespace scraper::parse {

namespace {

constexpr std::size_t kChunk = 256u << 10;
constexpr std::size_t kLarge =
    kChunk / 4;  // blocks from here on are the system's, so that growing buffers do not pile up
constexpr std::size_t kKeptChunks = 32;  // 8 MiB: nearly every page fits
constexpr std::size_t kAlignment = 8;
// Reading the thread's clock is a system call. Between two allocations gumbo's worst inputs spend
// some milliseconds.
constexpr std::uint64_t kAllocationsALook = 512;

}  // namespace

Arena::Arena(const DocumentLimits& limits)
    : max_bytes_(limits.max_memory), max_cpu_(limits.max_cpu), until_look_(kAllocationsALook) {}

Arena::~Arena() {
  for (const Block& block : large_) std::free(block.at);
  for (char* chunk : chunks_) std::free(chunk);
}

void* Arena::allocate(std::size_t size) {
  if (--until_look_ == 0) look_at_clock();
  if (size >= kLarge) return allocate_large(size);
  size = (size + kAlignment - 1) & ~(kAlignment - 1);
  if (static_cast<std::size_t>(end_ - at_) < size) next_chunk();
  char* block = at_;
  at_ += size;
  return block;
}

void Arena::deallocate(void* block) {
  // Few, and the last come back first.
  const auto found = std::find_if(large_.rbegin(), large_.rend(),
                                  [block](const Block& b) { return b.at == block; });
  if (found == large_.rend()) return;
  std::free(block);
  in_use_ -= found->size;
  *found = large_.back();
  large_.pop_back();
}

std::string_view Arena::copy(std::string_view text) {
  if (text.empty()) return {};
  char* to = static_cast<char*>(allocate(text.size()));
  std::memcpy(to, text.data(), text.size());
  return {to, text.size()};
}

void Arena::reset() {
  for (const Block& block : large_) std::free(block.at);
  large_.clear();
  for (std::size_t i = kKeptChunks; i < chunks_.size(); ++i) std::free(chunks_[i]);
  if (chunks_.size() > kKeptChunks) chunks_.resize(kKeptChunks);
  current_ = 0;
  at_ = end_ = nullptr;
  in_use_ = 0;
  overrun_ = Overrun::kNone;
  if (has_limits()) cpu_deadline_ = thread_cpu() + max_cpu_;
}

bool Arena::is_out_of_time() const { return has_limits() && thread_cpu() > cpu_deadline_; }

void Arena::look_at_clock() {
  until_look_ = kAllocationsALook;
  if (way_out_ != nullptr && is_out_of_time()) give_up(Overrun::kCpu);
}

void* Arena::allocate_large(std::size_t size) {
  make_room(large_);
  large_.push_back({from_system(size), size});
  in_use_ += size;
  return large_.back().at;
}

void Arena::next_chunk() {
  if (current_ == chunks_.size()) {
    make_room(chunks_);
    chunks_.push_back(static_cast<char*>(from_system(kChunk)));
  } else if (kChunk > max_bytes_ - in_use_) {
    give_up(Overrun::kMemory);
  }
  at_ = chunks_[current_++];
  end_ = at_ + kChunk;
  in_use_ += kChunk;
}

void* Arena::from_system(std::size_t size) {
  if (size > max_bytes_ - in_use_) give_up(Overrun::kMemory);
  if (void* block = std::malloc(size)) return block;
  give_up(Overrun::kMemory);
}

// Nothing may be thrown through gumbo: a list that cannot grow is memory that is not to be had,
// like any other.
template <class T>
void Arena::make_room(std::vector<T>& list) {
  if (list.size() < list.capacity()) return;
  bool has_room = true;
  try {
    list.reserve(2 * list.size() + 8);
  } catch (const std::bad_alloc&) {
    has_room = false;
  }
  if (!has_room) give_up(Overrun::kMemory);
}

void Arena::give_up(Overrun why) {
  if (out_of_memory_ != nullptr) {
    out_of_memory_();
    std::abort();
  }
  overrun_ = why;
  if (way_out_ == nullptr) throw std::bad_alloc();
  std::longjmp(*way_out_, 1);
}

}  // namespace scraper::parse
