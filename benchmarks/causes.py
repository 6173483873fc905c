"""How often does a record have as many causes as there are faults? Each fault alone, random pairs and threes.

Usage: python benchmarks/causes.py [FOLDER] [--faults N] [--pairs N] [--threes N] [--thin N] [--seed TEXT]
    [--recorded]
With --faults only a random sample of the faults is tested, always the same one for a seed; pairs are drawn
from all faults, and have different subjects. A fault that is added to the catalogue changes few of the pairs.
The findings are kept in FOLDER (default: causes/): changed rules can be tried without testing the mock
again. With --recorded nothing is tested: the runs that FOLDER holds are counted.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import sys
from collections import Counter
from itertools import combinations
from pathlib import Path

import msgspec

from storepact.engines.harness import Harness
from storepact.families import DEFAULT_FAMILY, mock_definition
from storepact.mock.serve import serve
from storepact.model.errors import PrerequisiteMissing, RequestUnsendable, SetupFailed, StorepactError
from storepact.record.causes import group_findings
from storepact.record.values import Finding
from storepact.run.corpus import shipped_corpus
from storepact.run.engine_options import engine_options
from storepact.run.plan import make_plan
from storepact.run.settings import Settings
from storepact.run.target import MOCK_CONDITIONS, MOCK_LIMITS, mock_credentials


class Thinned(dict):
    """Cases by question; of generated ones one in so many is kept."""

    def __init__(self, stride):
        super().__init__()
        self._stride = stride

    def __setitem__(self, name, cases):
        generated = name.endswith(("coverage", "fuzzing"))
        super().__setitem__(name, cases[:: self._stride] if generated else cases)


def find(running, faults, corpus):
    """What the whole gate finds on the mock with these faults, as a record holds it."""
    running.configure(faults=faults, limits=MOCK_LIMITS)
    options = engine_options(Settings(), running.url, shrink=False, corpus=shipped_corpus())
    harness = Harness(options, DEFAULT_FAMILY, mock_credentials(running), kept=corpus)
    try:
        plan = make_plan(harness.document, DEFAULT_FAMILY, harness.interactions())
        harness.open()
        for test in plan.cheapest_first():
            try:
                test.run(harness)
            except (PrerequisiteMissing, SetupFailed, RequestUnsendable):
                continue
            except StorepactError as error:
                print(f"  {test.name}: {error}")
    finally:
        harness.close()
    return tuple(harness.recorder.findings.values())


def find_all(folder, jobs, stride):
    """Findings of every job, by job; those that are missing in the folder are found now."""
    missing = [job for job in jobs if not _path(folder, job).exists()]
    if missing:
        corpus = Thinned(stride)
        with serve(conditions=MOCK_CONDITIONS) as running:
            for number, job in enumerate(missing, 1):
                print(f"{number}/{len(missing)} {' + '.join(job)}", file=sys.stderr)
                findings = msgspec.to_builtins(find(running, job, corpus))
                _path(folder, job).write_text(json.dumps(findings))  # with lone surrogates, too
    return {job: _load(_path(folder, job)) for job in jobs}


def _load(path):
    added_later = {"accepted": None, "since": None, "cause": ""}
    findings = json.loads(path.read_text())
    return [msgspec.convert({**added_later, **finding}, Finding) for finding in findings]


def _path(folder, job):
    return folder / f"{'+'.join(job)}.json"


def have_different_subjects(first, second):
    """Whether two faults are about different things: by topic or check, and by the places they break."""
    topics = {(fault.category, fault.caught_by) for fault in (first, second)}
    return len(topics) == 2 and not set(first.touches) & set(second.touches)


def sample_pairs(faults, count, seed=""):
    """Pairs of names in an order that is random by the seed, and the same whatever other faults there are."""
    pairs = [
        tuple(sorted((first.name, second.name)))
        for first, second in combinations(faults, 2)
        if have_different_subjects(first, second)
    ]
    return sorted(pairs, key=lambda pair: hashlib.sha256((seed + "+".join(pair)).encode()).digest())[:count]


def choose_jobs(options):
    """The names of the faults that are active together, for each run."""
    # a fault with a suite of its own shows in no other one
    faults = [fault for fault in mock_definition().faults if not fault.suite]
    if options.recorded:
        jobs = sorted(tuple(path.stem.split("+")) for path in options.folder.glob("*.json"))
        return sorted(jobs, key=len)
    names = sorted(fault.name for fault in faults)
    if options.faults is not None:
        names = sorted(random.Random(options.seed or 5).sample(names, options.faults))
    source = random.Random(options.seed or 11)
    threes = [tuple(sorted(source.sample(names, 3))) for _ in range(options.threes)] if options.threes else []
    return [(name,) for name in names] + sample_pairs(faults, options.pairs, options.seed) + threes


def main():
    """Find what was not found before, and count causes."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", nargs="?", type=Path, default=Path("causes"))
    parser.add_argument("--faults", type=int, default=None)
    parser.add_argument("--pairs", type=int, default=60)
    parser.add_argument("--threes", type=int, default=40)
    parser.add_argument("--thin", type=int, default=4, help="one in so many generated cases is sent")
    parser.add_argument("--seed", default="", help="another sample of faults, pairs and threes")
    parser.add_argument("--recorded", action="store_true")
    options = parser.parse_args()
    options.folder.mkdir(exist_ok=True)
    counts = {size: Counter() for size in (1, 2, 3)}
    for job, findings in find_all(options.folder, choose_jobs(options), options.thin).items():
        groups = group_findings(findings)
        counts[len(job)][len(groups) - len(job)] += 1
        if len(groups) != len(job):
            print(f"{' + '.join(job)}: {len(groups)} causes")
            for group in groups:
                codes, operations = ", ".join(group.codes), ", ".join(group.operations)
                print(f"    {codes} in {operations}: {group.title[:120]}")
    for size, differences in counts.items():
        total = sum(differences.values())
        if total:
            print(
                f"{size} at a time: as many causes as faults in {differences[0]} of {total} "
                f"({dict(sorted(differences.items()))})"
            )


if __name__ == "__main__":
    main()
