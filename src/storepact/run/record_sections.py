"""Sections of a record that are made from what a run has gathered: rows, keywords, places, impact."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from storepact.model.outcome import Reason
from storepact.openapi import keywords
from storepact.openapi.document import Document
from storepact.pacts import Impact
from storepact.pacts.impact import Place
from storepact.record import coverage
from storepact.record.values import (
    DocumentPlace,
    DriftRecord,
    Finding,
    ImpactMap,
    ImpactPlace,
    Keyword,
    Published,
    PublishedDifference,
    Row,
)
from storepact.run.run_data import RunData


def published_section(drift: DriftRecord) -> Published:
    """The differences of the published document that no decision explains."""
    return Published(
        name=drift.published,
        breaking=drift.breaking,
        unexplained=tuple(
            msgspec.convert(difference, PublishedDifference, from_attributes=True)
            for difference in drift.differences
            if not difference.decision
        ),
    )


def unreached_rows(run: RunData) -> dict[tuple[str, str], Reason]:
    """The rows of operation and status that were not reached, and why."""
    prepared, selected = run.prepared, run.prepared.options.operations
    reasons = coverage.unreached_rows(prepared.document, run.coverage, writable=prepared.settings.writable)
    return {
        row: reason if not selected or row[0] in selected else Reason.NOT_SELECTED
        for row, reason in reasons.items()
    }


def coverage_rows(run: RunData) -> tuple[Row, ...]:
    """The rows of the document, each with how often it was reached or why it was not."""
    if not run.coverage:
        return ()
    return coverage.rows(run.prepared.document, run.recorder.rows, unreached_rows(run))


def keywords_of_requests(run: RunData) -> Iterator[Keyword]:
    """Yield the keywords of the requests, and whether valid and invalid values for each were sent."""
    tried, document = run.recorder.tried, run.prepared.document
    if not tried:
        return
    for operation in document.operations.values():
        for pointer in keywords.declared_keywords(document, operation):
            yield Keyword(
                operation=operation.id,
                pointer=pointer,
                line=document.line(pointer),
                kept=(operation.id, pointer, True) in tried,
                broken=(operation.id, pointer, False) in tried,
            )


def document_places(document: Document, findings: Iterable[Finding]) -> dict[str, DocumentPlace]:
    """The lines of the document that findings point to."""
    places = {}
    for pointer in sorted({finding.pointer for finding in findings}):
        excerpt = document.excerpt(pointer)
        if excerpt is not None:
            line, column, lines = excerpt
            places[pointer] = DocumentPlace(line=line, column=column, lines=tuple(lines))
    return places


def impact_map(run: RunData, findings: Iterable[Finding]) -> ImpactMap:
    """Which consumers rely on what, and which findings touch it."""
    impact = Impact(run.prepared.contracts, run.prepared.document)
    touching: dict[Place, list[str]] = {}
    for finding in findings:
        for place in impact.affected_places(finding.operation, finding.touches or finding.locus):
            touching.setdefault(place, []).append(finding.fingerprint)
    places = tuple(
        ImpactPlace(
            operation=place.operation,
            status=place.status,
            member=place.member,
            consumers=tuple(names),
            findings=tuple(sorted(touching.get(place, ()))),
        )
        for place, names in impact.by_place.items()
    )
    return ImpactMap(consumers=tuple(impact.consumers), places=places)
