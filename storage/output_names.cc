#include "storage/output_names.h"

#include <algorithm>
#include <initializer_list>

#include "base/ascii.h"

namespace scraper::storage {

namespace {

// "NNNNN" and `suffix`, with five digits or more.
bool is_numbered(std::string_view name, std::string_view prefix, std::string_view suffix) {
  if (name.size() < prefix.size() + 5 + suffix.size()) return false;
  if (name.substr(0, prefix.size()) != prefix || name.substr(name.size() - suffix.size()) != suffix)
    return false;
  const std::string_view digits =
      name.substr(prefix.size(), name.size() - prefix.size() - suffix.size());
  return digits.find_first_not_of("0123456789") == digits.npos;
}

bool is_segment(std::string_view name) { return is_numbered(name, "", ".warc"); }
bool is_document(std::string_view name) { return is_numbered(name, "", ".json"); }
bool is_document_or_part(std::string_view name) {
  return is_document(name) || is_numbered(name, "", ".json.part");
}
bool is_segment_or_part(std::string_view name) {
  return is_segment(name) || is_numbered(name, "", ".warc.part");
}

// `before`, digits and one of `ends`.
bool is_counted(std::string_view name, std::string_view before,
                std::initializer_list<std::string_view> ends) {
  if (!name.starts_with(before)) return false;
  name.remove_prefix(before.size());
  const std::size_t digits = std::min(name.find_first_not_of("0123456789"), name.size());
  return digits > 0 && std::find(ends.begin(), ends.end(), name.substr(digits)) != ends.end();
}

// What RocksDB 7.8 calls its files (file/filename.cc there), and the mark of storage/ledger_db.h.
bool is_ledger_file(std::string_view name) {
  return name == "LOST-END" || name == "CURRENT" || name == "IDENTITY" || name == "LOCK" ||
         name == "LOG" || is_counted(name, "LOG.old.", {""}) ||
         is_counted(name, "MANIFEST-", {""}) || is_counted(name, "OPTIONS-", {"", ".dbtmp"}) ||
         is_counted(name, "", {".sst", ".log", ".dbtmp", ".blob"});
}

}  // namespace

// By what is sure to be a crawl's.
bool is_top_file(std::string_view name) {
  constexpr std::string_view kNames[] = {
      kOptionsFile,         "crawl.toml.new",         kSeedsFile,       "pages.jsonl",
      "report.json",        "report.json.new",        "sitemaps.jsonl", kLockFile,
      "pages-parsed.jsonl", "pages-parsed.jsonl.part"};
  return std::find(std::begin(kNames), std::end(kNames), name) != std::end(kNames) ||
         is_numbered(name, "pages-", ".jsonl");
}

namespace {

// What recovery set aside: a file of ours under its own name and a number, "pages.jsonl.2".
bool is_lost_file(std::string_view name) {
  const std::size_t dot = std::min(name.rfind('.'), name.size());
  const std::string_view whole = name.substr(0, dot);
  if (dot == name.size() || !is_digits(name.substr(dot + 1))) return false;
  return is_top_file(whole) || is_segment(whole) || is_document(whole);
}

constexpr Room kRooms[] = {{"warc", is_segment_or_part},
                           {"quarantine", is_document_or_part},
                           {"ledger", is_ledger_file},
                           {"lost", is_lost_file}};

}  // namespace

std::span<const Room> rooms() { return kRooms; }

const Room* room_named(std::string_view name) {
  const auto* room = std::find_if(std::begin(kRooms), std::end(kRooms),
                                  [&](const Room& r) { return r.name == name; });
  return room == std::end(kRooms) ? nullptr : room;
}

}  // namespace scraper::storage
