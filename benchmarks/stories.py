"""Measures the lifecycle suite in exchanges per second, beside bare requests of the same HTTP client.

Usage: python benchmarks/stories.py [--rounds N]
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
from storepact.mock.options import MockOptions
from storepact.mock.serve import RunningMock, serve
from storepact.run.engine_options import engine_options
from storepact.run.settings import Settings
from storepact.run.target import MOCK_CONDITIONS, MOCK_LIMITS, mock_credentials

BARE_REQUESTS = 1_000


def run_lifecycle(running: RunningMock) -> tuple[int, float]:
    """Run the whole suite on the clean mock; returns the exchanges and the seconds."""
    running.reset()
    options = engine_options(Settings(), running.url, shrink=False)
    with Harness(options, DEFAULT_FAMILY, mock_credentials(running)) as harness:
        target = harness.workspace.target
        started, before = time.perf_counter(), target.exchanges
        for scenario in DEFAULT_FAMILY.scenarios:
            if scenario.suite == "lifecycle" and harness.run_scenario(scenario):
                raise SystemExit(f"{scenario.name} has findings on the clean mock")
        for number in JOURNEYS:
            harness.run_journey(number)
        return target.exchanges - before, time.perf_counter() - started


def bare_rate(running: RunningMock) -> float:
    """Requests per second of the client alone, for an empty list."""
    running.reset()
    with httpx.Client(headers=running.headers()) as client:
        started = time.perf_counter()
        for _ in range(BARE_REQUESTS):
            client.get(running.url + BASE)
        return BARE_REQUESTS / (time.perf_counter() - started)


def main() -> None:
    """Measure both in turn, and print medians."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    rounds = parser.parse_args().rounds
    with serve(MockOptions(limits=MOCK_LIMITS), conditions=MOCK_CONDITIONS) as running:
        run_lifecycle(running)  # compiles the schemas
        rates, bare_rates = [], []
        for _ in range(rounds):
            exchanges, seconds = run_lifecycle(running)
            rates.append(exchanges / seconds)
            bare_rates.append(bare_rate(running))
            print(f"{exchanges:,} in {seconds:.1f} s, {rates[-1]:,.0f}/s; bare {bare_rates[-1]:,.0f}/s")
    ratios = [rate / bare for rate, bare in zip(rates, bare_rates, strict=True)]
    print(f"medians: {median(rates):,.0f} exchanges/s, {median(ratios):.2f} of the bare client's rate")


if __name__ == "__main__":
    main()
