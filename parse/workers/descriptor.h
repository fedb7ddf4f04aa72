// The name that the benches and tests know it by.
#pragma once

#include "base/descriptor.h"

namespace scraper::parse {
using scraper::Descriptor;
}  // namespace scraper::parse
