"""Compares what two versions of storepact find, fault by fault: codes, fingerprints, severities and the verdict.

Usage: python benchmarks/behaviour.py BEFORE AFTER
       python benchmarks/behaviour.py --proofs BEFORE/teeth.json AFTER/teeth.json

BEFORE and AFTER are folders that `benchmarks/causes.py FOLDER` has written with either version: one file of findings
for each fault of the mock, alone and several at a time. With --proofs: the records of `storepact prove` of either
version; compared are, for each fault, whether it is caught and by which checks. Exit code 1 if anything differs.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping
from pathlib import Path


def findings_of(folder: Path) -> dict[str, frozenset[tuple[str, str, str]]]:
    """The findings of each run in a folder: fault names joined by `+`, then (code, fingerprint, severity)."""
    return {
        path.stem: frozenset(
            (finding["code"], finding["fingerprint"], finding["severity"])
            for finding in json.loads(path.read_text())
        )
        for path in sorted(folder.glob("*.json"))
    }


def proofs_of(path: Path) -> dict[str, frozenset[tuple[str, ...]]]:
    """What each fault was caught by, of a record of `storepact prove`; an uncaught fault has an empty set."""
    proof = json.loads(path.read_text())
    return {fault["fault"]: frozenset((code,) for code in fault["checks"]) for fault in proof["faults"]}


def compare(
    before: Mapping[str, frozenset[tuple[str, ...]]], after: Mapping[str, frozenset[tuple[str, ...]]]
) -> int:
    """Print every difference and the figures; the number of runs that differ."""
    different = 0
    for name in sorted(before.keys() | after.keys()):
        if name not in before or name not in after:
            print(f"{name}: only {'before' if name in before else 'after'}")
            different += 1
            continue
        lost, new = before[name] - after[name], after[name] - before[name]
        verdicts = ["broken" if run[name] else "conforms" for run in (before, after)]
        if lost or new:
            different += 1
            print(
                f"{name}: {verdicts[0]} → {verdicts[1]}; only before: {sorted(lost)}; only after: {sorted(new)}"
            )
    both = before.keys() & after.keys()
    total = sum(len(before[name]) for name in both)
    print(f"{len(both)} runs compared, {total} results before; {different} runs differ")
    return different


def main() -> int:
    """Compare two folders of findings, or two proofs."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("before", type=Path)
    parser.add_argument("after", type=Path)
    parser.add_argument("--proofs", action="store_true", help="compare two records of storepact prove")
    options = parser.parse_args()
    read = proofs_of if options.proofs else findings_of
    return 1 if compare(read(options.before), read(options.after)) else 0


if __name__ == "__main__":
    sys.exit(main())
