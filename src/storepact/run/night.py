"""A night of the tripwire as values: what its parts resulted in, and what changed."""

from __future__ import annotations

from enum import StrEnum

from storepact.model.outcome import Verdict
from storepact.model.values import lean_value
from storepact.record.values import DriftRecord, Published, Record


@lean_value(frozen=True)
class BrokenRuns:
    """The broken runs since the latest green one, without tonight's."""

    number: int
    """The number of the first of them in the history."""
    started: str
    """When that one began."""
    count: int


@lean_value(frozen=True)
class Night:
    """What the parts of the nightly job resulted in."""

    record: Record | None
    """The run, compared with the latest green one; None if there is no record."""
    error: str
    """Why there is no record, else empty."""
    run_verdict: Verdict
    """The verdict of the run alone."""
    drift: DriftRecord | None
    """The comparison with the published document, if there was one."""
    drift_error: str
    """Why the published document could not be compared, else empty."""
    base: int | None
    """The number of the latest green run in the history."""
    published_before: Published | None = None
    """What that run recorded about the published document."""
    previous: Record | None = None
    """The run before this one, undetermined runs left out."""
    previous_number: int | None = None
    """Its number in the history."""
    broken: BrokenRuns | None = None
    """The broken runs before this one; None if the previous run was green."""


class ItemKind(StrEnum):
    """What a change or a note is about; its value begins the line."""

    EXPIRED = "acceptance expired"
    WITHDRAWN = "no longer accepted"
    DOCUMENT = "document"
    BEHAVIOUR = "behaviour"
    LOST = "no longer exercised"
    ACCEPTED = "new and accepted"
    STILL_FAILING = "still failing"
    GONE = "gone"
    FLAPPING = "flapping"
    RESPONSES = "responses changed"
    SETTINGS = "tested differently"


@lean_value(frozen=True)
class Item:
    """A change or a note in a sentence."""

    kind: ItemKind
    text: str
    breaks: str = ""
    """What a difference of the document breaks, if it is not breaking."""
    summary: str = ""
    """The change in a few words, for the first line."""
    consumers: tuple[str, ...] = ()
    """The consumers that it affects."""
    is_known: bool = False
    """Whether the previous run had it already."""

    def __str__(self) -> str:
        return f"{self.kind}{f', {self.breaks}' if self.breaks else ''}: {self.text}"
