#include "storage/ledger_codec.h"

#include <algorithm>

namespace scraper::storage {

namespace {

std::uint64_t micros(WallTime time) {
  return static_cast<std::uint64_t>(std::max<std::int64_t>(0, time.time_since_epoch().count()));
}
WallTime wall(std::uint64_t micros) {
  return WallTime(std::chrono::microseconds(static_cast<std::int64_t>(micros)));
}
std::uint64_t nanos(Duration d) {
  return static_cast<std::uint64_t>(std::max<std::int64_t>(0, std::chrono::nanoseconds(d).count()));
}
Duration duration(std::uint64_t nanos) {
  return std::chrono::nanoseconds(static_cast<std::int64_t>(nanos));
}

// kNoUrl, which seeds have, is 0: the commonest numbers are the short ones.
std::uint64_t coded(UrlId id) { return id == kNoUrl ? 0 : std::uint64_t{id} + 1; }
UrlId url_id(std::uint64_t coded) { return coded == 0 ? kNoUrl : static_cast<UrlId>(coded - 1); }

void encode(const Place& place, RowWriter out) {
  out.number(place.length);
  if (place.length > 0) out.number(place.segment).number(place.offset).number(place.crc32c);
}

void decode(RowReader& in, Place& place) {
  place.length = in.number();
  if (place.length == 0) return;
  in.number(place.segment);
  in.number(place.offset);
  in.number(place.crc32c);
}

}  // namespace

void encode(const FormatMark& mark, RowWriter out) {
  out.number(mark.number);
  if (mark.number > 1) out.text(mark.program);
}

void decode(RowReader& in, FormatMark& mark) {
  in.number(mark.number);
  if (mark.number == 0) in.fail();
  mark.program = mark.number > 1 ? std::string(in.text()) : first_mark().program;
}

void encode(const Books& books, RowWriter out) {
  out.number(books.key.k0).number(books.key.k1).number(books.barrier).number(micros(books.written));
  for (const std::uint64_t count : books.counts.by_state) out.number(count);
  out.number(books.received_bytes).number(books.set_aside);
  for (const std::uint64_t count : books.sitemap_counts) out.number(count);
  out.text(books.end);
}

void decode(RowReader& in, Books& books) {
  books.key.k0 = in.number();
  books.key.k1 = in.number();
  books.barrier = in.number();
  books.written = wall(in.number());
  for (std::uint64_t& count : books.counts.by_state) count = in.number();
  books.received_bytes = in.number();
  books.set_aside = in.number();
  for (std::uint64_t& count : books.sitemap_counts) count = in.number();
  books.end = in.text();
}

void encode(const UrlEntry& entry, RowWriter out) {
  out.number(coded(entry.referrer)).number(entry.seed).number(entry.is_nofollow ? 1 : 0);
  if (!entry.is_nofollow) out.number(entry.depth).signed_number(entry.spent).number(entry.hops);
  out.text(entry.url);
}

void decode(RowReader& in, UrlEntry& entry) {
  entry.referrer = url_id(in.number());
  in.number(entry.seed);
  in.number(entry.is_nofollow);
  if (!entry.is_nofollow) {
    in.number(entry.depth);
    entry.spent = in.signed_number();
    in.number(entry.hops);
  }
  entry.url = in.text();
}

void encode(const StateEntry& entry, RowWriter out) {
  out.value(entry.state)
      .number(entry.is_ruled_out ? 1 : 0)
      .number(entry.attempts)
      .number(entry.detail);
  out.text(entry.reason);
  encode(entry.place, out);
  out.number(entry.line.width);
  if (entry.line.width > 0) out.number(entry.line.offset);
}

void decode(RowReader& in, StateEntry& entry) {
  in.value(entry.state);
  in.number(entry.is_ruled_out);
  in.number(entry.attempts);
  in.number(entry.detail);
  entry.reason = in.text();
  in.number(entry.place.length);
  if (entry.place.length > 0) {
    in.number(entry.place.segment);
    in.number(entry.place.offset);
    in.number(entry.place.crc32c);
  }
  in.number(entry.line.width);
  if (entry.line.width > 0) in.number(entry.line.offset);
}

void encode(const LinksEntry& entry, RowWriter out) {
  out.number(entry.is_redirect ? 1 : 0).number(entry.links.size());
  std::uint64_t before = 0;  // links of a page are often neighbours in order of discovery
  for (const UrlId link : entry.links) {
    out.signed_number(static_cast<std::int64_t>(std::uint64_t{link} - before));
    before = link;
  }
}

void decode(RowReader& in, LinksEntry& entry) {
  in.number(entry.is_redirect);
  entry.links.resize(in.count());
  std::uint64_t before = 0;
  for (UrlId& link : entry.links) {
    before += static_cast<std::uint64_t>(in.signed_number());
    link = static_cast<UrlId>(before);
  }
}

void encode(const HostEntry& entry, RowWriter out) {
  out.text(entry.name)
      .text(entry.some_url)
      .number(nanos(entry.delay))
      .number(micros(entry.next_start));
  out.number(nanos(entry.held)).number(entry.requests).number(entry.pages);
}

void decode(RowReader& in, HostEntry& entry) {
  entry.name = in.text();
  entry.some_url = in.text();
  entry.delay = duration(in.number());
  entry.next_start = wall(in.number());
  entry.held = duration(in.number());
  entry.requests = in.number();
  entry.pages = in.number();
}

void encode(const OriginEntry& entry, RowWriter out) {
  out.text(entry.name)
      .number(entry.host)
      .number(entry.is_known ? 1 : 0)
      .number(entry.is_unreachable ? 1 : 0);
  out.number(micros(entry.until)).text(entry.cause);
}

void decode(RowReader& in, OriginEntry& entry) {
  entry.name = in.text();
  in.number(entry.host);
  in.number(entry.is_known);
  in.number(entry.is_unreachable);
  entry.until = wall(in.number());
  entry.cause = in.text();
}

void encode(const RobotsEntry& entry, RowWriter out) {
  out.number(entry.has_copy ? 1 : 0).number(entry.missed).text(entry.record);
}

void decode(RowReader& in, RobotsEntry& entry) {
  in.number(entry.has_copy);
  in.number(entry.missed);
  entry.record = in.text();
}

void encode(const CaptureEntry& entry, RowWriter out) {
  out.value(entry.kind).number(entry.number).number(entry.attempt).number(entry.length);
  out.number(entry.crc32c).number(micros(entry.started)).number(entry.status).text(entry.error);
}

void decode(RowReader& in, CaptureEntry& entry) {
  in.value(entry.kind);
  in.number(entry.number);
  in.number(entry.attempt);
  entry.length = in.number();
  in.number(entry.crc32c);
  entry.started = wall(in.number());
  in.number(entry.status);
  entry.error = in.text();
}

void encode(const SitemapEntryRow& entry, RowWriter out) {
  out.text(entry.url).number(entry.level).number(entry.is_done ? 1 : 0);
}

void decode(RowReader& in, SitemapEntryRow& entry) {
  entry.url = in.text();
  in.number(entry.level);
  in.number(entry.is_done);
}

void encode(const AdmittedEntry& entry, RowWriter out) { out.text(entry.url).number(entry.scope); }

void decode(RowReader& in, AdmittedEntry& entry) {
  entry.url = in.text();
  in.number(entry.scope);
}

void encode(const std::vector<DepthPatch>& patches, RowWriter out) {
  out.number(patches.size());
  for (const DepthPatch& patch : patches) out.number(patch.offset).text(patch.digits);
}

void decode(RowReader& in, std::vector<DepthPatch>& patches) {
  patches.resize(in.count());
  for (DepthPatch& patch : patches) {
    patch.offset = in.number();
    patch.digits = in.text();
  }
}

void encode(const std::vector<UnparsedErrand>& errands, RowWriter out) {
  out.number(errands.size());
  for (const UnparsedErrand& errand : errands) {
    out.value(errand.kind).number(errand.number).text(errand.url);
    encode(errand.place, out);
  }
}

void decode(RowReader& in, std::vector<UnparsedErrand>& errands) {
  errands.resize(in.count());
  for (UnparsedErrand& errand : errands) {
    in.value(errand.kind);
    in.number(errand.number);
    errand.url = in.text();
    decode(in, errand.place);
  }
}

}  // namespace scraper::storage
