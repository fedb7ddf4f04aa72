#include "scraper/commands/robots_command.h"

#include <fmt/format.h>

#include <fstream>
#include <iostream>
#include <optional>

#include "base/exit_code.h"
#include "base/line_reader.h"
#include "base/output.h"
#include "base/printable.h"
#include "parse/robots.h"
#include "parse/url/url.h"

namespace scraper::cli {
namespace {

using std::string_view;

constexpr std::size_t kMostRead = 1u
                                  << 20;  // what is past 500 KiB is not looked at (RFC 9309, 2.5)
constexpr std::size_t kLongestUrl = 1u << 20;
constexpr string_view kNoUrl = "error\tno URL";

Result<std::string> read_start(const std::string& path) {
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  if (!file) return errno_error("cannot open", printable(path));
  std::string text(kMostRead, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (file.bad()) return errno_error("cannot read", printable(path));
  text.resize(static_cast<std::size_t>(file.gcount()));
  return text;
}

// "/path" and "example.com/path" too.
std::optional<Url> url_of(string_view text) {
  if (text.find("://") != string_view::npos) return parse::parse_url(text);
  const auto slash = text.find('/');
  if (slash == string_view::npos) return std::nullopt;
  return parse::parse_url("http://any.invalid" + std::string(text.substr(slash)));
}

}  // namespace

RobotsAnswers::RobotsAnswers(std::string body, string_view agent)
    : body_(std::move(body)), rules_(parse::parse_robots(body_, agent, storage_)) {}

std::string RobotsAnswers::answer(string_view text) const {
  const auto url = url_of(text);
  if (!url) return std::string(kNoUrl);
  const parse::RobotsVerdict verdict = parse::robots_verdict(rules_, url->path_and_query());
  std::string out = verdict.is_allowed ? "allow\t" : "disallow\t";
  if (verdict.rule == nullptr) return out;
  return out + fmt::format("{}:{}", verdict.rule->line,
                           printable(parse::robots_line(body_, verdict.rule->line)));
}

int run_robots(const Settings& settings) {
  auto body = read_start(settings.arguments[0]);
  if (!body) return complain(body.error());
  const RobotsAnswers robots(std::move(*body), settings.agent);
  int code = 0;
  const int failed = answer_lines(std::cin, kLongestUrl, [&](string_view line, bool is_cut) {
    if (line.ends_with('\r')) line.remove_suffix(1);
    const std::string answer = is_cut ? std::string(kNoUrl) : robots.answer(line);
    if (answer == kNoUrl) code = kExitOther;
    return answer + "\n";
  });
  return failed != 0 ? failed : code;
}

}  // namespace scraper::cli
