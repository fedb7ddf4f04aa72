#!/usr/bin/env python3
"""The report of a measurement, made from its JSON:  report.py DIR

Reads DIR/engines.json and DIR/handoff.json (docs/measurements/README.md has the format), of which
one may be missing. Writes DIR/report.html: where threads fall behind async, plots by gnuplot where
it is installed, and a table of every figure; and DIR/throughput.svg, the plot of the engines'
throughput. Prints the short tables. What the figures mean is for people to write.

Files are not trusted: text is escaped, only numbers reach gnuplot. Exit code 2: usage; 3: files.
"""
import html
import json
import math
import re
import subprocess
import sys
from collections import defaultdict, namedtuple
from itertools import zip_longest
from pathlib import Path
from types import SimpleNamespace

class Failure(Exception):
    """A line for the user: what is wrong, where, what to do about it."""

# ---- Reading: what a file lacks is None (texts: ""), what it must have and lacks is a Failure ----
TEXTS = ("engine", "scheme", "connection", "skipped", "what", "unit", "about", "handoff", "storage",
         "open", "direction", "work")
COORDINATES = ("concurrency", "delay_ms", "body", "payload", "workers")
REQUIRED = {  # of an entry of a list
    ("engines", "cells"): ("engine", "scheme", "connection", "concurrency", "delay_ms", "body"),
    ("engines", "tasks"): ("engine", "what"),
    ("handoff", "cells"): ("handoff", "direction", "work", "payload", "workers"),
    ("handoff", "workers"): ("what",),
    ("handoff", "file_over_inline"): ("direction", "work", "payload", "workers")}

class Figure(namedtuple("Figure", "median low high repeats")):
    """A summary of repeats. A bare number in the file is a figure of one repeat."""

    def scaled(self, factor):
        return Figure(self.median * factor, self.low * factor, self.high * factor, self.repeats)

def number_in(value):
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return float(value) if is_number and 0 <= value < 1e15 else None

def figure_in(value):
    if not isinstance(value, dict):
        plain = number_in(value)
        return None if plain is None else Figure(plain, plain, plain, 1)
    figure = Figure(*(number_in(value.get(name)) for name in Figure._fields))
    is_whole = None not in figure and figure.repeats >= 1
    return figure if is_whole and figure.low <= figure.median <= figure.high else None

class Entry:
    """A cell, task or worker: an attribute is a text, a coordinate (a number) or else a Figure."""

    def __init__(self, values, required):
        for name, value in values.items():
            text = value if isinstance(value, str) else ""
            number_or_figure = number_in if name in COORDINATES else figure_in
            self.__dict__[name] = text if name in TEXTS else number_or_figure(value)
        for name in required:
            if getattr(self, name) in ("", None):
                raise ValueError(f"an entry has no '{name}'")

    def __getattr__(self, name):  # of what is not there
        return "" if name in TEXTS else None

def read_run(directory, name, kind):
    """The whole file, its lists as lists of entries; None where there is no such file."""
    path = Path(directory, name)
    try:
        document = json.loads(path.read_bytes())
        if not isinstance(document, dict) or document.get("kind") != kind:
            raise ValueError(f"it holds no figures of {kind}")
        if document.get("version") != 1:
            raise ValueError("its version is not known here")
        run = SimpleNamespace(quick=document.get("quick"), interrupted=document.get("interrupted"),
                              seconds=number_in(document.get("seconds")) or 0)
        for part in ("machine", "server", "tls_client"):
            value = document.get(part)
            setattr(run, part, value if isinstance(value, dict) else {})
        for part in (part for of, part in REQUIRED if of == kind):
            entries = document.get(part) or []
            if not isinstance(entries, list) or not all(isinstance(one, dict) for one in entries):
                raise ValueError(f"'{part}' is no array of objects")
            setattr(run, part, [Entry(one, REQUIRED[kind, part]) for one in entries])
        return run
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise Failure(f"cannot read {printable(str(path))}: {error.strerror}") from None
    except (ValueError, RecursionError) as error:
        raise Failure(f"cannot use {printable(str(path))}: {error}; measure again") from None

# ---- Arithmetic and words -----------------------------------------------------------------------
MATERIAL = 0.05  # a smaller difference decides nothing, however well it was measured
MILLI, KB, MB, PERCENT = 1e-3, 1 / 1024, 1 / 1048576, 100
SPACE = "\u00a0"  # between a value and its unit

