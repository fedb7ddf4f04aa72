#include "parse/html/document.h"

namespace scraper::parse {

namespace {

void* allocate(void* arena, std::size_t size) { return static_cast<Arena*>(arena)->allocate(size); }
void deallocate(void* arena, void* block) { static_cast<Arena*>(arena)->deallocate(block); }

// gumbo keeps the name of what it does not know only as it is written.
std::string_view name_of(const GumboElement& element) {
  GumboStringPiece piece = element.original_tag;
  gumbo_tag_from_original_text(&piece);
  return {piece.data, piece.length};
}

Space space_of(GumboNamespaceEnum space) {
  return space == GUMBO_NAMESPACE_HTML  ? Space::kHtml
         : space == GUMBO_NAMESPACE_SVG ? Space::kSvg
                                        : Space::kMathml;
}

}  // namespace

// The jump passes over gumbo's own frames, allocate() and the arena's: nothing with a destructor
// may live in them, which is what [csetjmp.syn] asks for. What is read after it here has not
// changed since setjmp.
const GumboNode* parse_html(std::string_view html, Arena& arena) {
  GumboOptions options = kGumboDefaultOptions;
  options.allocator = &allocate;
  options.deallocator = &deallocate;
  options.userdata = &arena;
  options.max_errors = 0;  // each error kept costs a copy of the stack of open elements
  if (!arena.has_limits())
    return gumbo_parse_with_options(&options, html.data(), html.size())->document;

  std::jmp_buf way_out;
  if (setjmp(way_out) != 0) {
    arena.set_way_out(nullptr);
    return nullptr;
  }
  arena.set_way_out(&way_out);
  const GumboNode* const document =
      gumbo_parse_with_options(&options, html.data(), html.size())->document;
  arena.set_way_out(nullptr);
  return document;
}

TreeElement::TreeElement(const GumboElement& element)
    : Element(element.tag, name_of(element), space_of(element.tag_namespace)), element_(element) {}

std::optional<std::string_view> TreeElement::attribute(std::string_view name) const {
  constexpr std::string_view kXlink = "xlink:";
  const bool is_xlink = name.starts_with(kXlink);
  if (is_xlink) name.remove_prefix(kXlink.size());
  const auto space = is_xlink ? GUMBO_ATTR_NAMESPACE_XLINK : GUMBO_ATTR_NAMESPACE_NONE;
  for (unsigned i = 0; i < element_.attributes.length; ++i) {
    const auto& one = *static_cast<const GumboAttribute*>(element_.attributes.data[i]);
    if (one.attr_namespace == space && name == one.name) return one.value;
  }
  return std::nullopt;
}

const GumboVector* children_of(const GumboNode& node) {
  if (node.type == GUMBO_NODE_DOCUMENT) return &node.v.document.children;
  return node.type == GUMBO_NODE_ELEMENT ? &node.v.element.children : nullptr;
}

}  // namespace scraper::parse
