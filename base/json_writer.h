// JsonWriter: appends JSON (RFC 8259) to a string, for output that is written millions of times.
// Reading JSON is Boost.JSON's work.
//
// Strings must be UTF-8; what is not becomes U+FFFD, and everything a terminal, a browser or a line
// reader could take for more than text is escaped: controls (C0, DEL, C1), U+2028, U+2029,
// bidirectional overrides, and '<' '>' '&' so that a line may stand inside HTML. One value a
// writer: begin_object … end_object. Not thread safe, owns nothing but its place in `out`.
#pragma once

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>

namespace scraper {

class JsonWriter {
 public:
  explicit JsonWriter(std::string& out) : out_(out) {}

  JsonWriter& begin_object() { return open('{'); }
  JsonWriter& end_object() { return close('}'); }
  JsonWriter& begin_array() { return open('['); }
  JsonWriter& end_array() { return close(']'); }

  // Within an object, before each value.
  JsonWriter& key(std::string_view name);

  JsonWriter& value(std::string_view text);
  JsonWriter& value(const char* text) { return value(std::string_view(text)); }
  JsonWriter& value(double number);  // shortest form that reads back the same; not finite: null
  JsonWriter& value(bool truth);
  JsonWriter& null();

  template <std::integral N>
  requires(!std::same_as<N, bool>) JsonWriter& value(N number) {
    separate();
    out_ += std::to_string(number);
    return *this;
  }

  template <class T>
  JsonWriter& field(std::string_view name, const T& v) {
    return key(name).value(v);
  }

 private:
  JsonWriter& open(char bracket);
  JsonWriter& close(char bracket);
  void separate();

  std::string& out_;
  bool needs_comma_ = false;
};

// `text` as a JSON string with its quotes, appended to `out`.
void append_json_string(std::string& out, std::string_view text);

// JSON that somebody else wrote, its strings escaped as they are here. Outside of strings JSON has
// none of these characters.
std::string with_escapes(std::string_view json);

}  // namespace scraper
