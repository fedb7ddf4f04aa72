#include "scraper/config/setters.h"

#include <fmt/format.h>
#include <re2/re2.h>
#include <unistd.h>

#include <algorithm>

#include "base/ascii.h"
#include "base/printable.h"
#include "parse/workers/handoff.h"
#include "scraper/config/seed_list.h"

namespace scraper::cli {

using std::string_view;
using Millis = std::chrono::milliseconds;

namespace {

// A body goes to the worker in one record with its heads: past what a worker reads it could be
// archived and never be parsed.
constexpr std::uint64_t kMostBody = 64ull << 20;
constexpr std::uint64_t kMostHead = 2ull << 20;
constexpr std::uint64_t kMostHeads =
    kMostHead + (2ull << 20);  // with the record's own, which has a URL in it
static_assert(kMostBody + kMostHeads <= parse::kMaxDocument);

bool is_printable_ascii(string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c < 0x7F; });
}

string_view trimmed(string_view text) {
  const std::size_t from = text.find_first_not_of(" \t");
  return from == string_view::npos ? string_view()
                                   : text.substr(from, text.find_last_not_of(" \t") - from + 1);
}

string_view header_name(string_view header) { return header.substr(0, header.find(':')); }

}  // namespace

Result<void> set_flag(string_view text, bool& field) {
  field = text == "true";
  return {};
}

Result<void> set_time(string_view text, Millis least, Millis& field) {
  const auto time = parse_time(text);
  if (time && *time < least)
    return usage_error(
        fmt::format("{} is too little, at least {}", in_quotes(text), show_time(least)));
  return keep(time, field);
}

Result<void> set_count_or_inf(string_view text, std::uint64_t& field) {
  if (text == "inf") return keep(Result<std::uint64_t>(kNoLimit), field);
  return keep(parse_count(text, 1), field);
}

Result<void> set_size(string_view text, std::uint64_t least, std::uint64_t& field) {
  const auto size = parse_size(text);
  if (size && *size < least)
    return usage_error(
        fmt::format("{} is too little, at least {}", in_quotes(text), show_size(least)));
  return keep(size, field);
}

Result<void> set_max_body(string_view text, std::uint64_t& field) {
  const auto size = parse_size(text);
  if (size && *size > kMostBody) {
    return usage_error(fmt::format("{} is more than a parse worker reads, at most {}",
                                   in_quotes(text), show_size(kMostBody)));
  }
  return set_size(text, 1, field);
}

