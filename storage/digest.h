// The payload digest of a body: what WARC-Payload-Digest and a result line say. Made where the body is written, not while it is
// received: a fetch engine does I/O only. Any thread.
#pragma once

#include "scraper/base/capture.h"
#include "scraper/base/error.h"

namespace scraper::storage {

// SHA-256 of the body's bytes. Fails when a spool file cannot be read.
Result<Sha256> digest_of(const Body& body);

}  // namespace scraper::storage