def is_less(a, b):
    """The intervals do not overlap (a single repeat has none), and the difference is material."""
    is_apart = a.repeats > 1 and b.repeats > 1 and a.high < b.low
    return is_apart and a.median <= b.median * (1 - MATERIAL)

def ratio_of(a, b):
    """a / b, between the extremes that both intervals allow."""
    if not a or not b or b.low <= 0 or b.median <= 0:
        return None
    return Figure(a.median / b.median, a.low / b.high, a.high / b.low, min(a.repeats, b.repeats))

def sum_of(a, b):
    if not a or not b:
        return a or b
    return Figure(*(x + y for x, y in zip(a[:3], b[:3])), min(a.repeats, b.repeats))

def commonest(values):
    return max(sorted(set(values)), key=values.count, default=0)

def is_uncertain(ratio):
    """A difference may be there though the intervals overlap."""
    return not ratio or ratio.repeats < 2 or ratio.low <= 0 or ratio.high / ratio.low > 1.5

def escaped(text):
    return html.escape("".join(c for c in text if c.isprintable() or c == SPACE))

def printable(text):
    return "".join(c if c.isprintable() else f"\\x{ord(c):02X}" for c in text.replace(SPACE, " "))

def number(value):
    """Three significant digits: 12,300  512  41.2  0.052"""
    before = math.floor(math.log10(abs(value))) + 1 if 0 < abs(value) < 1e300 else 0
    if before > 15:
        return f"{value:.3g}"
    if before > 3:
        unit = 10 ** (before - 3)
        return f"{math.floor(value / unit + 0.5) * unit:,}"
    digits = f"{value:.{min(3 - before, 9)}f}"
    return digits.rstrip("0").rstrip(".") if "." in digits else digits

def size(count):
    power = next((power for power in (3, 2, 1) if count >= 1024 ** power), 0)
    return number(count / 1024 ** power) + SPACE + ("bytes", "KB", "MB", "GB")[power]

def difference(a, b):
    share = abs(a.median / b.median - 1) * 100
    return f"{share:.0f}{SPACE}% {'fewer' if a.median < b.median else 'more'}"

def delay(ms):
    return "no delay" if ms == 0 else f"delay {number(ms)} ms"

# ---- Tables -------------------------------------------------------------------------------------
class Table:
    """A column is "name|unit". A cell is a word, a number, a Figure or None; in a row of too few
    the last one, a sentence, takes the rest. Short tables are printed too."""

    def __init__(self, title, columns, is_short=False):
        self.title, self.is_short, self.rows = title, is_short, []
        self.columns = [column.partition("|")[::2] for column in columns]

    def add(self, *cells):
        self.rows.append(cells)

    @staticmethod
    def parts(cell):
        """The words or the figure, and its interval or ""."""
        if not isinstance(cell, Figure):
            return cell if isinstance(cell, str) else "–" if cell is None else number(cell), ""
        interval = f"[{number(cell.low)}–{number(cell.high)}]" if cell.repeats > 1 else ""
        return number(cell.median), interval

    def html(self):
        def html_cell(cell, i, count):
            value, interval = map(escaped, self.parts(cell))
            word = ' class="word"' if isinstance(cell, str) else ""
            rest = f' colspan="{len(self.columns) - i}"' if i + 1 == count else ""
            return f"<td{word}{rest}>{value}{interval and f'<small>{interval}</small>'}</td>"
        heads = "".join(f'<th scope="col">{name}<small>{unit}</small></th>'
                        for name, unit in self.columns)
        rows = "".join("<tr>" + "".join(html_cell(cell, i, len(row)) for i, cell in enumerate(row))
                       + "</tr>\n" for row in self.rows)
        return (f'<h3>{escaped(self.title)}</h3>\n<div class="scroll" tabindex="0"><table>\n<thead>'
                f"<tr>{heads}</tr></thead>\n<tbody>\n{rows}</tbody></table></div>\n")

    def text(self):
        lines = [[" ".join(part) for part in self.columns]]
        lines += [[printable(" ".join(self.parts(cell))) for cell in row] for row in self.rows]
        widths = [max(map(len, column)) + 2 for column in zip_longest(*lines, fillvalue="")]
        rows = ["".join(f"{cell:{width}}" for cell, width in zip(line, widths)) for line in lines]
        return "\n".join([self.title, *map(str.rstrip, rows), ""])

def figures_of(cell, columns):
    """The cells of a row for columns of (attribute, head, factor)."""
    if cell.skipped:
        return [cell.skipped]
    figures = [(getattr(cell, name), factor) for name, _, factor in columns]
    return [figure and figure.scaled(factor) for figure, factor in figures]

