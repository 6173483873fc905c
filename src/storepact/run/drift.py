"""`storepact drift`: our document compared with the published one, and the consumers affected."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from storepact import __version__
from storepact.drift.constructs import Omission, Omitted
from storepact.drift.differences import Difference, Place
from storepact.drift.documents import compare_documents
from storepact.drift.known_differences import FILE, KnownDifference, load_known_differences
from storepact.drift.rules import Affected, Breaks
from storepact.drift.words import words
from storepact.model.errors import DocumentUnusable
from storepact.model.finding import fingerprint_of
from storepact.model.outcome import Verdict
from storepact.model.values import lean_value
from storepact.openapi.document import Document
from storepact.openapi.load import load_document
from storepact.pacts import Impact, load_contracts
from storepact.record.values import DriftDifference, DriftOmission, DriftPlace, DriftRecord
from storepact.run.decisions import decisions_of
from storepact.transport.download import download, shown_url

#: Raised by a comparison where a document has another type of value than OpenAPI requires.
_MALFORMED = (KeyError, IndexError, TypeError, AttributeError, ValueError, RecursionError)

#: Pointers of one kind of what is not compared that a record lists.
_POINTERS_LISTED = 20


def drift(
    published: str, openapi: Path, contracts: Path, provider: str, *, timeout: float = 30.0
) -> DriftRecord:
    """Compare our document with the published one, a file or a URL.

    `contracts` is a folder of pacts; those with `provider` tell which consumers a difference affects.
    `timeout` is in seconds.

    Raises:
        DocumentUnusable: one of the documents, or the list of known differences, cannot be used.
        PactUnusable: a pact cannot be used.
        Undetermined: a URL does not answer.

    """
    ours = load_document(openapi)
    known_differences = load_known_differences(openapi.with_name(FILE))
    pacts = tuple(contract for contract in load_contracts(contracts) if contract.provider == provider)
    impact = Impact(pacts, ours)
    name = _display_name(published, whole=True)
    downloaded = download(published, timeout=timeout)
    theirs = Document(downloaded.data, Path(name), downloaded.content)
    try:
        comparison = compare_documents(ours, theirs)
    except _MALFORMED as error:
        raise DocumentUnusable(
            name, "cannot be compared: a value in it, or in ours, has another type than OpenAPI requires"
        ) from error
    explained = [_explain(difference, known_differences) for difference in comparison.differences]
    entries = tuple(_to_record(item, impact, ours, theirs) for item in explained)
    unexplained = [entry for entry in entries if entry.breaking and not entry.decision]
    used = {
        entry
        for entry in known_differences
        if any(entry.applies_to(difference) for difference in comparison.differences)
    }
    return DriftRecord(
        format=1,
        storepact=__version__,
        ours=openapi.name,
        published=_display_name(published),
        breaking=len(unexplained),
        differences=entries,
        consumers=tuple(sorted({consumer for entry in unexplained for consumer in entry.consumers})),
        unused=tuple(str(entry) for entry in known_differences if entry not in used),
        not_compared=tuple(_summarize(comparison.omissions)),
        decisions=decisions_of(
            (entry.decision for entry in entries if entry.decision), openapi.with_name("DECISIONS.md")
        ),
    )


def verdict(record: DriftRecord) -> Verdict:
    """Broken if a difference breaks consumers or providers and no decision explains it."""
    return Verdict.BROKEN if record.breaking else Verdict.CONFORMS


def _display_name(published: str, *, whole: bool = False) -> str:
    """A document's name for messages: a file's name, `whole` its path; a URL without its secrets."""
    if "://" in published and not published.lower().startswith("file:"):
        return shown_url(published)
    return published if whole else Path(published).name


def _identity(difference: Difference) -> str:
    """What tells a difference from others of its rule at its place."""
    return f"{difference.ours} {difference.theirs}"


@lean_value(frozen=True)
class _Explained:
    """A difference with the entries of the list that explain it; none if it is new."""

    difference: Difference
    entries: tuple[KnownDifference, ...]

    @property
    def decision(self) -> str:
        return self.entries[0].decision if self.entries else ""


def _explain(difference: Difference, known_differences: Iterable[KnownDifference]) -> _Explained:
    return _Explained(difference, tuple(entry for entry in known_differences if entry.explains(difference)))


def _summarize(omissions: Iterable[Omission]) -> Iterator[DriftOmission]:
    """What was not compared, by kind."""
    by_kind: dict[Omitted, list[str]] = {}
    for omission in omissions:
        by_kind.setdefault(omission.what, []).append(omission.pointer)
    for kind in Omitted:
        pointers = by_kind.get(kind, [])
        if pointers:
            yield DriftOmission(what=kind, count=len(pointers), pointers=tuple(pointers[:_POINTERS_LISTED]))


def _to_record(explained: _Explained, impact: Impact, ours: Document, theirs: Document) -> DriftDifference:
    difference = explained.difference
    was, now = words(difference.rule.id, difference.ours, difference.theirs)
    consumers = {
        consumer
        for place in difference.places
        for consumer in _affected_consumers(difference.rule.affected, place, impact)
    }
    return DriftDifference(
        rule=difference.rule.id,
        breaks=str(difference.breaks),
        breaking=difference.breaks.is_breaking,
        says=difference.rule.message,
        where=difference.where,
        ours=difference.ours,
        theirs=difference.theirs,
        pointer=difference.pointer,
        line=ours.line(difference.pointer) if difference.pointer else None,
        places=tuple(
            DriftPlace(
                operation=place.operation,
                part=place.part,
                status=place.status,
                member=place.member,
                title=place.title,
            )
            for place in difference.places
        ),
        was=was,
        now=now,
        their_pointer=difference.their_pointer,
        their_line=theirs.line(difference.their_pointer) if difference.their_pointer else None,
        fingerprint=fingerprint_of("drift", difference.where, difference.rule.id, _identity(difference)),
        decision=explained.decision,
        consumers=tuple(sorted(consumers)) if difference.breaks is not Breaks.COSMETIC else (),
    )


def _affected_consumers(affected: Affected, place: Place, impact: Impact) -> Iterable[str]:
    """The consumers that a difference at a place affects; all of them if it is about no operation."""
    if not place.operation:
        return impact.consumers
    if affected is Affected.CALLERS or place.part not in ("request", "response"):
        return impact.callers(place.operation)
    if place.part == "response":
        if not place.member:
            interactions = impact.dependents(place.operation, place.status, None)
            return {interaction.consumer for interaction in interactions}
        member = place.member.removeprefix("header ")
        return impact.affected_consumers(place.operation, f"{place.status} {member}")
    if not place.member:
        return impact.callers(place.operation)
    return impact.callers(place.operation, place.member, without_member=affected is Affected.OMITTERS)
