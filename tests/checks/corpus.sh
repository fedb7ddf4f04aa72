#!/usr/bin/env bash
# The corpus test: crawls cppreference with each engine from a real web server and compares with what an independent program
# computes from the files. Run as:  bench/corpus tests/checks/corpus.sh build/scraper
set -euo pipefail
scraper=$1
: "${CORPUS_CPPREFERENCE:?run me through bench/corpus}"
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
for engine in threads async; do
  "$scraper" crawl "$CORPUS_CPPREFERENCE" --scope dir --depth inf --per-host 32 --delay 0 --no-robots --allow-net 127.0.0.0/8 \
    --engine "$engine" --output "$out/$engine" --progress none
done
python3 "$(dirname "$0")/corpus_set.py" "$CORPUS_CPPREFERENCE_FILES" "$CORPUS_CPPREFERENCE" "$out/threads/pages.jsonl" "$out/async/pages.jsonl"
# An independent reader of the archive: every record, and the bytes the server sent.
"$(dirname "$0")/warcio.sh" "$out/threads"
