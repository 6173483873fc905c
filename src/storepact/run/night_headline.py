"""The first line of the nightly summary: what changed, whom it affects, and since when it is broken."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from storepact.model.counts import many
from storepact.model.outcome import Verdict
from storepact.record.losses import group_losses
from storepact.record.values import DriftRecord, Loss, Record
from storepact.report import wording
from storepact.report.comparison_text import response_changes
from storepact.run.night import Item, ItemKind, Night
from storepact.run.night_changes import harmless

#: Items that the first line names before it counts the rest.
_NAMED = 3

_ACCEPTANCES = frozenset({ItemKind.EXPIRED, ItemKind.WITHDRAWN})


def write_headline(night: Night, changes: Sequence[Item], error: str) -> str:
    """The first line of a night with these changes; `error` is why there is no record, else empty."""
    record = night.record
    new = [item for item in changes if not item.is_known]
    if new:
        return _describe_new(night, new)
    if record is None and not changes:
        return f"Undetermined: {error}"
    if changes or (record is not None and record.verdict is Verdict.BROKEN):
        return _describe_still_broken(night, changes)
    assert record is not None
    if record.verdict is Verdict.UNDETERMINED:
        return f"Undetermined: {wording.undetermined_reason(record)}"
    return _describe_green(night, record)


# something is new


def _describe_new(night: Night, items: Sequence[Item]) -> str:
    kinds = {item.kind for item in items}
    if kinds <= _ACCEPTANCES:
        return (
            f"{_ended_acceptances(items)}; {_affects(items)}. {_broken_since(night) or _last_green(night)}."
        )
    since = _since(night)
    if kinds == {ItemKind.LOST}:
        lost = f"{_name(items)} no longer exercised{_lost_permission(night)}; no new findings"
        return f"Coverage lost {since}: {lost}{_also_broken(night)}."
    ended = [item for item in items if item.kind in _ACCEPTANCES]
    first = next(item for item in items if item not in ended)
    count = len(items) - len(ended) - 1
    more = f" and {count} more" if count else ""
    also = f"; {_lower(_ended_acceptances(ended))}" if ended else ""
    changes = many(len(items), "change")
    return f"{changes} {since}; {_affects(items)}: {_with_kind(first)}{more}{also}{_also_broken(night)}"


def _lost_permission(night: Night) -> str:
    """That the run could only read what the green one could write, which is why it exercised less."""
    record = night.record
    if (
        record is None
        or record.comparison is None
        or record.writes
        or "writes" not in record.comparison.differs
    ):
        return ""
    return ", as the run had no --allow-writes and the green run had"


def _ended_acceptances(items: Sequence[Item]) -> str:
    expired = all(item.kind is ItemKind.EXPIRED for item in items)
    what = "expired" if expired else "ended"
    count = f"{len(items)} acceptances {what}, first" if len(items) > 1 else f"Acceptance {what}"
    return f"{count}: {items[0].summary}"


def _since(night: Night) -> str:
    """What the new changes are compared with: the previous run where that was broken, else the green one."""
    record, previous = night.record, night.previous
    if night.broken is not None and previous is not None:
        return f"since the run {night.previous_number} of {wording.moment(previous.started)}"
    if record is None or record.comparison is None:
        return "(no green run is kept to compare with)"
    return f"since the green run {night.base} of {wording.moment(record.comparison.base.started)}"


def _also_broken(night: Night) -> str:
    since = _broken_since(night)
    return f"; {_lower(since)}" if since else ""


# nothing is new


def _describe_still_broken(night: Night, items: Sequence[Item]) -> str:
    since = _since_run(night)
    start = f"Still broken {since}" if since else "Still broken"
    line = f"{start}; {_lower(_last_green(night))}"
    if {item.kind for item in items} == {ItemKind.LOST}:
        line += f"; no longer exercised: {_name(items)}"
    elif items:
        line += f"; {_affects(items)}: {_join([_with_kind(item) for item in items])}"
    return f"{line}.{_published_sentence(night.drift)}"


def _broken_since(night: Night) -> str:
    since = _since_run(night)
    return f"Broken {since}" if since else ""


def _since_run(night: Night) -> str:
    """Since when the target is broken; empty if it was not before."""
    if night.broken is None:
        return ""
    first = night.broken
    runs = many(first.count + 1, "run")
    return f"since run {first.number} of {wording.moment(first.started)} ({runs})"


def _last_green(night: Night) -> str:
    comparison = night.record.comparison if night.record else None
    if comparison is None:
        return "No green run is kept"
    return f"Last green run: {night.base} of {wording.moment(comparison.base.started)}"


# green


def _describe_green(night: Night, record: Record) -> str:
    comparison = record.comparison
    rest = f"{wording.headline(record)}{_published_sentence(night.drift)}"
    if night.broken is not None and night.previous is not None:
        first = night.broken
        runs = many(first.count, "broken run")
        since = "since " if first.count > 1 else ""
        start = f"{since}run {first.number} of {wording.moment(first.started)}"
        ended = "; ".join(_describe_ends(night.previous, record, night.drift)) or "no test failed"
        return f"Green again after {runs} ({start}); {ended}. {rest}"
    if comparison is None:
        return f"Nothing to compare with: no green run is kept. {rest}"
    since = f"since the green run {night.base} of {wording.moment(comparison.base.started)}"
    count = len(response_changes(comparison))
    responses = f"responses: {many(count, 'change')} below" if count else ""
    if comparison.ended:  # what was accepted
        ended = _join([cause.title for cause in comparison.ended])
        return f"No new findings {since}; gone: {ended}{'; ' if count else ''}{responses}. {rest}"
    if count:
        return f"Nothing changed {since}, except {responses}. {rest}"
    return f"Nothing changed {since}. {rest}"


def _describe_ends(previous: Record, record: Record, drift: DriftRecord | None) -> Iterator[str]:
    """What the previous run was broken by, and this one is not."""
    findings = {finding.fingerprint: finding for finding in record.findings}
    causes = wording.open_causes(previous)
    gone = [cause.title for cause in causes if not findings.keys() & set(cause.fingerprints)]
    accepted = [
        f"{cause.title} ({entry.reason})"
        for cause in causes
        for entry in [findings[cause.fingerprints[0]].accepted if cause.fingerprints[0] in findings else None]
        if entry is not None
    ]
    lost = [loss.member or f"{loss.operation} {loss.status}".strip() for loss in _losses(previous)]
    for title, names in (("gone", gone), ("accepted", accepted), ("exercised again", lost)):
        if names:
            yield f"{title}: {_join(names)}"
    if previous.published and previous.published.breaking and drift is not None:
        yield "the published document breaks nothing any more"


def _losses(record: Record) -> Iterator[Loss]:
    losses = record.comparison.lost if record.comparison else ()
    yield from (group[0] for group in group_losses(losses))


def _published_sentence(published: DriftRecord | None) -> str:
    """How a published document that breaks nothing differs, as a sentence that follows others."""
    if published is None or published.breaking:
        return ""
    count = len(harmless(published))
    if not count:
        return " The published document has no unexplained differences."
    differences = many(count, "unexplained difference")
    return f" The published document breaks nothing, and has {differences}: see below."


def _affects(items: Sequence[Item]) -> str:
    return wording.affects(sorted({consumer for item in items for consumer in item.consumers}))


def _name(items: Sequence[Item]) -> str:
    return _join([item.summary for item in items])


def _with_kind(item: Item) -> str:
    """The change in a few words, which say what kind it is where the change alone does not."""
    is_plain = item.kind in (ItemKind.BEHAVIOUR, ItemKind.DOCUMENT)
    return item.summary if is_plain else f"{item.kind}: {item.summary}"


def _join(names: Sequence[str]) -> str:
    """The first names, which may hold commas, and how many more there are."""
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return "; ".join(names[:_NAMED]) + more


def _lower(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:]
