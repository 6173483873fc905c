"""Which faults of one provider `st run`, pacts and storepact detect: the figures of docs/peers.md.

    python benchmarks/peers.py --faults 24 --seed 1 --page docs/peers.md

Draws faults of the mock's catalogue by the seed. For each one `st run` (all default phases), the pacts of
this repository alone (`storepact verify --suite pacts`) and `storepact prove` test a mock with it. A fault is
detected by `st` if its run has a failure (code and operation) that none of three runs on the mock without a
fault has: a failure on a correct provider counts for nobody. With `--page` the table replaces the one between
the two comments of the page.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from gate import DOCUMENT, Failed, say, spend, st_path
from storepact.families.persistent_store.provider.faults import FAULTS
from storepact.mock.options import MockOptions
from storepact.mock.serve import serve

Failure = tuple[str, str]

#: The comments around the table of the page.
BEGIN, END = "<!-- benchmarks/peers.py: begin -->", "<!-- benchmarks/peers.py: end -->"


def schemathesis_failures(fault: str | None, examples: int, seed: int, limit: float) -> set[Failure]:
    """The failures of one `st run` as pairs of code and operation.

    Raises:
        Failed: it ended with anything but 0 or 1, or left no report.

    """
    options = MockOptions(faults=(fault,) if fault else ())
    with tempfile.TemporaryDirectory(prefix="storepact-bench-") as name, serve(options) as mock:
        folder = Path(name)
        command = [st_path(), "run", str(DOCUMENT), "--url", mock.url]
        command += ["-H", f"Authorization: {mock.tokens['writer']}", "--max-examples", str(examples)]
        command += [
            "--seed",
            str(seed),
            "--continue-on-failure",
            "--generation-database",
            "none",
            "--no-color",
        ]
        command += ["--report", "json", "--report-dir", str(folder)]
        spent = spend(command, folder, limit)
        reports = list(folder.glob("*.json"))
        if spent.code not in (0, 1) or not reports:
            raise Failed(f"st ended with {spent.code} on {fault or 'the mock without a fault'}")
        failures = json.loads(reports[0].read_text(encoding="utf-8"))["failures"]
        return {
            (failure["code"], str(operation)) for failure in failures for operation in failure["operations"]
        }


def storepact_detects(fault: str) -> bool | None:
    """Whether `storepact prove` detects a fault; None where it could not run."""
    with tempfile.TemporaryDirectory(prefix="storepact-bench-") as folder:
        command = [sys.executable, "-m", "storepact", "prove", "--fault", fault, "--report-dir", folder]
        code = subprocess.run(command, check=False, capture_output=True, cwd=folder).returncode
        return {0: True, 1: False}.get(code)


def pacts_detect(fault: str) -> bool | None:
    """Whether the pacts of this repository alone detect a fault; None where the run had no verdict."""
    options = MockOptions(faults=(fault,))
    with tempfile.TemporaryDirectory(prefix="storepact-bench-") as folder, serve(options) as mock:
        command = [sys.executable, "-m", "storepact", "verify", "--suite", "pacts", "--target", mock.url]
        command += ["--allow-writes", "--history", "none", "--report-dir", folder]
        tokens = {"STOREPACT_TOKEN": mock.tokens["writer"], "STOREPACT_READER_TOKEN": mock.tokens["reader"]}
        environment = {**os.environ, **tokens}
        done = subprocess.run(command, check=False, capture_output=True, cwd=folder, env=environment)
        return {0: False, 1: True}.get(done.returncode)


@dataclass(frozen=True)
class Result:
    """Who detected a fault; None where a run had no result."""

    fault: str
    schemathesis: bool | None
    pacts: bool | None
    storepact: bool | None

    @property
    def is_whole(self) -> bool:
        """Whether all three runs had a result."""
        return None not in (self.schemathesis, self.pacts, self.storepact)

    @property
    def row(self) -> str:
        """The row of the table."""
        words = {True: "yes", False: "no", None: "no result"}
        detected = (self.schemathesis, self.pacts, self.storepact)
        return " | ".join((f"| `{self.fault}`", *(words[value] for value in detected))) + " |"


@dataclass(frozen=True)
class Detection:
    """Which faults each tool detects, and what it does on the mock without a fault.

    `usual` are the failures of `st run` there; `seconds` is how long one run of each tool takes there.
    """

    results: Sequence[Result]
    usual: set[Failure]
    seconds: Mapping[str, float]

    @property
    def whole(self) -> list[Result]:
        """The faults for which every tool had a result."""
        return [result for result in self.results if result.is_whole]

    def count(self, tool: str) -> int:
        """How many faults a tool detects, by the name of its member in `Result`."""
        return sum(bool(getattr(result, tool)) for result in self.whole)

    def render_rates(self) -> str:
        """A table of the faults that each tool detects, divided by the seconds of one of its runs."""
        lines = [
            "| run | detects | of | s of a run | detected faults per s |",
            "| --- | --- | --- | --- | --- |",
        ]
        for tool, label in TOOLS.items():
            count, seconds = self.count(tool), self.seconds[tool]
            lines.append(f"| {label} | {count} | {len(self.whole)} | {seconds:.1f} | {count / seconds:.2f} |")
        return "\n".join(lines)


#: The tools, by their members in `Result`.
TOOLS = {
    "schemathesis": "one of Schemathesis",
    "pacts": "one of the pacts alone",
    "storepact": "one of the gate",
}


def seconds_on_mock(*suites: str) -> float:
    """How long `storepact verify` takes on the mock that it starts itself, in seconds."""
    with tempfile.TemporaryDirectory(prefix="storepact-bench-") as folder:
        command = [sys.executable, "-m", "storepact", "verify", "--history", "none", "--report-dir", folder]
        started = time.monotonic()
        words = [word for suite in suites for word in ("--suite", suite)]
        done = subprocess.run([*command, *words], check=False, capture_output=True, cwd=folder)
        if done.returncode != 0:
            raise Failed(f"storepact verify ended with {done.returncode} on the mock without a fault")
        return time.monotonic() - started


def detect(options: argparse.Namespace) -> Detection:
    """Draw faults, and test a mock with each one by every tool.

    Raises:
        Failed: a tool does not run through on the mock without a fault.

    """
    catalogue = sorted(fault.name for fault in FAULTS)
    drawn = sorted(random.Random(options.seed).sample(catalogue, options.faults))
    usual: set[Failure] = set()
    seconds: dict[str, list[float]] = {tool: [] for tool in TOOLS}
    for seed in range(options.seed, options.seed + 3):
        say(f"st, pacts and the gate on the mock without a fault, seed {seed}")
        started = time.monotonic()
        usual |= schemathesis_failures(None, options.examples, seed, options.limit)
        seconds["schemathesis"].append(time.monotonic() - started)
        seconds["pacts"].append(seconds_on_mock("pacts"))
        seconds["storepact"].append(seconds_on_mock())
    results = []
    for fault in drawn:
        results.append(measure(fault, usual, options))
        print(results[-1].row, file=sys.stderr, flush=True)
    return Detection(results, usual, {tool: statistics.median(runs) for tool, runs in seconds.items()})


def measure(fault: str, usual: set[Failure], options: argparse.Namespace) -> Result:
    """Test a mock with one fault by every tool."""
    say(fault)
    try:
        failures = schemathesis_failures(fault, options.examples, options.seed, options.limit)
        theirs: bool | None = bool(failures - usual)
    except Failed as error:
        say(str(error))
        theirs = None
    return Result(fault, theirs, pacts_detect(fault), storepact_detects(fault))


def render(detection: Detection, options: argparse.Namespace) -> str:
    """The table of faults, with what it counts."""
    catalogue, whole, usual = len(FAULTS), detection.whole, detection.usual
    theirs, pacts, ours = (detection.count(tool) for tool in TOOLS)
    codes = ", ".join(sorted({code for code, _ in usual}))
    detected = f"`st run` detects {theirs} of {len(whole)}, pacts alone {pacts}, storepact {ours}."
    version_of_peer = f"Schemathesis {version('schemathesis')}, default phases, {options.examples} examples;"
    lines = [
        f"{detected} The faults are drawn (seed {options.seed}) from the {catalogue} that the mock",
        "of this project can have: faults of this API, most of them against rules that stand in prose, and",
        f"storepact is made to detect them. {version_of_peer} what it",
        f"reports on the mock without a fault ({codes or 'nothing'}) is not counted.",
        "",
        "| fault | st run | pacts alone | storepact |",
        "| --- | --- | --- | --- |",
        *(result.row for result in detection.results),
    ]
    return "\n".join(lines)


def write_page(page: Path, text: str) -> None:
    """Put the table between the comments of a page."""
    head, _, rest = page.read_text(encoding="utf-8").partition(f"{BEGIN}\n")
    _, _, tail = rest.partition(END)
    page.write_text(f"{head}{BEGIN}\n\n{text}\n\n{END}{tail}", encoding="utf-8")


def main() -> int:
    """Measure and print a table in Markdown; 0 if everything ran, 1 if not."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--faults", type=int, default=24, help="how many faults are drawn (default: 24)")
    parser.add_argument("--examples", type=int, default=15, help="for st --max-examples (default: 15)")
    parser.add_argument(
        "--seed", type=int, default=1, help="draws the faults, and is the seed of st (default: 1)"
    )
    parser.add_argument("--limit", type=float, default=900.0, help="seconds for one run (default: 900)")
    parser.add_argument("--page", type=Path, help="the page whose table is replaced")
    options = parser.parse_args()
    try:
        detection = detect(options)
        text = render(detection, options)
        print(text, detection.render_rates(), sep="\n\n")
        if options.page:
            write_page(options.page, text)
    except Failed as error:
        print(f"peers.py: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
