#include "parse/document.h"

namespace scraper::parse {

namespace {

void* allocate(void* arena, std::size_t size) { return static_cast<Arena*>(arena)->allocate(size); }
void deallocate(void* arena, void* block) { static_cast<Arena*>(arena)->deallocate(block); }

}  // namespace

// The jump passes over gumbo's own frames, allocate() and the arena's: nothing with a destructor may live in them, which is what
// [csetjmp.syn] asks for. What is read after it here has not changed since setjmp.
const GumboNode* parse_html(std::string_view html, Arena& arena) {
  GumboOptions options = kGumboDefaultOptions;
  options.allocator = &allocate;
  options.deallocator = &deallocate;
  options.userdata = &arena;
  options.max_errors = 0;  // each error kept costs a copy of the stack of open elements
  if (!arena.has_limits()) return gumbo_parse_with_options(&options, html.data(), html.size())->document;

  std::jmp_buf way_out;
  if (setjmp(way_out) != 0) {
    arena.set_way_out(nullptr);
    return nullptr;
  }
  arena.set_way_out(&way_out);
  const GumboNode* const document = gumbo_parse_with_options(&options, html.data(), html.size())->document;
  arena.set_way_out(nullptr);
  return document;
}

const char* attribute(const GumboElement& element, std::string_view name, GumboAttributeNamespaceEnum space) {
  for (unsigned i = 0; i < element.attributes.length; ++i) {
    const auto& one = *static_cast<const GumboAttribute*>(element.attributes.data[i]);
    if (one.attr_namespace == space && name == one.name) return one.value;
  }
  return nullptr;
}

const GumboVector* children_of(const GumboNode& node) {
  if (node.type == GUMBO_NODE_DOCUMENT) return &node.v.document.children;
  return node.type == GUMBO_NODE_ELEMENT ? &node.v.element.children : nullptr;
}

}  // namespace scraper::parse
