#include "parse/robots.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "base/ascii.h"
#include "base/percent.h"
#include "parse/robots_directives.h"
#include "parse/robots_pattern.h"

namespace scraper::parse {

namespace {

constexpr std::size_t kMaxBytes = 500 * 1024;

bool is_line_end(char c) { return c == '\r' || c == '\n'; }

// The grammar's product token.
std::string_view product_token(std::string_view text) {
  const auto is_part = [](char c) { return is_ascii_alpha(c) || c == '_' || c == '-'; };
  return text.substr(0, static_cast<std::size_t>(
                            std::find_if_not(text.begin(), text.end(), is_part) - text.begin()));
}

bool is_same_token(std::string_view a, std::string_view b) {
  return !a.empty() && are_same_ignoring_case(a, b);
}

std::string_view without_byte_order_mark(std::string_view body) {
  return body.starts_with("\xEF\xBB\xBF") ? body.substr(3) : body;
}

// A line that passes the limit is not cut in two, which would make another rule of it, but left
// out.
std::string_view within_limit(std::string_view body) {
  if (body.size() <= kMaxBytes) return body;
  std::size_t end = kMaxBytes;
  while (end > 0 && !is_line_end(body[end])) --end;
  return body.substr(0, end);
}

// Takes a line off `rest`; CR, LF and CRLF end one (2.2, EOL).
std::string_view take_line(std::string_view& rest) {
  const std::string_view line = rest.substr(0, std::min(rest.find_first_of("\r\n"), rest.size()));
  rest.remove_prefix(line.size());
  rest.remove_prefix(rest.starts_with("\r\n") ? 2 : std::min<std::size_t>(1, rest.size()));
  return line;
}

enum class Key { kNone, kUserAgent, kAllow, kDisallow, kCrawlDelay, kSitemap };

struct Field {
  Key key = Key::kNone;
  std::string_view value;
};

struct KeyName {
  std::string_view name;
  Key key;
};

constexpr KeyName kKeyNames[] = {
    {"user-agent", Key::kUserAgent},   {"useragent", Key::kUserAgent},
    {"user agent", Key::kUserAgent},   {"allow", Key::kAllow},
    {"disallow", Key::kDisallow},      {"dissallow", Key::kDisallow},
    {"dissalow", Key::kDisallow},      {"disalow", Key::kDisallow},
    {"diasllow", Key::kDisallow},      {"disallaw", Key::kDisallow},
    {"crawl-delay", Key::kCrawlDelay}, {"sitemap", Key::kSitemap},
    {"site-map", Key::kSitemap},
};

Key key_of(std::string_view name) {
  for (const KeyName& known : kKeyNames) {
    if (equals_ignoring_case(name, known.name)) return known.key;
  }
  return Key::kNone;
}

// Without a colon the line must be two words.
Field parse_line(std::string_view line) {
  line = strip_ascii_space(line.substr(0, line.find('#')));
  auto end = line.find(':');
  if (end == line.npos) {
    end = line.find_first_of(" \t");
    if (end == line.npos || strip_ascii_space(line.substr(end)).find_first_of(" \t") != line.npos)
      return {};
  }
  return {key_of(strip_ascii_space(line.substr(0, end))), strip_ascii_space(line.substr(end + 1))};
}

std::optional<double> parse_delay(std::string_view text) {
  double seconds = 0;
  if (text.empty() || !(is_digit(text[0]) || text[0] == '.')) return std::nullopt;
  const auto error =
      std::from_chars(text.data(), text.data() + text.size(), seconds, std::chars_format::fixed).ec;
  return error == std::errc{} ? std::optional(seconds) : std::nullopt;
}

// "*", alone or with something behind it that cannot be part of a name, as in "*<br>".
bool is_any_agent(std::string_view value) {
  if (!value.starts_with('*')) return false;
  return value.size() == 1 || !(is_ascii_alpha(value[1]) || is_digit(value[1]) || value[1] == '*');
}

// A stretch of the storage, for as long as it grows.
struct Stretch {
  std::size_t offset;
  std::size_t length;
};

struct PendingRule {
  Stretch pattern;
  std::uint32_t line;
  bool allows;
};

// What the groups of one agent say, all of them together.
struct Merged {
  bool is_there = false;
  std::vector<PendingRule> rules;
  double crawl_delay_seconds = -1;
};

class RobotsReader {
 public:
  RobotsReader(std::string_view agent, std::string& storage)
      : name_(agent_name(agent)), storage_(storage) {}

