"""The result of a replay as lines for the terminal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from storepact.record.values.replay import ReplayRecord, ReplayResult


def lines(record: ReplayRecord) -> Iterator[str]:
    """Yield a line for each finding, and one that counts them."""
    for result in record.results:
        yield f"{_state(result)}: {result.code} {result.operation} [{result.fingerprint}] {result.message}"
        if result.reason:
            yield f"  {result.reason}"
    yield from (f"could not delete {entry}" for entry in record.remains)
    if not record.results:
        yield "the run has no findings: there is nothing to send again"
    elif len(record.results) > 1:
        counts = Counter(result.result for result in record.results)
        yield ", ".join(f"{count} {state}" for state, count in counts.items()) + f", at {record.target}"


def _state(result: ReplayResult) -> str:
    if result.result == "flaky":
        return f"flaky ({result.shown} of {result.times})"
    if result.result == "gone" and result.times > 1:
        return f"gone ({result.times} times)"
    return result.result
