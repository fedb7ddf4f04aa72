// pages.jsonl and sitemaps.jsonl, line by line: JSON, of a URL that has a line, and saying what the
// rows and the record say.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <boost/json.hpp>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <memory>

#include "base/descriptor.h"
#include "scraper/audit/disk/audit_state.h"
#include "scraper/audit/disk/line_hash.h"
#include "storage/warc.h"
#include "storage/warc_reader.h"

namespace scraper::storage {

namespace {

namespace json = boost::json;

constexpr std::size_t kPiece = 1u << 20;
constexpr std::size_t kMostLine = 64u << 20;
constexpr std::uint64_t kTellEvery = 4'096;  // lines

// ---- lines

using TakeLine = std::function<void(std::uint64_t offset, std::string& line)>;

Error wrong(std::string context) { return {Errc::kFile, std::move(context)}; }

// The first `length` bytes of a file, a line at a time, without its line end.
Result<void> each_line(const std::string& path, std::uint64_t length, const TakeLine& take) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  struct stat status {};
  if (!file || ::fstat(file.get(), &status) != 0) return errno_error("cannot open", path);
  if (!S_ISREG(status.st_mode)) return wrong("not a regular file");
  std::string piece(kPiece, '\0');
  std::string line;
  std::uint64_t at = 0;
  std::uint64_t begin = 0;
  while (at < length) {
    const ssize_t got =
        ::pread(file.get(), piece.data(), std::min<std::uint64_t>(kPiece, length - at),
                static_cast<off_t>(at));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return errno_error("cannot read", path);
    if (got == 0) break;
    std::string_view rest(piece.data(), static_cast<std::size_t>(got));
    at += rest.size();
    for (auto feed = rest.find('\n'); feed != rest.npos; feed = rest.find('\n')) {
      line.append(rest.substr(0, feed));
      take(begin, line);
      begin += line.size() + 1;
      rest.remove_prefix(feed + 1);
      line.clear();
    }
    line.append(rest);
    if (line.size() > kMostLine)
      return wrong(fmt::format("a line of more than {} bytes at {}", kMostLine, begin));
  }
  if (!line.empty()) return wrong(fmt::format("the line at {} has no end", begin));
  return {};
}

// ---- values

std::string_view text_of(const json::object& line, const char* key) {
  const json::value* const value = line.if_contains(key);
  return value != nullptr && value->is_string() ? std::string_view(value->get_string())
                                                : std::string_view();
}

std::uint64_t number_of(const json::object& line, const char* key) {
  const json::value* const value = line.if_contains(key);
  if (value == nullptr) return 0;
  if (value->is_uint64()) return value->get_uint64();
  return value->is_int64() && value->get_int64() >= 0
             ? static_cast<std::uint64_t>(value->get_int64())
             : 0;
}

std::uint64_t micros_of(const json::object& line, const char* key) {
  const json::value* const value = line.if_contains(key);
  if (value == nullptr || !value->is_number()) return 0;
  return static_cast<std::uint64_t>(std::llround(value->to_number<double>() * 1'000));
}

std::optional<std::uint32_t> segment_of(std::string_view name) {
  std::uint32_t segment = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), segment);
  if (error != std::errc{} || name != segment_name(segment)) return std::nullopt;
  return segment;
}

std::optional<Place> place_of(const json::object& line) {
  const auto segment = segment_of(text_of(line, "segment"));
  if (!segment) return std::nullopt;
  return Place{*segment, number_of(line, "offset"), number_of(line, "length"),
               static_cast<std::uint32_t>(number_of(line, "crc32c"))};
}

TransferFacts transfer_of(const json::object& line) {
  TransferFacts facts;
  facts.place = place_of(line).value_or(Place{~0u, 0, 0, 0});
  facts.status = number_of(line, "status");
  facts.digest = text_of(line, "digest");
  facts.size = number_of(line, "size");
  const json::value* const truncated = line.if_contains("truncated");
  facts.is_truncated = truncated != nullptr && truncated->is_bool() && truncated->get_bool();
  facts.attempts = number_of(line, "attempts");
  facts.fetched_at = text_of(line, "fetched_at");
  facts.micros = micros_of(line, "duration_ms");
  facts.first_byte_micros = micros_of(line, "first_byte_ms");
  facts.address = text_of(line, "remote_address");
  facts.protocol = text_of(line, "protocol");
  return facts;
}

std::string differ(std::string_view what, const auto& line, const auto& other,
                   std::string_view whose) {
  return fmt::format("its {} is {}, {} {}", what, line, whose, other);
}

// ---- pages.jsonl

class Lines {
 public:
  explicit Lines(AuditState& state) : state_(state) {
    if (auto patches = state.ledger.patches()) patches_ = std::move(*patches);
    std::sort(patches_.begin(), patches_.end(),
              [](const DepthPatch& a, const DepthPatch& b) { return a.offset < b.offset; });
  }

