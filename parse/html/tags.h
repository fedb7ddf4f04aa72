// The elements of HTML by their names, and what the reading of a document has to know of each.
// gumbo's numbers are used, so that its tree and the scanner speak of the same. Pure; any thread.
#pragma once

#include <gumbo.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace scraper::parse {

// The element of that name, in any case; kUnknown where HTML has none. `slack`: how many bytes
// behind the name may be read, too; what is there does not matter.
GumboTag tag_named(std::string_view name, std::size_t slack = 0);

enum TagTrait : std::uint8_t {
  kIsPhrasing = 1,  // does not interrupt a line of text
  kIsHidden = 2,    // its text is not seen
  kIsRaw = 4,       // its text is read in a way of its own (13.2.5.1)
  kBreaksOut = 8,   // cannot stand in foreign content and ends it (13.2.6.5, "any other start tag"
                    // and before it)
  kIsTablePart = 16,  // nothing outside of a table
  kIsOfHead = 32,     // may stand before a frameset
};

namespace tags {

constexpr auto make_traits() {
  std::array<std::uint8_t, GUMBO_TAG_LAST + 1> traits{};
  const auto set = [&](TagTrait trait, std::initializer_list<GumboTag> which) {
    for (const GumboTag tag : which) traits[tag] = static_cast<std::uint8_t>(traits[tag] | trait);
  };
  set(kIsPhrasing,
      {GUMBO_TAG_A,      GUMBO_TAG_ABBR,   GUMBO_TAG_ACRONYM, GUMBO_TAG_B,     GUMBO_TAG_BDI,
       GUMBO_TAG_BDO,    GUMBO_TAG_BIG,    GUMBO_TAG_CITE,    GUMBO_TAG_CODE,  GUMBO_TAG_DATA,
       GUMBO_TAG_DEL,    GUMBO_TAG_DFN,    GUMBO_TAG_EM,      GUMBO_TAG_FONT,  GUMBO_TAG_I,
       GUMBO_TAG_IMG,    GUMBO_TAG_INS,    GUMBO_TAG_KBD,     GUMBO_TAG_LABEL, GUMBO_TAG_MARK,
       GUMBO_TAG_NOBR,   GUMBO_TAG_Q,      GUMBO_TAG_RB,      GUMBO_TAG_RP,    GUMBO_TAG_RT,
       GUMBO_TAG_RTC,    GUMBO_TAG_RUBY,   GUMBO_TAG_S,       GUMBO_TAG_SAMP,  GUMBO_TAG_SMALL,
       GUMBO_TAG_SPAN,   GUMBO_TAG_STRIKE, GUMBO_TAG_STRONG,  GUMBO_TAG_SUB,   GUMBO_TAG_SUP,
       GUMBO_TAG_TIME,   GUMBO_TAG_TT,     GUMBO_TAG_U,       GUMBO_TAG_VAR,   GUMBO_TAG_WBR,
       GUMBO_TAG_UNKNOWN});
  set(kIsHidden, {GUMBO_TAG_SCRIPT, GUMBO_TAG_STYLE, GUMBO_TAG_TITLE, GUMBO_TAG_IFRAME,
                  GUMBO_TAG_NOEMBED, GUMBO_TAG_NOFRAMES});
  set(kIsRaw,
      {GUMBO_TAG_TITLE, GUMBO_TAG_TEXTAREA, GUMBO_TAG_STYLE, GUMBO_TAG_XMP, GUMBO_TAG_IFRAME,
       GUMBO_TAG_NOEMBED, GUMBO_TAG_NOFRAMES, GUMBO_TAG_SCRIPT, GUMBO_TAG_PLAINTEXT});
  set(kBreaksOut,
      {GUMBO_TAG_B,      GUMBO_TAG_BIG,    GUMBO_TAG_BLOCKQUOTE, GUMBO_TAG_BODY,  GUMBO_TAG_BR,
       GUMBO_TAG_CENTER, GUMBO_TAG_CODE,   GUMBO_TAG_DD,         GUMBO_TAG_DIV,   GUMBO_TAG_DL,
       GUMBO_TAG_DT,     GUMBO_TAG_EM,     GUMBO_TAG_EMBED,      GUMBO_TAG_H1,    GUMBO_TAG_H2,
       GUMBO_TAG_H3,     GUMBO_TAG_H4,     GUMBO_TAG_H5,         GUMBO_TAG_H6,    GUMBO_TAG_HEAD,
       GUMBO_TAG_HR,     GUMBO_TAG_I,      GUMBO_TAG_IMG,        GUMBO_TAG_LI,    GUMBO_TAG_LISTING,
       GUMBO_TAG_MENU,   GUMBO_TAG_META,   GUMBO_TAG_NOBR,       GUMBO_TAG_OL,    GUMBO_TAG_P,
       GUMBO_TAG_PRE,    GUMBO_TAG_RUBY,   GUMBO_TAG_S,          GUMBO_TAG_SMALL, GUMBO_TAG_SPAN,
       GUMBO_TAG_STRONG, GUMBO_TAG_STRIKE, GUMBO_TAG_SUB,        GUMBO_TAG_SUP,   GUMBO_TAG_TABLE,
       GUMBO_TAG_TT,     GUMBO_TAG_U,      GUMBO_TAG_UL,         GUMBO_TAG_VAR});
  set(kIsTablePart, {GUMBO_TAG_CAPTION, GUMBO_TAG_COL, GUMBO_TAG_COLGROUP, GUMBO_TAG_TBODY,
                     GUMBO_TAG_TD, GUMBO_TAG_TFOOT, GUMBO_TAG_TH, GUMBO_TAG_THEAD, GUMBO_TAG_TR});
  set(kIsOfHead,
      {GUMBO_TAG_HTML, GUMBO_TAG_HEAD, GUMBO_TAG_BASE, GUMBO_TAG_BASEFONT, GUMBO_TAG_BGSOUND,
       GUMBO_TAG_LINK, GUMBO_TAG_META, GUMBO_TAG_NOFRAMES, GUMBO_TAG_NOSCRIPT, GUMBO_TAG_SCRIPT,
       GUMBO_TAG_STYLE, GUMBO_TAG_TEMPLATE, GUMBO_TAG_TITLE});
  return traits;
}
inline constexpr auto kTraits = make_traits();

}  // namespace tags

constexpr bool has_trait(GumboTag tag, TagTrait trait) { return (tags::kTraits[tag] & trait) != 0; }

}  // namespace scraper::parse
