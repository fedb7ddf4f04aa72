#include "parse/url/url_parser.h"

#include <algorithm>
#include <charconv>

#include "base/ascii.h"
#include "base/percent.h"
#include "parse/url/host.h"

namespace scraper::parse {

namespace {

// The length of a scheme with a ':' behind it, 0 when there is none.
std::size_t scheme_length(std::string_view input) {
  if (input.empty() || !is_ascii_alpha(input[0])) return 0;
  for (std::size_t i = 1; i < input.size(); ++i) {
    const char c = input[i];
    if (c == ':') return i;
    if (!is_ascii_alpha(c) && !is_digit(c) && c != '+' && c != '-' && c != '.') return 0;
  }
  return 0;
}

bool is_drive_letter(std::string_view text) {
  return text.size() == 2 && is_ascii_alpha(text[0]) && (text[1] == ':' || text[1] == '|');
}

bool starts_with_drive_letter(std::string_view text) {
  if (!is_drive_letter(text.substr(0, 2))) return false;
  return text.size() == 2 || std::string_view("/\\?#").find(text[2]) != std::string_view::npos;
}

// "." and ".." and their escaped forms (4.4, "single-dot" and "double-dot URL path segment"): 1, 2,
// or 0 for any other.
int count_dots(std::string_view segment) {
  int dots = 0;
  while (!segment.empty()) {
    if (segment[0] == '.') {
      segment.remove_prefix(1);
    } else if (segment.size() >= 3 && segment[0] == '%' && segment[1] == '2' &&
               ascii_lower(segment[2]) == 'e') {
      segment.remove_prefix(3);
    } else {
      return 0;
    }
    if (++dots > 2) return 0;
  }
  return dots;
}

bool has_opaque_path(const Url& url) { return !url.has_host() && url.path().substr(0, 1) != "/"; }

// How far the path goes, and whether it can be copied as it is: nothing to encode, no dot segments,
// no backslashes.
struct PathScan {
  std::size_t length;
  bool is_plain;
};

PathScan scan_path(std::string_view rest) {
  bool is_plain = true;
  for (std::size_t i = 0; i < rest.size(); ++i) {
    const char c = rest[i];
    if (c == '?' || c == '#') return {i, is_plain};
    const bool may_be_dots = (c == '.' || c == '%') && (i == 0 || rest[i - 1] == '/');
    if (may_be_dots || c == '\\' || is_in(EncodeSet::kPath, c)) is_plain = false;
  }
  return {rest.size(), is_plain};
}

}  // namespace

UrlParser::UrlParser(std::string_view input, const Url* base, std::string storage)
    : input_(input), base_(base), out_(std::move(storage)) {
  out_.clear();
  out_.reserve(input.size() + (base == nullptr ? 0 : base->href().size()) + 8);
}

std::optional<Url> UrlParser::parse() {
  if (!scheme_start(input_)) return std::nullopt;
  guard_double_slash();
  return Url(std::move(out_), parts_);
}

// Scheme start state, scheme state.
bool UrlParser::scheme_start(Rest rest) {
  const std::size_t length = scheme_length(rest);
  if (length == 0) return no_scheme(rest);
  set_scheme(rest.substr(0, length));
  return after_scheme(rest.substr(length + 1));
}

bool UrlParser::no_scheme(Rest rest) {
  if (base_ == nullptr) return false;
  if (has_opaque_path(*base_)) {
    if (rest.empty() || rest[0] != '#') return false;
    out_ = base_->without_fragment();
    parts_ = base_->parts();
    return fragment(rest);
  }
  set_scheme(base_->scheme());
  return is_file_ ? file(rest) : relative(rest);
}

void UrlParser::set_scheme(std::string_view scheme) {
  std::transform(scheme.begin(), scheme.end(), std::back_inserter(out_), ascii_lower);
  parts_.scheme_end = here();
  is_file_ = out_ == "file";
  default_port_ = default_port(out_);
  is_special_ = is_file_ || default_port_ != 0;
  out_ += ':';
  parts_.username_start = parts_.username_end = parts_.host_start = parts_.host_end = parts_.path =
      here();
}

bool UrlParser::after_scheme(Rest rest) {
  if (is_file_) return file(rest);
  const bool has_double_slash = rest.substr(0, 2) == "//";
  if (is_special_) {  // special relative or authority state, special authority slashes state
    const bool may_be_relative =
        base_ != nullptr && base_->scheme() == std::string_view(out_).substr(0, parts_.scheme_end);
    return may_be_relative && !has_double_slash ? relative(rest) : special_authority(rest);
  }
  if (has_double_slash) return authority(rest.substr(2));  // path or authority state
  if (starts_with_slash(rest)) return path(rest.substr(1));
  return opaque_path(rest);
}

bool UrlParser::relative(Rest rest) {
  if (starts_with_slash(rest)) return relative_slash(rest.substr(1));
  copy_authority();
  if (rest.empty() || rest[0] == '?' || rest[0] == '#') return inherit_path(rest);
  copy_path();
  shorten_path();
  return path(rest);
}

// What relative and file state do at the end of the input, '?' and '#'.
bool UrlParser::inherit_path(Rest rest) {
  copy_path();
  if (!rest.empty() && rest[0] == '?') return query_or_fragment(rest);
  parts_.query = here();
  out_.append(base_->href(), base_->parts().query, base_->parts().hash - base_->parts().query);
  return fragment(rest);
}

bool UrlParser::relative_slash(Rest rest) {
  if (starts_with_slash(rest))
    return is_special_ ? special_authority(rest) : authority(rest.substr(1));
  copy_authority();
  return path(rest);
}

bool UrlParser::file(Rest rest) {
  if (starts_with_slash(rest)) return file_slash(rest.substr(1));
  if (!base_is_file()) {
    empty_host();
    return path(rest);
  }
  copy_authority();
  if (rest.empty() || rest[0] == '?' || rest[0] == '#') return inherit_path(rest);
  if (!starts_with_drive_letter(rest)) {
    copy_path();
    shorten_path();
  }
  return path(rest);
}

bool UrlParser::file_slash(Rest rest) {
  if (starts_with_slash(rest)) return file_host(rest.substr(1));
  if (!base_is_file()) {
    empty_host();
    return path(rest);
  }
  copy_authority();
  const std::string_view base_path = base_->path();
  const bool base_has_drive =
      starts_with_drive_letter(base_path.substr(std::min<std::size_t>(1, base_path.size())));
  if (base_has_drive && !starts_with_drive_letter(rest)) out_ += base_path.substr(0, 3);
  return path(rest);
}

bool UrlParser::file_host(Rest rest) {
  const std::string_view name = rest.substr(0, rest.find_first_of("/\\?#"));
  if (name.empty() || is_drive_letter(name)) {
    empty_host();
    return name.empty() ? path_start(rest) : path(rest);
  }
  start_authority();
  if (!append_host(out_, name, true)) return false;
  if (std::string_view(out_).substr(parts_.host_start) == "localhost")
    out_.resize(parts_.host_start);
  end_authority();
  return path_start(rest.substr(name.size()));
}

// Special authority ignore slashes state.
bool UrlParser::special_authority(Rest rest) {
  while (starts_with_slash(rest)) rest.remove_prefix(1);
  return authority(rest);
}

bool UrlParser::authority(Rest rest) {
  const auto is_end = [this](char c) { return is_slash(c) || c == '?' || c == '#'; };
  const auto length =
      static_cast<std::size_t>(std::find_if(rest.begin(), rest.end(), is_end) - rest.begin());
  std::string_view text = rest.substr(0, length);
  start_authority();
  if (const auto at = text.rfind('@'); at != text.npos) {
    if (at + 1 == text.size()) return false;
    credentials(text.substr(0, at));
    text.remove_prefix(at + 1);
  }
  return host_and_port(text) && path_start(rest.substr(length));
}

void UrlParser::start_authority() {
  out_ += "//";
  parts_.username_start = parts_.username_end = parts_.host_start = here();
  parts_.has_host = true;
}

void UrlParser::credentials(std::string_view text) {
  const auto colon = text.find(':');
  const std::string_view password =
      colon == text.npos ? std::string_view{} : text.substr(colon + 1);
  append_encoded(out_, text.substr(0, colon), EncodeSet::kUserinfo);
  parts_.username_end = here();
  if (!password.empty()) {
    out_ += ':';
    append_encoded(out_, password, EncodeSet::kUserinfo);
  }
  if (here() > parts_.username_start) out_ += '@';
  parts_.host_start = here();
}

// Host state, port state.
bool UrlParser::host_and_port(std::string_view text) {
  bool in_brackets = false;
  std::size_t colon = 0;
  for (; colon < text.size() && (in_brackets || text[colon] != ':'); ++colon) {
    if (text[colon] == '[') in_brackets = true;
    if (text[colon] == ']') in_brackets = false;
  }
  const bool has_colon = colon < text.size();
  if (colon == 0 && (is_special_ || has_colon)) return false;
  if (!append_host(out_, text.substr(0, colon), is_special_)) return false;
  parts_.host_end = here();
  if (has_colon && !port(text.substr(colon + 1))) return false;
  parts_.path = here();
  return true;
}

bool UrlParser::port(std::string_view digits) {
  if (digits.empty()) return true;
  std::uint16_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc{} || end != digits.data() + digits.size()) return false;
  if (value == default_port_ && default_port_ != 0) return true;
  parts_.port = value;
  parts_.has_port = true;
  out_ += ':';
  out_ += std::to_string(value);
  return true;
}

