#include "base/version.h"

namespace scraper {

std::string_view program_version() { return SCRAPER_VERSION; }

}  // namespace scraper
