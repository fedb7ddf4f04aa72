// Files of OUT: as long as the ledger says, ours, and what quarantine/ tells.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <boost/json.hpp>
#include <cerrno>
#include <charconv>
#include <filesystem>
#include <optional>
#include <system_error>
#include <vector>

#include "base/descriptor.h"
#include "scraper/audit/disk/audit_state.h"
#include "storage/recovery.h"
#include "storage/warc.h"

namespace scraper::storage {

namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

constexpr std::size_t kMostDocument =
    1u << 20;  // bytes of a file of quarantine/; a URL has 60,000 at most
constexpr std::size_t kMostNames = 10'000'000;

// The names of a directory of OUT, in order.
std::vector<std::string> names_in(AuditState& state, const std::string& room) {
  std::vector<std::string> names;
  std::error_code error;
  for (fs::directory_iterator it(state.path(room), error), end;
       !error && it != end && names.size() < kMostNames; it.increment(error)) {
    names.push_back(it->path().filename().string());
  }
  if (error)
    state.findings.add(FindingKind::kFile, room + "/",
                       fmt::format("it cannot be read: {}", error.message()));
  std::sort(names.begin(), names.end());
  return names;
}

// The size of a regular file; nothing where there is none.
std::optional<std::uint64_t> size_of(const std::string& path) {
  struct stat status {};
  if (::lstat(path.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) return std::nullopt;
  return static_cast<std::uint64_t>(status.st_size);
}

// ---- lengths

void check_length(AuditState& state, const FileEntry& file) {
  const auto size = size_of(state.path(file.name));
  const auto add = [&](std::string what) {
    state.findings.add(FindingKind::kFile, file.name, std::move(what));
  };
  if (!size) {
    if (file.length > 0)
      add(fmt::format("it is missing, or no regular file; {} bytes were committed", file.length));
    return;
  }
  if (*size < file.length)
    return add(fmt::format("it has {} bytes, {} were committed", *size, file.length));
  const std::uint64_t more = *size - file.length;
  if (more == 0) return;
  if (state.figures.books.end == "complete") {
    add(fmt::format("{} bytes behind the last one that was committed, of a crawl that had ended",
                    more));
  } else if (more > kMostOfBarrier) {
    add(
        fmt::format("{} bytes behind the last one that was committed are more than one barrier "
                    "holds: the ledger has lost its end",
                    more));
  } else {
    state.findings.note(
        fmt::format("{}: {} bytes were written after the last barrier and are no part of the crawl",
                    file.name, more));
  }
}

// The ledger's own names are those of files that a crawl writes.
void check_names(AuditState& state) {
  std::uint32_t segments = 0;
  std::uint32_t named = 0;
  for (const FileEntry& file : state.files) {
    if (file.name.starts_with("warc/")) ++named;
  }
  while (state.file("warc/" + segment_name(segments)) != nullptr) ++segments;
  for (const FileEntry& file : state.files) {
    const bool is_segment = file.name.starts_with("warc/");
    if (is_segment ? segments == named
                   : file.name == "pages.jsonl" || file.name == "sitemaps.jsonl")
      continue;
    state.findings.add(FindingKind::kLedger, file.name,
                       is_segment ? "the row of a segment before it is missing"
                                  : "the ledger has a row of a file that no crawl writes");
  }
  for (const std::string& name : names_in(state, "warc")) {
    if (state.file("warc/" + name) != nullptr) continue;
    if (name == segment_name(segments)) {
      state.findings.note(
          fmt::format("warc/{}: begun after the last barrier and no part of the crawl yet", name));
    } else {
      state.findings.add(FindingKind::kFile, "warc/" + name, "the ledger does not know the file");
    }
  }
}

void note_lost(AuditState& state) {
  std::error_code error;
  if (!fs::is_directory(state.path("lost"), error)) return;
  for (const std::string& name : names_in(state, "lost")) {
    state.findings.note(
        fmt::format("lost/{}: the end of a file that an earlier ledger had lost", name));
  }
}

// ---- quarantine

Result<std::string> read_document(const std::string& path) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (!file) return errno_error("cannot open", path);
  std::string bytes(kMostDocument, '\0');
  const ssize_t got = ::read(file.get(), bytes.data(), bytes.size());
  if (got < 0) return errno_error("cannot read", path);
  bytes.resize(static_cast<std::size_t>(got));
  return bytes;
}

std::string document_fault(AuditState& state, const std::string& bytes) {
  boost::system::error_code error;
  const json::value value = json::parse(bytes, error);
  const json::object* const document = error ? nullptr : value.if_object();
  if (document == nullptr || !bytes.ends_with('\n')) return "it is no JSON object and a line end";
  const auto text = [&](const char* key) {
    const json::value* const member = document->if_contains(key);
    return member != nullptr && member->is_string() ? std::string(member->get_string())
                                                    : std::string();
  };
  const auto number = [&](const char* key) {
    const json::value* const member = document->if_contains(key);
    return member != nullptr && member->is_int64() ? static_cast<std::uint64_t>(member->get_int64())
                                                   : 0;
  };
  const std::string name = text("segment");
  std::uint32_t segment = 0;
  std::from_chars(name.data(), name.data() + name.size(), segment);
  bool is_same = false;
  std::optional<UrlId> page;
  const auto found = state.ledger.captures_from(
      segment, number("offset"), 1,
      [&](std::uint32_t at_segment, std::uint64_t offset, const CaptureEntry& entry) {
        is_same = name == segment_name(at_segment) && offset == number("offset") &&
                  entry.length == number("length") && entry.crc32c == number("crc32c");
        if (entry.kind == LeaseKind::kSitemap) ++state.figures.sitemaps_set_aside;
        if (entry.kind == LeaseKind::kPage && entry.number < state.urls.size()) page = entry.number;
      });
  if (!found) return found.error().context;
  if (!is_same) return "the place that it names is none of a capture";
  if (page && state.urls.print(*page) != state.print(text("url")))
    return "its URL is not that of the capture it names";
  if (text("reason").empty() || number("attempts") == 0 || text("reproduce").empty())
    return "its reason, attempts or command are missing";
  if (page) state.urls.clear(*page, AuditedUrls::kSetAside);
  return {};
}

void check_quarantine(AuditState& state) {
  const std::uint64_t kept = state.figures.books.set_aside;
  const auto document_name = [](std::uint64_t number) { return fmt::format("{:05}.json", number); };
  const auto add = [&](const std::string& name, std::string what) {
    state.findings.add(FindingKind::kQuarantine, "quarantine/" + name, std::move(what));
  };
  std::uint64_t seen = 0;
  for (const std::string& name : names_in(state, "quarantine")) {
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
    const bool is_part = name == document_name(number) + ".part";
    if (error != std::errc{} || (name != document_name(number) && !is_part)) {
      add(name, "no crawl writes a file of this name");
    } else if (number >= kept) {
      state.findings.note(fmt::format(
          "quarantine/{}: written after the last barrier and no part of the crawl", name));
    } else if (is_part) {
      add(name, "a half of what is there whole");
    } else {
      ++seen;
      const auto bytes = read_document(state.path("quarantine/" + name));
      const std::string fault = bytes ? document_fault(state, *bytes) : bytes.error().context;
      if (!fault.empty()) add(name, fault);
    }
  }
  state.figures.set_aside = seen;
  if (seen != kept) add("", fmt::format("{} documents are there, the books say {}", seen, kept));
  for (UrlId id = 0; id < state.urls.size(); ++id) {
    if (state.urls.is(id, AuditedUrls::kSetAside))
      add("", fmt::format("{} was set aside, and no document tells of it", state.url_of(id)));
  }
}

}  // namespace

void audit_files(AuditState& state) {
  for (const FileEntry& file : state.files) check_length(state, file);
  check_names(state);
  check_quarantine(state);
  note_lost(state);
}

}  // namespace scraper::storage
