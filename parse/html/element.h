// Element: what a start tag says, whoever read it: gumbo's tree (parse/document.h) or the scanner
// (parse/scan.h). One thread.
#pragma once

#include <gumbo.h>

#include <cstdint>
#include <optional>
#include <string_view>

namespace scraper::parse {

enum class Space : std::uint8_t { kHtml, kSvg, kMathml };

class Element {
 public:
  GumboTag tag() const { return tag_; }            // of HTML's names; kUnknown for any other
  std::string_view name() const { return name_; }  // in any case
  Space space() const { return space_; }
  bool is_html() const { return space_ == Space::kHtml; }

  // Of a name in lower case ("xlink:href" where it has a prefix); nothing where the element has
  // none. What it says stays for as long as the document it is from.
  virtual std::optional<std::string_view> attribute(std::string_view name) const = 0;

 protected:
  Element(GumboTag tag, std::string_view name, Space space)
      : tag_(tag), name_(name), space_(space) {}
  Element(const Element&) = default;
  Element& operator=(const Element&) = default;
  ~Element() = default;

 private:
  GumboTag tag_;
  std::string_view name_;
  Space space_;
};

}  // namespace scraper::parse