def table_of(title, heads, columns, cells, place, is_short=False):
    table = Table(title, heads + [head for _, head, _ in columns], is_short)
    for cell in cells:
        table.add(*place(cell), *figures_of(cell, columns))
    return table

# ---- Engines ------------------------------------------------------------------------------------
ENGINE_COLUMNS = [  # CPU, switches and system calls are a request's
    ("requests_per_second", "requests|a second", 1), ("ideal_ratio", "ideal|%", PERCENT),
    ("cpu_us", "CPU|µs", 1), ("switches_voluntary", "switches|voluntary", 1),
    ("switches_involuntary", "switches|involuntary", 1), ("syscalls", "system|calls", 1),
    ("peak_memory", "memory|peak, MB", MB), ("memory_per_connection", "memory|KB a conn.", KB),
    ("latency_p50_us", "latency|p50, ms", MILLI), ("latency_p99_us", "latency|p99, ms", MILLI),
    ("threads", "threads", 1), ("machine_busy", "busy|%", PERCENT), ("errors", "errors", 1)]

class Plane:
    """Cells over kept-alive HTTP with the body that most have: concurrency and delay vary alone."""

    def __init__(self, run):
        self.body = commonest([cell.body for cell in run.cells])
        self.all = sorted(filter(self.holds, run.cells), key=lambda cell: (
            cell.delay_ms, cell.concurrency, {"threads": 0, "async": 1}.get(cell.engine, 2)))
        self.measured = [cell for cell in self.all if cell.requests_per_second and not cell.skipped]
        self.delays = sorted({cell.delay_ms for cell in self.all})

    def holds(self, cell):
        return (cell.scheme, cell.connection, cell.body) == ("http", "kept", self.body)

    def pairs(self, ms):
        """(concurrency, threads' cell, async's) where both were measured, ascending."""
        threads, others = ({cell.concurrency: cell for cell in self.measured
                            if (cell.engine, cell.delay_ms) == (engine, ms)}
                           for engine in ("threads", "async"))
        return [(n, threads[n], others[n]) for n in sorted(threads.keys() & others.keys())]

def rates(pair):
    return pair[1].requests_per_second, pair[2].requests_per_second

class Crossing:
    """From which concurrency on threads fall behind async at one delay. Pairs or None: `level`, the
    last before threads are behind to the end of the row, and `behind`, the next; `worst` and
    `best`, where threads are furthest behind and ahead."""

    def __init__(self, ms, pairs):
        self.ms, self.count, self.level, self.behind = ms, len(pairs), None, None
        self.uncertain = []  # concurrencies: intervals too wide to call them level
        all_behind = [pair for pair in pairs if is_less(*rates(pair))]
        ahead = [pair for pair in pairs if is_less(*reversed(rates(pair)))]
        share = lambda pair: rates(pair)[0].median / max(rates(pair)[1].median, 1e-9)
        self.count_behind = len(all_behind)
        self.worst = min(all_behind, key=share, default=None)
        self.best = max(ahead, key=share, default=None)
        for pair in pairs:
            if pair in all_behind:
                self.behind = self.behind or pair
                continue
            self.level, self.behind = pair, None
            if pair not in ahead and is_uncertain(ratio_of(*rates(pair))):
                self.uncertain.append(pair[0])

def crossing_point(rows):
    """The pair of the least rate from which on threads are behind, and its delay. Without a delay
    both go as fast as they can at any concurrency: that is a cost a request and no rate."""
    points = [(row.behind, row.ms) for row in rows if row.ms > 0 and row.behind]
    return min(points, key=lambda point: rates(point[0])[1].median, default=(None, 0))

