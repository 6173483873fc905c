"""Measures the gate: `storepact verify` beside the Schemathesis CLI, in exchanges, time and memory.

    python benchmarks/gate.py                  # pairs A B A B, then the whole gate once
    python benchmarks/gate.py --memory         # time and peak memory at 15 and at 150 examples

Run it with the interpreter of an environment that contains storepact. Every run has a mock of its own, a new
folder and one worker; the mock is another process, not in the figures. POSIX only.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import resource
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from storepact.mock.serve import RunningMock, serve
from storepact.model.errors import StorepactError

DOCUMENT = Path(__file__).resolve().parent.parent / "openapi" / "persistent-store-integrations.yaml"

#: The phases that `st run` goes through unless told otherwise; a run that leaves one out is no comparison.
PHASES = ("Examples", "Coverage", "Fuzzing", "Stateful")

#: The options of every run of `st` beside URL, token, seed, examples and the path of the report.
ST_OPTIONS = (
    "--continue-on-failure",
    "--generation-database",
    "none",
    "--workers",
    "1",
    "--no-color",
    "--report",
    "har",
)

MEMORY_EXAMPLES = (15, 150)

#: Inherited variables that would make a run another one.
UNWANTED = ("STOREPACT_", "SCHEMATHESIS_", "PYTEST_", "HYPOTHESIS_")

HEADER = ("pair", "tool", "exchanges", "own s", "per own s", "wall s", "per wall s", "cpu s", "peak MiB")


class Failed(Exception):
    """A run that cannot be measured."""


@dataclass(frozen=True)
class Spent:
    """What a child process used. `peak` is in MiB, of the largest process among it and its descendants."""

    code: int
    output: str
    wall: float
    cpu: float
    peak: float


@dataclass(frozen=True)
class Measured:
    """One run of one tool. `own` is the seconds that the tool itself reports."""

    tool: str
    exchanges: int
    own: float
    spent: Spent

    @property
    def rate(self) -> float:
        """Exchanges per second of the tool's own time."""
        return self.exchanges / self.own

    @property
    def wall_rate(self) -> float:
        """Exchanges per second of the whole process, start and reports included."""
        return self.exchanges / self.spent.wall

    def row(self, label: str) -> tuple[str, ...]:
        """The run as a line of the table."""
        return (
            label,
            self.tool,
            f"{self.exchanges:,}",
            f"{self.own:.2f}",
            f"{self.rate:.0f}",
            f"{self.spent.wall:.2f}",
            f"{self.wall_rate:.0f}",
            f"{self.spent.cpu:.2f}",
            f"{self.spent.peak:.0f}",
        )


def mebibytes(usage: resource.struct_rusage) -> float:
    """The peak of resident memory; the kernel counts in KiB, macOS in bytes."""
    return usage.ru_maxrss / (1024 * 1024 if sys.platform == "darwin" else 1024)


def spend(
    command: Sequence[str], folder: Path, limit: float, extra: Mapping[str, str] | None = None
) -> Spent:
    """Run a command, with what it starts, to its end and say what it used.

    Raises:
        Failed: it took longer than `limit` seconds.

    """
    environment = {name: value for name, value in os.environ.items() if not name.startswith(UNWANTED)} | dict(
        extra or {}
    )
    log = folder / "output.txt"
    with log.open("wb") as output:
        started = time.monotonic()
        process = subprocess.Popen(
            command,
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        late = threading.Event()

        def give_up() -> None:
            late.set()
            os.killpg(process.pid, signal.SIGKILL)

        timer = threading.Timer(limit, give_up)
        timer.daemon = True
        timer.start()
        try:
            _, status, usage = os.wait4(process.pid, 0)  # not process.wait(), which does not tell the usage
        except BaseException:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            raise
        finally:
            timer.cancel()
        wall = time.monotonic() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    if late.is_set():
        raise Failed(f"not done after {limit:.0f} s: {Path(command[0]).name}")
    text = log.read_text(encoding="utf-8", errors="replace")
    return Spent(process.returncode, text, wall, usage.ru_utime + usage.ru_stime, mebibytes(usage))


def complaint(what: str, spent: Spent, mock: RunningMock | None = None) -> Failed:
    """An error with the end of what a run printed, without the mock's tokens."""
    text = spent.output
    for token in mock.tokens.values() if mock else ():
        text = text.replace(token, "[token]")
    return Failed(f"{what} (exit code {spent.code}); it printed last:\n" + "\n".join(text.splitlines()[-15:]))


def verify(options: Sequence[str], folder: Path, limit: float, mock: RunningMock | None = None) -> Measured:
    """One run of `storepact verify`, on a mock as a live target if one is given, else with its defaults."""
    extra = (
        {"STOREPACT_TOKEN": mock.tokens["writer"], "STOREPACT_READER_TOKEN": mock.tokens["reader"]}
        if mock
        else {}
    )
    target = ["--target", mock.url, "--allow-writes"] if mock else []
    command = [
        sys.executable,
        "-m",
        "storepact",
        "verify",
        *target,
        "--report-dir",
        str(folder / "report"),
        *options,
    ]
    spent = spend(command, folder, limit, extra)
    if spent.code != 0:
        raise complaint("storepact did not find that the mock conforms", spent, mock)
    record = json.loads((folder / "report" / "run.json").read_text(encoding="utf-8"))
    return Measured("storepact", record["exchanges_total"], record["duration_s"], spent)


def storepact(examples: int, seed: int, limit: float) -> Measured:
    """The conformance suite against a fresh mock."""
    with tempfile.TemporaryDirectory(prefix="storepact-bench-") as name, serve() as mock:
        return verify(
            ["--suite", "conformance", "--examples", str(examples), "--seed", str(seed)],
            Path(name),
            limit,
            mock,
        )


def st_path() -> str:
    """The `st` of this interpreter's environment.

    Raises:
        Failed: there is none.

    """
    found = shutil.which(
        "st", path=os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("PATH", "")))
    )
    if found is None:
        raise Failed("no `st` beside this interpreter or on the PATH")
    return found


