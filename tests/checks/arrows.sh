#!/usr/bin/env bash
# The arrows between the rooms, as docs/architecture.md draws them: a rule for each room. Fails on a wrong #include.
# With a folder as argument that folder is looked at instead of the repository (the test of this test).
set -u
rules=$(realpath "$0")
cd "${1:-$(dirname "$0")/../..}" || exit 2
wrong=0

# may_alone ROOM ALLOWED: the same of the files in ROOM itself.
may_alone() {
  local found
  found=$(grep -nE '^[[:space:]]*#[[:space:]]*include[[:space:]]*"' "$1"/*.h "$1"/*.cc /dev/null 2>/dev/null | grep -vE "\"($2)")
  if [ -n "$found" ]; then
    printf '%s may not include:\n%s\n' "$1" "$found"
    wrong=1
  fi
}

# may ROOM ALLOWED: files below ROOM include only what ALLOWED (an extended regular expression of paths) matches, of our own headers.
may() {
  local found
  found=$(grep -rnE '^[[:space:]]*#[[:space:]]*include[[:space:]]*"' "$1" --include='*.h' --include='*.cc' | grep -vE "\"($2)")
  if [ -n "$found" ]; then
    printf '%s may not include:\n%s\n' "$1" "$found"
    wrong=1
  fi
}

may base 'base/'
may fetch 'fetch/|base/'
may parse/text 'parse/text/|base/'
may parse/url 'parse/(url|text)/|base/'
may parse/html 'parse/(html|text)/|base/'
may_alone parse 'parse/[^/]*"|parse/(url|html|text)/|base/'
may parse/workers 'parse/workers/|parse/[^/]*"|base/'
may storage 'storage/|base/'
may scraper/frontier 'scraper/frontier/|storage/|base/'
below_rules='fetch/|parse/|storage/|base/|scraper/frontier/'
may scraper/rules "scraper/rules/|$below_rules"
may scraper/config "scraper/(config|rules)/|$below_rules"
may scraper/crawl "scraper/(crawl|config|rules)/|$below_rules"
may scraper/reparse 'scraper/(reparse|config|rules)/|parse/|storage/|base/'
may scraper/audit/disk 'scraper/audit/disk/|storage/|base/'
may scraper/audit 'scraper/(audit|reparse|config|rules)/|parse/|storage/|base/'
may scraper/why 'scraper/(why|config|rules)/|parse/|storage/|base/'
may scraper/serve 'scraper/serve/|base/'
may scraper/commands 'scraper/|fetch/|parse/|storage/|base/'
may bench 'bench/|scraper/(frontier|rules|config)/|fetch/|parse/|storage/|base/|tests/support/'

# A room without a rule would have no walls.
for folder in base fetch parse parse/*/ storage scraper/*/ bench; do
  grep -qE "^may(_alone)? ${folder%/} " "$rules" || { printf 'no rule for %s\n' "$folder"; wrong=1; }
done

# What judges a crawl that was killed shares no code with the product.
product=$(grep -nE '^#include "(base|scraper|fetch|parse|storage)/' tests/crawl/killed_crawl.h tests/crawl/killed_crawl.cc tests/support/graph.h 2>/dev/null)
[ -z "$product" ] || { printf 'the judge of killed crawls includes what it judges:\n%s\n' "$product"; wrong=1; }

# The pure part of parse does no I/O: only parse/workers may.
io=$(grep -lE '#include <(fcntl|unistd|sys/socket|sys/mman|spawn|fstream|cstdio)' parse/*.h parse/*.cc parse/{url,html,text}/*.h parse/{url,html,text}/*.cc 2>/dev/null)
[ -z "$io" ] || { printf 'the pure part of parse does I/O:\n%s\n' "$io"; wrong=1; }

# The one mutex lives in the channel.
mutex=$(grep -rlE 'std::(recursive_|shared_|timed_)?mutex|condition_variable' base fetch parse storage scraper --include='*.h' --include='*.cc' |
  grep -v '^base/channel.h$')
[ -z "$mutex" ] || { printf 'a mutex outside base/channel.h:\n%s\n' "$mutex"; wrong=1; }

# Processes are spawned, never forked.
forks=$(grep -rnwE 'fork|vfork|daemon' base fetch parse storage scraper --include='*.cc' --include='*.h' | grep -E '(fork|vfork|daemon) *\(' )
[ -z "$forks" ] || { printf 'fork without exec:\n%s\n' "$forks"; wrong=1; }

# g++ 12 copies a temporary made by {} in a co_await byte for byte into the coroutine's frame: a string in it is freed where it is not.
braced=$(grep -rnE 'co_await .*[(,] *\{' base fetch parse storage scraper --include='*.cc' --include='*.h')
[ -z "$braced" ] || { printf 'a temporary made by {} in a co_await:\n%s\n' "$braced"; wrong=1; }

# CMake splits a test's name at ';', and Catch takes '-' in front for an option: such a test would never run.
names=$(grep -rnE 'TEST_CASE\("(-|[^"]*;)' tests --include='*.cc' 2>/dev/null)
[ -z "$names" ] || { printf 'the name of a test that would not run:\n%s\n' "$names"; wrong=1; }

[ $wrong = 0 ] && echo "arrows: as drawn"
exit $wrong
