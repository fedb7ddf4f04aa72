#!/usr/bin/env bash
# The audit shares nothing with what decides in a crawl: no symbol of the frontier or of fetch is in a program that has only the audit
# (tests/programs/audit_alone.cc). Its own must be there, or the check would see nothing.
set -u
symbols=$(nm -C "$1") || { echo "nm cannot read $1"; exit 1; }
grep -q 'scraper::storage::audit_disk' <<<"$symbols" || { echo "no audit in $1"; exit 1; }
found=$(grep -E 'scraper::storage::(Frontier|UrlTable|HostTable|Committer|recover\()|scraper::fetch::' <<<"$symbols")
[ -z "$found" ] || { printf 'the audit links:\n%s\n' "$found"; exit 1; }
echo "the audit links neither frontier nor fetch"
