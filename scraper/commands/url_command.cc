#include "scraper/commands/url_command.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/parse.hpp>
#include <iostream>
#include <optional>

#include "base/ascii.h"
#include "base/json_writer.h"
#include "base/line_reader.h"
#include "base/output.h"
#include "base/percent.h"
#include "base/printable.h"
#include "parse/url/registrable_domain.h"
#include "parse/url/url.h"
#include "scraper/config/values.h"

namespace scraper::cli {
namespace {

using std::string_view;
namespace json = boost::json;

constexpr std::size_t kLongestQuestion = 16u << 20;

// The four digits behind "\\u"; 0 when they are none.
unsigned escaped_unit(string_view text, std::size_t at) {
  if (text.size() - at < 6 || text[at] != '\\' || text[at + 1] != 'u') return 0;
  unsigned unit = 0;
  for (std::size_t i = at + 2; i < at + 6; ++i) {
    const int digit = hex_value(text[i]);
    if (digit < 0) return 0;
    unit = unit * 16 + static_cast<unsigned>(digit);
  }
  return unit;
}

bool is_high_surrogate(unsigned unit) { return unit >= 0xD800 && unit < 0xDC00; }
bool is_surrogate(unsigned unit) { return unit >= 0xD800 && unit < 0xE000; }
bool is_low_surrogate(unsigned unit) { return is_surrogate(unit) && !is_high_surrogate(unit); }

// JSON can write half a surrogate pair, which no UTF-8 can hold and Boost.JSON refuses; where a URL
// comes from it is U+FFFD (Web IDL, USVString).
std::string with_whole_surrogates(string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    std::size_t length = text[at] == '\\' ? 2 : 1;
    if (const unsigned unit = escaped_unit(text, at); unit != 0) {
      length = is_high_surrogate(unit) &&
                       is_low_surrogate(escaped_unit(text, std::min(at + 6, text.size())))
                   ? 12
                   : 6;
      if (is_surrogate(unit) && length == 6) {
        out += "\\uFFFD";
        at += length;
        continue;
      }
    }
    out += text.substr(at, length);
    at += length;
  }
  return out;
}

struct Question {
  std::string input;
  std::string base;  // "": none
};

std::string text_in(const json::value& value) { return std::string(value.as_string()); }

Result<Question> question_in(string_view line) {
  boost::system::error_code fault;
  json::parse_options options;
  options.allow_invalid_utf8 = true;  // the URL parser mends it
  const json::value value = json::parse(with_whole_surrogates(line), fault, {}, options);
  if (fault || !value.is_object()) return usage_error("is no JSON object");
  const json::value* const input = value.as_object().if_contains("input");
  if (input == nullptr || !input->is_string()) return usage_error("has no text \"input\"");
  const json::value* const base = value.as_object().if_contains("base");
  const bool has_base = base != nullptr && !base->is_null();
  if (has_base && !base->is_string()) return usage_error("has a \"base\" that is no text");
  return Question{text_in(*input), has_base ? text_in(*base) : std::string()};
}

Result<Url> resolve(string_view input, string_view base) {
  std::optional<Url> base_url;
  if (!base.empty() && !(base_url = parse::parse_url(base)))
    return usage_error("the base is no URL");
  auto url = parse::parse_url(input, base_url ? &*base_url : nullptr);
  if (!url) return usage_error("no URL");
  return std::move(*url);
}

std::optional<string_view> host_of(const Url& url) {
  return url.has_host() ? std::optional(url.host()) : std::nullopt;
}

void write_optional(JsonWriter& json, string_view name, std::optional<string_view> text) {
  json.key(name);
  if (text) {
    json.value(*text);
  } else {
    json.null();
  }
}

std::string shown_port(const Url& url) {
  if (url.port()) return std::to_string(*url.port());
  return url.effective_port() == 0
             ? "none"
             : fmt::format("{}, as usual for {}", url.effective_port(), url.scheme());
}

std::string error_line(const Error& error) {
  std::string out;
  JsonWriter(out).begin_object().field("error", error.context).end_object();
  return out + "\n";
}

int answer_questions(std::istream& in, const parse::QueryRules& rules) {
  std::uint64_t number = 0;
  int code = 0;
  const int failed = answer_lines(in, kLongestQuestion, [&](string_view line, bool is_cut) {
    ++number;
    const auto answer = is_cut ? Result<std::string>(usage_error(
                                     fmt::format("is longer than {} bytes", kLongestQuestion)))
                               : answer_url_line(line, rules);
    if (answer) return *answer;
    code = complain(usage_error(fmt::format("line {} {}", number, answer.error().context)));
    return error_line(answer.error());
  });
  return failed != 0 ? failed : code;
}

}  // namespace

Result<std::string> answer_url_line(string_view line, const parse::QueryRules& rules) {
  const auto question = question_in(line);
  if (!question) return question.error();
  const auto url = resolve(question->input, question->base);
  std::string out;
  JsonWriter json(out);
  json.begin_object();
  if (url) {
    json.field("href", url->href()).field("canonical", parse::canonical_url(*url, rules).href());
    write_optional(json, "host", host_of(*url));
    write_optional(json, "domain", parse::registrable_domain(url->host()));
  } else {
    json.field("error", url.error().context);
  }
  json.end_object();
  return out + "\n";
}

Result<std::string> explain_url(string_view input, string_view base,
                                const parse::QueryRules& rules) {
  const auto url = resolve(input, base);
  if (!url) {
    const bool lacks_scheme = base.empty() && input.find(':') == string_view::npos;
    return usage_error(fmt::format(
        "{}: {}{}", in_quotes(input), url.error().context,
        lacks_scheme ? " (with its scheme, https://example.com/, or with --base)" : ""));
  }
  std::string out;
  const auto add = [&](string_view name, string_view text) {
    out += fmt::format("{:11}{}\n", name, printable(text));
  };
  add("href", url->href());
  add("canonical", parse::canonical_url(*url, rules).href());
  add("scheme", url->scheme());
  if (url->has_host()) {
    add("host", url->host());
    add("domain", parse::registrable_domain(url->host())
                      .value_or("none: an address, a public suffix or empty"));
    add("port", shown_port(*url));
  }
  add("path", url->path());
  if (!url->query().empty()) add("query", url->query());
  if (!url->fragment().empty()) add("fragment", url->fragment());
  add("crawled", url->is_http() ? "yes, as its canonical URL" : "no: neither http nor https");
  return out;
}

int run_url(const Settings& settings) {
  if (settings.arguments.empty()) return answer_questions(std::cin, settings.crawl.query_rules);
  const auto explained =
      explain_url(settings.arguments[0], settings.base, settings.crawl.query_rules);
  return explained ? write_standard_output(*explained) : complain(explained.error());
}

}  // namespace scraper::cli
