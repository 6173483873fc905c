"""Simulate shards, losses and the request budget of a large run: how long it takes, and what is done twice.

`python benchmarks/scale.py --cases 100000000 --workers 128 --rate 5000` prints a line for 1, 2, 4 … workers.
"""

from __future__ import annotations

import argparse
import heapq
import random
from dataclasses import dataclass


@dataclass(frozen=True)
class Fleet:
    """What is simulated."""

    cases: int
    workers: int
    rate: float
    """Requests per second that the target allows, over all workers."""
    speed: float = 60.0
    """Cases per second that one worker makes and sends, without a limit."""
    chunk: int = 10_000
    """Cases of one chunk: what is done again if its worker is lost."""
    loss: float = 0.02
    """How often a worker is lost in an hour of its work."""
    restart: float = 60.0
    """Seconds until a lost worker is replaced."""


@dataclass(frozen=True)
class Result:
    """What a simulated run took."""

    hours: float
    repeated: int
    """Cases that were sent again because their worker was lost."""
    losses: int
    peak: float
    """The most requests per second that all workers together could send."""


def simulate(fleet: Fleet, seed: int = 1) -> Result:
    """Play a run, event by event: chunks are handed out, workers are lost, chunks run again."""
    draw = random.Random(seed)
    pace = min(fleet.speed, fleet.rate / fleet.workers)  # the rate is divided by the workers
    chunks = -(-fleet.cases // fleet.chunk)
    seconds = fleet.chunk / pace
    free = [(0.0, number) for number in range(fleet.workers)]
    heapq.heapify(free)
    waiting, end, losses, repeated = chunks, 0.0, 0, 0.0
    while waiting:
        begin, number = heapq.heappop(free)
        lost_after = draw.expovariate(fleet.loss / 3600) if fleet.loss else float("inf")
        if lost_after < seconds:
            losses += 1
            repeated += lost_after * pace
            heapq.heappush(free, (begin + lost_after + fleet.restart, number))
            continue
        waiting -= 1
        end = max(end, begin + seconds)
        heapq.heappush(free, (begin + seconds, number))
    return Result(end / 3600, round(repeated), losses, pace * fleet.workers)


def main() -> None:
    """Print a table for 1, 2, 4 … workers."""
    parser = argparse.ArgumentParser(description="Simulate a large run.")
    parser.add_argument("--cases", type=int, default=100_000_000)
    parser.add_argument("--workers", type=int, default=128)
    parser.add_argument("--rate", type=float, default=5_000.0)
    parser.add_argument("--loss", type=float, default=0.02)
    chosen = parser.parse_args()
    print("| workers | hours | lost workers | cases sent again | requests/s |")
    print("| --- | --- | --- | --- | --- |")
    workers = 1
    while workers <= chosen.workers:
        result = simulate(Fleet(chosen.cases, workers, chosen.rate, loss=chosen.loss))
        share = 100 * result.repeated / chosen.cases
        print(
            f"| {workers} | {result.hours:,.1f} | {result.losses:,} | {result.repeated:,} ({share:.2f} %) "
            f"| {result.peak:,.0f} |"
        )
        workers *= 2


if __name__ == "__main__":
    main()
