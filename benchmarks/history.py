"""Measure a history of 100,000 runs, two writers at the same time, and the drift of a large document.

Usage: python benchmarks/history.py [--runs N] [--seconds N] [--url URL]
Commands are measured beside `storepact --version`, which is what every command costs.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
SUPPORT = ROOT / "tests" / "support"
sys.path.insert(0, str(SUPPORT))

import records
from storepact.history.columns import COLUMNS, FINDINGS, RECORDS, RUNS
from storepact.history.store import History

WRITER = """
import sys, time
sys.path.insert(0, sys.argv[1])
import records
from storepact.history.store import History
record, count, end = records.as_values(records.finding()), 0, time.monotonic() + float(sys.argv[3])
while time.monotonic() < end:
    with History(sys.argv[2]) as history:
        history.add(record)
    count += 1
print(count)
"""

#: How many runs are written at once.
CHUNK = 1_000

#: The size of the large document, and about how many bytes each of its paths adds.
DOCUMENT_SIZE, PATH_SIZE = 2_600_000, 2_200


def measure(*arguments, environment):
    """The medians of three runs of a command, in seconds: of the clock, and of the processor."""
    walls, processors = [], []
    for _ in range(3):
        started, used = time.perf_counter(), processor_seconds()
        subprocess.run(
            [sys.executable, "-m", "storepact", *arguments],
            env=environment,
            check=False,
            stdout=subprocess.DEVNULL,
        )
        walls.append(time.perf_counter() - started)
        processors.append(processor_seconds() - used)
    return statistics.median(walls), statistics.median(processors)


def processor_seconds():
    """What the processes that have ended used, in the system too."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def write_large_document(folder):
    """Write the published document of the tests with many more paths; returns its path."""
    document = json.loads((ROOT / "tests" / "data" / "published.json").read_text())
    for number in range(DOCUMENT_SIZE // PATH_SIZE):
        name = f"Other{number}"
        document["components"]["schemas"][name] = {
            "type": "object",
            "properties": {
                letter * 5: {"type": "string", "description": "z" * 90} for letter in "abcdefghij"
            },
        }
        response = {
            "description": "y" * 200,
            "content": {"application/json": {"schema": {"$ref": f"#/components/schemas/{name}"}}},
        }
        operation = {"summary": "x" * 300, "responses": {"200": response}}
        document["paths"][f"/others{number}"] = {"get": operation}
    path = folder / "large.json"
    path.write_text(json.dumps(document))
    return path


def fill(history, runs):
    """Copy the first run until there are so many, of three targets in turn."""
    targets = ("mock", "https://app.example.com", "https://staging.example.com")
    with history._database.open_rows(write=True) as rows:
        names = [column.name for column in COLUMNS]
        (first,) = rows.select(lambda *row: row, f"SELECT {', '.join(names)} FROM {RUNS} WHERE id = 1")
        (packed,) = rows.select(bytes, f"SELECT record FROM {RECORDS} WHERE run = 1")
        fingerprints = rows.select(str, f"SELECT fingerprint FROM {FINDINGS} WHERE run = 1")
        for start in range(2, runs + 1, CHUNK):
            numbers = range(start, min(start + CHUNK, runs + 1))
            copies = [
                dict(zip(names, first, strict=True), id=number, target=targets[number % 3])
                for number in numbers
            ]
            rows.insert(RUNS, copies)
            rows.insert(RECORDS, [{"run": number, "record": packed} for number in numbers])
            rows.insert(
                FINDINGS, [{"run": run, "fingerprint": name} for run in numbers for name in fingerprints]
            )


def measure_commands(folder, url, runs):
    """Print how long the commands take with so many runs in the history."""
    environment = {**os.environ, "STOREPACT_HISTORY": url}
    unit, processor = measure("--version", environment=environment)
    print(f"storepact --version: {unit:.2f} s ({processor:.2f} s of the processor)")
    record = records.as_values(records.finding())
    with History(url) as history:
        history.add(record)
        fill(history, runs)
    document = write_large_document(folder)
    for arguments in (
        ("history",),
        ("history", "--limit", "10000"),
        ("history", "trends", "--report-dir", str(folder)),
        ("history", "show", "5"),
        ("drift", str(document)),
    ):
        seconds, processor = measure(*arguments, environment=environment)
        name = "drift, 2.6 MB" if arguments[0] == "drift" else " ".join(arguments[:2])
        used = f"{seconds:.2f} s ({processor:.2f} s of the processor)"
        print(f"storepact {name}: {used}, {seconds / unit:.1f} times --version")


def measure_writers(url, seconds):
    """Print how many runs two processes wrote at the same time, and how many of them were kept."""
    command = [sys.executable, "-c", WRITER, str(SUPPORT), url, str(seconds)]
    with History(url) as history:
        before = len(history.runs())
    writers = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    counts = [int(writer.communicate()[0]) for writer in writers]
    with History(url) as history:
        kept = len(history.runs()) - before
    written = f"{counts[0]} + {counts[1]} written"
    print(f"two writers for {seconds:.0f} s: {written}, {kept} kept, {sum(counts) - kept} lost")


def main():
    """Print what was measured."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=100_000)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--url", default="")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        measure_commands(folder, arguments.url or f"sqlite:///{folder}/many.db", arguments.runs)
        measure_writers(arguments.url or f"sqlite:///{folder}/both.db", arguments.seconds)


if __name__ == "__main__":
    main()
