// The URL Standard's basic URL parser (4.4) without state override. One object parses one URL; its
// serialisation is written as the input is read, so that what was written is never looked at again.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/url.h"

namespace scraper::parse {

// The standard's states are functions here: each takes what is left of the input, writes its part
// of the URL and hands the rest on. No recursion: the states only ever go forward.
class UrlParser {
 public:
  // `input` is valid UTF-8 without tabs, newlines and surrounding controls and spaces. Both must
  // outlive the parser. Of `storage` only the memory is used.
  UrlParser(std::string_view input, const Url* base, std::string storage);

  std::optional<Url> parse();

 private:
  using Rest = std::string_view;

  bool scheme_start(Rest rest);
  bool no_scheme(Rest rest);
  bool after_scheme(Rest rest);
  bool relative(Rest rest);
  bool relative_slash(Rest rest);
  bool file(Rest rest);
  bool file_slash(Rest rest);
  bool file_host(Rest rest);
  bool special_authority(Rest rest);
  bool authority(Rest rest);
  bool path_start(Rest rest);
  bool path(Rest rest);
  bool opaque_path(Rest rest);
  bool inherit_path(Rest rest);
  bool query_or_fragment(Rest rest);
  bool fragment(Rest rest);

  void set_scheme(std::string_view scheme);
  void start_authority();
  void credentials(std::string_view text);
  bool host_and_port(std::string_view text);
  bool port(std::string_view digits);
  void end_authority();
  void empty_host();
  void copy_authority();
  void copy_path();
  void segments(std::string_view text);
  void segment(std::string_view text, bool is_last);
  void shorten_path();
  void guard_double_slash();

  bool is_slash(char c) const { return c == '/' || (c == '\\' && is_special_); }
  bool starts_with_slash(Rest rest) const { return !rest.empty() && is_slash(rest[0]); }
  bool base_is_file() const { return base_ != nullptr && base_->scheme() == "file"; }
  std::uint32_t here() const { return static_cast<std::uint32_t>(out_.size()); }

  std::string_view input_;
  const Url* base_;
  std::string out_;
  UrlParts parts_;
  std::uint16_t default_port_ = 0;
  bool is_special_ = false;
  bool is_file_ = false;
};

}  // namespace scraper::parse
