#!/usr/bin/env bash
# The arrows of docs/design.md: scraper -> fetch, parse, storage -> scraper/base, and nothing else. Fails on a wrong #include.
# With a folder as argument that folder is looked at instead of the repository (the test of this test).
set -u
cd "${1:-$(dirname "$0")/../..}" || exit 2
wrong=0

# may ROOM ALLOWED: files below ROOM include only what ALLOWED (an extended regular expression of paths) matches, of our own headers.
may() {
  local found
  found=$(grep -rnE '^[[:space:]]*#[[:space:]]*include[[:space:]]*"' "$1" --include='*.h' --include='*.cc' | grep -vE "\"($2)")
  if [ -n "$found" ]; then
    printf '%s may not include:\n%s\n' "$1" "$found"
    wrong=1
  fi
}

may scraper/base 'scraper/base/'
may fetch 'fetch/|scraper/base/'
may parse 'parse/|scraper/base/'
may storage 'storage/|scraper/base/'
may scraper 'scraper/|fetch/|parse/|storage/'

# What judges a crawl that was killed shares no code with the product.
product=$(grep -nE '^#include "(scraper|fetch|parse|storage)/' tests/crawl/killed_crawl.h tests/crawl/killed_crawl.cc tests/support/graph.h 2>/dev/null)
[ -z "$product" ] || { printf 'the judge of killed crawls includes what it judges:\n%s\n' "$product"; wrong=1; }

# The pure part of parse does no I/O: nothing but the pool's and the worker's files may.
io=$(grep -lE '#include <(fcntl|unistd|sys/socket|sys/mman|spawn|fstream|cstdio)' parse/*.h parse/*.cc 2>/dev/null |
  grep -vE 'parse/(pool|worker|handoff|ring|descriptor|segment_descriptors)')
[ -z "$io" ] || { printf 'the pure part of parse does I/O:\n%s\n' "$io"; wrong=1; }

# The one mutex lives in the channel.
mutex=$(grep -rlE 'std::(recursive_|shared_|timed_)?mutex|condition_variable' scraper fetch parse storage --include='*.h' --include='*.cc' |
  grep -v '^scraper/base/channel.h$')
[ -z "$mutex" ] || { printf 'a mutex outside scraper/base/channel.h:\n%s\n' "$mutex"; wrong=1; }

# Processes are spawned, never forked.
forks=$(grep -rnwE 'fork|vfork|daemon' scraper fetch parse storage --include='*.cc' --include='*.h' | grep -E '(fork|vfork|daemon) *\(' )
[ -z "$forks" ] || { printf 'fork without exec:\n%s\n' "$forks"; wrong=1; }

# g++ 12 copies a temporary made by {} in a co_await byte for byte into the coroutine's frame: a string in it is freed where it is not.
braced=$(grep -rnE 'co_await .*[(,] *\{' scraper fetch parse storage --include='*.cc' --include='*.h')
[ -z "$braced" ] || { printf 'a temporary made by {} in a co_await:\n%s\n' "$braced"; wrong=1; }

# CMake splits a test's name at ';', and Catch takes '-' in front for an option: such a test would never run.
names=$(grep -rnE 'TEST_CASE\("(-|[^"]*;)' tests --include='*.cc' 2>/dev/null)
[ -z "$names" ] || { printf 'the name of a test that would not run:\n%s\n' "$names"; wrong=1; }

[ $wrong = 0 ] && echo "arrows: as drawn"
exit $wrong