def entries(har: Path) -> int:
    """Count the exchanges in a HAR file by line: the parent's size shows in its children's peaks."""
    with har.open(encoding="utf-8", errors="replace") as file:
        return sum(
            line.count('"startedDateTime":') for line in file
        )  # a quote within a string would have a backslash


def schemathesis(examples: int, seed: int, limit: float) -> Measured:
    """`st run` against a fresh mock. Exit code 1, failures found, is a measured run all the same."""
    with tempfile.TemporaryDirectory(prefix="storepact-bench-") as name, serve() as mock:
        folder = Path(name)
        har = folder / "run.har"
        command = [
            st_path(),
            "run",
            str(DOCUMENT),
            "--url",
            mock.url,
            "-H",
            f"Authorization: {mock.tokens['writer']}",
        ]
        command += [
            "--max-examples",
            str(examples),
            "--seed",
            str(seed),
            *ST_OPTIONS,
            "--report-har-path",
            str(har),
        ]
        spent = spend(command, folder, limit)
        missing = [phase for phase in PHASES if not re.search(rf"\b{phase} \(in [\d.]+", spent.output)]
        total = re.findall(r"=\s.*\bin ([\d.]+)s\s=", spent.output)
        if spent.code not in (0, 1) or missing or not total or not har.exists():
            raise complaint(
                f"st did not run through; phases missing: {', '.join(missing) or 'none'}", spent, mock
            )
        return Measured("st", entries(har), float(total[-1]), spent)


def table(rows: Iterable[Sequence[str]]) -> str:
    """Rows in columns: the first two to the left, figures to the right."""
    lines = list(rows)
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    sides = ["<" if column < 2 else ">" for column in range(len(widths))]
    return "\n".join(
        "  ".join(f"{cell:{side}{width}}" for cell, side, width in zip(line, sides, widths, strict=True))
        for line in lines
    )


def median_row(runs: Sequence[Measured]) -> tuple[str, ...]:
    """The median of every column by itself."""
    columns = (
        f"{statistics.median(run.exchanges for run in runs):,.0f}",
        f"{statistics.median(run.own for run in runs):.2f}",
        f"{statistics.median(run.rate for run in runs):.0f}",
        f"{statistics.median(run.spent.wall for run in runs):.2f}",
        f"{statistics.median(run.wall_rate for run in runs):.0f}",
        f"{statistics.median(run.spent.cpu for run in runs):.2f}",
        f"{statistics.median(run.spent.peak for run in runs):.0f}",
    )
    return ("median", runs[0].tool, *columns)


def ratios(name: str, values: Sequence[float]) -> str:
    """Ratios of the pairs and their median."""
    columns = "  ".join(f"{value:.2f}" for value in values)
    return f"  {name:34} {columns}   median {statistics.median(values):.2f}"


