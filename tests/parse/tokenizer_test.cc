#include "parse/html/tokenizer.h"

#include "parse/html/references.h"
#include "tests/catch.h"

using namespace scraper::parse;

using Strings = std::vector<std::string>;

namespace {

std::string shown_tag(const Tokenizer& tokenizer) {
  std::string storage;
  std::string out(attribute_name(tokenizer.bytes(), storage));
  for (const RawAttribute& one : tokenizer.attributes()) {
    out.append(" ").append(attribute_name(one.name, storage));
    out.append("=").append(attribute_value(one.value, storage));
  }
  return out + (tokenizer.is_self_closing() ? " /" : "");
}

// "text", "<name attribute=value", "</name", "!comment"; `switches` says whether <script> and
// <title> change how text is read.
Strings tokens(std::string_view html, bool switches = true, bool has_cdata = false) {
  Tokenizer tokenizer(html);
  tokenizer.allow_cdata(has_cdata);
  Strings out;
  std::string storage;
  for (TokenKind kind = tokenizer.next(); kind != TokenKind::kEnd; kind = tokenizer.next()) {
    switch (kind) {
      case TokenKind::kText:
        out.emplace_back(text_of(tokenizer.bytes(), tokenizer.text_state(), storage));
        break;
      case TokenKind::kStartTag: out.push_back("<" + shown_tag(tokenizer)); break;
      case TokenKind::kEndTag: out.push_back("</" + shown_tag(tokenizer)); break;
      default: out.push_back("!" + std::string(tokenizer.bytes()));
    }
    if (kind != TokenKind::kStartTag || !switches) continue;
    if (out.back().starts_with("<script")) tokenizer.switch_to(TextState::kScript, "script");
    if (out.back().starts_with("<title")) tokenizer.switch_to(TextState::kRcdata, "title");
  }
  return out;
}

}  // namespace

TEST_CASE("tags, attributes however they are quoted, and text between them") {
  CHECK(tokens("a<P CLASS=x id='1' b=\"<>\" checked/>&amp;</p >b") ==
        Strings{"a", "<p class=x id=1 b=<> checked= /", "&", "</p", "b"});
  CHECK(tokens("<a href=/x/y/>") == Strings{"<a href=/x/y/"});
  CHECK(tokens("<a =x a==y b= >") == Strings{"<a =x= a==y b="});
  CHECK(tokens("<a b='1'c=2>") == Strings{"<a b=1 c=2"});
  CHECK(tokens("<br/><br / >") == Strings{"<br /", "<br"});
}

TEST_CASE("what looks like markup and is none") {
  CHECK(tokens("a < b <3 </ x") == Strings{"a ", "<", " b ", "<", "3 ", "! x"});
  CHECK(tokens("</>x<") == Strings{"x", "<"});
  CHECK(tokens("</") == Strings{"</"});
  CHECK(tokens("x<a href='never closed>y</a>") == Strings{"x"});
  CHECK(tokens("<!doctype html \">\" x><?xml x?><!x>") == Strings{"\" x>", "!?xml x?", "!x"});
}

TEST_CASE("comments end where the standard ends them") {
  CHECK(tokens("<!-- a -- b --><!--><!---><!--c--!>d<!--e") ==
        Strings{"! a -- b ", "!", "!", "!c", "d", "!e"});
}

TEST_CASE("a script ends at its end tag, but not within its own comment's script") {
  CHECK(tokens("<script>a<b</scripts></SCRIPT >c") ==
        Strings{"<script", "a<b</scripts>", "</script", "c"});
  CHECK(tokens("<script><!--<script></script>--></script>c") ==
        Strings{"<script", "<!--<script></script>-->", "</script", "c"});
  CHECK(tokens("<script><!--<script>--></script>c") ==
        Strings{"<script", "<!--<script>-->", "</script", "c"});
  CHECK(tokens("<script><!--></script>c") == Strings{"<script", "<!-->", "</script", "c"});
  CHECK(tokens("<title>a<b>&lt;</title>") == Strings{"<title", "a<b><", "</title"});
  CHECK(tokens("<script>never closed") == Strings{"<script", "never closed"});
}

TEST_CASE("CDATA is text where it is allowed and a comment elsewhere") {
  CHECK(tokens("<![CDATA[a<b&amp;]]>c", true, true) == Strings{"a<b&amp;", "c"});
  CHECK(tokens("<![CDATA[a<b]]>c") == Strings{"![CDATA[a<b]]", "c"});
  CHECK(tokens("<![CDATA[]]>", true, true).empty());
}

TEST_CASE("references, line ends and NUL are what the standard makes of them") {
  std::string storage;
  using std::string_view_literals::operator""sv;
  CHECK(text_of("a\r\nb\rc", TextState::kData, storage) == "a\nb\nc");
  CHECK(text_of("a\0b"sv, TextState::kData, storage) == "a\0b"sv);
  CHECK(text_of("a\0b"sv, TextState::kScript, storage) ==
        "a\xEF\xBF\xBD"sv
        "b");
  CHECK(text_of("&notit; &notin; &#x41;&#65 &#0; &#x80; &#xD800; &#99999999999; &; &x",
                TextState::kData, storage) ==
        "\xC2\xACit; \xE2\x88\x89 AA \xEF\xBF\xBD \xE2\x82\xAC \xEF\xBF\xBD \xEF\xBF\xBD &; &x");
  CHECK(text_of("&amp;", TextState::kScript, storage) == "&amp;");
  CHECK(attribute_value("?a=1&lt=2&copy=3&amp=4&copy;&ltx&lt", storage) ==
        "?a=1&lt=2&copy=3&amp=4\xC2\xA9&ltx<");
  const std::string plain = "nothing to do";
  CHECK(text_of(plain, TextState::kData, storage).data() == plain.data());
}

TEST_CASE("tokens never overlap, whatever is repeated in a document") {
  for (const std::string_view piece :
       {"<", "</>", "<!doctype>", "<!", "<!--", "<a ", "<a b='", "</", "&", "&a", "<script><!--",
        "<!--<script>", "--", "=", "<![CDATA["}) {
    std::string html;
    while (html.size() < (2u << 20)) html += piece;
    CAPTURE(piece);
    std::size_t bytes = 0;
    Tokenizer tokenizer(html);
    tokenizer.allow_cdata(true);
    for (TokenKind kind = tokenizer.next(); kind != TokenKind::kEnd; kind = tokenizer.next())
      bytes += tokenizer.bytes().size();
    CHECK(bytes <= html.size());
  }
}
