// The bytes of WARC/1.1 records (ISO 28500:2017), made from a capture without touching a file: for
// the appender and the tests. Pure except for RecordIds, which counts. One thread at a time for one
// RecordIds; everything else any thread.
//
// What was received stays as received, with these exceptions, each so that a reader who knows only
// the standard finds the body:
//   Transfer-Encoding    becomes X-Archive-Orig-Transfer-Encoding: the chunks are gone.
//   Content-Length       that is not the size of the body kept becomes
//   X-Archive-Orig-Content-Length; a right one is put at the end
//                        where none is left (so there is always a field: some readers cannot do
//                        without one).
//   bare LF              at the end of a line becomes CR LF, and the empty line that ends the head
//   is there exactly once. HTTP/2               is written as HTTP/1.1, with `WARC-Protocol: h2`.
// Folded lines, odd white space and fields nobody understands are not touched.
//
// What a result line says of a transfer and no field of the standard can hold stands in one field
// more of the response or metadata record, so that a line can be made again from the archive alone
// (storage/warc_reader.h). ISO 28500:2017 4 lets readers pass it over:
//
//   X-Scraper-Transfer: total-ns=12345000; first-byte-ns=1500000; received=5120; protocol=http/1.1;
//   new-connection=1
//
//   total-ns, first-byte-ns, connected-ns   nanoseconds from WARC-Date; left out: 0, not reached or
//   not needed received           bytes on the wire; left out: 0 protocol           left out: not
//   known new-connection     1; left out: a kept one, or none address            where
//   WARC-IP-Address is not all of it: the address with its scope error, error-text  of a response
//   that is not whole: "truncated", and the line for the person
//
// Values are percent-encoded: all but visible ASCII, and '%' and ';'.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/capture.h"
#include "base/clock.h"
#include "base/fingerprint.h"

namespace scraper::storage {

// Record names: random UUIDs (RFC 4122, version 4), without a system call each.
class RecordIds {
 public:
  RecordIds() : RecordIds(FingerprintKey::random()) {}
  explicit RecordIds(const FingerprintKey& key) : key_(key) {}

  std::string next();  // "<urn:uuid:c2a9c0d0-…>"

 private:
  FingerprintKey key_;
  std::uint64_t count_ = 0;
};

// The records of one capture around its body: `before_body`, the body's bytes, `after_body`.
//
// An answer is a `response` record and, when the request is known, the `request` record; a transfer
// without an answer is one `metadata` record, has no body, and lies in `before_body` whole.
struct WarcRecords {
  std::string before_body;  // header of the first record, and the HTTP head
  std::string after_body;  // the two line ends that close the first record, then the request record
  std::uint64_t first_length =
      0;               // the first record, body and closing line ends included: what a place covers
  unsigned count = 1;  // records
};

WarcRecords to_warc(const Capture& capture, std::string_view warcinfo_id, RecordIds& ids);

// The record a file begins with. Line breaks and other controls in values are escaped.
std::string to_warcinfo(std::string_view id, std::string_view file_name, WallTime now,
                        const std::vector<std::pair<std::string, std::string>>& fields);

// The response head as it is stored beside a body of `body_size` bytes.
std::string archived_head(std::string_view head, std::uint64_t body_size);

// The usual reason of a status (RFC 9110 15), which HTTP/2 has none of; empty for one that is not
// usual.
std::string_view reason_phrase(std::string_view status);

// The name of the field above.
inline constexpr std::string_view kTransferField = "X-Scraper-Transfer";

// "00000.warc" for 0.
std::string segment_name(std::uint32_t segment);

}  // namespace scraper::storage
