"""The differences between two runs, in sections and sentences."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import StrEnum

from storepact.model.counts import many
from storepact.model.outcome import Verdict
from storepact.model.values import lean_value
from storepact.record.losses import group_losses
from storepact.record.values import (
    Cause,
    ComparedCause,
    Comparison,
    FindingSummary,
    LatencyChange,
    Loss,
    ShapeChange,
)
from storepact.report.wording import affects, join_some

#: Places and losses that are listed in a line.
ITEMS_LISTED = 4


class SectionKind(StrEnum):
    """What a section of a comparison is about, in the order of the sections."""

    NEW = "new"
    BACK = "back"
    LOST = "lost"
    ACCEPTED = "accepted"
    FLAPPING = "flapping"
    STILL_FAILING = "still-failing"
    GONE = "gone"
    RESPONSES = "responses"
    LATENCY = "latency"
    SETTINGS = "settings"


_TITLES = {
    SectionKind.NEW: "New",
    SectionKind.BACK: "Back again (was there before, and gone in between)",
    SectionKind.LOST: "No longer exercised",
    SectionKind.ACCEPTED: "New and accepted",
    SectionKind.FLAPPING: "Flapping (came and went, at least three changes)",
    SectionKind.STILL_FAILING: "Still failing",
    SectionKind.GONE: "Gone",
    SectionKind.RESPONSES: "Responses changed",
    SectionKind.LATENCY: "Latency changed beyond noise (informative: machines differ)",
    SectionKind.SETTINGS: "The two runs tested differently",
}

_DIFFERENT_SETTINGS = {
    "target": "the targets differ",
    "profile": "the profiles differ (--profile)",
    "seed": "the seeds differ (--seed)",
    "document": "the OpenAPI documents differ",
    "contracts": "the pacts differ",
    "writes": "only one of the two was allowed to write (--allow-writes)",
    "suites": "the suites differ",
}


@lean_value(frozen=True)
class Section:
    """A part of a comparison: a line for each item. New and recurring causes are there as values, too."""

    kind: SectionKind
    lines: tuple[str, ...]
    causes: tuple[ComparedCause, ...] = ()

    @property
    def title(self) -> str:
        """The heading of the section."""
        return _TITLES[self.kind]

    @property
    def commands(self) -> tuple[str, ...]:
        """For each line the curl lines that reproduce it, or an empty text."""
        return tuple(cause.curl for cause in self.causes) or ("",) * len(self.lines)


def sections(comparison: Comparison) -> tuple[Section, ...]:
    """The sections of a comparison that are not empty."""
    new = (SectionKind.NEW, comparison.causes), (SectionKind.BACK, comparison.back)
    lines: dict[SectionKind, Sequence[str]] = {
        SectionKind.LOST: [describe_losses(group) for group in group_losses(comparison.apart)],
        SectionKind.ACCEPTED: _causes(comparison.accepted_causes, comparison.accepted),
        SectionKind.FLAPPING: [_cause(cause) for cause in comparison.flapped],
        SectionKind.STILL_FAILING: _causes(comparison.still_causes, comparison.still),
        SectionKind.GONE: [_cause(cause) for cause in comparison.ended],
        SectionKind.RESPONSES: list(response_changes(comparison)),
        SectionKind.LATENCY: [_latency_change(change) for change in comparison.slower],
        SectionKind.SETTINGS: [*_settings(comparison)],
    }
    every = [
        *(
            Section(kind, tuple(_cause(cause, cause.lost) for cause in causes), causes)
            for kind, causes in new
        ),
        *(Section(kind, tuple(texts)) for kind, texts in lines.items()),
    ]
    return tuple(section for section in every if section.lines)


def headline(comparison: Comparison) -> str:
    """What changed, in one line that begins with the answer."""
    if comparison.regression:
        return _regression(comparison)
    if comparison.run.verdict is Verdict.UNDETERMINED:
        why = comparison.run.why or "something could not be tested"
        return f"The run is undetermined, so nothing is known about changes: {why}"
    counts = (
        (len(comparison.gone), "finding", "gone"),
        (len(comparison.flapping), "finding", "flapping"),
        (len(comparison.accepted), "new finding", "accepted"),
        (len(response_changes(comparison)), "change", "of responses"),
        (len(comparison.slower), "latency", "changed"),
    )
    changes = [f"{many(count, noun)} {rest}" for count, noun, rest in counts if count]
    return f"No regression; {', '.join(changes)}." if changes else "Nothing changed."


def _regression(comparison: Comparison) -> str:
    parts = []
    if comparison.causes:
        findings = many(len(comparison.new), "finding")
        parts.append(f"{many(len(comparison.causes), 'new cause')} ({findings})")
    if comparison.back:
        parts.append(f"{many(len(comparison.back), 'cause')} back again")
    if comparison.apart or (comparison.lost and not comparison.causes):
        lost = comparison.apart or comparison.lost
        parts.append(f"{many(len(group_losses(lost)), 'item')} no longer exercised")
    causes = (*comparison.causes, *comparison.back)
    consumers = sorted({name for cause in causes for name in cause.consumers})
    return f"Regression: {' and '.join(parts)}{f'; {affects(consumers)}' if causes else ''}."


def _settings(comparison: Comparison) -> Iterator[str]:
    for name in comparison.differs:
        if name != "suites" or not comparison.not_asked:  # else they are named below
            yield _DIFFERENT_SETTINGS.get(name, f"{name} differs")
    if comparison.out_of_reach:
        rows = ", ".join(f"{loss.operation} {loss.status}" for loss in comparison.out_of_reach)
        if comparison.base.target == "mock":
            yield f"only a mock can be brought to what the base exercised: {rows}"
        else:
            yield f"depends on other requests at the same moment, and was in the base only: {rows}"
    if comparison.not_asked:
        named = ", ".join(comparison.not_asked)
        yield f"without suites that the base ran, so that what was exercised is not compared: {named}"


def _latency_change(change: LatencyChange) -> str:
    return f"{change.operation}: p95 {change.before:g} → {change.now:g} ms"


def _cause(cause: Cause, lost: Sequence[Loss] = ()) -> str:
    where = f"{', '.join(cause.codes)} in {', '.join(cause.operations)}; {affects(cause.consumers)}"
    if lost:
        rows = (f"{loss.operation} {loss.status} {loss.member}".strip() for loss in lost[:ITEMS_LISTED])
        where += f"; no longer exercised with it: {', '.join(rows)}"
    more = len(cause.fingerprints) - 1
    return f"{cause.title} ({where}) [{cause.id}{f' and {more} more' if more else ''}]"


def _finding(finding: FindingSummary) -> str:
    return f"{finding.operation}: {finding.message} ({finding.code}) [{finding.fingerprint}]"


def _causes(causes: Sequence[Cause], findings: Sequence[FindingSummary]) -> list[str]:
    """A line for each cause; for each finding where an earlier version did not group them."""
    return [_cause(cause) for cause in causes] or [_finding(finding) for finding in findings]


def describe_losses(group: Sequence[Loss]) -> str:
    """A line for one loss, or for those of one member."""
    loss, count = group[0], sum(loss.was for loss in group)
    before = f"received {many(count, 'time')} before" if count else "sent before"
    if len(group) == 1:
        place = " ".join(part for part in (loss.operation, loss.status, loss.member) if part)
        return f"{place}: {loss.what}, {before}"
    places = [f"{part.operation} {part.status}".strip() for part in group]
    member = loss.member.removeprefix("/items/*")
    return f"{member}: {loss.what}, {before}, in {join_some(places, ITEMS_LISTED)}"


def unexplained_changes(comparison: Comparison) -> list[ShapeChange]:
    """The changes of responses that no new cause is about."""
    causes = (*comparison.causes, *comparison.back)
    explained = {member for cause in causes for member in cause.members}
    return [change for change in comparison.drift if change.where not in explained]


def response_changes(comparison: Comparison) -> tuple[str, ...]:
    """A line for each member, header or status whose responses changed, unless a new cause is about it."""
    groups: dict[str, list[ShapeChange]] = {}
    for change in unexplained_changes(comparison):
        groups.setdefault(change.where, []).append(change)
    return tuple(_shape_changes(where, changes) for where, changes in groups.items())


def _shape_changes(where: str, changes: Sequence[ShapeChange]) -> str:
    if len(changes) == 1:
        return _shape_change(changes[0])
    parts: dict[str, list[str]] = {}
    for change in changes:
        detail = f" ({change.detail})" if change.detail else ""
        parts.setdefault(f"{change.what}{detail}", []).extend(change.places)
    if len({tuple(places) for places in parts.values()}) == 1:
        return f"{where}: {', '.join(parts)} in {join_some(changes[0].places, ITEMS_LISTED)}"
    texts = (f"{text} in {join_some(places, ITEMS_LISTED)}" for text, places in parts.items())
    return f"{where}: {'; '.join(texts)}"


def _shape_change(change: ShapeChange) -> str:
    places = join_some(change.places, ITEMS_LISTED)
    if change.what == "new member":
        adverb = "also" if change.detail == "always" else "sometimes"
        return f"the provider now {adverb} sends {change.where} in {places}"
    if change.what == "new status":
        return f"new status: {change.where}, never received before, in {places}"
    detail = f" ({change.detail})" if change.detail else ""
    return f"{change.what}: {change.where}{detail} in {places}"
