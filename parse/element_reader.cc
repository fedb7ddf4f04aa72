#include "parse/element_reader.h"

#include "parse/utf8.h"

namespace scraper::parse {

namespace {

constexpr unsigned kMaxFrameLevel = 3;  // of srcdoc within srcdoc

std::string collapsed(std::string_view text, std::size_t code_points) {
  TextCollector collector(4 * code_points);
  collector.add(text);
  return std::string(first_code_points(collector.text(), code_points));
}

}  // namespace

bool is_phrasing(GumboTag tag) {
  switch (tag) {
    case GUMBO_TAG_A:
    case GUMBO_TAG_ABBR:
    case GUMBO_TAG_ACRONYM:
    case GUMBO_TAG_B:
    case GUMBO_TAG_BDI:
    case GUMBO_TAG_BDO:
    case GUMBO_TAG_BIG:
    case GUMBO_TAG_CITE:
    case GUMBO_TAG_CODE:
    case GUMBO_TAG_DATA:
    case GUMBO_TAG_DEL:
    case GUMBO_TAG_DFN:
    case GUMBO_TAG_EM:
    case GUMBO_TAG_FONT:
    case GUMBO_TAG_I:
    case GUMBO_TAG_IMG:
    case GUMBO_TAG_INS:
    case GUMBO_TAG_KBD:
    case GUMBO_TAG_LABEL:
    case GUMBO_TAG_MARK:
    case GUMBO_TAG_NOBR:
    case GUMBO_TAG_Q:
    case GUMBO_TAG_RB:
    case GUMBO_TAG_RP:
    case GUMBO_TAG_RT:
    case GUMBO_TAG_RTC:
    case GUMBO_TAG_RUBY:
    case GUMBO_TAG_S:
    case GUMBO_TAG_SAMP:
    case GUMBO_TAG_SMALL:
    case GUMBO_TAG_SPAN:
    case GUMBO_TAG_STRIKE:
    case GUMBO_TAG_STRONG:
    case GUMBO_TAG_SUB:
    case GUMBO_TAG_SUP:
    case GUMBO_TAG_TIME:
    case GUMBO_TAG_TT:
    case GUMBO_TAG_U:
    case GUMBO_TAG_VAR:
    case GUMBO_TAG_WBR:
    case GUMBO_TAG_UNKNOWN: return true;
    default: return false;
  }
}

bool is_hidden(GumboTag tag) {
  switch (tag) {
    case GUMBO_TAG_SCRIPT:
    case GUMBO_TAG_STYLE:
    case GUMBO_TAG_TITLE:
    case GUMBO_TAG_IFRAME:
    case GUMBO_TAG_NOEMBED:
    case GUMBO_TAG_NOFRAMES: return true;
    default: return false;
  }
}

ElementReader::ElementReader(const ExtractOptions& options, Extract& out, std::uint32_t parent, unsigned level)
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
  return equals_ignoring_case(name, "robots") || (!options_.agent.empty() && are_same_ignoring_case(name, options_.agent));
}

void ElementReader::add_robots(std::string_view content) {
  const std::string_view directives = first_bytes(strip_ascii_space(content), kMaxRobots - robots_bytes_);
  robots_bytes_ += directives.size();
  if (!directives.empty()) out_.robots.emplace_back(directives);
}

void ElementReader::at_root(const Element& element) {
  if (level_ > 0) return;
  if (const auto lang = element.attribute("lang")) out_.lang = first_bytes(strip_ascii_space(*lang), kMaxLang);
}

void ElementReader::title(std::string_view text) {
  if (!has_title_ && level_ == 0) out_.title = collapsed(text, kMaxTitle);
  has_title_ = true;
}

// What srcdoc holds is a document of its own, with this one's base until it names another.
std::optional<std::string_view> ElementReader::frame_html(const Element& element) const {
  if (element.tag() != GUMBO_TAG_IFRAME || !element.is_html()) return std::nullopt;
  if (!options_.wants_links || options_.arena == nullptr || level_ == kMaxFrameLevel) return std::nullopt;
  return element.attribute("srcdoc");
}

}  // namespace scraper::parse
