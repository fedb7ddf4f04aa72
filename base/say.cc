#include "base/say.h"

#include <cstdio>

namespace scraper {

bool say(std::string_view text) {
  const bool is_written =
      std::fwrite(text.data(), 1, text.size(), stderr) == text.size() && std::fflush(stderr) == 0;
  if (!is_written) std::clearerr(stderr);
  return is_written;
}

}  // namespace scraper
