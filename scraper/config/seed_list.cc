#include "scraper/config/seed_list.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <fstream>
#include <istream>
#include <optional>
#include <sstream>
#include <unordered_set>

#include "base/ascii.h"
#include "base/fingerprint.h"
#include "base/line_reader.h"
#include "base/printable.h"
#include "base/utf8.h"
#include "parse/url/url.h"
#include "scraper/config/option_table.h"
#include "scraper/config/values.h"

namespace scraper::cli {
namespace {

using std::string_view;

string_view trimmed(string_view text) {
  const std::size_t from = text.find_first_not_of(" \t\r");
  return from == string_view::npos ? string_view()
                                   : text.substr(from, text.find_last_not_of(" \t\r") - from + 1);
}

// "example.com", "example.com/path", "localhost:8080", "[::1]/": what a person means as a URL
// without saying its scheme. A single word is more likely a mistake.
bool looks_like_host(string_view text) {
  const string_view authority = text.substr(0, text.find_first_of("/?#"));
  if (authority.empty() || authority.front() == '.' ||
      authority.find_first_of(" \t\\@") != string_view::npos)
    return false;
  if (authority.front() == '[') return authority.find(']') != string_view::npos;
  const std::size_t colon = authority.find(':');
  if (colon != string_view::npos) return colon != 0 && is_digits(authority.substr(colon + 1));
  return authority == "localhost" || authority.find('.') != string_view::npos;
}

// A name that ends like this and is no file is a file's name mistyped, not a host's.
bool looks_like_list(string_view text) {
  constexpr std::array<string_view, 8> kEnds = {".txt",  ".csv",  ".tsv",   ".lst",
                                                ".list", ".json", ".jsonl", ".gz"};
  return std::any_of(kEnds.begin(), kEnds.end(),
                     [&](string_view end) { return text.ends_with(end); });
}

Result<Url> parse_seed_url(string_view text, const parse::QueryRules& rules) {
  const bool has_scheme = text.find("://") != string_view::npos;
  if (!has_scheme && text.find(':') != string_view::npos && !looks_like_host(text)) {
    return usage_error(fmt::format("{} is no http or https URL", in_quotes(text)));
  }
  if (!has_scheme && !looks_like_host(text))
    return usage_error(
        fmt::format("{} is no URL (example: https://example.com/)", in_quotes(text)));
  if (text.find(' ') != string_view::npos)
    return usage_error(
        fmt::format("{} holds a space (key=value stands after a tab)", in_quotes(text)));
  const auto url =
      parse::parse_url(has_scheme ? std::string(text) : fmt::format("https://{}", text));
  if (!url) return usage_error(fmt::format("{} is no URL", in_quotes(text)));
  if (!url->is_http()) return usage_error(fmt::format("{} is not http or https", in_quotes(text)));
  return parse::canonical_url(*url, rules);
}

Result<void> set_attribute(string_view text, Seed& seed) {
  constexpr std::array<string_view, 4> kKeys = {"depth", "scope", "limit", "tag"};
  const std::size_t equals = std::min(text.find('='), text.size());
  const string_view key = text.substr(0, equals);
  if (equals == text.size()) return usage_error(fmt::format("{} is no key=value", in_quotes(text)));
  const string_view value = text.substr(equals + 1);
  const auto say = [&](const Error& error) {
    return usage_error(fmt::format("{}: {}", key, error.context));
  };
  if (key == "depth") {
    const auto depth = parse_depth(value);
    if (!depth) return say(depth.error());
    seed.depth = *depth;
  } else if (key == "scope") {
    const auto scope = parse_word(value, scope_words());
    if (!scope) return say(scope.error());
    seed.scope = *scope;
  } else if (key == "limit") {
    const auto limit = parse_count(value, 1);
    if (!limit) return say(limit.error());
    seed.limit = *limit;
  } else if (key == "tag") {
    if (value.find('\n') != string_view::npos)
      return usage_error("tag: holds a line feed");  // of an argument; a list has none
    seed.tag = value;
  } else {
    return usage_error(fmt::format("{} is none of depth, scope, limit, tag{}", in_quotes(key),
                                   did_you_mean(key, kKeys)));
  }
  return {};
}

class SeedGatherer {
 public:
  explicit SeedGatherer(const parse::QueryRules& rules, std::size_t longest = kMostSeedLine)
      : rules_(rules), longest_(longest) {}

  Result<void> take_argument(const std::string& argument, std::istream& standard_input) {
    struct stat status {};
    const bool exists = stat(argument.c_str(), &status) == 0;
    if (argument == "-" || (exists && argument.find("://") == std::string::npos))
      return take_list(argument, standard_input);
    const bool is_lost_list = argument.find("://") == std::string::npos &&
                              (looks_like_list(argument) || !looks_like_host(argument));
    if (is_lost_list && argument.find(':') == std::string::npos) {
      return usage_error(
          fmt::format("{} is no URL (example: https://example.com/), and there is no such file",
                      in_quotes(argument)));
    }
    take(argument, [] { return std::string("command line"); });
    return {};
  }

  Result<void> take_list(const std::string& path, std::istream& standard_input) {
    if (path == "-") {
      if (has_read_input_) return usage_error("standard input (-) can be read once only");
      has_read_input_ = true;
      return take_lines(standard_input, "standard input");
    }
    const std::string shown = printable(path);
    struct stat status {};
    if (stat(path.c_str(), &status) != 0)
      return usage_error(errno_error("cannot open seed list", shown).context);
    if (S_ISDIR(status.st_mode))
      return usage_error(fmt::format("{} is a directory, not a seed list", shown));
    errno = 0;
    std::ifstream file(path, std::ios::binary);
    if (!file) return usage_error(errno_error("cannot open seed list", shown).context);
    return take_lines(file, shown);
  }