def side_by_side(rounds: int, examples: int, seed: int, limit: float) -> None:
    """Part one: pairs in turn, then the whole gate."""
    print(
        f"st: `st run {DOCUMENT.name} --max-examples {examples} --seed {seed} {' '.join(ST_OPTIONS)}`, "
        "all default phases"
    )
    print(
        f"storepact: `storepact verify --suite conformance --examples {examples} --seed {seed}`, "
        "the mock as a live target\n"
    )
    pairs: list[tuple[Measured, Measured]] = []
    for number in range(1, rounds + 1):
        say(f"pair {number} of {rounds}")
        pairs.append((storepact(examples, seed, limit), schemathesis(examples, seed, limit)))
    rows = [HEADER, *(run.row(str(number)) for number, pair in enumerate(pairs, 1) for run in pair)]
    print(
        table([*rows, median_row([ours for ours, _ in pairs]), median_row([theirs for _, theirs in pairs])])
    )
    print("\nstorepact / st, pair by pair (above 1: storepact is faster)")
    print(ratios("exchanges per second of own time", [ours.rate / theirs.rate for ours, theirs in pairs]))
    print(
        ratios(
            "exchanges per second of wall time", [ours.wall_rate / theirs.wall_rate for ours, theirs in pairs]
        )
    )
    print(
        ratios(
            "exchanges per second of cpu time",
            [(a.exchanges / a.spent.cpu) / (b.exchanges / b.spent.cpu) for a, b in pairs],
        )
    )
    say("the whole gate")
    with tempfile.TemporaryDirectory(prefix="storepact-bench-") as name:
        gate = verify([], Path(name), limit)
    print("\nthe whole gate: `storepact verify`, every suite and default, with a mock of its own")
    spent = gate.spent
    print(f"  {gate.exchanges:,} exchanges, {gate.own:.1f} s own", end=", ")
    print(f"{spent.wall:.1f} s wall, {spent.cpu:.1f} s cpu, peak {spent.peak:.0f} MiB")
    print("  (cpu and peak take in the mock that it starts; the peak is of the largest process, not the sum)")


def memory(seed: int, limit: float) -> None:
    """Part two: what ten times the examples cost."""
    few, many = MEMORY_EXAMPLES
    print(
        f"storepact: `storepact verify --suite conformance --examples {few} | {many} --seed {seed}`, "
        "the mock as a live target\n"
    )
    say(f"{few} examples")
    less = storepact(few, seed, limit)
    say(f"{many} examples")
    more = storepact(many, seed, limit)
    print(table([("examples", *HEADER[1:]), less.row(str(few)), more.row(str(many))]))
    print(f"\n{many} / {few} examples")
    print(f"  exchanges    {more.exchanges / less.exchanges:.2f}")
    print(f"  wall time    {more.spent.wall / less.spent.wall:.2f}")
    print(f"  peak memory  {more.spent.peak / less.spent.peak:.2f}")


def say(text: str) -> None:
    """Progress, kept out of the table."""
    print(f"... {text}", file=sys.stderr, flush=True)


def caveats() -> None:
    """How to read the figures."""
    load = "/".join(f"{value:.1f}" for value in os.getloadavg())
    own = mebibytes(resource.getrusage(resource.RUSAGE_SELF))
    print(f"""
own   what the tool reports: `duration_s` of run.json; the last line of st's summary. Imports are not in it.
wall  the whole process, from its start to its end. cpu and peak: the child's rusage (wait4).
exchanges  storepact: `exchanges_total` of run.json, those that were judged; requests for set-up and clean-up
      take time and are not counted. st: the entries of its HAR file, without its probes before the start.
Peaks are at least this script's own, {own:.0f} MiB. Load average at the end: {load} on {os.cpu_count()}.""")


def main() -> int:
    """Measure and print; 0 if everything ran, 1 if not. Slow is no failure here."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3, help="pairs of runs (default: 3)")
    parser.add_argument(
        "--examples",
        type=int,
        default=15,
        help="for storepact --examples and st --max-examples (default: 15)",
    )
    parser.add_argument("--seed", type=int, default=1, help="the seed of both (default: 1)")
    parser.add_argument(
        "--limit", type=float, default=600.0, help="seconds after which one run is given up (default: 600)"
    )
    parser.add_argument(
        "--memory", action="store_true", help="instead: time and peak memory at 15 and 150 examples"
    )
    options = parser.parse_args()
    if options.rounds < 1 or options.examples < 1:
        parser.error("--rounds and --examples must be at least 1")
    versions = f"storepact {version('storepact')}, schemathesis {version('schemathesis')}"
    print(f"{versions}, Python {sys.version.split()[0]}, {sys.platform}")
    try:
        if options.memory:
            memory(options.seed, options.limit)
        else:
            side_by_side(options.rounds, options.examples, options.seed, options.limit)
    except (Failed, StorepactError) as error:
        print(f"gate.py: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    caveats()
    return 0


if __name__ == "__main__":
    sys.exit(main())
