#include "parse/percent.h"
#include "parse/url.h"

namespace scraper::parse {

namespace {

void append_normal(std::string& out, std::string_view text) {
  std::size_t done = 0;
  for (auto at = text.find('%'); at != text.npos; at = text.find('%', at)) {
    if (!is_escape(text, at)) {
      ++at;
      continue;
    }
    out.append(text, done, at - done);
    append_normal_escape(out, text, at);
    done = at += 3;
  }
  out.append(text, done);
}

}  // namespace

// Escapes of other schemes stay as they are: what they mean is for the scheme to say, and in a file URL a decoded letter may become
// a drive. Dot segments cannot appear: the parser has already taken "%2e" for a dot where a whole segment is made of them, and
// append_normal_escape() makes no escape that was not one before.
Url canonical_url(const Url& url) {
  const auto append = [is_http = url.is_http()](std::string& out, std::string_view text) {
    if (is_http) {
      append_normal(out, text);
    } else {
      out += text;
    }
  };
  std::string href;
  UrlParts parts = url.parts();
  href.reserve(parts.hash);
  href.append(url.href(), 0, parts.path);
  append(href, url.path());
  parts.query = static_cast<std::uint32_t>(href.size());
  if (!url.query().empty()) {
    href += '?';
    append(href, url.query());
  }
  parts.hash = static_cast<std::uint32_t>(href.size());
  return Url(std::move(href), parts);
}

}  // namespace scraper::parse
