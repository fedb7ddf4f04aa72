#!/usr/bin/env python3
"""What a crawl of a folder of pages must store, computed from the files alone; shares no code with the crawler.

corpus_set.py FOLDER START_URL PAGES_JSONL [PAGES_JSONL...]

Follows the links of every page from START_URL below its directory, with the standard library's HTML parser and URL functions, and
asserts for each result file: the stored set is the computed one, the failures are the links to nothing, every line's digest is
its file's, each URL has one line. With several files also: the same lines, sorted by URL, run fields aside.
"""
import hashlib
import html.parser
import json
import os
import re
import sys
import urllib.parse

RUN_FIELDS = {"segment", "offset", "length", "crc32c", "attempts", "referrer", "seed", "fetched_at", "duration_ms", "first_byte_ms",
              "remote_address"}


class Links(html.parser.HTMLParser):
    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.base = None
        self.found = []

    def handle_starttag(self, tag, attributes):
        attributes = dict(reversed(attributes))
        if tag == "base" and self.base is None:
            self.base = attributes.get("href")
        if tag in ("a", "area") and attributes.get("href") is not None:
            self.found.append(attributes["href"])
        if tag in ("iframe", "frame") and attributes.get("src") is not None:
            self.found.append(attributes["src"])
        if tag == "link" and attributes.get("href") is not None:
            if {"canonical", "next", "prev"} & set((attributes.get("rel") or "").lower().split()):
                self.found.append(attributes["href"])


UNRESERVED = set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
NEVER_WRITTEN = set(range(0x21)) | set(range(0x7F, 0x100)) | set(b'"<>`{}')


def normal_percent(text):
    """Percent-encoding in normal form: hex digits upper case, unreserved characters decoded (RFC 3986 6.2.2)."""
    text = "".join(f"%{byte:02X}" if byte in NEVER_WRITTEN else chr(byte) for byte in text.encode("utf-8"))

    def one(match):
        character = chr(int(match[1], 16))
        return character if character in UNRESERVED else match[0].upper()

    return re.sub("%([0-9A-Fa-f]{2})", one, text)


def resolve_path(path, base_path):
    """RFC 3986 5.2.3 and 5.2.4; the standard library's urljoin drops empty segments."""
    if not path.startswith("/"):
        path = base_path[: base_path.rindex("/") + 1] + path
    out = []
    segments = path.split("/")[1:]
    for i, segment in enumerate(segments):
        last = i + 1 == len(segments)
        if segment in (".", ".."):
            if segment == ".." and out:
                out.pop()
            if last:
                out.append("")
        else:
            out.append(segment)
    return "/" + "/".join(out)


def canonical(url, base):
    url = "".join(c for c in url.strip(" \t\n\r\f") if c not in "\t\n\r")
    parts, base = urllib.parse.urlsplit(url), urllib.parse.urlsplit(base)
    if parts.scheme and parts.scheme not in ("http", "https"):
        return None
    netloc, path, query = parts.netloc, parts.path, parts.query
    if not parts.scheme and not netloc:
        netloc = base.netloc
        query = query if path or "?" in url else base.query
        path = resolve_path(path, base.path) if path else base.path
    path, query = normal_percent(path) or "/", normal_percent(query)
    return urllib.parse.urlunsplit((parts.scheme or base.scheme, netloc.lower(), path, query, ""))


def file_of(url, folder):
    path = urllib.parse.unquote(urllib.parse.urlsplit(url).path)
    return os.path.join(folder, path.lstrip("/"))


def compute(folder, start):
    scope = start[: start.rindex("/") + 1]
    seen, todo, stored, missing = {start}, [start], {}, set()
    while todo:
        url = todo.pop()
        path = file_of(url, folder)
        if not os.path.isfile(path):
            missing.add(url)
            continue
        with open(path, "rb") as file:
            body = file.read()
        stored[url] = "sha256:" + hashlib.sha256(body).hexdigest()
        if not path.endswith((".html", ".htm")):
            continue
        parser = Links()
        parser.feed(body.decode("utf-8", "replace"))
        base = canonical(parser.base, url) if parser.base else url
        for link in parser.found:
            target = canonical(link, base)
            if target and target.startswith(scope) and target not in seen:
                seen.add(target)
                todo.append(target)
    return stored, missing


def main():
    folder, start, *files = sys.argv[1:]
    stored, missing = compute(folder, start)
    problems = []
    runs = []
    for name in files:
        with open(name, encoding="utf-8") as file:
            lines = [json.loads(line) for line in file]
        pages = {line["url"]: line for line in lines}
        if len(pages) != len(lines):
            problems.append(f"{name}: {len(lines) - len(pages)} URLs have more than one line")
        got = {url: line["digest"] for url, line in pages.items() if line["state"] == "stored"}
        failed = {url for url, line in pages.items() if line["state"] == "failed"}
        for what, difference in (("not stored", set(stored) - set(got)), ("stored, but not computed", set(got) - set(stored)),
                                 ("failed, but there", failed - missing), ("nothing there, but not failed", missing - failed),
                                 ("digest differs", {u for u in got if u in stored and got[u] != stored[u]})):
            if difference:
                problems.append(f"{name}: {len(difference)} {what}, for example {sorted(difference)[0]}")
        runs.append({url: {k: v for k, v in line.items() if k not in RUN_FIELDS} for url, line in pages.items()})
    for name, run in zip(files[1:], runs[1:]):
        differing = [url for url in run.keys() | runs[0].keys() if run.get(url) != runs[0].get(url)]
        if differing:
            problems.append(f"{name} and {files[0]} differ in {len(differing)} lines, for example {sorted(differing)[0]}")
            print(runs[0].get(sorted(differing)[0]), run.get(sorted(differing)[0]), sep="\n", file=sys.stderr)
    for problem in problems:
        print(problem, file=sys.stderr)
    print(f"corpus: {len(stored)} pages and {len(missing)} dead links computed, {len(files)} result files, {len(problems)} problems")
    sys.exit(1 if problems else 0)


main()
