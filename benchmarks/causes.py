"""How often are findings told as just the causes that there are? Every fault of the mock alone, and random threes of them.

Usage: python benchmarks/causes.py [FOLDER] [--threes N]
What is asked is kept in FOLDER (default: causes/), so that a change of the rules can be tried again without asking.
"""

from __future__ import annotations

import argparse
import json
import random
from collections import Counter
from pathlib import Path

from storepact.engines.harness import Harness, Settings
from storepact.engines.options import DEFAULT_SEED
from storepact.families import DEFAULT_FAMILY, mock_definition
from storepact.mock.serve import serve
from storepact.model.case import Auth
from storepact.model.errors import PrerequisiteMissing, RequestUnsendable, SetupFailed, StorepactError
from storepact.model.paths import data_path
from storepact.record.causes import causes
from storepact.run.prove import plan
from storepact.run.session import MOCK_CONDITIONS, MOCK_LIMITS
from storepact.transport.client import Credentials


class Thinned(dict):
    """Cases by question; of generated ones every fourth is kept."""

    def __setitem__(self, name, cases):
        super().__setitem__(name, cases[::4] if name.endswith(("coverage", "fuzzing")) else cases)


def findings(running, faults, corpus):
    """What the whole gate finds on the mock with these faults."""
    running.configure(faults=faults, limits=MOCK_LIMITS)
    places = {"openapi": data_path("openapi", DEFAULT_FAMILY.document), "contracts": data_path("contracts")}
    settings = Settings(base_url=running.url, seed=DEFAULT_SEED, shrink=False, **places)
    credentials = Credentials({Auth(name): token for name, token in running.tokens.items()})
    harness = Harness(settings.engine_options(), DEFAULT_FAMILY, credentials, corpus=corpus)
    try:
        for asked in plan(harness.open()):
            try:
                asked.ask()
            except (PrerequisiteMissing, SetupFailed, RequestUnsendable):
                continue
            except StorepactError as error:
                print(f"  {asked.name}: {error}")
    finally:
        harness.close()
    return list(harness.recorder.findings.values())


def main():
    """Ask what was not asked before, and count."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", nargs="?", type=Path, default=Path("causes"))
    parser.add_argument("--threes", type=int, default=40)
    told = parser.parse_args()
    told.folder.mkdir(exist_ok=True)
    names = sorted(fault.name for fault in mock_definition().faults)
    drawn = random.Random(11)
    jobs = [[name] for name in names] + [sorted(drawn.sample(names, 3)) for _ in range(told.threes)]
    counts = {1: Counter(), 3: Counter()}
    corpus = Thinned()
    with serve(conditions=MOCK_CONDITIONS) as running:
        for job in jobs:
            path = told.folder / f"{'+'.join(job)}.json"
            if not path.exists():
                path.write_text(json.dumps(findings(running, job, corpus)))
            found = causes(json.loads(path.read_text()))
            counts[len(job)][len(found) - len(job)] += 1
            if len(found) != len(job):
                print(f"{' + '.join(job)}: {len(found)} causes")
                for each in found:
                    print(
                        f"    {', '.join(each['codes'])} in {', '.join(each['operations'])}: {each['title'][:120]}"
                    )
    for size, counted in counts.items():
        exact, every = counted[0], sum(counted.values())
        print(
            f"{size} at a time: just as many causes as faults in {exact} of {every} ({dict(sorted(counted.items()))})"
        )


if __name__ == "__main__":
    main()