def crossing_tables(plane):
    rows = [Crossing(ms, pairs) for ms in plane.delays if (pairs := plane.pairs(ms))]
    where = Table("Where threads fall behind async", [
        "delay|ms", "level up to|connections", "threads|a second", "behind from|connections",
        "threads|a second", "async|a second", "difference"], is_short=True)
    spread = Table("Behind and ahead, anywhere", [
        "delay|ms", "compared|places", "behind|places", "most behind|connections",
        "most ahead|connections", "too uncertain|connections",
        "threads not measured|connections"], is_short=True)
    far = lambda pair: difference(*rates(pair)) if pair else "–"
    for row in rows:
        level = [row.level[0], rates(row.level)[0]] if row.level else [None, None]
        behind = [row.behind[0], *rates(row.behind)] if row.behind else [None, None, None]
        where.add(row.ms, *level, *behind, far(row.behind))
        most = [pair and f"{number(pair[0])}: {far(pair)}" for pair in (row.worst, row.best)]
        skipped = [cell.concurrency for cell in plane.all
                   if cell.skipped and (cell.engine, cell.delay_ms) == ("threads", row.ms)]
        lists = [", ".join(map(number, some)) or "–" for some in (row.uncertain, skipped)]
        spread.add(row.ms, row.count, row.count_behind, *most, *lists)
    pair, ms = crossing_point(rows)
    if not pair:
        return [where, spread]
    point = Table(f"The crossing point: {number(pair[0])} connections, {delay(ms)}",
                  ["what", "threads", "async", "threads / async"], is_short=True)
    for column in ENGINE_COLUMNS:
        threads, others = (figures_of(cell, [column])[0] for cell in pair[1:])
        if threads or others:
            point.add(column[1].replace("|", ", "), threads, others, ratio_of(threads, others))
    return [where, spread, point]

def engine_tables(run, plane):
    tables = [table_of(f"Engines, {delay(ms)}", ["connections", "engine"], ENGINE_COLUMNS,
                       [cell for cell in plane.all if cell.delay_ms == ms],
                       lambda cell: (cell.concurrency, cell.engine)) for ms in plane.delays]
    tables.append(table_of(
        "Engines, one thing changed",
        ["connections", "delay|ms", "body", "scheme", "connection", "engine"], ENGINE_COLUMNS,
        [cell for cell in run.cells if not plane.holds(cell)],
        lambda cell: (cell.concurrency, cell.delay_ms, size(cell.body), cell.scheme,
                      cell.connection, cell.engine)))
    tasks = Table("A task's life", ["what", "engine", "value", "unit", "context switches", "about"])
    for task in run.tasks:
        row = [task.value, task.unit.replace("us", "µs"), task.switches, task.about]
        tasks.add(task.what, task.engine, *(row if task.value else [task.skipped or task.about]))
    beside = Table("Beside the engines", ["figure", "what"], is_short=True)
    for part, name, what in (
            (run.server, "requests_per_second", "requests a second, load server and bare client"),
            (run.server, "cpu_us", "µs of CPU a request, load server"),
            (run.server, "headroom", "times the fastest cell, load server"),
            (run.tls_client, "openssl_cpu_us", "µs of CPU a new TLS connection, bare client")):
        if figure := figure_in(part.get(name)):
            beside.add(figure, what)
    return [*tables, tasks, beside]

# ---- Hand-offs ----------------------------------------------------------------------------------
HANDOFF_COLUMNS = [
    ("pages_per_second", "pages|a second", 1), ("bytes_per_second", "MB|a second", MB),
    ("cpu_us", "CPU|µs a page", 1), ("owner_cpu_us", "owner's CPU|µs a page", 1),
    ("memory", "memory|MB", MB), ("failures", "failures", 1)]

def way_of(cell):
    more = [cell.storage, "opened for each page" if cell.open == "each" else ""]
    return ", ".join(filter(None, [cell.handoff, *(more if cell.handoff == "file" else [])]))

def group_title(direction, work, workers):
    where = "the payload is the answer" if direction == "out" else "the payload goes to the worker"
    work = "without work" if work == "none" else "work: " + work
    return f"{where}, {work}, {number(workers)} {'worker' if workers == 1 else 'workers'}"

def handoff_tables(run):
    groups = defaultdict(list)
    for cell in sorted(run.cells, key=lambda cell: cell.payload):
        groups[cell.direction, cell.work, cell.workers].append(cell)
    tables = [table_of("Hand-offs, " + group_title(*key), ["payload", "hand-off"], HANDOFF_COLUMNS,
                       cells, lambda cell: (size(cell.payload), way_of(cell)))
              for key, cells in sorted(groups.items())]
    paired = [("pages_per_second", "pages a second|times", 1), ("cpu_us", "CPU a page|times", 1)]
    start = [("milliseconds", "time|ms", 1), ("memory", "memory|MB", MB)]
    place = lambda one: (group_title(one.direction, one.work, one.workers), size(one.payload))
    return tables + [
        table_of("What isolation costs: file over inline, repeat by repeat", ["what", "payload"],
                 paired, run.file_over_inline, place, is_short=True),
        table_of("Workers: to the first answer", ["after", "hand-off"], start, run.workers,
                 lambda worker: (worker.what, worker.handoff), is_short=True)]