Result<void> set_max_head(string_view text, std::uint64_t& field) {
  const auto size = parse_size(text);
  if (size && *size > kMostHead)
    return usage_error(
        fmt::format("{} is too much, at most {}", in_quotes(text), show_size(kMostHead)));
  return set_size(text, 1'024, field);
}

// Fetched as it is named; what nobody could ask for a second time is left to the crawl.
Result<void> add_sitemap(string_view text, CrawlOptions& options) {
  if (text == kRobotsSitemaps) {
    options.reads_robots_sitemaps = true;
    return {};
  }
  const auto seed = parse_seed(text);
  if (!seed) return seed.error();
  options.sitemaps.push_back(seed->url);
  return {};
}

Result<void> set_quota(string_view text, std::uint64_t& field) {
  if (text == "inf") return keep(Result<std::uint64_t>(kNoLimit), field);
  return set_size(text, 1, field);
}

Result<void> set_max_time(string_view text, std::optional<Millis>& field) {
  if (text == "inf") return keep(Result<std::optional<Millis>>(std::optional<Millis>()), field);
  Millis time{};
  if (auto set = set_time(text, Millis(1), time); !set) return set;
  field = time;
  return {};
}

Result<void> set_text(string_view text, std::string& field) {
  if (text.empty()) return usage_error("is empty");
  if (text.find('\0') != string_view::npos) return usage_error("holds a NUL byte");
  field = text;
  return {};
}

// What goes into a request's header: nothing that could end a line.
Result<void> set_field_text(string_view text, std::string& field) {
  if (!is_printable_ascii(text))
    return usage_error(fmt::format("{} holds more than printable ASCII", in_quotes(text)));
  return set_text(text, field);
}

Result<void> set_contact(string_view text, std::string& field) {
  const bool names_somebody =
      text.find('@') != string_view::npos || text.find("://") != string_view::npos;
  if (!names_somebody || !is_printable_ascii(text) ||
      text.find_first_of(" ()\\") != string_view::npos) {
    return usage_error(fmt::format(
        "{} is no URL or mail address (examples: https://example.com/bot, me@example.com)",
        in_quotes(text)));
  }
  return set_text(text, field);
}

Result<void> add_expression(string_view text, std::vector<std::string>& list) {
  RE2::Options options;
  options.set_log_errors(false);
  const RE2 expression(re2::StringPiece(text.data(), text.size()), options);
  if (!expression.ok())
    return usage_error(fmt::format("{} is no expression for RE2: {}", in_quotes(text),
                                   printable(expression.error())));
  list.emplace_back(text);
  return {};
}

Result<void> add_header(string_view text, fetch::FetchOptions& options) {
  const string_view name = header_name(text);
  const auto is_bad = [](char c) {
    return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7F;
  };
  if (std::any_of(text.begin(), text.end(), is_bad))
    return usage_error(fmt::format("{} holds a control character", in_quotes(text)));
  if (name.size() == text.size() || !is_http_token(name))
    return usage_error(
        fmt::format("{} is no header (example: 'Accept-Language: de')", in_quotes(text)));
  const string_view value = trimmed(text.substr(name.size() + 1));
  if (value.empty()) return usage_error(fmt::format("{} has no value", in_quotes(text)));
  constexpr std::array kFraming = {string_view("content-length"), string_view("transfer-encoding"),
                                   string_view("connection")};
  const std::string lowered = ascii_lowered(name);
  if (lowered == "user-agent") return usage_error("User-Agent is what --user-agent sets");
  if (std::find(kFraming.begin(), kFraming.end(), lowered) != kFraming.end())
    return usage_error(fmt::format("{} is not to be set by hand", name));
  (is_secret_header(text) ? options.secret_headers : options.headers)
      .push_back(fmt::format("{}: {}", name, value));
  return {};
}

Result<void> set_proxy(string_view text, std::string& field) {
  constexpr std::array kSchemes = {string_view("http"),   string_view("https"),
                                   string_view("socks4"), string_view("socks4a"),
                                   string_view("socks5"), string_view("socks5h")};
  const std::size_t colon = text.find("://");
  const string_view scheme =
      colon == string_view::npos ? string_view("http") : text.substr(0, colon);
  const string_view rest = colon == string_view::npos ? text : text.substr(colon + 3);
  if (std::find(kSchemes.begin(), kSchemes.end(), scheme) == kSchemes.end()) {
    return usage_error(fmt::format(
        "a proxy is spoken to by http, https, socks4, socks4a, socks5 or socks5h, not by {}",
        in_quotes(scheme)));
  }
  if (rest.empty() || !is_printable_ascii(rest) ||
      rest.find_first_of(" /") < rest.find_last_not_of('/')) {
    return usage_error(
        "no proxy address (examples: http://proxy.example.com:3128, socks5h://127.0.0.1:9050)");
  }
  return set_text(text, field);
}

Result<void> set_ca_certificate(string_view text, std::string& field) {
  if (auto set = set_text(text, field); !set) return set;
  if (access(field.c_str(), R_OK) != 0)
    return usage_error(errno_error("cannot read", printable(text)).context);
  return {};
}

// wget counts tries, of which the first is no retry.
Result<void> set_tries(string_view text, unsigned& retries) {
  const auto tries = parse_count(text, 1, 101);
  if (tries) retries = static_cast<unsigned>(*tries - 1);
  return tries ? Result<void>() : tries.error();
}

// Names of query parameters, "utm_*,gclid".
Result<void> set_names(std::string_view text, std::vector<std::string>& names) {
  std::vector<std::string> given;
  std::size_t bytes = 0;
  for (std::string_view rest = text; !rest.empty();) {
    const std::string_view name = rest.substr(0, rest.find(','));
    rest.remove_prefix(std::min(name.size() + 1, rest.size()));
    if (name.find_first_of("&=#") != std::string_view::npos ||
        std::any_of(name.begin(), name.end(), [](char c) { return c <= ' '; })) {
      return usage_error(fmt::format("{} is no name of a query parameter", in_quotes(name)));
    }
    if (!name.empty()) given.emplace_back(name);
    bytes += name.size() + 1;
  }
  if (given.empty()) return usage_error("names no query parameter (example: utm_*,gclid)");
  if (bytes > parse::kMaxStripBytes)
    return usage_error(fmt::format("is longer than {} bytes", parse::kMaxStripBytes - 1));
  names = std::move(given);
  return {};
}

// "page,frame,image", or "all".
Result<void> set_kinds(std::string_view text, LinkKindSet& kinds) {
  LinkKindSet named = 0;
  for (std::string_view rest = text; !rest.empty();) {
    const std::string_view word = rest.substr(0, rest.find(','));
    rest.remove_prefix(std::min(word.size() + 1, rest.size()));
    if (word == "all") {
      for (const auto& known : followable_words()) named |= set_of(known.value);
      continue;
    }
    const auto kind = parse_word(word, followable_words());
    if (!kind) return kind.error();
    named |= set_of(*kind);
  }
  if (named == 0) return usage_error("names no kind of link (example: page,frame,image)");
  kinds = named;
  return {};
}

// wget's 0 means what our inf means, and our 0 something else: rather than guess, ask.
Result<void> set_level(string_view text, std::uint32_t& depth) {
  if (text == "0")
    return usage_error(
        "0 means no limit to wget: say --depth inf, or --depth 0 for the seeds alone");
  return keep(parse_depth(text), depth);
}

Result<void> set_record(string_view text, std::optional<RecordRange>& record) {
  const std::size_t colon = std::min(text.find(':'), text.size());
  const auto offset = parse_count(text.substr(0, colon), 0);
  const auto length = parse_count(text.substr(std::min(colon + 1, text.size())), 1, 1ull << 32);
  if (!offset || !length)
    return usage_error(fmt::format(
        "{} is no place (example: 1234:5678, offset and length in bytes)", in_quotes(text)));
  record = RecordRange{*offset, *length};
  return {};
}

Result<std::uint32_t> parse_depth(string_view text) {
  if (text == "inf") return kDepthInf;
  const auto depth = parse_count(text, 0, kDepthInf - 1);
  if (!depth) return depth.error();
  return static_cast<std::uint32_t>(*depth);
}

bool is_secret_header(string_view header) {
  constexpr std::array kSecrets = {
      string_view("auth"),   string_view("cookie"), string_view("token"),     string_view("key"),
      string_view("secret"), string_view("passw"),  string_view("credential")};
  const std::string name = ascii_lowered(header_name(header));
  return std::any_of(kSecrets.begin(), kSecrets.end(),
                     [&](string_view word) { return name.find(word) != std::string::npos; });
}

bool is_same_header(string_view one, string_view other) {
  return are_same_ignoring_case(header_name(one), header_name(other));
}

bool has_credentials(string_view proxy) { return proxy.find('@') != string_view::npos; }

std::string masked_proxy(string_view proxy) {
  if (!has_credentials(proxy)) return std::string(proxy);
  const std::size_t scheme = proxy.find("://");
  return fmt::format("{}***{}", scheme == string_view::npos ? "" : proxy.substr(0, scheme + 3),
                     proxy.substr(proxy.rfind('@')));
}

}  // namespace scraper::cli
