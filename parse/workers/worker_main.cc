// scraper-parse: a parse worker. Started by scraper with its socket and shared memory as
// descriptors from 3 on; no use by hand.
#include <sys/socket.h>

#include <cstdio>

#include "parse/workers/handoff.h"
#include "parse/workers/worker.h"

int main() {
  using namespace scraper::parse;
  int type = 0;
  socklen_t size = sizeof type;
  if (::getsockopt(kSocketDescriptor, SOL_SOCKET, SO_TYPE, &type, &size) != 0 ||
      type != SOCK_SEQPACKET) {
    std::fputs("scraper-parse: started by scraper, not by hand\n", stderr);
    return kExitProtocol;
  }
  return run_worker(kSocketDescriptor, kRingDescriptor, kInboxDescriptor);
}
