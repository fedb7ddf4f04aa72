// The links of one page, from what is written to what the crawl looks up: resolved, canonical,
// fingerprinted, unique, within limits. One thread; used again from page to page, like the arena
// that holds its URLs.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/url.h"
#include "parse/html/arena.h"
#include "parse/html/extract.h"
#include "parse/page.h"
#include "parse/text/charset.h"

namespace scraper::parse {

class LinkSet {
 public:
  LinkSet(const PageOptions& options, Arena& arena) : options_(options), arena_(arena) {}

  // For the next document, of which links of these kinds are wanted.
  void clear(LinkKindSet kinds);

  // A URL somebody wrote, resolved. In a crawl what repeats a link adds nothing, except that one
  // occurrence that may be followed makes the link one that may be. Gives where among the links it
  // is now; nothing when it was left out.
  std::optional<std::uint32_t> add(const WrittenLink& link, const Url& base,
                                   const Encoding& encoding);

  std::vector<Link>& links() { return links_; }
  bool is_cut() const { return is_cut_; }  // max_links was reached
  std::uint32_t too_long() const { return too_long_; }

 private:
  std::optional<std::uint32_t> add_resolved(const Url& url, const WrittenLink& written);
  std::optional<std::uint32_t> add_as_resolved(const Url& url, const WrittenLink& written);
  std::optional<std::uint32_t> add_canonical(std::string_view url, const WrittenLink& written);
  bool is_too_long(std::string_view url);
  void meet_again(Link& link, const WrittenLink& written) const;
  bool has_room();
  std::size_t* slot_of(const Fingerprint& fingerprint);
  void grow_slots();

  const PageOptions& options_;
  Arena& arena_;
  LinkKindSet kinds_ = 0;
  std::vector<Link> links_;
  std::vector<std::size_t>
      slots_;            // open addressing by fingerprint: 1 + index into links_, 0 for empty
  std::string storage_;  // of the URL at hand
  bool is_cut_ = false;
  std::uint32_t too_long_ = 0;
};

// Parses `href` against `base` as a document in `encoding` does: its characters past ASCII in the
// query of an http URL are encoded in that encoding. `storage` as in parse_url().
std::optional<Url> resolve(std::string_view href, const Url& base, const Encoding& encoding,
                           std::string storage = {});

}  // namespace scraper::parse
