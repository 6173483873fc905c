"""A run compared with an earlier one (compare.json)."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from storepact.model.finding import Severity
from storepact.model.outcome import Verdict
from storepact.record.values.base import MOCK_TARGET, Count, Names, Value
from storepact.record.values.evidence import Cause


class RunSummary(Value, frozen=True, kw_only=True):
    """A run as a comparison names it."""

    started: str
    target: str
    verdict: Verdict
    seed: int
    profile: str
    document: str
    exchanges_total: int
    findings: Count
    why: Annotated[str, Meta(description="the first reason of an undetermined run, else empty")] = ""


class FindingSummary(Value, frozen=True, kw_only=True):
    """A finding as a comparison names it."""

    fingerprint: str
    code: str
    check: str
    severity: Severity
    source: str
    operation: str
    locus: str
    message: str
    consumers: Names
    curl: str


class FlappingFinding(FindingSummary, frozen=True, kw_only=True):
    """A finding that came and went: at least three changes over the runs that were looked at."""

    back: Annotated[bool, Meta(description="it is there again, and is not accepted")] = False


class Loss(Value, frozen=True, kw_only=True):
    """Something that the base exercised and the run did not."""

    what: Literal["operation", "status", "member", "request member"]
    operation: str
    status: str
    member: str
    was: Annotated[int, Meta(description="how often the base exercised it")]


class ComparedCause(Cause, frozen=True, kw_only=True):
    """A cause, with what shows it and what could not be exercised because of it."""

    curl: str
    expected: str
    actual: str
    lost: tuple[Loss, ...]


ChangeKind = Literal[
    "new status",
    "status changed",
    "new header",
    "header gone",
    "new member",
    "new type",
    "new value",
    "new form",
    "new sign",
    "new size",
    "no longer always there",
]


class ShapeChange(Value, frozen=True, kw_only=True, omit_defaults=True):
    """One way in which responses look different."""

    what: ChangeKind
    where: Annotated[
        str, Meta(description="JSON pointer within the resource, header, status, or `STATUS → STATUS`")
    ]
    detail: str
    places: Annotated[Names, Meta(description="operations and statuses that show it")]
    before: Annotated[str, Meta(description="what it was; empty if not known")] = ""
    now: Annotated[str, Meta(description="what it is; empty if not known")] = ""


class LatencyChange(Value, frozen=True, kw_only=True):
    """A p95 that moved beyond what chance explains; milliseconds."""

    operation: str
    before: float
    now: float
    slower: bool


class Comparison(Value, frozen=True, kw_only=True):
    """A run compared with an earlier one, the base."""

    format: Literal[1]
    base: RunSummary
    run: RunSummary
    regression: bool
    new: tuple[FindingSummary, ...]
    causes: Annotated[tuple[ComparedCause, ...], Meta(description="of the new findings")]
    back: Annotated[tuple[ComparedCause, ...], Meta(description="of findings that came again")] = ()
    flapped: Annotated[tuple[Cause, ...], Meta(description="of the other flapping findings")] = ()
    ended: Annotated[tuple[Cause, ...], Meta(description="of the findings that are gone")] = ()
    accepted: Annotated[tuple[FindingSummary, ...], Meta(description="new or back, and accepted")]
    accepted_causes: Annotated[tuple[Cause, ...], Meta(description="of these")] = ()
    still: tuple[FindingSummary, ...]
    still_causes: Annotated[tuple[Cause, ...], Meta(description="of the findings that are still there")] = ()
    gone: tuple[FindingSummary, ...]
    flapping: tuple[FlappingFinding, ...]
    lost: tuple[Loss, ...]
    apart: Annotated[tuple[Loss, ...], Meta(description="losses that no new cause explains")]
    out_of_reach: Annotated[
        tuple[Loss, ...], Meta(description="what the base shows by chance, or because it is a mock")
    ]
    not_asked: Annotated[Names, Meta(description="suites that the base ran and the run did not")]
    drift: tuple[ShapeChange, ...]
    slower: Annotated[tuple[LatencyChange, ...], Meta(description="slower or faster")]
    differs: Annotated[Names, Meta(description="settings that differ between the two runs")]

    @property
    def is_private(self) -> bool:
        """Whether it holds answers of a live target, which only the owner of its files may read."""
        return {self.base.target, self.run.target} != {MOCK_TARGET}