# ---- Plots, drawn by gnuplot: panels with logarithmic axes, and a legend ------------------------
def style(i, point=None):
    colours, points = ("#0067a8", "#c44e00", "#007a56", "#a03a7c", "#7a6200"), (7, 9, 5, 13, 11)
    return f'lc rgb "{colours[i % 5]}" pt {point or points[i % 5]} ps 0.8'

ENGINES = {"threads": style(0), "async": style(1), "bare-threads": style(2, 4),
           "bare-multi": style(3, 12)}
WAYS = {"file, disk": style(0), "pipe": style(1), "shm": style(2), "inline": style(3),
        "file, tmpfs": style(4), "file, disk, opened for each page": style(0, 6),
        "file, tmpfs, opened for each page": style(4, 10)}

def panel(title, x, y, styles, points, kind="yerrorlines", guide="", scale="xy"):
    """gnuplot's commands; "" without data. `points`: (key of styles, x, Figure), of which what is
    not above zero is left out. `guide`: a dashed line, as a function of x."""
    blocks, plots = "", [f'{guide} with lines lc rgb "#6b7480" dt (8,5)'] if guide else []
    for n, name in enumerate(styles):
        rows = [f"{x} {y.median} {y.low if y.low > 0 else y.median * 1e-6} {y.high}"
                for key, x, y in points if key == name and y and x > 0 and y.median > 0]
        if rows:
            blocks += "\n".join([f"$d{n} << END", *rows, "END\n"])
            plots.append(f"$d{n} using 1:2:3:4 with {kind} {styles[name]}")
    head = f'set title "{title}"\nset xlabel "{x}"\nset ylabel "{y}"\nset logscale {scale}\n'
    return blocks and f"{blocks}unset logscale\n{head}plot {', '.join(plots)}\n"

def engine_plots(plane):
    """Of each plot: headline, styles, panels."""
    def of_rate(title, y, figure):
        return panel(title, "requests/s", y, ENGINES, [
            (cell.engine, cell.requests_per_second.median, figure(cell))
            for cell in plane.measured], "yerrorbars")
    yield f"Requests a second, {size(plane.body)} over kept-alive HTTP", ENGINES, [
        panel(delay(ms), "connections", "requests/s", ENGINES, [
            (cell.engine, cell.concurrency, cell.requests_per_second) for cell in plane.measured
            if cell.delay_ms == ms], guide=f"{1000 / ms} * x" if ms else "") for ms in plane.delays]
    pairs = [(delay(ms), pair) for ms in plane.delays for pair in plane.pairs(ms)]
    looks = {delay(ms): style(i) for i, ms in enumerate(plane.delays)}
    yield "Threads' requests a second as a share of async's", looks, [
        panel("", label, "threads / async", looks, [
            (name, x(pair), ratio_of(*rates(pair))) for name, pair in pairs], guide="1", scale="x")
        for label, x in (("connections", lambda pair: pair[0]),
                         ("requests/s by async", lambda pair: rates(pair)[1].median))]
    yield "What a request costs", ENGINES, [
        of_rate("CPU a request", "µs", lambda cell: cell.cpu_us),
        of_rate("Context switches a request", "voluntary and involuntary", lambda cell: sum_of(
            cell.switches_voluntary, cell.switches_involuntary)),
        of_rate("System calls a request", "", lambda cell: cell.syscalls),
        of_rate("Latency beyond the delay, p99", "µs", lambda cell: cell.latency_p99_us),
        panel("Peak resident memory", "connections", "MB", ENGINES, [
            (cell.engine, cell.concurrency, cell.peak_memory and cell.peak_memory.scaled(MB))
            for cell in plane.measured], "yerrorbars")]

def handoff_plots(run):
    cells = sorted((cell for cell in run.cells if cell.pages_per_second and not cell.skipped),
                   key=lambda cell: cell.payload)
    workers = commonest([cell.workers for cell in cells])
    for kind in (("in", "none"), ("in", "gumbo"), ("in", "scan"), ("out", "none")):
        yield "Hand-offs: " + group_title(*kind, workers), WAYS, [
            panel(title, "payload, bytes", y, WAYS, [
                (way_of(cell), cell.payload, getattr(cell, name)) for cell in cells
                if (cell.direction, cell.work, cell.workers) == (*kind, workers)])
            for title, y, name in (("Pages a second", "pages/s", "pages_per_second"),
                                   ("CPU a page, owner and workers", "µs", "cpu_us"))]

