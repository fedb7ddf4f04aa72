"""bench/report.py on the figures of 2026-11-23, whose numbers are known, and on made ones.

  report_test.py       (Python's unittest; report.sh runs it)
"""
import contextlib
import importlib.util
import io
import json
import os
import pathlib
import shutil
import tempfile
import unittest

ROOT = pathlib.Path(__file__).parents[2]
MEASURED = ROOT / "docs/measurements/2026-11-23"
FOLDERS = contextlib.ExitStack()
HOSTILE = "</style><script>alert(1)</script><img src=x onerror='alert(2)' \"&\x1b[31m"

tearDownModule = FOLDERS.close
spec = importlib.util.spec_from_file_location("report", ROOT / "bench/report.py")
report = importlib.util.module_from_spec(spec)
spec.loader.exec_module(report)


def about(median, spread=0.01, repeats=6):
    return {"median": median, "low": median * (1 - spread), "high": median * (1 + spread),
            "repeats": repeats}


def cell(engine, concurrency, delay_ms, rate, **more):
    return {"engine": engine, "concurrency": concurrency, "delay_ms": delay_ms, "body": 10240,
            "scheme": "http", "connection": "kept", "requests_per_second": about(rate), **more}


def document(cells, **more):
    return {"kind": "engines", "version": 1, "cells": cells, **more}


class Folder:
    """A directory with figures, and what report.py says of it."""

    def __init__(self, **files):
        self.path = pathlib.Path(FOLDERS.enter_context(tempfile.TemporaryDirectory()))
        for name, content in files.items():
            text = content if isinstance(content, str) else json.dumps(content)
            (self.path / f"{name}.json").write_text(text)

    def run(self):
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = report.main([str(self.path)])
        return code, out.getvalue(), err.getvalue()

    def page(self):
        return (self.path / "report.html").read_text()


def crossing(threads, delay_ms=50):
    """Of rows of `threads` a second, async doing 100."""
    cells = [cell(engine, n, delay_ms, rate) for n, figure in enumerate(threads)
             for engine, rate in (("threads", figure), ("async", 100))]
    folder = Folder(engines=document(cells))
    plane = report.Plane(report.read_run(folder.path, "engines.json", "engines"))
    return report.Crossing(delay_ms, plane.pairs(delay_ms))


class Measured(unittest.TestCase):
    def test_the_crossing_of_2026_11_23(self):
        folder = Folder()
        for name in ("engines.json", "handoff.json"):
            shutil.copy(MEASURED / name, folder.path)
        code, out, err = folder.run()
        self.assertEqual((code, err), (0, ""))
        rows = [" ".join(line.split()) for line in out.splitlines()]
        for row in ("0 5,000 20,800 [19,000–24,300] – – – –",
                    "10 100 8,630 [8,330–9,080] 1,000 23,600 [20,900–24,500]"
                    " 29,900 [25,300–32,500] 21 % fewer",
                    "50 3,000 23,000 [20,400–25,700] 5,000 19,400 [16,900–20,200]"
                    " 24,800 [23,900–25,400] 22 % fewer",
                    "200 5,000 22,500 [21,400–23,900] – – – –",
                    "0 6 1 100: 13 % fewer – 1, 10, 1,000, 5,000 10,000",
                    "10 6 3 5,000: 26 % fewer – – 10,000",
                    "The crossing point: 5,000 connections, delay 50 ms",
                    "CPU, µs 82.3 [78.6–94] 40.3 [39.3–41.7] 2.04 [1.88–2.39]",
                    "spawn file 2.94 [2.71–3.58] 4.27 [4.23–4.3]"):
            self.assertIn(row, rows)
        page = folder.page()
        cells = sum(len(json.loads((MEASURED / name).read_text())["cells"])
                    for name in ("engines.json", "handoff.json"))
        self.assertGreater(page.count("<tr>"), cells)
        if shutil.which("gnuplot"):
            self.assertEqual(page.count("<svg"), 6)
            self.assertIn("<svg", (folder.path / "throughput.svg").read_text())


