// Seeds: what SEED... and -i name, read, checked and without repeats.
//
// A seed list is UTF-8 text, a URL a line ("example.com" means https://example.com/), then
// tab-separated key=value of depth, scope, limit and tag. Blank lines and lines that begin with '#'
// are skipped; a byte order mark and CR LF do no harm. Lists are streamed: memory is that of the
// seeds, about 300 bytes each.
#pragma once

#include <cstddef>
#include <cstdint>
#include <iosfwd>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "scraper/rules/options.h"

namespace scraper::cli {

inline constexpr std::size_t kMostSeedLine = 16u << 10;  // bytes; a longer line is a bad one
inline constexpr std::size_t kMostOwnSeedLine =
    1u << 20;  // of a list that to_seed_list() made: what one argument can say, and more
inline constexpr std::size_t kProblemsShown = 10;

struct SeedList {
  std::vector<Seed> seeds;            // in order; of repeats (the same canonical URL) the first
  std::uint64_t repeated = 0;         // left out because they were there already
  std::uint64_t bad = 0;              // lines that are no seed
  std::vector<std::string> problems;  // the first ten of them: "seeds.txt:3: …", safe to show
};

// One line's seed, without `where`. Fails with the half sentence that follows "file:line: ".
Result<Seed> parse_seed(std::string_view line, const parse::QueryRules& rules = {});

// Reads every SEED argument (a URL, or a file that exists) and then every file; "-" is
// `standard_input`. Fails when a file cannot be read, and, unless `skips_bad`, when a line is bad:
// then the context has a line for each problem shown and one with the count.
Result<SeedList> gather_seeds(const std::vector<std::string>& arguments,
                              const std::vector<std::string>& files, bool skips_bad,
                              std::istream& standard_input, const parse::QueryRules& rules = {});

// The seeds as a seed list, a line each, only what is the seed's own. Reading it back under the
// same rules gives the same seeds, but for `where`.
std::string to_seed_list(const std::vector<Seed>& seeds);

// Reads such a list back.
Result<SeedList> read_seed_list(const std::string& path, const parse::QueryRules& rules = {});

}  // namespace scraper::cli
