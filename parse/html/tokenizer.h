// The tokens of an HTML document (HTML Standard 13.2.5), one after the other, as views into it:
// nothing is copied and nothing decoded until somebody asks for it. It builds no tree; what a tree
// decides, in which of its states the tokenizer reads on, the caller says after a start tag. Time
// is linear in the document whatever it holds, memory that of the longest tag's attributes. One
// thread.
//
// Doctypes are passed over. Parse errors are not told apart: what the standard makes of them is
// what comes out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace scraper::parse {

// How text is read: the states of the standard that a start tag switches to.
enum class TextState : std::uint8_t {
  kData,
  kRcdata,     // <title>, <textarea>: references count, tags do not
  kRawtext,    // <style>, <xmp>, <iframe>, <noembed>, <noframes>; <noscript> where scripting is on
  kScript,     // <script>, with its escapes
  kPlaintext,  // <plaintext>: to the end of the document
  kCdata,      // <![CDATA[ … ]]>, in foreign content; the tokenizer goes there by itself
};

enum class TokenKind : std::uint8_t { kEnd, kText, kStartTag, kEndTag, kComment };

// As written; of attributes with the same name only the first counts, which is for the reader to
// see to.
struct RawAttribute {
  std::string_view name;   // any case
  std::string_view value;  // without quotes; references not resolved
};

class Tokenizer {
 public:
  // `html` is UTF-8 and outlives the tokenizer.
  explicit Tokenizer(std::string_view html) : html_(html) {}

  // The next token. Text comes in pieces: two in a row may belong together.
  TokenKind next();

  // Of text and comments: the bytes as written. Of a tag: its name.
  std::string_view bytes() const { return bytes_; }
  // How much of the document comes after them.
  std::size_t slack() const {
    return static_cast<std::size_t>(html_.data() + html_.size() - bytes_.data()) - bytes_.size();
  }

  // Of text: how it is to be read. Never kCdata's "]]>" or a tag's own bytes.
  TextState text_state() const { return text_state_; }

  // Of tags.
  const std::vector<RawAttribute>& attributes() const { return attributes_; }
  bool is_self_closing() const { return is_self_closing_; }

  // How to read on, after a start tag or at the beginning. `end_tag` (lower case) is what ends
  // kRcdata, kRawtext and kScript.
  void switch_to(TextState state, std::string_view end_tag);

  // Whether "<![CDATA[" begins a section (in SVG and MathML) or a bogus comment.
  void allow_cdata(bool is_allowed) { allows_cdata_ = is_allowed; }

  std::size_t position() const { return at_; }  // where the next token begins

 private:
  std::optional<TokenKind> next_or_nothing();
  std::optional<TokenKind> cdata();
  TokenKind text_until(std::size_t end);
  TokenKind text_to_end_tag(std::size_t from);
  std::size_t end_of_script(std::size_t from) const;
  bool is_end_tag_at(std::size_t at, std::string_view name) const;
  std::optional<TokenKind> markup();
  std::optional<TokenKind> declaration();
  TokenKind comment();
  TokenKind bogus_comment(std::size_t from);
  TokenKind tag(std::size_t name_at, TokenKind kind);
  std::size_t read_attributes(std::size_t at);

  std::string_view html_;
  std::size_t at_ = 0;
  std::string_view bytes_;
  std::vector<RawAttribute> attributes_;
  std::string end_tag_;
  TextState state_ = TextState::kData;
  TextState text_state_ = TextState::kData;
  bool is_self_closing_ = false;
  bool allows_cdata_ = false;
};

// What `raw` says: line ends as LF, references resolved where the state has them, NUL as U+FFFD
// where the standard puts it there. A view of `raw` itself where nothing is to be changed, else of
// `storage`.
std::string_view text_of(std::string_view raw, TextState state, std::string& storage);
std::string_view attribute_value(std::string_view raw, std::string& storage);
std::string_view attribute_name(std::string_view raw,
                                std::string& storage);  // lower case; of tags too

}  // namespace scraper::parse
