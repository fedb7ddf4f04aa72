#include "scraper/config/resume.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/printable.h"
#include "parse/robots_directives.h"
#include "scraper/config/effective.h"
#include "scraper/config/option_table.h"
#include "scraper/config/secrets.h"
#include "scraper/config/seed_list.h"
#include "scraper/config/toml.h"

namespace scraper::cli {

namespace {

using std::string_view;
using Values = std::vector<std::string>;
using ValuesByName = std::map<std::string, Values, std::less<>>;

constexpr std::size_t kMostShown = 200;

std::string show(const Values& values) {
  constexpr string_view kPlain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:@*";
  std::string out;
  for (const std::string& value : values) {
    const bool is_plain = !value.empty() && value.size() <= kMostShown &&
                          value.find_first_not_of(kPlain) == value.npos;
    const std::string shown = is_plain ? value : in_quotes(value);
    if (!out.empty() && out.size() + shown.size() > kMostShown) return out + ", ...";
    out.append(out.empty() ? "" : ", ").append(shown);
  }
  return out.empty() ? "none" : out;
}

// Not named: ours.
std::string agent_of(const Values& values) {
  return std::string(parse::agent_name(
      values.empty() || values.front().empty() ? string_view("scraper") : values.front()));
}

Error refusal(const CrawlOptions& now, string_view what, string_view instead) {
  return usage_error(
      fmt::format("{} {}: {}, or start over with --fresh, or take another directory with -o DIR",
                  printable(now.output), what, instead));
}

Result<ValuesByName> values_of(string_view toml, const CrawlOptions& now) {
  const auto entries = parse_toml(toml, printable(now.output) + "/crawl.toml");
  if (!entries) return entries.error();
  ValuesByName values;
  for (const TomlEntry& entry : *entries) {
    if (option_by_name(entry.key, kCrawl) == nullptr) {
      return refusal(
          now,
          fmt::format("was begun with {}, which this version does not know", in_quotes(entry.key)),
          "go on with the version that began it");
    }
    values[entry.key] = entry.values;
  }
  return values;
}

class Comparison {
 public:
  Comparison(const CrawlOptions& now, ResumeChanges& changes) : now_(now), changes_(changes) {}

  Result<void> take(const Option& option, const Values& before, const Values& after) {
    if (before == after) return {};
    if (option.on_resume == OnResume::kFixed) return refuse(option, before, after, "");
    if (option.on_resume == OnResume::kNamed && agent_of(before) != agent_of(after)) {
      return refuse(option, before, after, ", for which robots.txt has rules of its own");
    }
    if (option.on_resume == OnResume::kGrows) {
      if (auto grown = take_depth(option, before, after); !grown) return grown;
    }
    if (option.group != Group::kShown) tell(option.name, show(after), show(before));
    return {};
  }

  Result<void> take_secrets(const LeftOut& before, const Values& plain_proxy) {
    for (const std::string& name : before.headers) {
      if (!sends(name)) {
        return refusal(
            now_,
            fmt::format("was begun with a header {}, whose value is kept nowhere", printable(name)),
            fmt::format("give it again with -H '{}: ...'", printable(name)));
      }
    }
    for (const std::string& header : now_.fetch.secret_headers) {
      const bool was_sent =
          std::any_of(before.headers.begin(), before.headers.end(),
                      [&](const std::string& name) { return is_same_header(name, header); });
      if (!was_sent)
        changes_.told.push_back(
            fmt::format("header: {} from now on", printable(header.substr(0, header.find(':')))));
    }
    return take_proxy(before.proxy, plain_proxy);
  }

 private:
  bool sends(string_view name) const {
    const auto& secrets = now_.fetch.secret_headers;
    return std::any_of(secrets.begin(), secrets.end(),
                       [&](string_view header) { return is_same_header(header, name); });
  }

  void tell(string_view name, string_view after, string_view before) {
    changes_.told.push_back(fmt::format("{}: {} instead of {}", name, after, before));
  }

