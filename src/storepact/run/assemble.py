"""The end of a run: from what was seen to run.json, plain data that every report is made of."""

from __future__ import annotations

import platform
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from storepact import __version__
from storepact.engines.harness import Settings, rows_not_reached
from storepact.model.outcome import SUITES, Status, Verdict
from storepact.model.paths import shown_path
from storepact.openapi import keywords
from storepact.openapi.document import Document
from storepact.openapi.members import SchemaView
from storepact.pacts import Contract, Impact
from storepact.pacts.impact import Place
from storepact.record import coverage
from storepact.record.acceptance import Acceptance, evaluate_acceptances
from storepact.record.causes import causes
from storepact.record.comparison import Past, compare_runs, since
from storepact.record.recorder import FORMAT, Recorder

_SEVERITIES = ("critical", "error", "warning")


@dataclass(frozen=True)
class RunData:
    """All that a record is made of."""

    recorder: Recorder
    settings: Settings
    document: Document
    contracts: tuple[Contract, ...]
    """Those with this provider."""
    acceptances: tuple[Acceptance, ...]
    bases: Sequence[Mapping[str, Any]]
    """Records of earlier runs to compare with, the oldest first."""
    past: Past
    """What the last runs found, of the history or of the bases."""
    teeth: Mapping[str, Any] | None
    drift: Mapping[str, Any] | None
    """What `storepact drift` said of the published document; None if it was not asked."""
    started: datetime
    seconds: float

    @property
    def today(self) -> date:
        """The day of the run, which decides what has expired."""
        return self.started.date()


def record_not_verified(books: RunData) -> None:
    """Put on record what was not looked at: rows that were not reached, questions that were skipped."""
    recorder = books.recorder
    coverage = {name: dict(counts) for name, counts in recorder.coverage.items()}
    if not coverage and recorder.troubles:
        for operation in books.document.operations:
            recorder.cannot_verify(operation, recorder.troubles[0])
    if coverage:
        for what, reason in rows_not_reached(books.settings, books.document, coverage, set(coverage)):
            recorder.cannot_verify(what, reason)
    for outcome in recorder.outcomes:
        if outcome["status"] in (Status.SKIPPED, Status.UNDETERMINED):
            asked = re.sub(r"^test_\w+\[(.*)\]$", r"\1", outcome["name"])
            recorder.cannot_verify(f"{outcome['suite']}: {asked}", outcome["reason"])


def assemble_record(books: RunData) -> dict[str, Any]:
    """The record of a run, findings worst first, everything else in order."""
    recorder, settings = books.recorder, books.settings
    findings = _findings(recorder)
    whole = set(SUITES) <= {outcome["suite"] for outcome in recorder.outcomes}
    accepted = evaluate_acceptances(
        books.acceptances, {finding["fingerprint"] for finding in findings}, books.today, whole=whole
    )
    for each in findings:
        held = accepted.active.get(each["fingerprint"])
        each["accepted"] = None if held is None else held.as_data()
        each["since"] = since(each["fingerprint"], books.past, books.started.isoformat(timespec="seconds"))
    groups = causes(findings)
    for group in groups:
        for each in findings:
            if each["fingerprint"] in group["fingerprints"]:
                each["cause"] = group["id"]
    record: dict[str, Any] = {
        "format": FORMAT,
        "storepact": __version__,
        "python": platform.python_version(),
        "reasons": recorder.troubles,
        "target": settings.target,
        "base_url": settings.base_url,
        "scope": {"project": settings.project, "environment": settings.environment},
        "writes": settings.writable,
        "seed": settings.seed,
        "profile": settings.profile,
        "document": settings.openapi.name,
        "document_path": shown_path(settings.openapi),
        "contracts": sorted({contract.consumer for contract in books.contracts if contract.interactions}),
        "started": books.started.isoformat(timespec="seconds"),
        "duration_s": round(books.seconds, 3),
        "outcomes": sorted(recorder.outcomes, key=lambda each: (each["suite"], each["name"])),
        "findings": findings,
        "causes": groups,
        "acceptances": accepted.as_data(),
        "coverage": {
            name: dict(sorted(counts.items())) for name, counts in sorted(recorder.coverage.items())
        },
        "observed": _observed(books),
        "latency": coverage.latencies(recorder.seconds),
        "rows": _rows(books),
        "keywords": _keywords(books),
        "places": _places(books.document, findings),
        "exchanges_total": recorder.exchanges,
        "not_verified": [{"what": what, "reason": reason} for what, reason in sorted(recorder.not_verified)],
        "impact": impact_of(books, findings),
    }
    if books.bases:
        record["comparison"] = compare_runs(books.bases, record, books.past)
    if books.teeth is not None:
        record["teeth"] = dict(books.teeth)
    if books.drift is not None:
        record["published"] = _published(books.drift)
    broken = [
        *record.get("comparison", {}).get("lost", ()),
        *["published"] * record.get("published", {}).get("breaking", 0),
    ]
    verdict = recorder.verdict_with(accepted.active.keys(), lost=broken)
    record["verdict"], record["exit_code"] = str(verdict), verdict.exit_code
    if "comparison" in record:
        record["comparison"]["run"]["verdict"] = str(verdict)
    return record