void UrlParser::end_authority() { parts_.host_end = parts_.path = here(); }

// A file URL's host is never null: "file:///".
void UrlParser::empty_host() {
  start_authority();
  end_authority();
}

// The base's scheme is ours, so its offsets are too; all but the "/." that guard_double_slash() may
// have put before its path.
void UrlParser::copy_authority() {
  if (!base_->has_host()) return;
  parts_ = base_->parts();
  out_.assign(base_->href(), 0, parts_.path);
}

void UrlParser::copy_path() { out_ += base_->path(); }

// Path start state.
bool UrlParser::path_start(Rest rest) {
  if (starts_with_slash(rest)) return path(rest.substr(1));
  if (is_special_ || !(rest.empty() || rest[0] == '?' || rest[0] == '#')) return path(rest);
  return query_or_fragment(rest);
}

// Path state, with the slash before the first segment already taken.
bool UrlParser::path(Rest rest) {
  const PathScan scan = scan_path(rest);
  if (scan.is_plain && !is_file_) {
    out_ += '/';
    out_ += rest.substr(0, scan.length);
  } else {
    segments(rest.substr(0, scan.length));
  }
  return query_or_fragment(rest.substr(scan.length));
}

void UrlParser::segments(std::string_view text) {
  while (true) {
    const auto end = std::find_if(text.begin(), text.end(), [this](char c) { return is_slash(c); });
    const auto length = static_cast<std::size_t>(end - text.begin());
    segment(text.substr(0, length), length == text.size());
    if (length == text.size()) return;
    text.remove_prefix(length + 1);
  }
}

