"""Measure the reports of a run of 10,000 exchanges: their time, beside that of `json.dumps`, and their size.

Usage: python benchmarks/reports.py [--exchanges N] [--findings N]
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
import tracemalloc
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "support"))

import records
from storepact.model.exchange import Exchange, Request, Response
from storepact.record import coverage
from storepact.record.comparison import compare_runs
from storepact.record.recorder import Recorder
from storepact.record.store import dump, read_record
from storepact.report import FORMATS, RenderOptions, compare

ITEMS = [{"name": "x" * 20, "version": 1, "tags": ["a"]} for _ in range(20)]
HEADERS = (("Content-Type", "application/json"),)
STATUSES = (200, 404, 429)
OPERATIONS = 5
TESTS = 500


def observe(exchanges):
    """A recorder that has observed so many exchanges."""
    recorder = Recorder()
    body = json.dumps({"items": ITEMS}).encode()
    for number in range(exchanges):
        response = Response(STATUSES[number % len(STATUSES)], HEADERS, body, number % 50 / 1e4)
        exchange = Exchange(Request("GET", "/", ()), response)
        recorder.count(f"operation{number % OPERATIONS}", exchange)
        recorder.observe(f"operation{number % OPERATIONS}", exchange)
    return recorder


def make_record(exchanges, count):
    """The plain data of a record, with so many findings with a long body, every second one with a story."""
    recorder = observe(exchanges)
    exchange = records.exchange(200, json.dumps({"items": [{"name": "x" * 40, "version": "1"}] * 55}))
    findings = [
        records.finding(
            f"{number:012x}",
            locus=f"200 /items/*/m{number}",
            exchange=exchange,
            story=records.STORY if number % 2 else [],
        )
        for number in range(count)
    ]
    shapes = {name: shape.to_record() for name, shape in recorder.shapes.items()}
    return records.record(
        *findings,
        coverage={name: dict(counts) for name, counts in recorder.coverage.items()},
        observed=records.plain(shapes),
        latency=records.plain(coverage.latencies(recorder.seconds)),
        exchanges_total=recorder.exchanges,
        outcomes=[records.outcome("conformance", f"test {number}") for number in range(TESTS)],
    )


def measure(work, runs=5):
    """The median of a few runs, in seconds."""
    seconds = []
    for _ in range(runs):
        started = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - started)
    return statistics.median(seconds)


def measure_memory(exchanges):
    """The peak of the memory for so many exchanges, in MB."""
    tracemalloc.start()
    make_record(exchanges, 10)
    peak = tracemalloc.get_traced_memory()[1] / 1e6
    tracemalloc.stop()
    return peak


def main():
    """Print a table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--exchanges", type=int, default=10_000)
    parser.add_argument("--findings", type=int, default=300)
    arguments = parser.parse_args()
    exchanges, findings = arguments.exchanges, arguments.findings
    data = make_record(exchanges, findings)
    run, base = read_record(data, "run"), read_record(make_record(exchanges, 0), "base")
    unit = measure(lambda: json.dumps(data))
    print(f"{exchanges:,} exchanges, {findings} findings; json.dumps of the record: {unit:.3f} s")

    def print_row(name, seconds, size=""):
        print(f"{name:16} {seconds:.3f} s, {seconds / unit:6.1f} times json.dumps{size}")

    options = RenderOptions()
    renderers = {row.name: lambda row=row: row.render(run, options) for row in FORMATS}
    for name, render in {**renderers, "run.json": lambda: dump(run)}.items():
        print_row(name, measure(render), f", {len(render()) / 1e6:.2f} MB")
    print_row("every report", measure(lambda: [render() for render in renderers.values()]))
    print_row("compare", measure(lambda: compare.render_files(compare_runs([base], run))))
    print_row("read", measure(lambda: read_record(data, "run")))
    for number in (exchanges // 10, exchanges):
        print(f"peak of memory while recording {number:,} exchanges: {measure_memory(number):.1f} MB")


if __name__ == "__main__":
    main()