def draw(styles, panels, prefix):
    """An SVG document of three panels a row; ids in it begin with `prefix`. "": gnuplot cannot."""
    rows = len(panels) // 3 + 1
    keys = [f'keyentry with points {look} title "{name}"' for name, look in styles.items()]
    script = (f'set encoding utf8\nset terminal svg size 1320,{rows * 340} background "white"\n'
              f'unset key\nset grid\nset format x "%.0s%c"\nset multiplot layout {rows},3\n'
              f"{''.join(panels)}reset\nset key center center Left reverse\nunset border\n"
              f"unset tics\nset xrange [1:2]\nset yrange [1:2]\nplot 0 notitle, {', '.join(keys)}\n")
    try:
        done = subprocess.run(["gnuplot", "-d", "-"], input=script.encode(), timeout=20, check=True,
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    except (OSError, subprocess.SubprocessError):
        return ""
    svg = done.stdout.decode("utf-8", "replace")
    return re.sub(r"""(\sid=['"]|href='#)""", rf"\g<1>{prefix}", svg[svg.find("<svg"):])

# ---- The page -----------------------------------------------------------------------------------
PAGE = """<!DOCTYPE html>
<html lang="en">
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>scraper bench</title>
<style>
:root { color-scheme: light dark; font: 1rem/1.4 system-ui, sans-serif; }
svg { display: block; width: 100%; height: auto; }
.scroll { overflow-x: auto; } small { display: block; }
table { border-collapse: collapse; font-size: 0.8rem; }
th, td { padding: 0.2rem 0.4rem; text-align: right; vertical-align: top; white-space: nowrap; }
td { border-top: 1px solid #8888; } td.word { text-align: left; }
</style>
<h1>scraper bench</h1>
<p>Medians, with the 95 % interval in brackets (least and greatest below six repeats). Behind: the
intervals do not overlap, and 5 % or more. CPU, context switches and system calls are a request's;
latency is beyond the server's delay; ideal: the share of connections / delay; busy: the share of
all cores in use. In plots dashed lines are the ideal. 1 KB is 1,024 bytes.</p>
"""

def about(run):
    parts = [f"{name}: {value}" for name, value in run.machine.items()]
    parts += ["a quick run" if run.quick else "a full run", f"{run.seconds / 60:.0f} min"]
    return f"<p>{escaped('; '.join(parts + ['interrupted'] * bool(run.interrupted)))}</p>\n"

def report(directory):
    """Writes the page and the picture. Returns what to print."""
    name = printable(directory)
    engines = read_run(directory, "engines.json", "engines")
    handoffs = read_run(directory, "handoff.json", "handoff")
    if not engines and not handoffs:
        raise Failure("there is no engines.json and no handoff.json in {0}: 'scraper bench engines "
                      "-o {0}' makes the one, 'scraper bench handoff -o {0}' the other, once a "
                      "whole repeat is measured".format(name))
    tables, plots, page = [], [], PAGE
    if engines:
        plane = Plane(engines)
        tables += crossing_tables(plane) + engine_tables(engines, plane)
        plots += engine_plots(plane)
    if handoffs:
        tables += handoff_tables(handoffs)
        plots += handoff_plots(handoffs)
    drawn = [(headline, draw(styles, list(filter(None, panels)), f"p{n}-"))
             for n, (headline, styles, panels) in enumerate(plots) if any(panels)]
    missing = [] if all(svg for _, svg in drawn) else [
        "Plots are missing: gnuplot is not installed (Debian: gnuplot-nox) or failed."]
    tables = [table for table in tables if table.rows]
    page += "".join(map(about, filter(None, [engines, handoffs])))
    page += "".join(f"<h3>{headline}</h3>\n{svg}" for headline, svg in drawn)
    page += "".join(table.html() for table in tables) + "".join(missing) + "</html>\n"
    Path(directory, "report.html").write_text(page, "utf-8")
    if engines:
        path, svg = Path(directory, "throughput.svg"), drawn and drawn[0][1]
        path.write_text(svg, "utf-8") if svg else path.unlink(missing_ok=True)  # none of older ones
    short = [table.text() for table in tables if table.is_short]
    return [*short, *missing, f"report: {name}/report.html"]

def main(arguments):
    if len(arguments) != 1:
        print("usage: report.py DIR", file=sys.stderr)
        return 2
    try:
        print(*report(arguments[0]), sep="\n", flush=True)
    except (Failure, OSError) as failure:
        print(f"scraper: {failure}", file=sys.stderr)
        return 3
    return 0

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
