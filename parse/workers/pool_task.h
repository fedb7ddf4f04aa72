// One document on its way through the pool, and the bytes of its record where the owner has them.
// Owner's thread, except that a thread of the pool has a task to itself while it works on it.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string_view>

#include "base/completion.h"
#include "base/place.h"
#include "base/record_bytes.h"
#include "parse/outcome.h"
#include "parse/page.h"

namespace scraper::parse {

// The bytes of a record, or null. By pointer, so that a task is moved cheaply: with `file` it never
// has any.
using HeldBytes = std::unique_ptr<const RecordBytes>;

struct Task {
  std::uint64_t id = 0;
  Place place;
  TaskKind kind = TaskKind::kPage;
  unsigned deaths = 0;  // workers that died of it
  HeldBytes bytes;      // of `place`
  Completion<ParseOutcome> done;
};

inline constexpr unsigned kMaxDeaths = 2;

// The record, piece by piece: head, body, closing line ends.
std::array<std::string_view, 3> pieces_of(const RecordBytes& bytes);
std::uint64_t size_of(const RecordBytes& bytes);

// Held if these are the bytes of `place`, as far as can be seen, and no more than a worker takes;
// else they are gone.
HeldBytes hold(RecordBytes bytes, const Place& place);

// Blocks for the disk. Null when the bytes are not there, end in something else than a record does,
// or are more than a worker takes; whether they are the right ones is not looked at here.
HeldBytes read_record(int file, const Place& place);

}  // namespace scraper::parse
