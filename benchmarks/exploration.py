"""How does the exploration grow with cases and workers, and how long does a proof take?

    python benchmarks/exploration.py

Prints two tables: the same cases with one worker and with two, a hundredth, a tenth and a fifth of them,
and `prove` with all cases and with pinned ones alone. POSIX only.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gate import Failed, Spent, complaint, say, spend
from storepact.model.paths import data_path

#: Cases of the small exploration, which reaches the first questions only; the large one has a hundred times
#: as many, the middle one twenty times: it reaches every question.
FEW = 30

#: Seconds after which one of these commands is given up.
LIMIT = 600.0


@dataclass(frozen=True)
class Explored:
    """What an exploration sent and used. `seconds` is its own time, without the start of the process."""

    cases: int
    seconds: float
    spent: Spent

    @property
    def rate(self) -> float:
        """Generated cases per second."""
        return self.cases / self.seconds


def explore(cases: int, workers: int) -> Explored:
    """Explore the mock."""
    say(f"explore, {cases} cases, {workers} worker{'s' * (workers > 1)}")
    spent, record = _run("explore", "run.json", "--cases", str(cases), "--workers", str(workers))
    return Explored(record["exploration"]["cases"], record["duration_s"], spent)


def _run(command: str, name: str, *options: str) -> tuple[Spent, Mapping[str, Any]]:
    """Run a command of storepact; returns what it used, and the file of this name that it wrote."""
    with tempfile.TemporaryDirectory(prefix="storepact-bench-") as folder:
        report = Path(folder, "report")
        words = [sys.executable, "-m", "storepact", command, "--report-dir", str(report), *options]
        spent = spend(words, Path(folder), LIMIT)
        path = report / name
        if spent.code != 0 or not path.is_file():
            raise complaint(f"storepact {command} did not run through", spent)
        return spent, json.loads(path.read_text(encoding="utf-8"))


def measure_exploration() -> str:
    """The table of explorations, and what it says about growth."""
    few, some, all_questions = explore(FEW, 1), explore(10 * FEW, 1), explore(20 * FEW, 1)
    many, shared = explore(100 * FEW, 1), explore(100 * FEW, 2)
    rows = [
        f"| {workers} | {run.cases:,} | {run.seconds:.1f} | {run.rate:.0f} | {run.spent.peak:.0f} |"
        for workers, run in ((1, few), (1, some), (1, all_questions), (1, many), (2, shared))
    ]
    return "\n".join(
        (
            "| workers | different cases | s | cases/s | peak MiB |",
            "| --- | --- | --- | --- | --- |",
            *rows,
            "",
            f"10 times the cases take {some.seconds / few.seconds:.0f} times the time. "
            f"100 times the cases take {many.seconds / few.seconds:.0f} times the time and "
            f"{many.spent.peak / few.spent.peak:.2f} times the memory: the fewest reach the first questions "
            f"only, and load nothing for the others. From all questions on, five times the cases take "
            f"{many.spent.peak / all_questions.spent.peak:.2f} times the memory. Two workers explore "
            f"{shared.rate / many.rate:.2f} times as fast as one.",
        )
    )


def measure_proof() -> str:
    """The table of proofs, and the size of the corpus."""
    size = sum(path.stat().st_size for path in data_path("suites").joinpath("corpus").iterdir())
    lines = [
        f"The corpus: {size / 1e6:.2f} MB.",
        "",
        "| | caught | of | wall s | CPU s |",
        "| --- | --- | --- | --- | --- |",
    ]
    for label, options in (("`prove`", ()), ("`prove --corpus`", ("--corpus",))):
        say(label.strip("`"))
        spent, proof = _run("prove", "teeth.json", "--workers", "2", *options)
        faults = proof["faults"]
        caught = sum(bool(fault["caught"]) for fault in faults)
        lines.append(f"| {label} | {caught} | {len(faults)} | {spent.wall:.0f} | {spent.cpu:.0f} |")
    return "\n".join(lines)


def main() -> int:
    """Print both tables."""
    try:
        print(measure_exploration(), measure_proof(), sep="\n\n")
    except Failed as error:
        print(f"exploration.py: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
