#include "base/error.h"

#include <cerrno>
#include <stdexcept>
#include <system_error>

#include "base/exit_code.h"

namespace scraper {

void throw_exception_from_error(const Error& error, const boost::source_location& /*where*/) {
  throw std::logic_error("unchecked error: " + error.context);
}

int exit_code(Errc code) noexcept {
  switch (code) {
    case Errc::kUsage: return kExitUsage;
    case Errc::kFile: return kExitFile;
    case Errc::kExhausted: return kExitExhausted;
    case Errc::kInUse: return kExitInUse;
    case Errc::kOther:
    case Errc::kInvalid: break;
  }
  return kExitOther;
}

Error errno_error(std::string_view what, std::string_view where) {
  const int number = errno;
  const bool exhausted = number == ENOSPC || number == EDQUOT || number == EMFILE ||
                         number == ENFILE || number == ENOMEM;
  std::string context(what);
  context.append(" ").append(where).append(": ").append(std::generic_category().message(number));
  return {exhausted ? Errc::kExhausted : Errc::kFile, std::move(context)};
}

}  // namespace scraper
