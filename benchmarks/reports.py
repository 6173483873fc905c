"""How long do the reports of a run of 10,000 exchanges take, and how large are they? Each beside writing the record as JSON.

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

import msgspec

import records
from storepact.model.exchange import Exchange, Request, Response
from storepact.record import coverage
from storepact.record.comparison import compare_runs
from storepact.record.recorder import Recorder
from storepact.record.store import dump
from storepact.record.values import Comparison, Record
from storepact.report import FORMATS, RenderOptions, compare


def made(exchanges, count):
    """A record of so many exchanges, every second of so many findings with a long body and a story."""
    recorder = Recorder()
    body = json.dumps(
        {"items": [{"name": "x" * 20, "version": 1, "tags": ["a"]} for _ in range(20)]}
    ).encode()
    for number in range(exchanges):
        answer = Response(
            (200, 404, 429)[number % 3], (("Content-Type", "application/json"),), body, number % 50 / 1e4
        )
        exchange = Exchange(Request("GET", "/", ()), answer)
        recorder.count(f"operation{number % 5}", exchange)
        recorder.observe(f"operation{number % 5}", exchange)
    long = records.exchange(200, json.dumps({"items": [{"name": "x" * 40, "version": "1"}] * 55}))
    found = [
        records.finding(
            f"{number:012x}",
            locus=f"200 /items/*/m{number}",
            exchange=long,
            story=records.STORY if number % 2 else [],
        )
        for number in range(count)
    ]
    return records.record(
        *found,
        coverage={name: dict(counts) for name, counts in recorder.coverage.items()},
        observed={name: shape.as_record() for name, shape in recorder.shapes.items()},
        latency=coverage.latencies(recorder.seconds),
        exchanges_total=recorder.exchanges,
        outcomes=[records.outcome("conformance", f"question {number}") for number in range(500)],
    )


def timed(work, runs=5):
    """The median of a few runs, in seconds."""
    seconds = []
    for _ in range(runs):
        started = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - started)
    return statistics.median(seconds)


def main():
    """Print a table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--exchanges", type=int, default=10_000)
    parser.add_argument("--findings", type=int, default=300)
    told = parser.parse_args()
    run, base = made(told.exchanges, told.findings), made(told.exchanges, 0)
    alone = timed(lambda: json.dumps(run))
    print(f"{told.exchanges:,} exchanges, {told.findings} findings; json.dumps of the record: {alone:.3f} s")
    values, options = msgspec.convert(run, Record), RenderOptions()
    every = timed(lambda: [row.render(values, options) for row in FORMATS])
    renderers = {row.name: lambda row=row: row.render(values, options) for row in FORMATS}
    for name, render in {**renderers, "run.json": lambda: dump(run)}.items():
        seconds = timed(render)
        ratio = f"{seconds / alone:6.1f} times json.dumps"
        print(f"{name:16} {seconds:.3f} s, {ratio}, {len(render()) / 1e6:.2f} MB")
    print(f"every report     {every:.3f} s, {every / alone:6.1f} times json.dumps")
    both = timed(lambda: compare.render_files(msgspec.convert(compare_runs([base], run), Comparison)))
    print(f"compare          {both:.3f} s, {both / alone:6.1f} times json.dumps")
    for exchanges in (told.exchanges // 10, told.exchanges):
        tracemalloc.start()
        made(exchanges, 10)
        print(
            f"memory at the most while recording {exchanges:,} exchanges: {tracemalloc.get_traced_memory()[1] / 1e6:.1f} MB"
        )
        tracemalloc.stop()


if __name__ == "__main__":
    main()
