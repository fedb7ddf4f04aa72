// Every attribute through which HTML refers to another resource, and as what (HTML Standard, index
// of attributes; obsolete ones that pages still use; SVG 2). One finder a document; one thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/page_record.h"
#include "parse/html/element.h"

namespace scraper::parse {

struct WrittenLink {
  std::string_view
      href;  // ASCII white space at both ends removed; stays for as long as the document
  LinkKind kind = LinkKind::kPage;
  bool is_nofollow = false;    // by its own rel
  std::uint32_t document = 0;  // whose base it is relative to: 0 the page, others what its frames
                               // hold (Extract::documents)
};

class LinkFinder {
 public:
  // Appends to `links`, which must outlive it.
  LinkFinder(std::vector<WrittenLink>& links, std::uint32_t document)
      : links_(links), document_(document) {}

  void enter(const Element& element);
  void leave_form() { is_in_post_form_ = false; }

 private:
  void at_html(const Element& element);
  void at_svg(const Element& element);
  void at_anchor(const Element& element, std::optional<std::string_view> href);
  void at_image(const Element& element);
  void at_source(const Element& element);
  void at_link(const Element& element);
  void at_meta(const Element& element);
  void at_form(const Element& element);
  void at_submitter(const Element& element);
  void add(std::optional<std::string_view> url, LinkKind kind, bool is_nofollow = false);
  void add_source(const Element& element,
                  LinkKind kind);  // src, and where scripts that load late find it
  void add_candidates(std::optional<std::string_view> srcset);

  std::vector<WrittenLink>& links_;
  std::uint32_t document_;
  std::vector<std::string_view> candidates_;
  bool is_in_post_form_ = false;
  bool has_refresh_ = false;
};

// The URL in the content of <meta http-equiv=refresh> or in a Refresh field (HTML Standard, "shared
// declarative refresh steps"). Nothing when the content is not one, or names no URL: the page would
// only reload itself.
std::optional<std::string_view> refresh_url(std::string_view content);

}  // namespace scraper::parse
