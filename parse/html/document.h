// An HTML document as gumbo's tree, built in an arena, and the one way to go through it: in
// document order, without recursion, down to a depth. gumbo's own destroy is never called; the
// arena's reset takes everything. One thread.
//
// gumbo is quadratic on some inputs (500 KB of open <div> take 25 s) and has no way to be
// interrupted: the process around it bounds that, or the arena does.
#pragma once

#include <gumbo.h>

#include <cstdint>
#include <string_view>
#include <vector>

#include "parse/html/arena.h"
#include "parse/html/element.h"

namespace scraper::parse {

// Three things are gumbo's own and not the standard's: it makes U+FFFD of control characters, it
// makes any byte of a numeric reference past 32 bits, so that its text is not always UTF-8, and it
// knows the elements of 2015.

// The document node. `html` is valid UTF-8 and must outlive the tree, as must the arena's contents.
// Null when the document overran a limit of the arena's.
const GumboNode* parse_html(std::string_view html, Arena& arena);

// An element of the tree.
class TreeElement final : public Element {
 public:
  explicit TreeElement(const GumboElement& element);
  std::optional<std::string_view> attribute(std::string_view name) const override;

 private:
  const GumboElement& element_;
};

// The children of an element or the document, null for any other node.
const GumboVector* children_of(const GumboNode& node);

// Calls visitor.enter(element) for each element, whose answer says whether to look inside,
// visitor.leave(element) after its contents when it did, visitor.text(text) for text. Templates are
// inert: they are not entered. False when there were elements deeper than `max_depth` (<html> being
// 1): those were left out, with all that is in them.
template <class Visitor>
bool walk(const GumboNode& document, std::uint32_t max_depth, Visitor& visitor) {
  struct Level {
    const GumboNode* node;
    unsigned next_child;
  };
  std::vector<Level> path{{&document, 0}};
  bool is_whole = true;
  while (!path.empty()) {
    const GumboNode& node = *path.back().node;
    const GumboVector& children = *children_of(node);
    if (path.back().next_child == children.length) {
      path.pop_back();
      if (node.type == GUMBO_NODE_ELEMENT) visitor.leave(node.v.element);
      continue;
    }
    const auto& child = *static_cast<const GumboNode*>(children.data[path.back().next_child++]);
    if (child.type == GUMBO_NODE_ELEMENT) {
      if (path.size() > max_depth) {
        is_whole = false;
      } else if (visitor.enter(child.v.element)) {
        path.push_back({&child, 0});
      }
    } else if (child.type == GUMBO_NODE_TEXT || child.type == GUMBO_NODE_CDATA ||
               child.type == GUMBO_NODE_WHITESPACE) {
      visitor.text(child.v.text.text);
    }
  }
  return is_whole;
}

}  // namespace scraper::parse