  SeedList& list() { return list_; }

 private:
  Result<void> take_lines(std::istream& in, const std::string& name) {
    LineReader lines(in, longest_);
    std::string line;
    std::uint64_t number = 0;
    for (bool is_cut = false; lines.next(line, is_cut);) {
      const auto where = [&] { return fmt::format("{}:{}", name, number); };
      string_view text = line;
      if (++number == 1 && text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
      text = trimmed(text);
      if (text.empty() || text.front() == '#') continue;
      if (is_cut) {
        complain(where(), fmt::format("is longer than {} bytes", longest_));
      } else {
        take(text, where);
      }
    }
    if (in.bad()) return usage_error(errno_error("cannot read seed list", name).context);
    return {};
  }

  template <class Where>
  void take(string_view text, const Where& where) {
    auto seed = parse_seed(text, rules_);
    if (!seed) return complain(where(), seed.error().context);
    if (!seen_.insert(fingerprint(seed->url.href(), key_)).second) {
      ++list_.repeated;
      return;
    }
    seed->where = where();
    list_.seeds.push_back(std::move(*seed));
  }

  void complain(const std::string& where, const std::string& what) {
    if (++list_.bad <= kProblemsShown) list_.problems.push_back(fmt::format("{}: {}", where, what));
  }

  const parse::QueryRules& rules_;
  const std::size_t longest_;
  SeedList list_;
  const FingerprintKey key_ = FingerprintKey::random();
  std::unordered_set<Fingerprint, FingerprintHash> seen_;
  bool has_read_input_ = false;
};

Error bad_seeds(const SeedList& list) {
  std::string context;
  for (const std::string& problem : list.problems) context += problem + "\n";
  if (list.bad == 1)
    return usage_error(context +
                       "that seed is bad: mend it, or --skip-bad-seeds goes on without it");
  const std::string shown = list.bad > kProblemsShown
                                ? fmt::format(" (the first {} are shown)", kProblemsShown)
                                : std::string();
  return usage_error(
      fmt::format("{}{} seeds are bad{}: mend them, or --skip-bad-seeds goes on without them",
                  context, list.bad, shown));
}

Result<SeedList> finished(SeedList& list, bool skips_bad) {
  if (list.bad > 0 && !skips_bad) return bad_seeds(list);
  if (list.seeds.empty())
    return usage_error(list.bad > 0 ? "no seed is left: every one is bad"
                                    : "no seeds: the seed list is empty");
  return std::move(list);
}

std::string depth_word(std::uint32_t depth) {
  return depth == kDepthInf ? "inf" : std::to_string(depth);
}

}  // namespace

Result<Seed> parse_seed(string_view line, const parse::QueryRules& rules) {
  if (line.find('\0') != string_view::npos)
    return usage_error("holds a NUL byte: is this a text file?");
  if (!scraper::is_utf8(line)) return usage_error(fmt::format("{} is not UTF-8", in_quotes(line)));
  const std::size_t tab = std::min(line.find('\t'), line.size());
  auto url = parse_seed_url(trimmed(line.substr(0, tab)), rules);
  if (!url) return url.error();
  Seed seed;
  seed.url = std::move(*url);
  for (string_view rest = line.substr(tab); !rest.empty();) {
    rest.remove_prefix(1);
    const std::size_t end = std::min(rest.find('\t'), rest.size());
    const string_view field = trimmed(rest.substr(0, end));
    rest.remove_prefix(end);
    if (field.empty()) continue;
    if (auto set = set_attribute(field, seed); !set) return set.error();
  }
  return seed;
}

Result<SeedList> gather_seeds(const std::vector<std::string>& arguments,
                              const std::vector<std::string>& files, bool skips_bad,
                              std::istream& standard_input, const parse::QueryRules& rules) {
  SeedGatherer gatherer(rules);
  for (const std::string& argument : arguments) {
    if (auto taken = gatherer.take_argument(argument, standard_input); !taken) return taken.error();
  }
  for (const std::string& file : files) {
    if (auto taken = gatherer.take_list(file, standard_input); !taken) return taken.error();
  }
  return finished(gatherer.list(), skips_bad);
}

std::string to_seed_list(const std::vector<Seed>& seeds) {
  std::string out;
  for (const Seed& seed : seeds) {
    out += seed.url.href();
    if (seed.depth) out += fmt::format("\tdepth={}", depth_word(*seed.depth));
    if (seed.scope) out += fmt::format("\tscope={}", word_of(*seed.scope, scope_words()));
    if (seed.limit != kNoLimit) out += fmt::format("\tlimit={}", seed.limit);
    if (!seed.tag.empty()) out += fmt::format("\ttag={}", seed.tag);
    out += '\n';
  }
  return out;
}

Result<SeedList> read_seed_list(const std::string& path, const parse::QueryRules& rules) {
  SeedGatherer gatherer(rules, kMostOwnSeedLine);
  std::istringstream none;
  if (auto taken = gatherer.take_list(path, none); !taken) return taken.error();
  return finished(gatherer.list(), false);
}

}  // namespace scraper::cli
