#!/usr/bin/env bash
# Reads the archive of a finished crawl with npm's warcio, which shares no code with ours:
#
#   tests/checks/warcio.sh OUT
#
# Every byte of OUT/warc belongs to a record that warcio indexes; every response's payload has the digest it says; every line of
# pages.jsonl names the record it was made from; and what no line names is robots.txt or an earlier attempt. Says "skipped" and
# succeeds where npm or its registry is not there.
set -euo pipefail

out=${1:?usage: tests/checks/warcio.sh OUT}
[ -d "$out/warc" ] || { echo "warcio: $out holds no crawl" >&2; exit 3; }
command -v npm >/dev/null && command -v node >/dev/null || { echo "warcio: skipped: npm is not installed"; exit 0; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
if ! npm install --prefix "$work" --no-audit --no-fund --no-save warcio@2.4.11 >"$work/npm.log" 2>&1; then
  echo "warcio: skipped: npm cannot install it: $(tail -n 1 "$work/npm.log")"
  exit 0
fi

cat >"$work/check.mjs" <<'JS'
import { createHash } from "node:crypto";
import { createReadStream, readdirSync, readFileSync, statSync } from "node:fs";
import { WARCParser } from "warcio";

const out = process.argv[2];
const faults = [];
const records = new Map(); // "00000.warc:OFFSET" to what is there
const counts = {};

function sha256(bytes) {
  return "sha256:" + createHash("sha256").update(bytes).digest("hex");
}

async function readSegment(name) {
  const path = `${out}/warc/${name}`;
  const parser = new WARCParser(createReadStream(path));
  let end = 0;
  for await (const record of parser) {
    const where = `${name}:${parser.offset}`;
    if (parser.offset !== end) faults.push(`${where}: begins ${parser.offset - end} bytes after the end of the record before it`);
    const payload = await record.readFully(false);
    const digest = record.warcPayloadDigest;
    if (record.warcType === "response" && !digest) faults.push(`${where}: a response without a digest`);
    if (digest && digest !== sha256(payload)) faults.push(`${where}: payload digest ${digest}, found ${sha256(payload)}`);
    const said = record.httpHeaders?.headers.get("content-length");
    if (record.warcType === "response" && Number(said) !== payload.length) {
      faults.push(`${where}: HTTP Content-Length ${said} beside ${payload.length} bytes`);
    }
    end = parser.offset + parser.recordLength + 4;
    counts[record.warcType] = (counts[record.warcType] ?? 0) + 1;
    records.set(where, {
      type: record.warcType,
      url: record.warcTargetURI,
      length: end - parser.offset,
      digest,
      status: record.httpHeaders?.statusCode,
      isNamed: false,
    });
  }
  if (end !== statSync(path).size) faults.push(`${name}: records end at ${end} of ${statSync(path).size} bytes`);
}

function checkLine(line, number) {
  const where = `${line.segment}:${line.offset}`;
  const record = records.get(where);
  if (!record) return faults.push(`line ${number}: no record at ${where}`);
  record.isNamed = true;
  const type = line.status === null ? "metadata" : "response";
  if (record.type !== type) faults.push(`line ${number}: ${where} is a ${record.type}, not a ${type}`);
  if (record.url !== line.url) faults.push(`line ${number}: ${where} is of ${record.url}, not ${line.url}`);
  if (record.length !== line.length) faults.push(`line ${number}: ${where} has ${record.length} bytes, not ${line.length}`);
  if (type === "response" && record.digest !== line.digest) faults.push(`line ${number}: ${where} has another digest`);
  if (type === "response" && record.status !== line.status) faults.push(`line ${number}: ${where} has status ${record.status}`);
}

for (const name of readdirSync(`${out}/warc`).sort()) await readSegment(name);

const results = readdirSync(out).filter((name) => /^pages(-\d+)?\.jsonl$/.test(name)).sort();
const retried = new Set();
let lines = 0;
for (const name of results) {
  for (const text of readFileSync(`${out}/${name}`, "utf8").split("\n").slice(0, -1)) {
    const line = JSON.parse(text);
    if (line.segment !== null) checkLine(line, ++lines);
    if (line.attempts > 1) retried.add(line.url);
  }
}
for (const [where, record] of records) {
  if (record.isNamed || (record.type !== "response" && record.type !== "metadata")) continue;
  if (new URL(record.url).pathname !== "/robots.txt" && !retried.has(record.url)) {
    faults.push(`${where}: the ${record.type} of ${record.url} has no line`);
  }
}

const kinds = Object.entries(counts).map(([type, count]) => `${count} ${type}`).join(", ");
console.log(`warcio: ${records.size} records (${kinds}), ${lines} lines with a capture, ${faults.length} faults`);
for (const fault of faults.slice(0, 20)) console.error(`warcio: ${fault}`);
process.exit(faults.length === 0 && lines > 0 ? 0 : 1);
JS
node "$work/check.mjs" "$out"

# Its own command line agrees about the number of records.
for file in "$out"/warc/*.warc; do
  "$work/node_modules/.bin/warcio" index "$file"
done | wc -l | sed 's/^/warcio: index lists /; s/$/ records/'
