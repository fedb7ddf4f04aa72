// From a stored WARC record to a page record: the whole of what a parse worker does with a
// document, as one pure function. Content encoding, charset, HTML, links, text; robots.txt. No I/O,
// no global state; single-threaded use of one Parser.
//
// A document cannot make it fail: what is wrong with it is the record's `fault`. It may make it
// slow or big, which the process around it bounds (CPU time, address space) or, in a process that
// is shared, DocumentLimits do; limits that can be kept here in any case (decoded size and ratio,
// depth, links, URL length) are kept here.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/fingerprint.h"
#include "base/page_record.h"
#include "parse/html/arena.h"
#include "parse/url/url.h"

namespace scraper::parse {

enum class TaskKind : std::uint8_t {
  kPage,
  kRobots,   // the body is a robots.txt: only robots_rules are wanted
  kSitemap,  // the body is a sitemap, XML or text, gzipped as a file perhaps: its links and what it
             // says of them are wanted
  kEcho,  // nothing is parsed: the body comes back as PageRecord::text where wants_text says so (up
          // to kMaxText; UTF-8 without NUL, which ASCII is), and no text otherwise. For measuring
          // the way itself; no part of a crawl
};

// Who reads HTML.
enum class Parser : std::uint8_t {
  kGumbo,  // builds a tree: all that the standard says of a document, at its cost
  kScan,   // reads the tokens (parse/scan.h): the same of links, title, meta elements and text,
           // linear and more than ten times as fast
};

// The same for every page of a crawl; given to a worker at its start.
struct PageOptions {
  FingerprintKey key;
  std::string robots_agent;  // the product token robots.txt groups are chosen by
  Parser parser = Parser::kScan;
  bool wants_text = false;          // fill PageRecord::text
  LinkKindSet kinds = kUsualKinds;  // of links to report
  LinkKindSet follow =
      kUsualKinds;  // of a URL met as several kinds, one of these is reported before any other
  QueryRules query_rules;  // of canonical URLs
  bool links_as_resolved =
      false;  // links not canonicalised, repeats kept, http(s) only: what `extract` prints
  std::uint64_t max_decoded = 64ull << 20;  // bytes after content-encoding
  std::uint32_t max_ratio = 200;            // decoded to encoded, once past the first MiB
  std::uint32_t max_depth = 512;            // of the tree
  std::uint32_t max_links = 50'000;
  std::uint32_t max_url = 2'048;  // bytes of a link's URL
};

// What is in a WARC response record.
struct RecordView {
  std::string_view target_uri;
  std::string_view head;  // HTTP status line and fields
  std::string_view body;  // transfer-coding removed, content-encoding kept
};

// `record` is a whole WARC record of type response with an HTTP/1.1 block, as storage/segments.h
// writes it. Nothing when it has not that form.
bool split_record(std::string_view record, RecordView& view);

// The same of a record whose body lies elsewhere: `head` is all before the body, and the two
// closing line ends are understood. Nothing too when the HTTP head does not end where `head` does.
bool split_record(std::string_view head, std::string_view body, RecordView& view);

// Reuses its arena from page to page.
//
// A sitemap task reads as much as the protocol allows a sitemap to be: 50,000 URLs, 50 MiB.
//
// Links of a page are those of a 2xx answer's body, below the Location of a 3xx one, which comes
// first; the body of any other answer gives a title and no links. A body whose content-encoding
// does not decode gives what did decode; one in an encoding nobody knows is read as it is.
class PageParser {
 public:
  // `out_of_memory` is called when the document's tree finds no memory; it must not return (gumbo
  // does not check for null).
  explicit PageParser(PageOptions options, OutOfMemory out_of_memory = &std::abort);
  // For a process that is shared: a document that overruns its limits is left half-way.
  PageParser(PageOptions options, const DocumentLimits& limits);
  ~PageParser();

  // The encoded page record (parse/record_codec.h). Valid until the next call. Empty when the
  // document overran its limits.
  std::string_view parse(std::string_view warc_record, TaskKind kind);

  // The same of a record in two pieces, as for split_record.
  std::string_view parse(std::string_view head, std::string_view body, TaskKind kind);

  Overrun overrun() const;  // of the last call

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace scraper::parse
