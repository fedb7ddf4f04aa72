#include "parse/html/element_reader.h"

#include "base/ascii.h"
#include "base/utf8.h"
#include "parse/text/text_collector.h"

namespace scraper::parse {

namespace {

constexpr unsigned kMaxFrameLevel = 3;  // of srcdoc within srcdoc

std::string collapsed(std::string_view text, std::size_t code_points) {
  TextCollector collector(4 * code_points);
  collector.add(text);
  return std::string(first_code_points(collector.text(), code_points));
}

}  // namespace

ElementReader::ElementReader(const ExtractOptions& options, Extract& out, std::uint32_t parent,
                             unsigned level)
    : options_(options),
      out_(out),
      document_(static_cast<std::uint32_t>(out.documents.size())),
      level_(level),
      finder_(out.links, document_) {
  out.documents.push_back({std::nullopt, parent});
}

void ElementReader::enter(const Element& element) {
  if (options_.wants_links) finder_.enter(element);
  if (!element.is_html()) return;
  switch (element.tag()) {
    case GUMBO_TAG_BASE: return at_base(element);
    case GUMBO_TAG_META: return at_meta(element);
    case GUMBO_TAG_HTML: return at_root(element);
    default: return;
  }
}

void ElementReader::at_base(const Element& element) {
  auto& base = out_.documents[document_].base_href;
  if (base) return;
  if (const auto href = element.attribute("href")) base = strip_ascii_space(*href);
}

void ElementReader::at_meta(const Element& element) {
  const auto content = element.attribute("content");
  const auto name = element.attribute("name");
  if (level_ > 0 || !content || !name) return;
  if (is_for_us(*name)) {
    add_robots(*content);
  } else if (out_.description.empty() && equals_ignoring_case(*name, "description")) {
    out_.description = collapsed(*content, kMaxDescription);
  }
}

bool ElementReader::is_for_us(std::string_view name) const {
  return equals_ignoring_case(name, "robots") ||
         (!options_.agent.empty() && are_same_ignoring_case(name, options_.agent));
}

void ElementReader::add_robots(std::string_view content) {
  const std::string_view directives =
      first_bytes(strip_ascii_space(content), kMaxRobots - robots_bytes_);
  robots_bytes_ += directives.size();
  if (!directives.empty()) out_.robots.emplace_back(directives);
}

void ElementReader::at_root(const Element& element) {
  if (level_ > 0) return;
  if (const auto lang = element.attribute("lang"))
    out_.lang = first_bytes(strip_ascii_space(*lang), kMaxLang);
}

void ElementReader::title(std::string_view text) {
  if (!has_title_ && level_ == 0) out_.title = collapsed(text, kMaxTitle);
  has_title_ = true;
}

// What srcdoc holds is a document of its own, with this one's base until it names another.
std::optional<std::string_view> ElementReader::frame_html(const Element& element) const {
  if (element.tag() != GUMBO_TAG_IFRAME || !element.is_html()) return std::nullopt;
  if (!options_.wants_links || options_.arena == nullptr || level_ == kMaxFrameLevel)
    return std::nullopt;
  return element.attribute("srcdoc");
}

}  // namespace scraper::parse
