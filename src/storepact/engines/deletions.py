"""Deletes of a run: whether they have an effect, and what could not be deleted."""

from __future__ import annotations

import time
from collections.abc import Iterable

from storepact.model.flaw import FlawKind
from storepact.model.values import lean_value
from storepact.record.values import Finding

#: So many resources have to be listed this long after their deletes, before a provider is said to keep them.
_WATCHED = 10


PATIENCE = 3.0


class DeletedResources:
    """The ids that were deleted first, until one list shows whether deletes have an effect."""

    def __init__(self) -> None:
        self._ids: set[str] = set()
        self._complete_at: float | None = None
        self.are_kept: bool | None = None
        """Whether the list still shows most of them; None as long as it was not looked at."""

    def add(self, identifier: str) -> bool:
        """Note a delete that succeeded; returns whether it is time to look at the list."""
        if self._complete_at is None:
            self._ids.add(identifier)
            self._complete_at = time.monotonic() if len(self._ids) >= _WATCHED else None
            return False
        return self.are_kept is None and time.monotonic() - self._complete_at >= PATIENCE

    def compare(self, listed: Iterable[str | None]) -> None:
        """Decide with the ids that the provider lists."""
        self.are_kept = 2 * len(self._ids.intersection(listed)) > len(self._ids)


@lean_value(frozen=True)
class Leftover:
    """A resource that this run created and could not delete."""

    path: str
    """The path of the resource; of its collection, where the id is not known."""
    status: int
    """The status of the last delete; 0 if there was none, or no answer."""
    detail: str = ""
    """Why there was none, or no further one."""

    def __str__(self) -> str:
        answer = f"its delete was answered with {self.status}" if self.status else "its delete has no answer"
        if 200 <= self.status < 300 or self.status == 404:
            answer += ", and it is still there"
        parts = (answer if self.status or not self.detail else "", self.detail)
        return f"{self.path}: {'; '.join(filter(None, parts))}"


def shows_deleted_resources(finding: Finding) -> bool:
    """Whether a finding says that a deleted resource is still listed, or still there, and not only late."""
    if finding.stale:
        return False
    is_there = finding.flaw is FlawKind.ACCEPTED and "gone" in finding.request_flaws
    return is_there or finding.flaw is FlawKind.LISTED
