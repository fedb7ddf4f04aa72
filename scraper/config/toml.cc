#include "scraper/config/toml.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/ascii.h"
#include "base/utf8.h"
#include "scraper/config/values.h"

namespace scraper::cli {
namespace {

bool is_key_char(char c) { return is_ascii_alphanumeric(c) || c == '-' || c == '_'; }

// Reads one document from front to back. Every member function returns false once fault_ is set.
class TomlReader {
 public:
  TomlReader(std::string_view text, std::string_view name) : text_(text), name_(name) {
    if (text_.substr(0, 3) == "\xEF\xBB\xBF") at_ = 3;
  }

  Result<std::vector<TomlEntry>> read() {
    while (skip_blank()) {
      if (!read_entry()) return usage_error(fmt::format("{}:{}: {}", name_, line_, fault_));
    }
    return std::move(entries_);
  }

 private:
  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  bool is_end() const { return at_ >= text_.size(); }

  bool fail(std::string fault) {
    fault_ = std::move(fault);
    return false;
  }

  void skip_spaces() {
    while (peek() == ' ' || peek() == '\t') ++at_;
  }

  // Spaces, comments and line ends. False at the end of the text.
  bool skip_blank() {
    for (; !is_end(); ++at_) {
      if (peek() == '#') at_ = std::min(text_.find('\n', at_), text_.size());
      if (is_end()) return false;
      if (peek() == '\n') ++line_;
      if (peek() != '\n' && peek() != '\r' && peek() != ' ' && peek() != '\t') return true;
    }
    return false;
  }

  bool read_entry() {
    if (peek() == '[') return fail("there are no [sections] here: name = value, one a line");
    TomlEntry entry;
    entry.line = line_;
    while (is_key_char(peek())) entry.key += text_[at_++];
    if (entry.key.empty()) return fail("no name in front of the value: name = value, one a line");
    skip_spaces();
    if (peek() != '=') return fail(fmt::format("no '=' after {}", entry.key));
    ++at_;
    skip_spaces();
    if (!(peek() == '[' ? read_array(entry) : read_value(entry))) return false;
    return read_line_end() && keep(std::move(entry));
  }

  bool keep(TomlEntry entry) {
    for (const TomlEntry& other : entries_) {
      if (other.key == entry.key)
        return fail(fmt::format("{} is set twice, in line {} before", entry.key, other.line));
    }
    entries_.push_back(std::move(entry));
    return true;
  }

  bool read_line_end() {
    skip_spaces();
    if (peek() == '#') at_ = std::min(text_.find('\n', at_), text_.size());
    if (is_end() || peek() == '\n' || text_.substr(at_, 2) == "\r\n") return true;
    return fail(fmt::format("{} after the value: one name = value a line, strings in quotes",
                            in_quotes(text_.substr(at_, text_.find_first_of("\r\n", at_) - at_))));
  }

  bool read_value(TomlEntry& entry) {
    if (peek() == '"' || peek() == '\'') return read_string(entry.values.emplace_back());
    std::string word;
    while (is_key_char(peek()) || peek() == '.' || peek() == '+') word += text_[at_++];
    const bool is_truth = word == "true" || word == "false";
    const bool is_number =
        !word.empty() &&
        (word.find_first_not_of("0123456789._") == std::string::npos || word == "inf");
    if (!is_truth && !is_number)
      return fail(fmt::format("the value of {} is none: a string stands in quotes", entry.key));
    std::erase(word, '_');
    entry.type = is_truth ? TomlType::kBoolean : TomlType::kNumber;
    entry.values.push_back(std::move(word));
    return true;
  }

  bool read_array(TomlEntry& entry) {
    entry.type = TomlType::kArray;
    ++at_;
    while (skip_blank() && peek() != ']') {
      if (peek() != '"' && peek() != '\'')
        return fail(fmt::format("{} takes an array of strings: [\"a\", \"b\"]", entry.key));
      if (!read_string(entry.values.emplace_back())) return false;
      if (skip_blank() && peek() == ',') {
        ++at_;
      } else if (!is_end() && peek() != ']') {
        return fail(fmt::format("no ',' between the strings of {}", entry.key));
      }
    }
    if (is_end()) return fail(fmt::format("the array of {} has no ]", entry.key));
    ++at_;
    return true;
  }

  bool read_string(std::string& out) {
    const char quote = text_[at_++];
    if (text_.substr(at_, 2) == std::string(2, quote))
      return fail("strings of several lines are not read here");
    while (!is_end() && peek() != quote && peek() != '\n') {
      if (quote == '"' && peek() == '\\') {
        if (!read_escape(out)) return false;
      } else {
        out += text_[at_++];
      }
    }
    if (peek() != quote) return fail("the string has no end in its line");
    ++at_;
    return true;
  }

  bool read_escape(std::string& out) {
    constexpr std::string_view kNames = "btnfr\"\\";
    constexpr std::string_view kBytes = "\b\t\n\f\r\"\\";
    const char c = at_ + 1 < text_.size() ? text_[at_ + 1] : '\0';
    at_ += 2;
    if (c == 'u') return read_code_point(4, out);
    if (c == 'U') return read_code_point(8, out);
    const std::size_t which = kNames.find(c);
    if (which == std::string_view::npos)
      return fail(
          "no such escape in a string; a regular expression reads best in single quotes: '\\d+'");
    out += kBytes[which];
    return true;
  }

  bool read_code_point(std::size_t digits, std::string& out) {
    std::uint32_t code = 0;
    for (std::size_t i = 0; i < digits; ++i, ++at_) {
      const int digit = is_end() ? -1 : hex_value(peek());
      if (digit < 0) return fail("\\u takes 4 and \\U 8 hexadecimal digits");
      code = code << 4 | static_cast<std::uint32_t>(digit);
    }
    if (code > 0x10FFFF || (code >= 0xD800 && code < 0xE000)) return fail("\\u names no character");
    append_code_point(out, code);
    return true;
  }

  std::string_view text_;
  std::string_view name_;
  std::size_t at_ = 0;
  std::size_t line_ = 1;
  std::string fault_;
  std::vector<TomlEntry> entries_;
};

}  // namespace

Result<std::vector<TomlEntry>> parse_toml(std::string_view text, std::string_view name) {
  return TomlReader(text, name).read();
}

std::string toml_string(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (byte < 0x20 || byte == 0x7F) {
      out += fmt::format("\\u{:04x}", byte);
    } else {
      out += c;
    }
  }
  return out + '"';
}

std::string toml_array(const std::vector<std::string>& values) {
  std::string out = "[";
  for (const std::string& value : values) out += (out.size() > 1 ? ", " : "") + toml_string(value);
  return out + "]";
}

}  // namespace scraper::cli
