// --config FILE and crawl.toml: the options of crawl by their names, in the part of TOML that
// toml.h reads.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "scraper/config/option_table.h"

namespace scraper::cli {

// Sets what the text says, but for options `is_overridden` names (the command line's). `name` is
// the file's, for errors, which read "crawl.toml:3: delay: …". The first error ends it.
Result<void> apply_config(std::string_view text, std::string_view name,
                          const std::function<bool(const Option&)>& is_overridden,
                          Settings& settings);

// The file's text; at most 1 MiB. Fails with what follows the option's name: "cannot open x.toml:
// No such file or directory".
Result<std::string> read_config(const std::string& path);

}  // namespace scraper::cli
