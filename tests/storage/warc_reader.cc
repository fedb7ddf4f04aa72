#include "tests/storage/warc_reader.h"

#include <stdexcept>

namespace scraper::storage {

namespace {

[[noreturn]] void wrong(std::uint64_t at, const std::string& what) {
  throw std::runtime_error("WARC at " + std::to_string(at) + ": " + what);
}

std::string line_at(const std::string& bytes, std::size_t& at) {
  const auto end = bytes.find("\r\n", at);
  if (end == bytes.npos) wrong(at, "no line end");
  std::string line = bytes.substr(at, end - at);
  if (line.find('\n') != line.npos || line.find('\r') != line.npos)
    wrong(at, "a bare CR or LF in a header line");
  at = end + 2;
  return line;
}

FoundRecord record_at(const std::string& bytes, std::size_t& at) {
  FoundRecord record;
  record.offset = at;
  if (line_at(bytes, at) != "WARC/1.1") wrong(record.offset, "no version line");
  for (std::string line = line_at(bytes, at); !line.empty(); line = line_at(bytes, at)) {
    const auto colon = line.find(": ");
    if (colon == line.npos || colon == 0) wrong(at, "no field: " + line);
    record.fields.emplace_back(line.substr(0, colon), line.substr(colon + 2));
  }
  for (const char* name : {"WARC-Type", "WARC-Record-ID", "WARC-Date", "Content-Length"}) {
    if (record.field(name).empty()) wrong(record.offset, std::string("no ") + name);
  }
  const std::string digits = record.field("Content-Length");
  if (digits.find_first_not_of("0123456789") != digits.npos)
    wrong(record.offset, "Content-Length: " + digits);
  const std::size_t length = std::stoull(digits);
  if (bytes.size() - at < length + 4) wrong(record.offset, "the file ends inside");
  record.block = bytes.substr(at, length);
  at += length;
  if (bytes.compare(at, 4, "\r\n\r\n") != 0) wrong(at, "no end of record");
  at += 4;
  record.length = at - record.offset;
  return record;
}

}  // namespace

std::string FoundRecord::field(const std::string& name) const {
  std::string found;
  for (const auto& [key, value] : fields) {
    if (key != name) continue;
    if (!found.empty()) wrong(offset, name + " twice");
    found = value;
  }
  return found;
}

std::string FoundRecord::http_head() const {
  const auto end = block.find("\r\n\r\n");
  if (end == block.npos) wrong(offset, "the HTTP head has no end");
  return block.substr(0, end + 4);
}

std::string FoundRecord::http_body() const { return block.substr(http_head().size()); }

std::vector<FoundRecord> read_warc(const std::string& bytes) {
  std::vector<FoundRecord> records;
  for (std::size_t at = 0; at < bytes.size();) records.push_back(record_at(bytes, at));
  return records;
}

}  // namespace scraper::storage
