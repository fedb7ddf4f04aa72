// What a link relation makes of a link: for <link> elements and for the Link field of an answer.
// Pure; any thread.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "base/page_record.h"

namespace scraper::parse {

// Of a <link> with this rel, type and as (HTML Standard 4.6.7; link type registrations). Where
// several relations are named, the one that says most about what is to be found there. Nothing
// without a relation, and for those that name a server to be connected to and no resource
// (dns-prefetch, preconnect).
std::optional<LinkKind> kind_of_relation(std::string_view rel, std::string_view type,
                                         std::string_view as);

struct FieldLink {
  std::string_view target;  // a URI reference, relative to the URL that was asked for
  LinkKind kind = LinkKind::kOther;
};

// The links of one Link field (RFC 8288, 3 and appendix B.2), those with an anchor of another
// context left out. What does not parse ends it. Views point into `field`.
std::vector<FieldLink> parse_link_field(std::string_view field);

}  // namespace scraper::parse
