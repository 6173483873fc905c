"""What changed in a night: the published document, the provider's behaviour, coverage, acceptances."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from storepact.model.outcome import Verdict
from storepact.record.losses import group_losses
from storepact.record.values import AcceptanceEntry, Cause, DriftDifference, DriftRecord, Loss, Record
from storepact.report import comparison_text, drift, finding_text, wording
from storepact.report.comparison_text import SectionKind
from storepact.run.night import Item, ItemKind, Night

_COSMETIC = "cosmetic"

#: Sections of the comparison that are notes, and how the notes call them.
_NOTES = {
    SectionKind.ACCEPTED: ItemKind.ACCEPTED,
    SectionKind.STILL_FAILING: ItemKind.STILL_FAILING,
    SectionKind.GONE: ItemKind.GONE,
    SectionKind.FLAPPING: ItemKind.FLAPPING,
    SectionKind.RESPONSES: ItemKind.RESPONSES,
    SectionKind.SETTINGS: ItemKind.SETTINGS,
}


def find_changes(night: Night) -> tuple[Item, ...]:
    """What needs attention: what the previous run did not have yet comes first."""
    items = (
        *_acceptance_changes(night),
        *_document_changes(night),
        *_behaviour_changes(night),
        *_remaining_findings(night),
        *_coverage_changes(night),
    )
    return tuple(sorted(items, key=lambda item: item.is_known))


def open_findings(record: Record | None) -> set[str]:
    """The fingerprints of the findings of a record that are not accepted."""
    findings = record.findings if record else ()
    return {finding.fingerprint for finding in findings if finding.accepted is None}


# acceptances


def _ended_acceptances(night: Night) -> dict[str, tuple[AcceptanceEntry, ItemKind]]:
    """The acceptances that open findings had: expired, or in the previous run and no longer in the file."""
    if night.record is None:
        return {}
    expired = {entry.fingerprint: entry for entry in night.record.acceptances.expired}
    earlier = {
        finding.fingerprint: finding.accepted
        for finding in (night.previous.findings if night.previous else ())
    }
    ended: dict[str, tuple[AcceptanceEntry, ItemKind]] = {}
    for finding in night.record.findings:
        fingerprint, withdrawn = finding.fingerprint, earlier.get(finding.fingerprint)
        entry = expired.get(fingerprint) or expired.get(finding.former)
        if finding.accepted is not None:
            continue
        if entry is not None:
            ended[fingerprint] = (entry, ItemKind.EXPIRED)
        elif withdrawn is not None:
            ended[fingerprint] = (withdrawn, ItemKind.WITHDRAWN)
    return ended


def _acceptance_changes(night: Night) -> Iterator[Item]:
    """An item for each cause with findings whose acceptance has ended."""
    ended, earlier = _ended_acceptances(night), open_findings(night.previous)
    for cause in night.record.causes if night.record else ():
        names = [name for name in cause.fingerprints if name in ended]
        if not names:
            continue
        kind = (
            ItemKind.EXPIRED
            if any(ended[name][1] is ItemKind.EXPIRED for name in names)
            else ended[names[0]][1]
        )
        entries = {(entry.reason, entry.owner, entry.until) for entry, _ in (ended[name] for name in names)}
        accepted = "; ".join(
            f"{reason} (accepted until {until} by {owner})" for reason, owner, until in sorted(entries)
        )
        where = (
            f"{', '.join(cause.codes)} in {', '.join(cause.operations)}; {wording.affects(cause.consumers)}"
        )
        yield Item(
            kind,
            f"{cause.title} ({where}) [{cause.id}]; {accepted}",
            summary=f"{cause.title}; {accepted}",
            consumers=cause.consumers,
            is_known=set(names) <= earlier,
        )


# the published document


def differences(published: DriftRecord | None) -> list[DriftDifference]:
    """The differences of the published document that no decision explains."""
    return [
        difference for difference in (published.differences if published else ()) if not difference.decision
    ]


def harmless(published: DriftRecord | None) -> list[DriftDifference]:
    """Those of them that break nothing."""
    return [difference for difference in differences(published) if not difference.breaking]


def _document_changes(night: Night) -> Iterator[Item]:
    """Breaking differences, then those that break nothing and were not there in the latest green run."""
    every = differences(night.drift)
    previous = night.previous.published if night.previous else None
    earlier = {
        (difference.rule, difference.where, difference.ours, difference.theirs)
        for difference in (previous.unexplained if previous else ())
    }
    chosen = [
        *(difference for difference in every if difference.breaking),
        *(difference for difference in every if _is_new(difference, night)),
    ]
    for difference in chosen:
        key = (difference.rule, difference.where, difference.ours, difference.theirs)
        yield _document_item(difference, is_known=key in earlier)


def _is_new(difference: DriftDifference, night: Night) -> bool:
    """Whether an unexplained difference is harmless, not cosmetic, and came after the green run."""
    if night.published_before is None or difference.breaking or difference.breaks == _COSMETIC:
        return False
    return (difference.rule, difference.where, difference.ours, difference.theirs) not in {
        (earlier.rule, earlier.where, earlier.ours, earlier.theirs)
        for earlier in night.published_before.unexplained
    }


def _document_item(difference: DriftDifference, *, is_known: bool = False) -> Item:
    return Item(
        ItemKind.DOCUMENT,
        drift.describe(difference),
        "" if difference.breaking else difference.breaks,
        summary=f"document: {drift.describe(difference, short=True)}",
        consumers=difference.consumers if difference.breaking else (),
        is_known=is_known,
    )


# behaviour and coverage


def _behaviour_changes(night: Night) -> Iterator[Item]:
    """Causes that are new or back again; without a base every open cause."""
    record, ended = night.record, _ended_acceptances(night)
    if record is None:
        return
    if record.comparison is None:
        for opened in wording.open_causes(record):
            text = f"{opened.title} ({', '.join(opened.codes)}) [{opened.id}]"
            yield from _behaviour_item(night, text, opened, ended)
        return
    sections = {section.kind: section for section in comparison_text.sections(record.comparison)}
    for kind in (SectionKind.NEW, SectionKind.BACK):
        section = sections.get(kind)
        for cause, line in zip(section.causes, section.lines, strict=True) if section else ():
            back = ", back again" if kind is SectionKind.BACK else ""
            yield from _behaviour_item(night, line, cause, ended, back)


def _remaining_findings(night: Night) -> Iterator[Item]:
    """Open causes that the green run had, too: they were accepted then, or come and go."""
    record = night.record
    if record is None or record.comparison is None:
        return
    causes = (*record.comparison.causes, *record.comparison.back)
    listed = {name for cause in causes for name in cause.fingerprints} | _ended_acceptances(night).keys()
    for cause in wording.open_causes(record):
        if listed.isdisjoint(cause.fingerprints):
            text = f"{cause.title} ({', '.join(cause.codes)}) [{cause.id}]"
            consumers = cause.consumers
            yield Item(ItemKind.BEHAVIOUR, text, summary=cause.title, consumers=consumers, is_known=True)


def _behaviour_item(
    night: Night, text: str, cause: Cause | wording.OpenCause, ended: Collection[str], back: str = ""
) -> Iterator[Item]:
    """The item of a cause, unless it is reported as an acceptance that has ended."""
    if set(cause.fingerprints) <= set(ended):
        return
    earlier = set(cause.fingerprints) & open_findings(night.previous)
    findings = night.record.findings if night.record else ()
    ages = [finding_text.age(finding) for finding in findings if finding.fingerprint == cause.id]
    age = f"; {ages[0]}" if earlier and ages and ages[0] else ""
    yield Item(
        ItemKind.BEHAVIOUR,
        f"{text}{age or back}",
        summary=f"{cause.title}{back}",
        consumers=cause.consumers,
        is_known=bool(earlier),
    )


def _coverage_changes(night: Night) -> Iterator[Item]:
    """What is no longer exercised; a run that was cut short exercises less, which says nothing."""
    record = night.record
    if record is None or record.comparison is None or record.verdict is Verdict.UNDETERMINED:
        return
    before = night.previous.comparison if night.previous else None
    earlier = {_place(loss) for loss in (before.lost if before else ())}
    for group in group_losses(record.comparison.apart):
        yield Item(
            ItemKind.LOST,
            comparison_text.describe_losses(group),
            summary=_summarize_losses(group),
            is_known={_place(loss) for loss in group} <= earlier,
        )


def _place(loss: Loss) -> tuple[str, str, str, str]:
    return loss.what, loss.operation, loss.status, loss.member


def _summarize_losses(group: tuple[Loss, ...]) -> str:
    loss = group[0]
    if loss.member:
        return loss.member.removeprefix("/items/*")
    return f"{loss.operation} {loss.status}".strip()


def find_notes(night: Night) -> Iterator[Item]:
    """What breaks nothing."""
    comparison = night.record.comparison if night.record else None
    sections = comparison_text.sections(comparison) if comparison else ()
    lines = {section.kind: section.lines for section in sections}
    ended = _ended_acceptances(night).keys()
    if comparison and ended >= {finding.fingerprint for finding in comparison.still}:
        lines.pop(SectionKind.STILL_FAILING, None)  # reported as acceptances that have ended
    for section_kind, kind in _NOTES.items():
        yield from (Item(kind, line) for line in lines.get(section_kind, ()))
    for difference in harmless(night.drift):
        if not _is_new(difference, night):
            yield _document_item(difference)
