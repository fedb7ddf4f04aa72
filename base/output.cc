#include "base/output.h"

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string>

#include "base/exit_code.h"
#include "base/file.h"
#include "base/printable.h"

namespace scraper::cli {

int write_standard_output(std::string_view text) {
  if (write_all(STDOUT_FILENO, text)) return 0;
  if (errno == EPIPE) return kExitReaderGone;
  return complain(errno_error("cannot write", "standard output"));
}

void complain(std::string_view context) {
  std::string out;
  while (!context.empty()) {
    const std::size_t end = std::min(context.find('\n'), context.size());
    // Whoever made the text should have seen to it; a terminal is not to depend on that.
    out.append("scraper: ").append(printable(context.substr(0, end))).push_back('\n');
    context.remove_prefix(std::min(end + 1, context.size()));
  }
  write_all(STDERR_FILENO, out);  // there is nowhere to say that this failed
}

int complain(const Error& error) {
  complain(error.context);
  return exit_code(error.code);
}

int complain_of_crawl(const Error& error) {
  complain(error.context);
  return exit_code(error.code == Errc::kInvalid ? Errc::kFile : error.code);
}

}  // namespace scraper::cli
