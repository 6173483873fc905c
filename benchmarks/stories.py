"""How fast the lifecycle suite asks: exchanges a second, beside bare requests of the same HTTP client in the same minute.

python benchmarks/stories.py [--rounds N]
"""

from __future__ import annotations

import argparse
import time
from statistics import median

import httpx

from storepact.engines.harness import Harness
from storepact.engines.questions import JOURNEYS
from storepact.families import DEFAULT_FAMILY
from storepact.families.persistent_store.api import BASE
from storepact.mock.serve import MockOptions, RunningMock, serve
from storepact.run.settings import Settings
from storepact.run.target import MOCK_CONDITIONS, MOCK_LIMITS, mock_credentials

BARE = 1_000


def lifecycle(running: RunningMock) -> tuple[int, float]:
    """Exchanges and seconds of the whole suite."""
    running.reset()
    options = Settings().engine_options(running.url, shrink=False)
    harness = Harness(options, DEFAULT_FAMILY, mock_credentials(running))
    harness.open()
    started, before = time.perf_counter(), harness.workspace.target.exchanges
    for scenario in DEFAULT_FAMILY.scenarios:
        if scenario.suite == "lifecycle" and harness.run_scenario(scenario):
            raise SystemExit(f"{scenario.name} found something on the clean mock")
    for number in JOURNEYS:
        harness.run_journey(number)
    spent, asked = time.perf_counter() - started, harness.workspace.target.exchanges - before
    harness.close()
    return asked, spent


def bare(running: RunningMock) -> float:
    """Requests a second that the client makes when nobody looks at the answers: an empty list."""
    running.reset()
    with httpx.Client(headers=running.headers()) as client:
        started = time.perf_counter()
        for _ in range(BARE):
            client.get(running.url + BASE)
        return BARE / (time.perf_counter() - started)


def main() -> None:
    """Rounds of both, in turn; medians."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    rounds = parser.parse_args().rounds
    with serve(MockOptions(limits=MOCK_LIMITS), conditions=MOCK_CONDITIONS) as running:
        lifecycle(running)  # schemas are compiled once
        suite, reference = [], []
        for _ in range(rounds):
            asked, seconds = lifecycle(running)
            suite.append(asked / seconds)
            reference.append(bare(running))
            print(
                f"lifecycle: {asked:,} exchanges in {seconds:.1f} s, {suite[-1]:,.0f} a second; bare: {reference[-1]:,.0f}"
            )
    ratios = [one / other for one, other in zip(suite, reference, strict=True)]
    print(f"medians: {median(suite):,.0f} exchanges a second, {median(ratios):.2f} of the bare client's")


if __name__ == "__main__":
    main()
