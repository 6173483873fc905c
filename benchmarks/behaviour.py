"""Compares what two versions of storepact find, fault by fault: verdict, codes, fingerprints and severities.

Usage: python benchmarks/behaviour.py record FILE
       python benchmarks/behaviour.py compare BEFORE AFTER

`record` runs the gate against every fault of the mock, each until the first test with a finding, and writes
the findings. `compare` takes two such files, or two folders of `benchmarks/causes.py FOLDER`, which hold all
findings of whole runs, also with several faults at once. Exit code 1 if anything differs.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

Results = Mapping[str, frozenset[tuple[str, ...]]]


def record(path: Path) -> None:
    """Write the findings of every fault: its name, then (code, fingerprint, severity) of each finding."""
    from storepact.engines.options import DEFAULT_SEED
    from storepact.families import DEFAULT_FAMILY, mock_definition
    from storepact.mock.serve import serve
    from storepact.model.paths import data_path
    from storepact.run.prover import ProofOptions, Prover
    from storepact.run.target import MOCK_CONDITIONS

    class RecordingProver(Prover):
        """Keeps the findings of the last fault."""

        findings: list[tuple[str, str, str]]

        def _run_tests(self, harness, catch, fault):  # type: ignore[no-untyped-def]
            super()._run_tests(harness, catch, fault)
            self.findings = [
                (finding.code, finding.fingerprint, str(finding.severity))
                for finding in harness.recorder.findings.values()
            ]

    openapi = data_path("openapi", DEFAULT_FAMILY.document)
    options = ProofOptions((), openapi, data_path("contracts"), DEFAULT_SEED)
    results = {}
    with serve(conditions=MOCK_CONDITIONS) as running:
        prover = RecordingProver(options, running)
        for name in sorted(fault.name for fault in mock_definition().faults):
            result = prover.test_fault(name)
            results[name] = {
                "caught": result.caught,
                "question": result.question,
                "findings": sorted(prover.findings),
            }
            print(f"{len(results)} {name}: {', '.join(result.checks)}", file=sys.stderr)
    path.write_text(json.dumps(results, indent=1))


def load(path: Path) -> Results:
    """The findings of each run, of a file of `record` or a folder of `benchmarks/causes.py`."""
    if path.is_dir():
        return {file.stem: _findings(json.loads(file.read_text())) for file in sorted(path.glob("*.json"))}
    return {
        name: frozenset(tuple(finding) for finding in result["findings"])
        for name, result in json.loads(path.read_text()).items()
    }


def _findings(findings: Iterable[Mapping[str, str]]) -> frozenset[tuple[str, ...]]:
    return frozenset((finding["code"], finding["fingerprint"], finding["severity"]) for finding in findings)


def compare(before: Results, after: Results) -> int:
    """Print every difference and the figures; the number of runs that differ."""
    different = 0
    both = sorted(before.keys() & after.keys())
    for name in both:
        lost, new = before[name] - after[name], after[name] - before[name]
        if lost or new:
            different += 1
            verdicts = " → ".join("broken" if run[name] else "conforms" for run in (before, after))
            print(f"{name}: {verdicts}; only before: {sorted(lost)}; only after: {sorted(new)}")
    missing = sorted(before.keys() ^ after.keys())
    total = sum(len(before[name]) for name in both)
    print(f"{len(both)} runs with {total} findings compared: {different} differ", end="")
    print(f"; only in one: {', '.join(missing)}" if missing else "")
    return different


def main() -> int:
    """Record, or compare."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("record").add_argument("file", type=Path)
    comparison = commands.add_parser("compare")
    comparison.add_argument("before", type=Path)
    comparison.add_argument("after", type=Path)
    options = parser.parse_args()
    if options.command == "record":
        record(options.file)
        return 0
    return 1 if compare(load(options.before), load(options.after)) else 0


if __name__ == "__main__":
    sys.exit(main())
