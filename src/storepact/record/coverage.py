"""Coverage and latency: the rows of the document that a run reached, and how long responses took."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from storepact.model.outcome import Reason, sentence_of
from storepact.openapi.document import Document, is_json
from storepact.record.values import Latency, Row
from storepact.record.values.snapshot import RowKey

#: Two buckets of a histogram are 5 % apart; the first one is everything below 0.1 ms.
_STEP, _LEAST = math.log(1.05), 0.1


def bucket(seconds: float) -> int:
    """Return the bucket of a histogram that a response belongs to."""
    return max(0, math.ceil(math.log(max(seconds * 1000, _LEAST) / _LEAST) / _STEP))


def edge(number: int) -> float:
    """Return the upper edge of a bucket, in milliseconds."""
    return _LEAST * math.exp(number * _STEP)


def percentile(histogram: Mapping[str, int], share: float) -> float:
    """Return the milliseconds that `share` per cent of the responses did not exceed, 5 % fine; 0 of none."""
    rank, passed = share / 100 * sum(histogram.values()), 0
    for number in sorted(map(int, histogram)):
        passed += histogram[str(number)]
        if passed >= rank:
            return round(edge(number), 2)
    return 0.0


def latency_of(histogram: Mapping[str, int]) -> Latency:
    """Return the count and the percentiles of a histogram, whose keys are the numbers of its buckets."""
    return Latency(
        count=sum(histogram.values()),
        p50=percentile(histogram, 50),
        p90=percentile(histogram, 90),
        p95=percentile(histogram, 95),
        p99=percentile(histogram, 99),
        histogram=dict(histogram),
    )


def latencies(histograms: Mapping[str, Counter[int]]) -> dict[str, Latency]:
    """Return the latency of each operation, in the order of their names."""
    return {
        operation: latency_of({str(number): counts[number] for number in sorted(counts)})
        for operation, counts in sorted(histograms.items())
    }


def media_of(value: str | None) -> str:
    """Return a media type without its parameters, in lower case."""
    return (value or "").partition(";")[0].strip().lower()


#: Statuses that depend on other requests at the same moment.
_CONCURRENT = ("409", "429")

#: The status of a token whose project is gone.
_ORPHANED = "404"


def unreached_rows(
    document: Document, counts: Mapping[str, Mapping[str, int]], *, writable: bool
) -> dict[tuple[str, str], Reason]:
    """Return why a run did not see an owed row, by operation and status; `counts` has these two, too."""
    return {
        (operation, status): _reason_of_gap(status, operation in counts, writable=writable)
        for operation, status in document.rows
        if not counts.get(operation, {}).get(status)
    }


def _reason_of_gap(status: str, was_tested: bool, *, writable: bool) -> Reason:
    if not was_tested:
        return Reason.NOT_TESTED if writable else Reason.READ_ONLY
    if status in _CONCURRENT:
        return Reason.CONCURRENT_REQUESTS
    return Reason.ORPHANED_TOKEN if status == _ORPHANED else Reason.NOT_REACHED


def rows(
    document: Document, counts: Mapping[RowKey, int], reasons: Mapping[tuple[str, str], Reason]
) -> tuple[Row, ...]:
    """Return the rows of the document, and after them the responses that it does not describe.

    `reasons` says by operation and status why a row was not reached. What was sent as another media type
    than the described one, and refused, counts for the described row: it was sent on purpose.
    """
    left = dict(counts)
    described: list[Row] = []
    for key in _document_rows(document):
        operation, sent, status, media = key
        matches = [
            (operation, request_type, status, media)
            for request_type in _request_types(left, operation, status, media)
            if request_type == sent or not status.startswith("2")
        ]
        count = sum(left.pop(match) for match in matches)
        owed = (operation, status) in document.rows
        reason = reasons.get((operation, status), None if owed else Reason.OPTIONAL)
        described.append(_row(key, count, None if count else reason, owed=owed))
    undescribed = (_row(key, count, Reason.UNDESCRIBED, owed=False) for key, count in sorted(left.items()))
    return (*described, *undescribed)


def _request_types(keys: Iterable[RowKey], operation: str, status: str, media: str) -> list[str]:
    return [key[1] for key in keys if (key[0], key[2], key[3]) == (operation, status, media)]


def _row(key: RowKey, count: int, reason: Reason | None, *, owed: bool) -> Row:
    operation, sent, status, media = key
    return Row(
        operation=operation,
        request_type=sent,
        status=status,
        response_type=media,
        outcome="not described" if reason is Reason.UNDESCRIBED else "covered" if count else "not reached",
        seen=count,
        reason="" if reason is None else sentence_of(reason),
        reason_code=reason,
        owed=owed,
    )


def _document_rows(document: Document) -> Iterator[RowKey]:
    for operation in document.operations.values():
        sent = next((media for media in operation.body_types if is_json(media)), "")
        for status, response in operation.responses.items():
            for media in response.content or ("",):
                yield operation.id, sent, status, media_of(media)
