"""Tallies: how long answers took, and which rows of the document were seen, as counts that add up over processes."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from storepact.openapi.document import Document, is_json

#: Two buckets of a histogram are 5 % apart; the first one is everything below 0.1 ms.
_STEP, _LEAST = math.log(1.05), 0.1

#: Percentiles that are told.
PERCENTILES = (50, 90, 95, 99)

Seen = tuple[str, str, str, str]
"""Operation, request type, status, response type; media types without parameters, empty where there is no body."""


def bucket(seconds: float) -> int:
    """The bucket of a histogram that an answer belongs to."""
    return max(0, math.ceil(math.log(max(seconds * 1000, _LEAST) / _LEAST) / _STEP))


def edge(number: int) -> float:
    """The upper edge of a bucket, in milliseconds."""
    return _LEAST * math.exp(number * _STEP)


def percentile(histogram: Mapping[str, int], share: float) -> float:
    """What so many per cent of the answers took at the most, in milliseconds, 5 % fine; 0 of none."""
    wanted, passed = share / 100 * sum(histogram.values()), 0
    for number in sorted(map(int, histogram)):
        passed += histogram[str(number)]
        if passed >= wanted:
            return round(edge(number), 2)
    return 0.0


def latencies(histograms: Mapping[str, Counter[int]]) -> dict[str, Any]:
    """For run.json, by operation: count, percentiles in milliseconds, and the histogram that they come from."""
    found = {}
    for operation, counts in sorted(histograms.items()):
        plain = {str(number): counts[number] for number in sorted(counts)}
        told = {f"p{share}": percentile(plain, share) for share in PERCENTILES}
        found[operation] = {"count": sum(counts.values()), **told, "histogram": plain}
    return found


def media_of(value: str | None) -> str:
    """A media type without its parameters, in lower case."""
    return (value or "").partition(";")[0].strip().lower()


def rows(
    document: Document, seen: Mapping[Seen, int], why: Mapping[tuple[str, str], str]
) -> list[dict[str, Any]]:
    """The document as rows, each covered or not reached (and why), and what was answered though it is not described.

    `why` tells the reason by operation and status. What was sent as another type than the described one, and refused, counts
    for the described row: it was sent on purpose.
    """
    left = dict(seen)
    found: list[dict[str, Any]] = []
    for row in _described(document):
        operation, sent, status, media = row
        mine = [
            each
            for each in left
            if (each[0], each[2], each[3]) == (operation, status, media)
            and (each[1] == sent or not status.startswith("2"))
        ]
        count = sum(left.pop(each) for each in mine)
        owed = (operation, status) in document.rows
        reason = (
            ""
            if count
            else why.get(
                (operation, status), "" if owed else "allowed, but not owed: no answer was like this"
            )
        )
        found.append(_row(row, "covered" if count else "not reached", count, reason))
    for row, count in sorted(left.items()):
        found.append(_row(row, "not described", count, "answered, though the document does not describe it"))
    return found


def _row(row: Seen, outcome: str, count: int, reason: str) -> dict[str, Any]:
    operation, sent, status, media = row
    told = {"operation": operation, "request_type": sent, "status": status, "response_type": media}
    return {**told, "outcome": outcome, "seen": count, "reason": reason}


def _described(document: Document) -> Iterator[Seen]:
    for operation in document.operations.values():
        sent = next((body_type_ for body_type_ in operation.body_types if is_json(body_type_)), "")
        for status, response in operation.responses.items():
            for media in response.content or ("",):
                yield operation.id, sent, status, media_of(media)