  void take(std::uint64_t offset, std::string& text) {
    ++state_.figures.lines;
    patch(offset, text);
    offset_ = offset;
    boost::system::error_code error;
    const json::value value = json::parse(text, error);
    if (error || !value.is_object()) return add("it is no JSON object");
    const json::object& line = value.get_object();
    const std::string_view url = text_of(line, "url");
    const auto id = state_.urls.find(state_.print(url));
    if (url.empty() || !id) return add(fmt::format("its URL has no row: {}", url));
    if (state_.urls.is(*id, AuditedUrls::kLineSeen))
      return add(fmt::format("a second line of {}", state_.url_of(*id)));
    state_.urls.set(*id, AuditedUrls::kLineSeen);
    if (!state_.urls.is(*id, AuditedUrls::kHasLine)) {
      return add(fmt::format("{} is {} and has no line", state_.url_of(*id),
                             to_string(state_.urls.state(*id))));
    }
    const auto depth_at = place_of_depth(text);
    if (!depth_at) return add("it has no depth");
    check(*id, line, {offset + depth_at->first, static_cast<std::uint8_t>(depth_at->second)});
    state_.urls.line_sum(*id) = line_hash(text);
  }

 private:
  void add(std::string what) {
    state_.findings.add(FindingKind::kLine, fmt::format("pages.jsonl at {}", offset_),
                        std::move(what));
  }

  // What the last barrier had to write over depths may not be there yet.
  void patch(std::uint64_t offset, std::string& text) {
    while (next_patch_ < patches_.size() && patches_[next_patch_].offset < offset) ++next_patch_;
    for (; next_patch_ < patches_.size() && patches_[next_patch_].offset < offset + text.size();
         ++next_patch_) {
      const DepthPatch& patch = patches_[next_patch_];
      const std::uint64_t at = patch.offset - offset;
      if (at + patch.digits.size() <= text.size())
        text.replace(at, patch.digits.size(), patch.digits);
    }
  }

  WayFacts way_of(const json::object& line) const {
    WayFacts way;
    const std::string_view referrer = text_of(line, "referrer");
    way.referrer = referrer.empty() ? 0 : state_.print(referrer);
    way.depth = number_of(line, "depth");
    if (state_.question.seeds) {
      way.seed = text_of(line, "seed");
      way.tag = text_of(line, "tag");
    }
    return way;
  }

  void check(UrlId id, const json::object& line, Results::DepthPlace depth_at) {
    const FingerprintKey& key = state_.figures.books.key;
    const StateFacts facts{text_of(line, "state"), text_of(line, "error"), depth_at};
    const WayFacts way = way_of(line);
    const TransferFacts transfer = transfer_of(line);
    const bool is_bad =
        state_.urls.is(id, AuditedUrls::kCaptureBad);  // nothing is known of the transfer then
    const std::uint64_t sum =
        sum_of(facts, key) ^ sum_of(way, key) ^ (is_bad ? 0 : sum_of(transfer, key));
    const std::uint64_t expected = state_.urls.line_sum(id);
    if (sum == expected) return;
    std::string why = state_fault(id, facts, transfer);
    if (why.empty()) why = way_fault(id, way);
    if (why.empty()) why = transfer_fault(transfer);
    add(fmt::format("the line of {}: {}", state_.url_of(id), why));
  }

