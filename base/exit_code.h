// The exit codes of the program, each named once with its meaning. They are an interface: scripts
// test them, so a code never gets another meaning. The table of docs/formats.md is this one, and
// --help names the same codes: a test compares them. Pure; any thread.
#pragma once

#include <string_view>

namespace scraper {

// Values of an int, as exit(3) and main() take them. 4 to 8 are those of wget.
enum ExitCode : int {
  kExitDone = 0,
  kExitOther = 1,
  kExitUsage = 2,
  kExitFile = 3,
  kExitNetwork = 4,
  kExitTls = 5,
  kExitLogin = 6,
  kExitProtocol = 7,
  kExitServer = 8,
  kExitDamage = 9,
  kExitExhausted = 10,
  kExitInUse = 11,
  kExitFieldsAlarm = 12,
  kExitChanged = 13,
  kExitFenced = 14,
  kExitInterrupted = 130,
  kExitReaderGone = 141,
  kExitTerminated = 143,
};

struct ExitMeaning {
  std::string_view text;
  bool is_reserved = false;  // no command ends with it yet
};

// The table. It has no default: a code without a meaning does not compile.
#pragma GCC diagnostic push
#pragma GCC diagnostic error "-Wswitch"
constexpr ExitMeaning meaning_of(ExitCode code) {
  switch (code) {
    case kExitDone: return {"ended as requested; pages that failed are results"};
    case kExitOther: return {"anything else"};
    case kExitUsage: return {"command line, config file or seeds; `why`: not a URL"};
    case kExitFile:
      return {"files; no crawl in the directory, or an unreadable one; reader of `--print` gone"};
    case kExitNetwork:
      return {"network: no seed, or not the page of `fetch`; 4 to 8 are those of wget"};
    case kExitTls: return {"TLS: as 4"};
    case kExitLogin: return {"login: as 4 (status 401 or 407)"};
    case kExitProtocol: return {"protocol: as 4"};
    case kExitServer: return {"server error: as 4 (status of 400 or more)"};
    case kExitDamage: return {"`audit` found damage"};
    case kExitExhausted:
      return {"disk, descriptors or memory exhausted, or the disk failed: can be resumed"};
    case kExitInUse: return {"the directory belongs to a running crawl"};
    case kExitFieldsAlarm: return {"a fields alarm under `--strict-fields`", true};
    case kExitChanged: return {"a diff found changes, with `--exit-changed`", true};
    case kExitFenced: return {"fenced: another worker owns the shard", true};
    case kExitInterrupted: return {"interrupted (SIGINT)"};
    case kExitReaderGone: return {"standard output was closed early (SIGPIPE)"};
    case kExitTerminated: return {"terminated (SIGTERM)"};
  }
  return {};
}
#pragma GCC diagnostic pop

// The code of a program that `signal` ended, as a shell reports it.
constexpr int exit_code_of_signal(int signal) { return 128 + signal; }

}  // namespace scraper
