"""The record of a run (run.json): one function for each of its sections."""

from __future__ import annotations

import platform
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from storepact import __version__
from storepact.engines.rows import rows_not_reached
from storepact.model.outcome import SUITES
from storepact.model.paths import shown_path
from storepact.openapi import keywords
from storepact.openapi.document import Document
from storepact.openapi.members import SchemaView
from storepact.pacts import Impact
from storepact.pacts.impact import Place
from storepact.record import coverage
from storepact.record.acceptance import AcceptanceStatus, evaluate_acceptances
from storepact.record.causes import causes
from storepact.record.comparison import Past, compare_runs, since
from storepact.record.recorder import FORMAT, Recorder
from storepact.run.session import PreparedRun

_SEVERITIES = ("critical", "error", "warning")


@dataclass(frozen=True)
class RunData:
    """What a record is made of."""

    prepared: PreparedRun
    recorder: Recorder
    teeth: Mapping[str, Any] | None = None
    """The proof in the report folder, if there is one."""

    @property
    def coverage(self) -> dict[str, dict[str, int]]:
        """How often each status of each operation was seen."""
        return {name: dict(counts) for name, counts in sorted(self.recorder.coverage.items())}


def record_not_verified(run: RunData) -> None:
    """Record the rows of the document that no response reached, and why."""
    recorder, document = run.recorder, run.prepared.document
    if run.coverage:
        for row, reason in _rows_not_reached(run):
            recorder.cannot_verify(row, reason)
    elif recorder.troubles:
        for operation in document.operations:
            recorder.cannot_verify(operation, recorder.troubles[0])


def assemble_record(run: RunData, past: Past) -> dict[str, Any]:
    """The record of a run, its findings the worst first; `past` are the findings of the last runs."""
    findings = _findings(run.recorder)
    acceptances = _evaluate_acceptances(run, findings)
    groups = causes(findings)
    _annotate(findings, groups, acceptances, past, _started(run))
    record = {
        **_settings(run),
        **_evidence(run),
        "findings": findings,
        "causes": groups,
        "acceptances": acceptances.as_data(),
        "places": _places(run.prepared.document, findings),
        "impact": _impact(run, findings),
    }
    return {**record, **_conclusion(run, record, acceptances, past)}


def _started(run: RunData) -> str:
    return run.prepared.clock.started.isoformat(timespec="seconds")


def _settings(run: RunData) -> dict[str, Any]:
    """The versions, the target and the settings of the run."""
    prepared, settings = run.prepared, run.prepared.settings
    project, environment = prepared.scope
    return {
        "format": FORMAT,
        "storepact": __version__,
        "python": platform.python_version(),
        "target": settings.target,
        "base_url": prepared.options.base_url,
        "scope": {"project": project, "environment": environment},
        "writes": settings.writable,
        "seed": settings.seed,
        "profile": settings.profile,
        "document": settings.document_path.name,
        "document_path": shown_path(settings.document_path),
        "contracts": sorted({contract.consumer for contract in prepared.contracts if contract.interactions}),
        "started": _started(run),
        "duration_s": round(prepared.clock.seconds, 3),
    }


def _evidence(run: RunData) -> dict[str, Any]:
    """What the tests recorded: outcomes, coverage, the shapes and times of responses, what was not verified."""
    recorder = run.recorder
    return {
        "reasons": recorder.troubles,
        "outcomes": sorted(recorder.outcomes, key=lambda outcome: (outcome["suite"], outcome["name"])),
        "coverage": {name: dict(sorted(counts.items())) for name, counts in run.coverage.items()},
        "observed": _observed(run),
        "latency": coverage.latencies(recorder.seconds),
        "rows": _rows(run),
        "keywords": _keywords(run),
        "exchanges_total": recorder.exchanges,
        "not_verified": [{"what": what, "reason": reason} for what, reason in sorted(recorder.not_verified)],
    }


def _conclusion(
    run: RunData, record: dict[str, Any], acceptances: AcceptanceStatus, past: Past
) -> dict[str, Any]:
    """The verdict, and what takes part in it: the comparison with a baseline and the published document."""
    prepared = run.prepared
    parts: dict[str, Any] = {}
    if prepared.earlier.bases:
        parts["comparison"] = compare_runs(prepared.earlier.bases, record, past)
    if run.teeth is not None:
        parts["teeth"] = dict(run.teeth)
    if prepared.drift is not None:
        parts["published"] = _published(prepared.drift)
    lost = [
        *parts.get("comparison", {}).get("lost", ()),
        *["published"] * parts.get("published", {}).get("breaking", 0),
    ]
    verdict = run.recorder.verdict_with(acceptances.active.keys(), lost=lost)
    if "comparison" in parts:
        parts["comparison"]["run"]["verdict"] = str(verdict)
    return {**parts, "verdict": str(verdict), "exit_code": verdict.exit_code}


