#include "parse/arena.h"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>

namespace scraper::parse {

namespace {

constexpr std::size_t kChunk = 256u << 10;
constexpr std::size_t kLarge = kChunk / 4;  // blocks from here on are the system's, so that growing buffers do not pile up
constexpr std::size_t kKeptChunks = 32;     // 8 MiB: nearly every page fits
constexpr std::size_t kAlignment = 8;

}  // namespace

Arena::~Arena() {
  for (void* block : large_) std::free(block);
  for (char* chunk : chunks_) std::free(chunk);
}

void* Arena::allocate(std::size_t size) {
  if (size >= kLarge) return allocate_large(size);
  size = (size + kAlignment - 1) & ~(kAlignment - 1);
  if (static_cast<std::size_t>(end_ - at_) < size) next_chunk();
  char* block = at_;
  at_ += size;
  return block;
}

void Arena::deallocate(void* block) {
  const auto found = std::find(large_.rbegin(), large_.rend(), block);  // few, and the last come back first
  if (found == large_.rend()) return;
  std::free(block);
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
  for (void* block : large_) std::free(block);
  large_.clear();
  for (std::size_t i = kKeptChunks; i < chunks_.size(); ++i) std::free(chunks_[i]);
  if (chunks_.size() > kKeptChunks) chunks_.resize(kKeptChunks);
  current_ = 0;
  at_ = end_ = nullptr;
  in_use_ = 0;
}

void* Arena::allocate_large(std::size_t size) {
  large_.push_back(from_system(size));
  in_use_ += size;
  return large_.back();
}

void Arena::next_chunk() {
  if (current_ == chunks_.size()) chunks_.push_back(static_cast<char*>(from_system(kChunk)));
  at_ = chunks_[current_++];
  end_ = at_ + kChunk;
  in_use_ += kChunk;
}

void* Arena::from_system(std::size_t size) {
  if (void* block = std::malloc(size)) return block;
  out_of_memory_();
  std::abort();
}

}  // namespace scraper::parse