  std::string state_fault(UrlId id, const StateFacts& facts, const TransferFacts& transfer) const {
    std::string why;
    const auto read = state_.ledger.state_entry(id, [&](const StateEntry& entry) {
      const std::string_view error = error_of(entry.state, entry.reason);
      if (facts.state != to_string(entry.state)) {
        why = differ("state", facts.state, to_string(entry.state), "the ledger's");
      } else if (facts.error != error) {
        why = differ("error", facts.error, error, "the ledger's");
      } else if (facts.line.offset != entry.line.offset || facts.line.width != entry.line.width) {
        why = differ("depth's place", facts.line.offset, entry.line.offset, "the ledger's");
      } else if (!(transfer.place == entry.place)) {
        why = fmt::format("it names {}, the ledger {}",
                          at_place(transfer.place.segment, transfer.place.offset),
                          at_place(entry.place.segment, entry.place.offset));
      } else if (transfer.attempts != entry.attempts) {
        why = differ("attempts", transfer.attempts, entry.attempts, "the ledger's");
      }
    });
    return read ? why : read.error().context;
  }

  std::string way_fault(UrlId id, const WayFacts& way) const {
    std::string why;
    const auto read = state_.ledger.url_entry(id, [&](const UrlEntry& entry) {
      const auto& seeds = state_.question.seeds;
      const bool is_seed_known = seeds && entry.seed < seeds->size();
      std::uint64_t referrer = 0;
      if (entry.referrer < state_.urls.size()) referrer = state_.urls.print(entry.referrer);
      if (const auto sitemap = entry.referrer - kFirstSitemap;
          is_sitemap(entry.referrer) && sitemap < state_.sitemaps.size()) {
        referrer = state_.sitemaps[sitemap];
      }
      if (way.depth != entry.depth) {
        why = differ("depth", way.depth, entry.depth, "the ledger's");
      } else if (is_seed_known && way.seed != (*seeds)[entry.seed].url) {
        why = differ("seed", way.seed, (*seeds)[entry.seed].url, "the ledger's");
      } else if (is_seed_known && way.tag != (*seeds)[entry.seed].tag) {
        why = differ("tag", way.tag, (*seeds)[entry.seed].tag, "the seed's");
      } else if (way.referrer != referrer) {
        why = "its referrer is another than the ledger's";
      }
    });
    return read ? why : read.error().context;
  }

  // All else agrees, so it is something of the transfer.
  std::string transfer_fault(const TransferFacts& transfer) const {
    auto reader = SegmentReader::open(state_.path("warc/" + segment_name(transfer.place.segment)),
                                      SegmentReader::Sums::kNo);
    if (!reader) return "its capture cannot be read";
    (*reader)->seek(transfer.place.offset);
    const auto record = (*reader)->next();
    const auto outline =
        record && *record ? read_outline((*record)->begin) : Result<Capture>(Error{});
    if (!outline) return "its capture cannot be read";
    const TransferFacts facts = facts_of(*outline, transfer.place, transfer.attempts);
    constexpr std::string_view kRecord = "the record's";
    if (transfer.status != facts.status)
      return differ("status", transfer.status, facts.status, kRecord);
    if (transfer.digest != facts.digest)
      return differ("digest", transfer.digest, facts.digest, kRecord);
    if (transfer.size != facts.size) return differ("size", transfer.size, facts.size, kRecord);
    if (transfer.fetched_at != facts.fetched_at)
      return differ("fetched_at", transfer.fetched_at, facts.fetched_at, kRecord);
    if (transfer.address != facts.address)
      return differ("remote_address", transfer.address, facts.address, kRecord);
    if (transfer.protocol != facts.protocol)
      return differ("protocol", transfer.protocol, facts.protocol, kRecord);
    if (transfer.is_truncated != facts.is_truncated) return "its truncated is not the record's";
    return transfer == facts ? "the capture's row is of another attempt"
                             : "its times are not the record's";
  }

