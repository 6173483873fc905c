"""How long does the gate take where the provider is broken?

    python benchmarks/growth.py [FAULT[,FAULT …] ...]
    python benchmarks/growth.py --singles 40 --triples 40 --seed 7

Runs `storepact verify` on a mock without a fault, and with each fault or group of faults: by default
those that make long runs, or a random choice of the catalogue. Prints a row for each: seconds, seconds of
CPU without the mock, and both as multiples of the run without a fault; seconds to the first finding,
exchanges, causes, and the exit code. POSIX only.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from storepact.families import mock_definition
from storepact.mock.options import MockOptions
from storepact.mock.serve import serve
from storepact.run.target import MOCK_CONDITIONS, MOCK_LIMITS

Faults = tuple[str, ...]

#: Those that make the longest runs of the catalogue, one and three at once.
LONG: tuple[Faults, ...] = (
    ("delete-keeps",),
    ("list-shows-deleted",),
    ("links-retyped",),
    ("name-retyped", "tags-sorted", "version-jumps"),
)


@dataclass(frozen=True)
class Growth:
    """What a run of the gate used. `first` is the seconds to its first finding, None without one."""

    faults: Faults
    wall: float
    cpu: float
    exchanges: int
    causes: int
    first: float | None
    code: int

    def row(self, clean: Growth) -> str:
        """The run as a row of a table, beside the one without a fault."""
        first = "–" if self.first is None else f"{self.first:.1f}"
        name = ", ".join(self.faults) or "no fault"
        return (
            f"| {name} | {self.wall:.1f} | {self.cpu:.1f} | {self.wall / clean.wall:.1f} "
            f"| {self.cpu / clean.cpu:.1f} | {first} | {self.exchanges:,} | {self.causes} | {self.code} |"
        )


HEAD = (
    "| faults | wall s | CPU s | times the wall | times the CPU | s to the first finding | exchanges "
    "| causes | exit code |\n| --- | --- | --- | --- | --- | --- | --- | --- | --- |"
)


def measure(faults: Faults) -> Growth:
    """Run the gate once on a mock with these faults, as on a live target."""
    options = MockOptions(faults=faults, limits=MOCK_LIMITS)
    with serve(options, conditions=MOCK_CONDITIONS) as running, tempfile.TemporaryDirectory() as folder:
        writer, reader = running.tokens["writer"], running.tokens["reader"]
        arguments = ["--target", running.url, "--allow-writes", "--history", "none", "--report-dir", folder]
        before, begun = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
        process = subprocess.run(
            [sys.executable, "-m", "storepact", "verify", *arguments],
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "STOREPACT_TOKEN": writer, "STOREPACT_READER_TOKEN": reader},
        )
        seconds, spent = time.perf_counter() - begun, resource.getrusage(resource.RUSAGE_CHILDREN)
        path = Path(folder, "run.json")
        record = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    if process.returncode not in (0, 1):
        print(process.stdout, process.stderr, file=sys.stderr)
    return Growth(
        faults,
        seconds,
        spent.ru_utime + spent.ru_stime - before.ru_utime - before.ru_stime,
        record.get("exchanges_total", 0),
        len(record.get("causes", ())),
        record.get("first_finding_s"),
        process.returncode,
    )


def choose(singles: int, triples: int, seed: int) -> list[Faults]:
    """So many faults of the catalogue, and so many groups of three, that the seed decides."""
    names, draw = sorted(fault.name for fault in mock_definition().faults), random.Random(seed)
    single: list[Faults] = [(name,) for name in draw.sample(names, min(singles, len(names)))]
    return [*single, *(tuple(draw.sample(names, 3)) for _ in range(triples))]


def parse_arguments() -> list[Faults]:
    """The groups of faults that the command line names; one that does not exist is wrong usage."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("faults", nargs="*", metavar="FAULT")
    parser.add_argument("--singles", type=int, default=0, metavar="N", help="N faults by chance")
    parser.add_argument("--triples", type=int, default=0, metavar="N", help="N groups of three by chance")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    named: list[Faults] = [tuple(text.split(",")) for text in options.faults]
    known = {fault.name for fault in mock_definition().faults}
    unknown = sorted({name for group in named for name in group} - known)
    if unknown:
        parser.error(f"no fault {unknown[0]!r}; `storepact mock --list-faults` lists them")
    return [*named, *choose(options.singles, options.triples, options.seed)] or list(LONG)


def measure_all(groups: Sequence[Faults]) -> list[str]:
    """The rows of a run without a fault and of one with each group."""
    clean = measure(())
    return [clean.row(clean), *(measure(faults).row(clean) for faults in groups)]


def main() -> None:
    """Measure, and print each line when it is known."""
    groups = parse_arguments()
    clean = measure(())
    print(HEAD, clean.row(clean), sep="\n", flush=True)
    for faults in groups:
        print(measure(faults).row(clean), flush=True)


if __name__ == "__main__":
    main()