  Error refuse(const Option& option, const Values& before, const Values& after,
               string_view why) const {
    return refusal(now_,
                   fmt::format("was begun with --{} {} and cannot go on with {}{}", option.name,
                               show(before), show(after), why),
                   "give it as it was");
  }

  Result<void> take_depth(const Option& option, const Values& before, const Values& after) {
    const auto has_own = [](const Seed& seed) { return seed.depth.has_value(); };
    const auto own =
        static_cast<std::size_t>(std::count_if(now_.seeds.begin(), now_.seeds.end(), has_own));
    if (own > 0) return refuse(option, before, after, " where some seeds have depths of their own");
    const auto old_depth = parse_depth(before.empty() ? string_view() : before.front());
    if (!old_depth)
      return usage_error(fmt::format("{}/crawl.toml: depth: {}", printable(now_.output),
                                     old_depth.error().context));
    if (*old_depth > now_.depth) return refuse(option, before, after, ", only with more");
    changes_.old_depth = *old_depth;
    return {};
  }

  Result<void> take_proxy(const std::string& secret, const Values& plain) {
    const std::string after = masked_proxy(now_.fetch.proxy);
    if (!secret.empty() && after.empty()) {
      return refusal(now_,
                     fmt::format("was begun with the proxy {}, whose credentials are kept nowhere",
                                 printable(secret)),
                     "give it again with -x");
    }
    const std::string before = !secret.empty() ? secret
                               : plain.empty() ? std::string()
                                               : plain.front();
    if (before != after) {
      tell("proxy", after.empty() ? "none" : printable(after),
           before.empty() ? "none" : printable(before));
    }
    return {};
  }

  const CrawlOptions& now_;
  ResumeChanges& changes_;
};

std::size_t lines_in(string_view text) {
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

Result<void> compare_seeds(string_view before, const CrawlOptions& now) {
  const std::string after_list = to_seed_list(now.seeds);
  const string_view after = after_list;
  if (before == after) return {};
  const auto at = static_cast<std::size_t>(
      std::mismatch(before.begin(), before.end(), after.begin(), after.end()).first -
      before.begin());
  const std::size_t start = at == 0 ? 0 : before.rfind('\n', at - 1) + 1;  // npos + 1 is 0
  const auto line_of = [&](string_view text) {
    const string_view line = text.substr(start, text.find('\n', start) - start);
    return line.empty() ? std::string("none") : in_quotes(line);
  };
  return refusal(
      now,
      fmt::format("was begun with other seeds ({}, now {}; the first that differs: {}, now {})",
                  lines_in(before), lines_in(after), line_of(before), line_of(after)),
      "give the same");
}

}  // namespace

Result<ResumeChanges> compare_for_resume(string_view old_toml, string_view old_seed_list,
                                         const CrawlOptions& now) {
  auto before = values_of(old_toml, now);
  if (!before) return before.error();
  auto after = values_of(to_toml(now), now);
  if (!after) return after.error();
  auto usual = values_of(to_toml(CrawlOptions()), now);
  if (!usual) return usual.error();
  ResumeChanges changes;
  Comparison comparison(now, changes);
  for (const Option& option : option_table()) {
    // The directory is this one, however it is written; the proxy's credentials are not in its
    // value.
    if (option.toml == nullptr || option.name == "output" || option.name == "proxy") continue;
    const auto old = before->find(option.name);
    const Values& old_values =
        old == before->end() ? (*usual)[std::string(option.name)] : old->second;
    if (auto taken = comparison.take(option, old_values, (*after)[std::string(option.name)]);
        !taken)
      return taken.error();
  }
  if (auto taken = comparison.take_secrets(left_out_of(old_toml), (*before)["proxy"]); !taken)
    return taken.error();
  if (auto same = compare_seeds(old_seed_list, now); !same) return same.error();
  return changes;
}

std::string describe_changes(const ResumeChanges& changes) {
  std::string lines;
  for (const std::string& one : changes.told) lines += fmt::format("  {}\n", one);
  return lines;
}

}  // namespace scraper::cli
