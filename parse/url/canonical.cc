#include <algorithm>

#include "base/percent.h"
#include "parse/url/url.h"

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

bool is_stripped(std::string_view parameter, const QueryRules& rules) {
  const std::string_view name = parameter.substr(0, parameter.find('='));
  return std::any_of(rules.strip.begin(), rules.strip.end(), [&](std::string_view pattern) {
    return pattern.ends_with('*') ? name.starts_with(pattern.substr(0, pattern.size() - 1))
                                  : name == pattern;
  });
}

// Of a query in normal form. What is parted at '&' is joined by it again, so no new escape comes of
// it.
std::string ruled_query(std::string_view query, const QueryRules& rules) {
  std::vector<std::string_view> parameters;
  for (bool is_last = false; !is_last;) {
    const auto end = query.find('&');
    const std::string_view parameter = query.substr(0, end);
    is_last = end == query.npos;
    if (!is_last) query.remove_prefix(end + 1);
    if (!is_stripped(parameter, rules) && !(rules.sorts && parameter.empty()))
      parameters.push_back(parameter);
  }
  const auto is_before = [](std::string_view a, std::string_view b) {
    return a.substr(0, a.find('=')) < b.substr(0, b.find('='));
  };
  if (rules.sorts) std::stable_sort(parameters.begin(), parameters.end(), is_before);
  std::string out;
  for (std::size_t i = 0; i < parameters.size(); ++i)
    out.append(i == 0 ? "" : "&").append(parameters[i]);
  return out;
}

}  // namespace

// Of other schemes only the fragment goes: what their escapes mean is for the scheme to say, and in
// a file URL a decoded letter may become a drive. Dot segments cannot appear: the parser has
// already taken "%2e" for a dot where a whole segment is made of them, and append_normal_escape()
// makes no escape that was not one before.
Url canonical_url(const Url& url, const QueryRules& rules, std::string href) {
  UrlParts parts = url.parts();
  href.clear();
  href.reserve(parts.hash);
  if (!url.is_http()) return Url(std::move(href.append(url.without_fragment())), parts);
  href.append(url.href(), 0, parts.path);
  append_normal(href, url.path());
  parts.query = static_cast<std::uint32_t>(href.size());
  if (!url.query().empty()) {
    href += '?';
    append_normal(href, url.query());
    if (rules.sorts || !rules.strip.empty()) {
      const std::string ruled = ruled_query(std::string_view(href).substr(parts.query + 1), rules);
      href.resize(parts.query + (ruled.empty() ? 0 : 1));
      href += ruled;
    }
  }
  parts.hash = static_cast<std::uint32_t>(href.size());
  return Url(std::move(href), parts);
}

bool is_canonical(const Url& url, const QueryRules& rules) {
  if (!url.is_http()) return true;
  const UrlParts& parts = url.parts();
  const bool has_query = parts.query < parts.hash;
  if (has_query && (url.query().empty() || rules.sorts || !rules.strip.empty())) return false;
  return url.path_and_query().find('%') == std::string_view::npos;
}

}  // namespace scraper::parse
