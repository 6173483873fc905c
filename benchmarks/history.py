"""How does the history bear ten thousand runs, and two writers at once? And how long does the drift of a large document take?

Usage: python benchmarks/history.py [--runs N] [--seconds N] [--url URL]
Whole commands are timed beside `storepact --version`, which is what any command costs.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "support"))

import records
from storepact.history.store import History

WRITER = """
import sys, time
sys.path.insert(0, sys.argv[1])
import records
from storepact.history.store import History
record, count, end = records.record(records.finding()), 0, time.monotonic() + float(sys.argv[3])
while time.monotonic() < end:
    with History(sys.argv[2]) as history:
        history.add(record)
    count += 1
print(count)
"""


def seconds(*words, environment):
    """The median of three runs of a command."""
    found = []
    for _ in range(3):
        started = time.perf_counter()
        subprocess.run(
            [sys.executable, "-m", "storepact", *words],
            env=environment,
            check=False,
            stdout=subprocess.DEVNULL,
        )
        found.append(time.perf_counter() - started)
    return statistics.median(found)


def large(folder, size):
    """A document of about so many bytes: the published one of the tests, and other paths."""
    document = json.loads((Path(__file__).parents[1] / "tests" / "data" / "published.json").read_text())
    number = 0
    while number * 2_200 < size:
        number += 1
        schema = {
            "type": "object",
            "properties": {c * 5: {"type": "string", "description": "z" * 90} for c in "abcdefghij"},
        }
        document["components"]["schemas"][f"Other{number}"] = schema
        answer = {
            "description": "y" * 200,
            "content": {"application/json": {"schema": {"$ref": f"#/components/schemas/Other{number}"}}},
        }
        document["paths"][f"/others{number}"] = {"get": {"summary": "x" * 300, "responses": {"200": answer}}}
    path = folder / "large.json"
    path.write_text(json.dumps(document))
    return path


def main():
    """Print what was measured."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=10_000)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--url", default="")
    told = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        environment = {**os.environ, "STOREPACT_HISTORY": told.url or f"sqlite:///{folder}/many.db"}
        alone = seconds("--version", environment=environment)
        print(f"storepact --version: {alone:.2f} s")
        record = records.record(records.finding())
        with History(environment["STOREPACT_HISTORY"]) as history:
            for _ in range(told.runs):
                history.add(record)
        for words in (
            ("history",),
            ("history", "--limit", "10000"),
            ("history", "trends", "--report-dir", name),
            ("history", "show", "5"),
        ):
            took = seconds(*words, environment=environment)
            print(
                f"storepact {' '.join(words[:2])} of {told.runs:,} runs: {took:.2f} s, {took / alone:.1f} times --version"
            )
        path = large(folder, 2_600_000)
        took = seconds("drift", str(path), environment=environment)
        print(
            f"storepact drift of {path.stat().st_size / 1e6:.1f} MB: {took:.2f} s, {took / alone:.1f} times --version"
        )
        both = told.url or f"sqlite:///{folder}/both.db"
        words = [
            sys.executable,
            "-c",
            WRITER,
            str(Path(__file__).parents[1] / "tests"),
            both,
            str(told.seconds),
        ]
        with History(both) as history:
            before = len(history.runs())
        writers = [subprocess.Popen(words, stdout=subprocess.PIPE, text=True) for _ in range(2)]
        counts = [int(writer.communicate()[0]) for writer in writers]
        with History(both) as history:
            kept = len(history.runs()) - before
        print(
            f"two writers for {told.seconds:.0f} s: {counts[0]} + {counts[1]} written, {kept} kept, {sum(counts) - kept} lost"
        )


if __name__ == "__main__":
    main()
