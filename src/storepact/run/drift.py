"""What `storepact drift` does: our document beside the published one, each difference explained, and whom it hurts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from storepact import __version__
from storepact.drift.differences import Difference, Place
from storepact.drift.documents import compare_documents
from storepact.drift.known_differences import FILE, KnownDifference, load_known_differences
from storepact.drift.rules import Breaks
from storepact.drift.subset import select_subset, with_any_schema
from storepact.model.errors import DocumentUnusable
from storepact.openapi.document import Document, load_document
from storepact.openapi.references import check_references
from storepact.pacts import Impact, load_contracts
from storepact.transport.download import download_document, shown_url

FORMAT = 1


def drift(
    published: str, openapi: Path, contracts: Path, provider: str, *, timeout: float = 30.0
) -> dict[str, Any]:
    """Every difference as plain data: whom it breaks, what explains it, which consumers it hurts.

    Raises:
        DocumentUnusable: one of the documents, or the list of known disagreements, cannot be used.
        PactUnusable: a pact cannot be used.
        Undetermined: a URL does not answer.

    """
    ours = load_document(openapi)
    known = load_known_differences(openapi.with_name(FILE))
    mine = tuple(
        load_contract for load_contract in load_contracts(contracts) if load_contract.provider == provider
    )
    impact = Impact(mine, ours)
    theirs = _theirs(download_document(published, timeout=timeout), _named(published, whole=True), ours)
    try:
        every = compare_documents(with_any_schema(ours), theirs)
    except _MALFORMED as error:
        raise _malformed(_named(published, whole=True), error) from None
    found = [_told(each, known, impact, ours) for each in every]
    used = {name for each in found for name in each["entries"]}
    for each in found:
        del each["entries"]
    return {
        "format": FORMAT,
        "storepact": __version__,
        "ours": openapi.name,
        "published": _named(published),
        "breaking": sum(1 for each in found if each["breaking"] and not each["decision"]),
        "differences": found,
        "consumers": sorted(
            {
                name
                for each in found
                if each["breaking"] and not each["decision"]
                for name in each["consumers"]
            }
        ),
        "unused": [
            f"{each.decision}: {each.rule} {each.where}".strip() for each in known if _name(each) not in used
        ],
    }


def _named(published: str, *, whole: bool = False) -> str:
    """A document as it may be told: a file's name, or `whole` its path; a URL without what may be secret in it."""
    if "://" in published and not published.lower().startswith("file:"):
        return shown_url(published)
    return published if whole else Path(published).name


def _theirs(data: Mapping[str, Any], where: str, ours: Document) -> Document:
    try:
        document = Document(select_subset(data, ours), Path(where))
        check_references(document)
        _ = document.operations
    except _MALFORMED as error:
        raise _malformed(where, error) from None
    return document


#: What comes of a document that has something else where OpenAPI has an object, a list or a text.
_MALFORMED = (KeyError, IndexError, TypeError, AttributeError, ValueError, RecursionError)


def _malformed(where: str, error: Exception) -> DocumentUnusable:
    said = f"{type(error).__name__}: {error}"
    return DocumentUnusable(where, f"is not a valid OpenAPI document where it speaks of these paths ({said})")


def _told(
    difference: Difference, known: Iterable[KnownDifference], impact: Impact, ours: Document
) -> dict[str, Any]:
    explained = [each for each in known if each.explains(difference)]
    hurt = sorted({name for place in difference.places for name in _hurt(difference, place, impact)})
    return {
        "rule": difference.rule.id,
        "breaks": str(difference.breaks),
        "breaking": difference.breaks.is_breaking,
        "says": difference.rule.message,
        "where": difference.where,
        "ours": difference.ours,
        "theirs": difference.theirs,
        "pointer": difference.pointer,
        "line": ours.line(difference.pointer) if difference.pointer else None,
        "places": [asdict(place) for place in difference.places],
        "decision": explained[0].decision if explained else "",
        "consumers": hurt if difference.breaks is not Breaks.COSMETIC else [],
        "entries": [_name(each) for each in explained],
    }


def _name(known: KnownDifference) -> str:
    return f"{known.decision} {known.rule} {known.where} {known.theirs} {known.operations}"


def _hurt(difference: Difference, place: Place, impact: Impact) -> Iterable[str]:
    """The consumers that a difference at a place touches."""
    if not place.operation:
        return impact.consumers
    if place.part == "response":
        if difference.rule.id == "response-success-added":
            return impact.callers(place.operation)
        if not place.member:
            return sorted({each.consumer for each in impact.dependents(place.operation, place.status, None)})
        member = place.member.removeprefix("header ")
        return impact.affected(place.operation, f"{place.status} {member}")
    if place.part == "request" and place.member:
        asked_for = difference.rule.id in ("request-member-added-required", "request-member-became-required")
        return impact.callers(place.operation, place.member, without_member=asked_for)
    return impact.callers(place.operation)


def exit_code(found: Mapping[str, Any]) -> int:
    """1 if something breaks that no decision explains, else 0."""
    return 1 if found["breaking"] else 0
