// html5lib's tests of the tokenizer, for what ours gives: text, tags with their attributes,
// comments.
#include <algorithm>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "parse/html/tokenizer.h"
#include "tests/catch.h"
#include "tests/parse/conformance.h"

using namespace scraper::parse;
using namespace scraper::parse::testing;
namespace json = boost::json;

namespace {

TextState state_named(std::string_view name) {
  if (name == "PLAINTEXT state") return TextState::kPlaintext;
  if (name == "RCDATA state") return TextState::kRcdata;
  if (name == "RAWTEXT state") return TextState::kRawtext;
  if (name == "Script data state") return TextState::kScript;
  if (name == "CDATA section state") return TextState::kCdata;
  REQUIRE(name == "Data state");
  return TextState::kData;
}

json::array tag_of(const Tokenizer& tokenizer, bool is_start) {
  std::string storage;
  json::array tag{is_start ? "StartTag" : "EndTag", attribute_name(tokenizer.bytes(), storage)};
  if (!is_start) return tag;
  json::object attributes;
  for (const RawAttribute& one : tokenizer.attributes()) {
    const std::string name(attribute_name(one.name, storage));
    if (!attributes.contains(name)) attributes[name] = attribute_value(one.value, storage);
  }
  tag.push_back(std::move(attributes));
  if (tokenizer.is_self_closing()) tag.push_back(true);
  return tag;
}

// With line ends as LF, which the standard does first.
std::string comment_text(std::string_view bytes) {
  std::string storage;
  return std::string(text_of(bytes, TextState::kRawtext, storage));
}

json::array tokens_of(std::string_view html, TextState state, std::string_view last_start_tag) {
  Tokenizer tokenizer(html);
  tokenizer.switch_to(state, last_start_tag);
  json::array out;
  std::string text;
  const auto flush = [&] {
    if (!text.empty()) out.push_back(json::array{"Character", text});
    text.clear();
  };
  std::string storage;
  for (TokenKind kind = tokenizer.next(); kind != TokenKind::kEnd; kind = tokenizer.next()) {
    if (kind == TokenKind::kText) {
      text += text_of(tokenizer.bytes(), tokenizer.text_state(), storage);
      continue;
    }
    flush();
    if (kind == TokenKind::kComment) {
      out.push_back(json::array{"Comment", comment_text(tokenizer.bytes())});
    } else {
      out.push_back(tag_of(tokenizer, kind == TokenKind::kStartTag));
    }
  }
  flush();
  return out;
}

// The doctypes left out, and the pieces of text that thereby come to lie together joined.
json::array expected_tokens(const json::array& tokens) {
  json::array out;
  for (const json::value& token : tokens) {
    const auto& parts = token.as_array();
    if (parts[0].as_string() == "DOCTYPE") continue;
    const bool continues = parts[0].as_string() == "Character" && !out.empty() &&
                           out.back().as_array()[0].as_string() == "Character";
    if (continues) {
      auto& text = out.back().as_array()[1].as_string();
      text.append(parts[1].as_string());
    } else {
      out.push_back(token);
    }
  }
  return out;
}

// Of a doubly escaped case: what an escape of JSON names, as the character. Nothing where that is
// half of a pair: no UTF-8 has it.
std::optional<std::string> unescaped(std::string_view text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"') quoted += '\\';
    if (static_cast<unsigned char>(c) < 0x20) {
      quoted += c == '\n' ? "\\n" : c == '\t' ? "\\t" : "\\f";
    } else {
      quoted += c;
    }
  }
  boost::system::error_code error;
  const json::value value = json::parse(quoted + "\"", error);
  if (error) return std::nullopt;
  return std::string(value.as_string());
}

// False when it cannot be said in UTF-8.
bool unescape_all(json::value& value) {
  if (value.is_string()) {
    const auto plain = unescaped(value.as_string());
    if (plain) value = *plain;
    return plain.has_value();
  }
  bool is_good = true;
  if (value.is_array()) {
    for (json::value& one : value.as_array()) is_good &= unescape_all(one);
  } else if (value.is_object()) {
    json::object plain;
    for (const auto& [key, one] : value.as_object()) {
      json::value copy = one;
      is_good &= unescape_all(copy);
      plain[unescaped(key).value_or("")] = std::move(copy);
    }
    value = std::move(plain);
  }
  return is_good;
}

struct Counts {
  int run = 0;
  int left_out = 0;
};

void run_case(const json::object& test, Counts& counts) {
  json::value input = test.at("input");
  json::value output = test.at("output");
  const json::value* const is_escaped = test.if_contains("doubleEscaped");
  if (is_escaped != nullptr && is_escaped->as_bool() &&
      !(unescape_all(input) && unescape_all(output))) {
    ++counts.left_out;
    return;
  }
  const json::value* const last = test.if_contains("lastStartTag");
  const json::value* const states = test.if_contains("initialStates");
  const json::array initial = states == nullptr ? json::array{"Data state"} : states->as_array();
  for (const json::value& state : initial) {
    const std::string_view html = input.as_string();
    CAPTURE(std::string(test.at("description").as_string()), std::string(html),
            std::string(state.as_string()));
    const auto tokens = tokens_of(html, state_named(state.as_string()),
                                  last == nullptr ? "" : std::string_view(last->as_string()));
    CHECK(json::serialize(tokens) == json::serialize(expected_tokens(output.as_array())));
    ++counts.run;
  }
}

}  // namespace

TEST_CASE("the tokenizer tests of html5lib pass for text, tags, attributes and comments") {
  if (!conformance_file("README.md")) return;
  const UnpackedArchive archive("html5lib.tar.xz");
  Counts counts;
  for (const std::string& path : archive.paths()) {
    if (path.find("/tokenizer/") == path.npos || !path.ends_with(".test")) continue;
    const json::value file = json::parse(archive.read(path));
    const json::value* const tests = file.as_object().if_contains("tests");
    if (tests == nullptr) continue;  // what an XML serialiser must not write
    for (const json::value& test : tests->as_array()) run_case(test.as_object(), counts);
  }
  CHECK(counts.run > 6'800);
  CHECK(counts.left_out < 20);
}