def _findings(recorder: Recorder) -> list[dict[str, Any]]:
    plain = (
        {name: value for name, value in finding.items() if name != "_weight"}
        for finding in recorder.findings.values()
    )
    return sorted(
        plain,
        key=lambda finding: (
            _SEVERITIES.index(finding["severity"]),
            finding["code"],
            finding["operation"],
            finding["locus"],
            finding["source"],
        ),
    )


def _evaluate_acceptances(run: RunData, findings: list[dict[str, Any]]) -> AcceptanceStatus:
    complete = set(SUITES) <= {outcome["suite"] for outcome in run.recorder.outcomes}
    fingerprints = {finding["fingerprint"] for finding in findings}
    return evaluate_acceptances(run.prepared.acceptances, fingerprints, run.prepared.today, whole=complete)


def _annotate(
    findings: list[dict[str, Any]],
    groups: list[dict[str, Any]],
    acceptances: AcceptanceStatus,
    past: Past,
    started: str,
) -> None:
    """Note on each finding its acceptance, its cause, and since when it is there."""
    cause_of = {fingerprint: group["id"] for group in groups for fingerprint in group["fingerprints"]}
    for finding in findings:
        fingerprint = finding["fingerprint"]
        acceptance = acceptances.active.get(fingerprint)
        finding["accepted"] = None if acceptance is None else acceptance.as_data()
        finding["since"] = since(fingerprint, past, started)
        finding["cause"] = cause_of[fingerprint]


def _published(drift: Mapping[str, Any]) -> dict[str, Any]:
    """The differences of the published document that no decision explains."""
    names = ("rule", "breaks", "breaking", "says", "where", "ours", "theirs", "consumers")
    unexplained = [
        {name: difference[name] for name in names}
        for difference in drift["differences"]
        if not difference["decision"]
    ]
    return {"name": drift["published"], "breaking": drift["breaking"], "unexplained": unexplained}


def _observed(run: RunData) -> dict[str, Any]:
    """The shapes of responses; values that the run itself has sent say nothing about the provider."""
    document = run.prepared.document
    sent = {
        "/" + "/".join(path)
        for operation in document.operations.values()
        if operation.body_pointer is not None
        for path, _ in SchemaView(document, ((operation.body_pointer, True),)).all_members()
    }
    shapes = {place: shape.as_record() for place, shape in sorted(run.recorder.shapes.items())}
    for shape in shapes.values():
        for pointer, member in shape["members"].items():
            if pointer.removeprefix("/items/*") in sent:
                member["values"] = None
    return shapes


def _rows_not_reached(run: RunData) -> Iterable[tuple[str, str]]:
    reached = run.coverage
    return rows_not_reached(run.prepared.settings.writable, run.prepared.document, reached, set(reached))


def _rows(run: RunData) -> list[dict[str, Any]]:
    """The rows of the document, each with how often it was reached or why it was not."""
    if not run.coverage:
        return []
    reasons = {}
    for row, reason in _rows_not_reached(run):
        operation, _, status = row.rpartition(" ")
        reasons[operation, status] = reason
    return coverage.rows(run.prepared.document, run.recorder.rows, reasons)


def _keywords(run: RunData) -> list[dict[str, Any]]:
    """Every keyword of the requests, and whether a value that keeps it and one that breaks it were sent."""
    tried, document = run.recorder.tried, run.prepared.document
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
    places = {}
    for pointer in sorted({finding["pointer"] for finding in findings}):
        excerpt = document.excerpt(pointer)
        if excerpt is not None:
            line, column, lines = excerpt
            places[pointer] = {"line": line, "column": column, "lines": list(lines)}
    return places


def _impact(run: RunData, findings: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Which consumers rely on what, and which findings touch it."""
    impact = Impact(run.prepared.contracts, run.prepared.document)
    touching: dict[Place, list[str]] = {}
    for finding in findings:
        for place in impact.affected_places(finding["operation"], finding["touches"] or finding["locus"]):
            touching.setdefault(place, []).append(finding["fingerprint"])
    places = [
        {**asdict(place), "consumers": list(names), "findings": sorted(touching.get(place, ()))}
        for place, names in impact.by_place.items()
    ]
    return {"consumers": list(impact.consumers), "places": places}