class Arithmetic(unittest.TestCase):
    def test_numbers_have_three_digits(self):
        for value, words in ((0, "0"), (0.05214, "0.0521"), (3.14159, "3.14"), (41.25, "41.2"),
                             (512, "512"), (12345, "12,300"), (99950, "100,000"), (2e20, "2e+20")):
            self.assertEqual(report.number(value), words)
        self.assertEqual([report.size(n) for n in (512, 10240, 1572864)],
                         ["512\u00a0bytes", "10\u00a0KB", "1.5\u00a0MB"])

    def test_less_means_intervals_apart_and_a_material_difference(self):
        figure = lambda *values: report.figure_in(about(*values))
        self.assertTrue(report.is_less(figure(90), figure(100)))
        self.assertFalse(report.is_less(figure(97), figure(100)))  # apart, and less than 5 %
        self.assertFalse(report.is_less(figure(90, 0.2), figure(100)))  # more, and not apart
        self.assertFalse(report.is_less(figure(50, 0, 1), figure(100)))  # a single repeat
        ratio = report.ratio_of(figure(120), figure(100))
        for value, expected in zip(ratio, (1.2, 118.8 / 101, 121.2 / 99)):
            self.assertAlmostEqual(value, expected)

    def test_a_crossing_is_where_threads_are_behind_to_the_end_of_the_row(self):
        for what, threads, level, behind, count in (
                ("never", [100, 99, 101], 2, None, 0), ("at the end", [100, 100, 80], 1, 2, 1),
                ("from the first", [80, 80, 80], None, 0, 3),
                ("in the middle", [100, 80, 100], 2, None, 1), ("twice", [80, 100, 80], 1, 2, 2),
                ("ahead", [100, 120, 100], 2, None, 0)):
            with self.subTest(what):
                row = crossing(threads)
                index = lambda pair: pair and pair[0]
                self.assertEqual((index(row.level), index(row.behind), row.count_behind),
                                 (level, behind, count))
                self.assertEqual(index(row.best), 1 if what == "ahead" else None)

    def test_without_a_delay_there_is_no_crossing_point(self):
        self.assertEqual(report.crossing_point([crossing([80, 80], 0)]), (None, 0))
        self.assertEqual(report.crossing_point([crossing([100, 80])])[0][0], 1)


class Files(unittest.TestCase):
    def test_what_is_no_measurement_is_refused_in_one_line(self):
        for content, why in (
                ("", "Expecting value"), ("[" * 100000, "recursion"), ([], "no figures of engines"),
                ({"kind": "handoff", "version": 1}, "no figures of engines"),
                ({"kind": "engines", "version": 2}, "version is not known"),
                (document(7), "'cells' is no array"), (document([7]), "'cells' is no array"),
                (document([{"engine": "threads"}]), "no 'scheme'"),
                (document([cell("threads", -1, 0, 5)]), "no 'concurrency'")):
            folder = Folder(engines=content)
            code, out, err = folder.run()
            self.assertEqual((code, out, err.count("\n")), (3, "", 1))
            self.assertIn(why, err)
            self.assertIn("engines.json", err)
            self.assertFalse((folder.path / "report.html").exists())

    def test_without_files_it_says_how_to_make_them(self):
        for path in (Folder().path, "/nowhere"):
            with contextlib.redirect_stderr(io.StringIO()) as err:
                self.assertEqual(report.main([str(path)]), 3)
            self.assertIn(f"'scraper bench engines -o {path}'", err.getvalue())

    def test_what_a_file_says_is_text(self):
        cells = [cell("threads", 1, 0, 5, connection=HOSTILE), cell(HOSTILE, 1, 0, 5),
                 cell("async", 1, 0, 5, skipped=HOSTILE),
                 cell("async", 2, 0, 5, cpu_us=HOSTILE, __class__=1)]
        task = {name: HOSTILE for name in ("engine", "what", "unit", "about")}
        machine = {"cpu": HOSTILE, HOSTILE: [1]}
        folder = Folder(engines=document(cells, tasks=[{**task, "value": 1}], machine=machine))
        code, out, _ = folder.run()
        self.assertEqual(code, 0)
        for never in ("<script", "<img", "\x1b"):
            self.assertNotIn(never, folder.page() + out)
        self.assertIn("&lt;script&gt;alert(1)", folder.page())

    def test_a_picture_of_older_figures_is_not_left(self):
        folder = Folder(engines=document([], interrupted=True))
        (folder.path / "throughput.svg").write_text("<svg/>")
        self.assertEqual(folder.run()[0], 0)
        self.assertFalse((folder.path / "throughput.svg").exists())
        self.assertIn("interrupted", folder.page())

    def test_without_gnuplot_the_page_says_so(self):
        folder = Folder(engines=document([cell("async", 1, 0, 5)]))
        path, os.environ["PATH"] = os.environ["PATH"], "/nowhere"
        try:
            self.assertIn("gnuplot is not installed", folder.run()[1])
        finally:
            os.environ["PATH"] = path
        self.assertIn("gnuplot is not installed", folder.page())


if __name__ == "__main__":
    unittest.main()
