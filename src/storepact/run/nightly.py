"""The summary of `storepact tripwire`: what changed since the latest green run, and whom that affects."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from storepact.model.outcome import Verdict
from storepact.model.tree import Json
from storepact.record.values import DriftDifference, DriftRecord, Published, Record
from storepact.report import compare, drift, wording
from storepact.report.compare import SectionKind
from storepact.report.markdown import SIGNS, plain

FORMAT = 1

_COSMETIC = "cosmetic"


@dataclass(frozen=True)
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


class ItemKind(StrEnum):
    """What a change or a note is about; its value begins the line."""

    DOCUMENT = "document"
    BEHAVIOUR = "behaviour"
    LOST = "no longer exercised"
    ACCEPTED = "new and accepted"
    STILL_FAILING = "still failing"
    GONE = "gone"
    FLAPPING = "flapping"
    RESPONSES = "responses changed"


@dataclass(frozen=True)
class Item:
    """A change or a note in a sentence."""

    kind: ItemKind
    text: str
    breaks: str = ""
    """What a difference of the document breaks, if it is not breaking."""

    def __str__(self) -> str:
        return f"{self.kind}{f', {self.breaks}' if self.breaks else ''}: {self.text}"


@dataclass(frozen=True)
class NightSummary:
    """The result of a night. `changes` need attention; `notes` break nothing."""

    headline: str
    result: Verdict
    """The verdict of the night."""
    target: str | None
    verdict: Verdict | None
    """The verdict of the run alone."""
    base: int | None
    changes: tuple[Item, ...]
    errors: tuple[str, ...]
    consumers: tuple[str, ...]
    """The consumers that the changes affect, sorted by name."""
    notes: tuple[Item, ...]
    headline_error: str = ""
    """The error that the headline repeats, if any."""

    @property
    def exit_code(self) -> int:
        """The exit code of the night."""
        return self.result.exit_code

    def to_json(self) -> dict[str, Json]:
        """The content of tripwire.json."""
        return {
            "format": FORMAT,
            "headline": self.headline,
            "exit_code": self.exit_code,
            "target": self.target,
            "verdict": None if self.verdict is None else str(self.verdict),
            "base": self.base,
            "changes": list(map(str, self.changes)),
            "troubles": list(self.errors),
            "hurts": list(self.consumers),
            "notes": list(map(str, self.notes)),
        }


#: Sections of the comparison that are notes, and how the notes call them.
_NOTES = {
    SectionKind.ACCEPTED: ItemKind.ACCEPTED,
    SectionKind.STILL_FAILING: ItemKind.STILL_FAILING,
    SectionKind.GONE: ItemKind.GONE,
    SectionKind.FLAPPING: ItemKind.FLAPPING,
    SectionKind.RESPONSES: ItemKind.RESPONSES,
}


def summarize(night: Night) -> NightSummary:
    """Summarize a night."""
    changes = (*_document_changes(night), *_behaviour_changes(night.record))
    errors = tuple(error for error in (night.error, night.drift_error) if error)
    consumers = tuple(sorted(_affected_consumers(night)))
    headline_error = errors[0] if night.record is None and not changes and errors else ""
    return NightSummary(
        headline=_headline(night, changes, consumers, headline_error),
        result=_result(night),
        target=night.record.target if night.record else None,
        verdict=night.record.verdict if night.record else None,
        base=night.base,
        changes=changes,
        errors=errors,
        consumers=consumers,
        notes=tuple(_notes(night)),
        headline_error=headline_error,
    )


def _affected_consumers(night: Night) -> set[str]:
    record = night.record
    consumers = {
        consumer
        for difference in _differences(night.drift)
        if difference.breaking
        for consumer in difference.consumers
    }
    if record is not None and record.comparison is not None:
        causes = (*record.comparison.causes, *record.comparison.back)
        consumers |= {consumer for cause in causes for consumer in cause.consumers}
    elif record is not None:
        consumers |= {consumer for cause in wording.open_causes(record) for consumer in cause.consumers}
    return consumers


def _differences(published: DriftRecord | None) -> list[DriftDifference]:
    """The differences of the published document that no decision explains."""
    return [
        difference for difference in (published.differences if published else ()) if not difference.decision
    ]


def _document_changes(night: Night) -> Iterator[Item]:
    """Breaking differences, then those that break nothing and were not there in the latest green run."""
    differences = _differences(night.drift)
    yield from (_document_item(difference) for difference in differences if difference.breaking)
    yield from (_document_item(difference) for difference in differences if _is_new(difference, night))


def _is_new(difference: DriftDifference, night: Night) -> bool:
    """Whether an unexplained difference is harmless, not cosmetic, and came after the green run."""
    if night.published_before is None or difference.breaking or difference.breaks == _COSMETIC:
        return False
    return (difference.rule, difference.where, difference.ours, difference.theirs) not in {
        (earlier.rule, earlier.where, earlier.ours, earlier.theirs)
        for earlier in night.published_before.unexplained
    }


def _document_item(difference: DriftDifference) -> Item:
    breaks = "" if difference.breaking else difference.breaks
    return Item(ItemKind.DOCUMENT, drift.describe(difference), breaks)


def _behaviour_changes(record: Record | None) -> Iterator[Item]:
    """Causes that are new or back again, and what is no longer exercised; without a base every open cause."""
    if record is None:
        return
    if record.comparison is None:
        for cause in wording.open_causes(record):
            text = f"{cause.title} ({', '.join(cause.codes)}) [{cause.id}]"
            yield Item(ItemKind.BEHAVIOUR, text)
        return
    sections = {section.kind: section.lines for section in compare.sections(record.comparison)}
    for kind in (SectionKind.NEW, SectionKind.BACK):
        yield from (Item(ItemKind.BEHAVIOUR, line) for line in sections.get(kind, ()))
    if record.verdict is not Verdict.UNDETERMINED:  # a run that was cut short exercises less
        yield from (Item(ItemKind.LOST, line) for line in sections.get(SectionKind.LOST, ()))


def _notes(night: Night) -> Iterator[Item]:
    comparison = night.record.comparison if night.record else None
    sections = compare.sections(comparison) if comparison else ()
    lines = {section.kind: section.lines for section in sections}
    for section_kind, kind in _NOTES.items():
        yield from (Item(kind, line) for line in lines.get(section_kind, ()))
    for difference in _harmless(night.drift):
        if not _is_new(difference, night):
            yield _document_item(difference)


def _harmless(published: DriftRecord | None) -> list[DriftDifference]:
    return [difference for difference in _differences(published) if not difference.breaking]


def _headline(
    night: Night, changes: tuple[Item, ...], consumers: tuple[str, ...], headline_error: str
) -> str:
    """What changed, or that nothing did, in one line."""
    record = night.record
    comparison = record.comparison if record else None
    if comparison is None:
        since = "(no green run is kept to compare with)"
    else:
        since = f"since the green run {night.base} of {wording.moment(comparison.base.started)}"
    if changes:
        return f"{wording.many(len(changes), 'change')} {since}; {wording.affects(consumers)}:"
    if record is None:
        return f"Undetermined: {headline_error}"
    if record.verdict is Verdict.UNDETERMINED:
        return f"Undetermined: {wording.undetermined_reason(record)}"
    published = _published_sentence(night.drift) if night.drift else ""
    if record.verdict is Verdict.BROKEN:
        if comparison is None:
            return f"Broken {since}.{published}"
        base = wording.moment(comparison.base.started)
        return f"Still broken; last green run: {night.base} of {base}.{published}"
    rest = f"{wording.headline(record)}{published}"
    if comparison is None:
        return f"Nothing to compare with: no green run is kept. {rest}"
    if comparison.drift:
        responses = wording.many(len(comparison.drift), "change")
        return f"Nothing changed {since}, except responses: {responses} below. {rest}"
    return f"Nothing changed {since}. {rest}"


def _published_sentence(published: DriftRecord) -> str:
    """How a published document that breaks nothing differs, as a sentence that follows others."""
    harmless = len(_harmless(published))
    if not harmless:
        return " The published document has no unexplained differences."
    differences = wording.many(harmless, "unexplained difference")
    return f" The published document breaks nothing, and has {differences}: see below."


def _result(night: Night) -> Verdict:
    """The worst verdict of the run and of the published document: broken, then undetermined."""
    if night.run_verdict is Verdict.BROKEN or (night.drift is not None and night.drift.breaking):
        return Verdict.BROKEN
    if night.run_verdict is Verdict.UNDETERMINED or night.drift_error:
        return Verdict.UNDETERMINED
    return Verdict.CONFORMS


def lines(summary: NightSummary) -> list[str]:
    """The summary as lines of text, the headline first."""
    errors = [error for error in summary.errors if error != summary.headline_error]
    return [
        summary.headline,
        *(f"  {change}" for change in summary.changes),
        *(f"  could not be determined: {error}" for error in errors),
        *(f"  note: {note}" for note in summary.notes),
    ]


def render_markdown(summary: NightSummary) -> str:
    """The summary for a job's summary, a chat or a mail."""
    text = [f"## {SIGNS[summary.result]} storepact tripwire: {plain(summary.headline)}", ""]
    sections = (
        ("Changed", summary.changes),
        ("Could not be determined", summary.errors),
        ("Notes", summary.notes),
    )
    for title, entries in sections:
        if entries:
            items = (f"- {plain(str(entry))}" for entry in entries)
            text += [f"### {title} ({len(entries)})", "", *items, ""]
    return "\n".join(text) + "\n"
