#!/usr/bin/env bash
# The corpus test: crawls cppreference with each engine from a real web server and compares with what an independent program
# computes from the files; then audits a crawl and parses its pages again. Run as:  bench/corpus tests/checks/corpus.sh build/scraper
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
# Its books are true, and what is stored gives the same lines again: real pages, on which gumbo and the scanner may differ, are no damage.
"$scraper" audit "$out/async"
"$scraper" parse "$out/async" --progress none
python3 - "$out/async" << 'PYTHON'
import json
import sys


def by_place(line):
    fields = json.loads(line)
    return fields["segment"], fields["offset"]


crawled, parsed = (sorted(open(f"{sys.argv[1]}/{name}", "rb"), key=by_place) for name in ("pages.jsonl", "pages-parsed.jsonl"))
if crawled != parsed:
    sys.exit("corpus: the pages parsed again do not give the lines of the crawl")
print(f"corpus: {len(parsed)} pages parsed again give the same lines, byte for byte")
PYTHON
# An independent reader of the archive: every record, and the bytes the server sent.
"$(dirname "$0")/warcio.sh" "$out/threads"