void UrlParser::segment(std::string_view text, bool is_last) {
  if (const int dots = count_dots(text); dots > 0) {
    if (dots == 2) shorten_path();
    if (is_last) out_ += '/';
    return;
  }
  const bool is_drive = is_file_ && here() == parts_.path && is_drive_letter(text);
  out_ += '/';
  append_encoded(out_, text, EncodeSet::kPath);
  if (is_drive) out_.back() = ':';
}

// "Shorten a URL's path" (4.1). Takes away what a segment() has written, so all calls together cost
// no more than the writing.
void UrlParser::shorten_path() {
  const std::string_view path = std::string_view(out_).substr(parts_.path);
  if (is_file_ && path.size() == 3 && path[0] == '/' && is_ascii_alpha(path[1]) && path[2] == ':')
    return;
  const auto slash = path.rfind('/');
  if (slash != path.npos) out_.resize(parts_.path + slash);
}

bool UrlParser::opaque_path(Rest rest) {
  const std::string_view text = rest.substr(0, rest.find_first_of("?#"));
  rest.remove_prefix(text.size());
  append_encoded(out_, text, EncodeSet::kC0Control);
  if (!rest.empty() && !text.empty() &&
      text.back() == ' ') {  // the last space before '?' or '#' is escaped
    out_.pop_back();
    out_ += "%20";
  }
  return query_or_fragment(rest);
}

// Query state.
bool UrlParser::query_or_fragment(Rest rest) {
  parts_.query = here();
  if (!rest.empty() && rest[0] == '?') {
    const std::string_view query = rest.substr(1, rest.find('#') - 1);
    out_ += '?';
    append_encoded(out_, query, is_special_ ? EncodeSet::kSpecialQuery : EncodeSet::kQuery);
    rest.remove_prefix(query.size() + 1);
  }
  return fragment(rest);
}

// Fragment state: the '#' and what follows, or nothing.
bool UrlParser::fragment(Rest rest) {
  parts_.hash = here();
  if (!rest.empty()) {
    out_ += '#';
    append_encoded(out_, rest.substr(1), EncodeSet::kFragment);
  }
  return true;
}

// URL serialising (4.5): without a host, a path that begins with an empty segment would read as an
// authority.
void UrlParser::guard_double_slash() {
  if (parts_.has_host || out_.compare(parts_.path, 2, "//") != 0) return;
  out_.insert(parts_.path, "/.");
  parts_.username_start = parts_.username_end = parts_.host_start = parts_.host_end = parts_.path +=
      2;
  parts_.query += 2;
  parts_.hash += 2;
}

}  // namespace scraper::parse