  RobotsRules read(std::string_view body) {
    storage_.clear();
    std::string_view rest = within_limit(without_byte_order_mark(body));
    while (!rest.empty()) {
      ++line_;
      take(parse_line(take_line(rest)));
    }
    return finish();
  }

 private:
  void take(const Field& field) {
    switch (field.key) {
      case Key::kUserAgent: return take_agent(field.value);
      case Key::kAllow: return take_rule(field.value, true);
      case Key::kDisallow: return take_rule(field.value, false);
      case Key::kCrawlDelay: return take_delay(field.value);
      case Key::kSitemap: return take_sitemap(field.value);
      case Key::kNone: return;
    }
  }

  // A group is some user-agent lines and the rules behind them (2.1); lines of other kinds do not
  // part them (2.2.4).
  void take_agent(std::string_view value) {
    if (has_rules_) in_ours_ = in_any_ = has_rules_ = false;
    if (is_any_agent(value)) {
      in_any_ = any_.is_there = true;
    } else if (is_same_token(product_token(value), name_) ||
               is_same_token(agent_name(value), name_)) {
      in_ours_ = ours_.is_there = true;
    }
  }

  void take_rule(std::string_view value, bool allows) {
    has_rules_ = true;
    if (value.empty() || !(in_ours_ || in_any_)) return;
    const Stretch pattern = store(value);
    add({pattern, line_, allows});
    if (allows) add_directory(pattern);
  }

  void add(const PendingRule& rule) {
    if (in_ours_) ours_.rules.push_back(rule);
    if (in_any_) any_.rules.push_back(rule);
  }

  // A directory's index page is the directory.
  void add_directory(Stretch pattern) {
    const std::string_view text = view(pattern);
    const auto slash = text.rfind('/');
    if (slash == text.npos || !text.substr(slash + 1).starts_with("index.htm")) return;
    const std::string directory = std::string(text.substr(0, slash + 1)) + '$';
    storage_ += directory;
    add({{storage_.size() - directory.size(), directory.size()}, line_, true});
  }

  // The longest of several; no part of the standard.
  void take_delay(std::string_view value) {
    const auto seconds = parse_delay(value);
    if (!seconds) return;
    if (in_ours_) ours_.crawl_delay_seconds = std::max(ours_.crawl_delay_seconds, *seconds);
    if (in_any_) any_.crawl_delay_seconds = std::max(any_.crawl_delay_seconds, *seconds);
  }

  // Belongs to no group. What no URL can hold is escaped, as the URL parser would.
  void take_sitemap(std::string_view value) {
    if (value.empty()) return;
    const std::size_t offset = storage_.size();
    append_encoded(storage_, value, EncodeSet::kQuery);
    sitemaps_.push_back({offset, storage_.size() - offset});
  }

  Stretch store(std::string_view pattern) {
    const std::size_t offset = storage_.size();
    append_robots_normal(storage_, pattern, RobotsText::kPattern);
    return {offset, storage_.size() - offset};
  }

  std::string_view view(Stretch stretch) const {
    return std::string_view(storage_).substr(stretch.offset, stretch.length);
  }

  RobotsRules finish() const {
    const Merged& chosen = ours_.is_there ? ours_ : any_;
    RobotsRules rules;
    rules.crawl_delay_seconds = chosen.crawl_delay_seconds;
    for (const PendingRule& rule : chosen.rules)
      rules.rules.push_back({view(rule.pattern), rule.line, rule.allows});
    for (const Stretch sitemap : sitemaps_) rules.sitemaps.push_back(view(sitemap));
    return rules;
  }

  std::string_view name_;
  std::string& storage_;
  std::uint32_t line_ = 0;
  bool in_ours_ = false;
  bool in_any_ = false;
  bool has_rules_ = false;
  Merged ours_;
  Merged any_;
  std::vector<Stretch> sitemaps_;
};

}  // namespace

RobotsRules parse_robots(std::string_view body, std::string_view agent, std::string& storage) {
  return RobotsReader(agent, storage).read(body);
}

std::string_view robots_line(std::string_view body, std::uint32_t line) {
  std::string_view rest = without_byte_order_mark(body);
  std::string_view text;
  for (std::uint32_t i = 0; i < line; ++i) text = take_line(rest);
  return text;
}

}  // namespace scraper::parse
