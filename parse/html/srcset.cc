#include "parse/html/srcset.h"

#include <algorithm>

#include "base/ascii.h"

namespace scraper::parse {

namespace {

// What is left behind a candidate's descriptors: up to and with a comma that is not in parentheses.
std::string_view behind_descriptors(std::string_view rest) {
  bool is_in_parentheses = false;
  while (!rest.empty()) {
    const char c = rest.front();
    rest.remove_prefix(1);
    if (c == '(') is_in_parentheses = true;
    if (c == ')') is_in_parentheses = false;
    if (c == ',' && !is_in_parentheses) break;
  }
  return rest;
}

}  // namespace

void append_candidates(std::vector<std::string_view>& urls, std::string_view srcset) {
  while (true) {
    while (!srcset.empty() && (is_ascii_space(srcset.front()) || srcset.front() == ','))
      srcset.remove_prefix(1);
    if (srcset.empty()) return;
    const auto end = static_cast<std::size_t>(
        std::find_if(srcset.begin(), srcset.end(), is_ascii_space) - srcset.begin());
    std::string_view url = srcset.substr(0, end);
    srcset.remove_prefix(end);
    if (url.back() == ',') {
      url = url.substr(0, url.find_last_not_of(',') + 1);
    } else {
      srcset = behind_descriptors(srcset);
    }
    urls.push_back(url);
  }
}

}  // namespace scraper::parse
