#!/usr/bin/env bash
# Counts, over a whole crawl of the demo site, the processes that were made without exec: there must be none, whatever the engine. A new
# process that shares the address space until it execs (CLONE_VFORK, what posix_spawn does) is fine; a thread is no process.
#   tests/checks/spawn.sh PROGRAM
set -euo pipefail
scraper=$1
command -v strace > /dev/null || { echo "spawn: skipped: strace is not installed"; exit 0; }
work=$(mktemp -d)
: > "$work/serve"
"$scraper" serve --demo --port 0 2> "$work/serve" &
server=$!
trap 'kill $server 2> /dev/null; wait $server 2> /dev/null; rm -rf "$work"' EXIT
until port=$(sed -n 's|.*127\.0\.0\.1:\([0-9]*\)/.*|\1|p' "$work/serve") && [ -n "$port" ]; do kill -0 $server; done

faults=0
for engine in threads async; do
  strace -f -qq -e trace=fork,vfork,clone,clone3,execve -o "$work/trace" \
    "$scraper" crawl seeds/demo.txt --connect-to "::127.0.0.1:$port" --allow-net 127.0.0.0/8 --per-host 8 --delay 0 --limit 300 \
    --engine "$engine" --workers 2 --output "$work/$engine" --quiet || { echo "spawn: strace cannot trace here: skipped"; exit 0; }
  spawned=$(grep -c 'CLONE_VFORK' "$work/trace" || true)
  executed=$(grep -c 'execve(.*scraper-parse' "$work/trace" || true)
  forked=$(grep -E ' (fork|vfork|clone|clone3)\(' "$work/trace" | grep -vcE 'CLONE_THREAD|CLONE_VFORK' || true)
  echo "spawn: $engine: $forked processes without exec, $spawned spawned, $executed workers executed"
  [ "$forked" = 0 ] && [ "$spawned" = "$executed" ] && [ "$executed" -ge 2 ] || faults=1
done
exit $faults