  AuditState& state_;
  std::vector<DepthPatch> patches_;
  std::size_t next_patch_ = 0;
  std::uint64_t offset_ = 0;
};

void check_all_have_lines(AuditState& state) {
  for (UrlId id = 0; id < state.urls.size(); ++id) {
    if (!state.urls.is(id, AuditedUrls::kHasLine) || state.urls.is(id, AuditedUrls::kLineSeen))
      continue;
    state.findings.add(FindingKind::kLine, "pages.jsonl",
                       fmt::format("{} is {}, and there is no line of it", state.url_of(id),
                                   to_string(state.urls.state(id))));
  }
}

void check_count(AuditState& state, const FileEntry& file, std::uint64_t lines, FindingKind kind) {
  if (lines == file.lines) return;
  state.findings.add(kind, file.name,
                     fmt::format("it has {} lines in {} bytes, the ledger says {}", lines,
                                 file.length, file.lines));
}

// ---- sitemaps.jsonl

// What a sitemap lists stands beside the seeds, at depth 1.
std::optional<UrlId> reach(AuditState& state, std::string_view url) {
  const auto id = state.urls.find(state.print(url));
  if (id && state.urls.depth(*id) == 1) state.urls.set(*id, AuditedUrls::kIsReached);
  return id;
}

void check_listed(AuditState& state, std::string_view kind, std::string_view url,
                  const std::function<void(std::string)>& add) {
  if (url.empty()) return add("it has no URL");
  std::size_t n = 0;
  while (n < kLinkKinds && to_string(static_cast<LinkKind>(n)) != kind) ++n;
  if (n == kLinkKinds) return add(fmt::format("its kind is \"{}\"", kind));
  const auto id = reach(state, url);
  if (static_cast<LinkKind>(n) == LinkKind::kSitemap ||
      !holds(state.question.follow, static_cast<LinkKind>(n)))
    return;
  if (!id) return add(fmt::format("it lists {}, which is not in the ledger", url));
  if (state.urls.depth(*id) > 1)
    add(fmt::format("it lists {}, which is at depth {} in the ledger", url, state.urls.depth(*id)));
}

void take_sitemap_line(AuditState& state, std::uint64_t offset, const std::string& text) {
  ++state.figures.sitemap_lines;
  const auto add = [&](std::string what) {
    state.findings.add(FindingKind::kSitemap, fmt::format("sitemaps.jsonl at {}", offset),
                       std::move(what));
  };
  boost::system::error_code error;
  const json::value value = json::parse(text, error);
  if (error || !value.is_object()) return add("it is no JSON object");
  const json::object& line = value.get_object();
  const std::string sitemap(text_of(line, "sitemap"));
  const auto row = state.sitemap_urls.find(sitemap);
  if (row == state.sitemap_urls.end())
    return add(fmt::format("it is of a sitemap that has no row: {}", sitemap));
  state.figures.sitemap_sum += sitemap_line_sum(text, row->second.lines++, state.figures.books.key);
  if (!row->second.is_done)
    add(fmt::format("the sitemap {} is not done with and has a line", sitemap));
  check_listed(state, text_of(line, "kind"), text_of(line, "url"), add);
  const json::value* const alternates = line.if_contains("alternates");
  if (alternates == nullptr || !alternates->is_array()) return add("it has no alternates");
  for (const json::value& alternate : alternates->get_array()) {
    if (!alternate.is_object()) return add("an alternate is no object");
    reach(state, text_of(alternate.get_object(), "url"));
  }
}

}  // namespace

void audit_lines(AuditState& state) {
  const FileEntry* const file = state.file("pages.jsonl");
  if (file == nullptr) {
    state.findings.add(FindingKind::kLedger, "pages.jsonl", "the ledger does not know the file");
    return;
  }
  state.figures.line_bytes = file->length;
  Lines lines(state);
  const auto read =
      each_line(state.path(file->name), file->length, [&](std::uint64_t offset, std::string& line) {
        if (state.figures.lines % kTellEvery == 0)
          state.question.tell("lines", offset, file->length);
        lines.take(offset, line);
      });
  if (!read) state.findings.add(FindingKind::kLine, file->name, read.error().context);
  check_count(state, *file, state.figures.lines, FindingKind::kLine);
  check_all_have_lines(state);
}

void audit_sitemap_lines(AuditState& state) {
  const FileEntry* const file = state.file("sitemaps.jsonl");
  const std::uint64_t entries = state.figures.books.sitemap_counts[2];
  if (file == nullptr) {
    if (entries > 0)
      state.findings.add(FindingKind::kSitemap, "sitemaps.jsonl",
                         "the ledger does not know the file");
    return;
  }
  const auto read = each_line(
      state.path(file->name), file->length,
      [&](std::uint64_t offset, std::string& line) { take_sitemap_line(state, offset, line); });
  if (!read) state.findings.add(FindingKind::kSitemap, file->name, read.error().context);
  check_count(state, *file, state.figures.sitemap_lines, FindingKind::kSitemap);
  if (file->lines != entries) {
    state.findings.add(
        FindingKind::kSitemap, file->name,
        fmt::format("the ledger says {} lines, and the books {} entries", file->lines, entries));
  }
}

}  // namespace scraper::storage