def _published(drift: Mapping[str, Any]) -> dict[str, Any]:
    """What no decision explains of the published document."""
    names = ("rule", "breaks", "breaking", "says", "where", "ours", "theirs", "consumers")
    unexplained = [
        {name: difference[name] for name in names}
        for difference in drift["differences"]
        if not difference["decision"]
    ]
    return {"name": drift["published"], "breaking": drift["breaking"], "unexplained": unexplained}


def _findings(recorder: Recorder) -> list[dict[str, Any]]:
    plain = (
        {name: value for name, value in finding.items() if name != "_weight"}
        for finding in recorder.findings.values()
    )
    return sorted(
        plain,
        key=lambda each: (
            _SEVERITIES.index(each["severity"]),
            each["code"],
            each["operation"],
            each["locus"],
            each["source"],
        ),
    )


def _observed(books: RunData) -> dict[str, Any]:
    """What answers looked like; texts that the run itself has sent say nothing about the provider."""
    sent = {
        "/" + "/".join(path)
        for operation in books.document.operations.values()
        if operation.body_pointer is not None
        for path, _ in SchemaView(books.document, ((operation.body_pointer, True),)).all_members()
    }
    found = {place: shape.as_record() for place, shape in sorted(books.recorder.shapes.items())}
    for shape in found.values():
        for pointer, told in shape["members"].items():
            if pointer.removeprefix("/items/*") in sent:
                told["values"] = None
    return found


def _rows(books: RunData) -> list[dict[str, Any]]:
    recorder, reached = (
        books.recorder,
        {name: dict(counts) for name, counts in books.recorder.coverage.items()},
    )
    if not reached:
        return []
    why = {}
    for what, reason in rows_not_reached(books.settings, books.document, reached, set(reached)):
        operation, _, status = what.rpartition(" ")
        why[operation, status] = reason
    return coverage.rows(books.document, recorder.rows, why)


def _keywords(books: RunData) -> list[dict[str, Any]]:
    """Every keyword of the requests, and whether a value that keeps it and one that breaks it were sent."""
    tried, document = books.recorder.tried, books.document
    if not tried:
        return []
    return [
        {
            "operation": operation.id,
            "pointer": pointer,
            "line": document.line(pointer),
            "kept": (operation.id, pointer, True) in tried,
            "broken": (operation.id, pointer, False) in tried,
        }
        for operation in document.operations.values()
        for pointer in keywords.declared_keywords(document, operation)
    ]


def _places(document: Document, findings: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """The lines of the document that findings point to."""
    found = {}
    for pointer in sorted({finding["pointer"] for finding in findings}):
        excerpt = document.excerpt(pointer)
        if excerpt is not None:
            line, column, lines = excerpt
            found[pointer] = {"line": line, "column": column, "lines": list(lines)}
    return found


def impact_of(books: RunData, findings: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Who relies on what, and which findings touch it."""
    impact = Impact(books.contracts, books.document)
    hits: dict[Place, list[str]] = {}
    for finding in findings:
        for place in impact.affected_places(finding["operation"], finding["touches"] or finding["locus"]):
            hits.setdefault(place, []).append(finding["fingerprint"])
    places = [
        {**asdict(place), "consumers": list(names), "findings": sorted(hits.get(place, ()))}
        for place, names in impact.by_place.items()
    ]
    return {"consumers": list(impact.consumers), "places": places}


def verdict_of(record: Mapping[str, Any]) -> Verdict:
    """What a record says in the end."""
    return Verdict(record["verdict"])
