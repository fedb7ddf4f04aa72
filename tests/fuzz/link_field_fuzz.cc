// The Link field. What must hold: targets stand in the field, one behind the other; written anew,
// each with a relation of its kind, they are found again.
#include <string>
#include <vector>

#include "base/ascii.h"
#include "parse/html/relations.h"
#include "tests/fuzz/require.h"

namespace {

using namespace scraper;
using namespace scraper::parse;
using fuzz::require;

std::string_view relation_of(LinkKind kind) {
  switch (kind) {
    case LinkKind::kCanonical: return "rel=canonical";
    case LinkKind::kNext: return "rel=\"x next\"";
    case LinkKind::kStyle: return "rel=Stylesheet; type=text/css";
    case LinkKind::kIcon: return "rel=\"shortcut icon\"";
    case LinkKind::kImage: return "rel = preload ;as=\"image\"";
    case LinkKind::kManifest: return "rel=manifest";
    case LinkKind::kScript: return "as=x;rel=modulepreload";
    case LinkKind::kMedia: return "rel=preload;as=video";
    case LinkKind::kFeed: return "type=\"application/atom+xml; a=\\\"\";rel=alternate";
    case LinkKind::kAlternate: return "hreflang=de;;rel=alternate";
    default: return "rel=x";
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view field = fuzz::view(data, size);
  const auto links = parse_link_field(field);
  std::string written;
  std::string_view rest = field;
  for (const FieldLink& link : links) {
    require(fuzz::is_within(link.target, rest) && !link.target.empty() &&
            strip_ascii_space(link.target) == link.target);
    rest.remove_prefix(static_cast<std::size_t>(link.target.data() - rest.data()) +
                       link.target.size());
    written.append("<")
        .append(link.target)
        .append(">; ")
        .append(relation_of(link.kind))
        .append(", ");
  }
  const auto again = parse_link_field(written);
  require(again.size() == links.size());
  for (std::size_t i = 0; i < links.size(); ++i)
    require(again[i].target == links[i].target && again[i].kind == links[i].kind);
  return 0;
}
