// What the elements of a document say: links, base, robots directives, description, language,
// title; of the page, and of what its frames hold the links and the base. One reader a document;
// who goes through the document (parse/extract.h, parse/scan.h) tells it of every element, in
// document order. One thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "parse/html/element.h"
#include "parse/html/extract.h"

namespace scraper::parse {

class ElementReader {
 public:
  // Of the page itself, whose number is 0 and level too.
  ElementReader(const ExtractOptions& options, Extract& out) : ElementReader(options, out, 0, 0) {}

  void enter(const Element& element);
  void leave_form() { finder_.leave_form(); }
  void title(std::string_view text);  // of a <title>; the first counts
  bool has_title() const { return has_title_; }

  // What the frame that was just entered holds, when it is to be read: by the reader that
  // of_frame() gives.
  std::optional<std::string_view> frame_html(const Element& element) const;
  ElementReader of_frame() const { return {options_, out_, document_, level_ + 1}; }

 private:
  ElementReader(const ExtractOptions& options, Extract& out, std::uint32_t parent, unsigned level);

  void at_base(const Element& element);
  void at_meta(const Element& element);
  void at_root(const Element& element);
  void add_robots(std::string_view content);
  bool is_for_us(std::string_view name) const;

  const ExtractOptions& options_;
  Extract& out_;
  const std::uint32_t document_;
  const unsigned level_;
  LinkFinder finder_;
  std::size_t robots_bytes_ = 0;
  bool has_title_ = false;
};

}  // namespace scraper::parse
