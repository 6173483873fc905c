"""Rows of the document, each an operation and a status, that a run did not reach."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from storepact.model.outcome import Reason, sentence_of
from storepact.openapi.document import Document


def rows_not_reached(
    writable: bool, document: Document, coverage: Mapping[str, Mapping[str, int]], tested: Collection[str]
) -> Iterator[tuple[str, str]]:
    """(`operation status`, why) of each row that the document owes and the run did not reach.

    `coverage` counts responses by operation and status, `tested` are the operations that requests were sent to.
    """
    for operation, status in document.rows:
        if coverage.get(operation, {}).get(status):
            continue
        if operation not in tested:
            reason = Reason.NOT_TESTED if writable else Reason.READ_ONLY
        elif status in ("409", "429"):
            reason = Reason.CONCURRENT_REQUESTS
        elif status == "404":
            reason = Reason.ORPHANED_TOKEN
        else:
            reason = Reason.NOT_REACHED
        yield f"{operation} {status}", sentence_of(reason)
