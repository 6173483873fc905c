"""Which faults of one provider the Schemathesis CLI and storepact detect: the figures of docs/peers.md.

    python benchmarks/peers.py --faults 24 --seed 1

Draws faults of the mock's catalogue by the seed. For each one `st run` (all default phases) and
`storepact prove` test a mock with it. A fault is detected by `st` if its run has a failure (code and
operation) that none of three runs on the mock without a fault has: a failure on a correct provider
counts for nobody.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path

from gate import DOCUMENT, Failed, say, spend, st_path
from storepact.families.persistent_store.provider.faults import FAULTS
from storepact.mock.serve import MockOptions, serve

Failure = tuple[str, str]


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


def storepact_detects(fault: str) -> bool:
    """Whether `storepact prove` detects a fault."""
    with tempfile.TemporaryDirectory(prefix="storepact-bench-") as folder:
        command = [sys.executable, "-m", "storepact", "prove", "--fault", fault, "--report-dir", folder]
        return subprocess.run(command, check=False, capture_output=True, cwd=folder).returncode == 0


def main() -> int:
    """Measure and print a table in Markdown; 0 if everything ran, 1 if not."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--faults", type=int, default=24, help="how many faults are drawn (default: 24)")
    parser.add_argument("--examples", type=int, default=15, help="for st --max-examples (default: 15)")
    parser.add_argument(
        "--seed", type=int, default=1, help="draws the faults, and is the seed of st (default: 1)"
    )
    parser.add_argument("--limit", type=float, default=900.0, help="seconds for one run (default: 900)")
    options = parser.parse_args()
    catalogue = sorted(fault.name for fault in FAULTS)
    drawn = sorted(random.Random(options.seed).sample(catalogue, options.faults))
    print(f"storepact {version('storepact')}, schemathesis {version('schemathesis')}, seed {options.seed}")
    try:
        usual: set[Failure] = set()
        for seed in range(options.seed, options.seed + 3):
            say(f"st on the mock without a fault, seed {seed}")
            usual |= schemathesis_failures(None, options.examples, seed, options.limit)
        print(f"without a fault st reports {len(usual)}: {', '.join(map(' '.join, sorted(usual)))}\n")
        print("| fault | st run | storepact |\n| --- | --- | --- |")
        totals = [0, 0]
        for fault in drawn:
            say(fault)
            theirs = bool(schemathesis_failures(fault, options.examples, options.seed, options.limit) - usual)
            ours = storepact_detects(fault)
            totals = [totals[0] + theirs, totals[1] + ours]
            print(f"| `{fault}` | {'yes' if theirs else 'no'} | {'yes' if ours else 'no'} |", flush=True)
        print(f"\ndetected of {len(drawn)}: st run {totals[0]}, storepact {totals[1]}")
    except Failed as error:
        print(f"peers.py: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
