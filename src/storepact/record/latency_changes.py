"""Operations whose p95 moved between two runs beyond what chance explains."""

from __future__ import annotations

from collections.abc import Iterator
from statistics import median

from storepact.record.coverage import percentile
from storepact.record.values import Latency, LatencyChange, Record

#: A p95 has moved if it is so many times what it was, by so many milliseconds, and chance cannot explain it.
TIMES, MILLISECONDS = 1.5, 2.0

#: How many responses a percentile needs to say anything.
_ENOUGH_FOR_P95 = 50

#: Standard deviations on both sides of a percentile's rank: what chance explains, once in a thousand.
_CHANCE = 3.3

#: How many operations show whether the machine as a whole is slower.
_ENOUGH_OPERATIONS = 3

_Pair = tuple[Latency, Latency]


def find_latency_changes(base: Record, run: Record) -> Iterator[LatencyChange]:
    """Yield the operations whose p95 moved. What moved all of them alike is the machine: one change."""
    pairs: dict[str, _Pair] = {
        name: (base.latency[name], after)
        for name, after in run.latency.items()
        if name in base.latency and min(base.latency[name].count, after.count) >= _ENOUGH_FOR_P95
    }
    if not pairs:
        return
    has_enough = len(pairs) >= _ENOUGH_OPERATIONS
    ratio = median(after.p95 / before.p95 for before, after in pairs.values())
    for name, (before, after) in pairs.items():
        expected = before.p95 * ratio if has_enough else before.p95
        if _is_beyond_chance(before, after) and _is_far(expected, after.p95):
            yield _change(name, before.p95, after.p95)
    if has_enough:
        middle = sorted(before.p95 for before, _ in pairs.values())[len(pairs) // 2]
        if _is_far(middle, middle * ratio):
            yield _change("every operation alike", middle, round(middle * ratio, 2))


def _change(operation: str, before: float, now: float) -> LatencyChange:
    return LatencyChange(operation=operation, before=before, now=now, slower=now > before)


def _is_beyond_chance(before: Latency, after: Latency) -> bool:
    (low, high), (lower, upper) = _p95_range(before), _p95_range(after)
    return lower > high or upper < low


def _is_far(before: float, after: float) -> bool:
    slow, fast = max(before, after), min(before, after)
    return slow - fast >= MILLISECONDS and slow >= TIMES * fast


def _p95_range(latency: Latency) -> tuple[float, float]:
    """The range of the 95th percentile, all but surely: by the ranks that chance can give it."""
    spread = _CHANCE * (latency.count * 0.95 * 0.05) ** 0.5 / latency.count * 100
    low, high = 95 - spread, min(95 + spread, 100)
    return percentile(latency.histogram, low), percentile(latency.histogram, high)
