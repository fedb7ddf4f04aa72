// A reader of WARC/1.1 that shares no code with the writer and forgives nothing: every byte of the
// file belongs to a record.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace scraper::storage {

struct FoundRecord {
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
  std::vector<std::pair<std::string, std::string>> fields;
  std::string block;

  std::string field(const std::string& name)
      const;  // empty when it is not there; a test failure when it is there twice
  std::string http_head() const;  // with the empty line
  std::string http_body() const;
};

// Throws std::runtime_error saying where and what, when the bytes are no sequence of whole records.
std::vector<FoundRecord> read_warc(const std::string& bytes);

}  // namespace scraper::storage
