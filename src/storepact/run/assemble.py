"""The end of a run: from what was seen to run.json, plain data that every report is made of."""

from __future__ import annotations

import os
import platform
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from storepact import __version__
from storepact.engines.harness import Settings, rows_not_reached
from storepact.model.outcome import SUITES, Status, Verdict
from storepact.openapi import keywords
from storepact.openapi.document import Fragment
from storepact.openapi.members import Described
from storepact.pacts import Contract, Impact
from storepact.pacts.impact import Place
from storepact.record import coverage
from storepact.record.acceptance import Acceptance, weighed
from storepact.record.causes import causes
from storepact.record.comparison import Past, compared, since
from storepact.record.recorder import FORMAT, Recorder

_SEVERITIES = ("critical", "error", "warning")


@dataclass(frozen=True)
class Books:
    """All that a record is made of."""

    recorder: Recorder
    settings: Settings
    fragment: Fragment
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


def note_open(books: Books) -> None:
    """Put on record what was not looked at: rows that were not reached, questions that were skipped."""
    recorder = books.recorder
    coverage = {name: dict(counts) for name, counts in recorder.coverage.items()}
    if not coverage and recorder.troubles:
        for operation in books.fragment.operations:
            recorder.cannot_verify(operation, recorder.troubles[0])
    if coverage:
        for what, reason in rows_not_reached(books.settings, books.fragment, coverage, set(coverage)):
            recorder.cannot_verify(what, reason)
    for outcome in recorder.outcomes:
        if outcome["status"] in (Status.SKIPPED, Status.UNDETERMINED):
            asked = re.sub(r"^test_\w+\[(.*)\]$", r"\1", outcome["name"])
            recorder.cannot_verify(f"{outcome['suite']}: {asked}", outcome["reason"])


def record_of(books: Books) -> dict[str, Any]:
    """The record of a run, findings worst first, everything else in order."""
    recorder, settings = books.recorder, books.settings
    findings = _findings(recorder)
    whole = set(SUITES) <= {outcome["suite"] for outcome in recorder.outcomes}
    accepted = weighed(books.acceptances, {each["fingerprint"] for each in findings}, books.today, whole=whole)
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
        "contracts": sorted({each.consumer for each in books.contracts if each.interactions}),
        "started": books.started.isoformat(timespec="seconds"),
        "duration_s": round(books.seconds, 3),
        "outcomes": sorted(recorder.outcomes, key=lambda each: (each["suite"], each["name"])),
        "findings": findings,
        "causes": groups,
        "acceptances": accepted.as_data(),
        "coverage": {name: dict(sorted(counts.items())) for name, counts in sorted(recorder.coverage.items())},
        "observed": _observed(books),
        "latency": coverage.latencies(recorder.seconds),
        "rows": _rows(books),
        "keywords": _keywords(books),
        "places": _places(books.fragment, findings),
        "exchanges_total": recorder.exchanges,
        "not_verified": [{"what": what, "reason": reason} for what, reason in sorted(recorder.not_verified)],
        "impact": impact_of(books, findings),
    }
    if books.bases:
        record["comparison"] = compared(books.bases, record, books.past)
    if books.teeth is not None:
        record["teeth"] = dict(books.teeth)
    if books.drift is not None:
        record["published"] = _published(books.drift)
    broken = [*record.get("comparison", {}).get("lost", ()), *["published"] * record.get("published", {}).get("breaking", 0)]
    verdict = recorder.verdict_with(accepted.active.keys(), lost=broken)
    record["verdict"], record["exit_code"] = str(verdict), verdict.exit_code
    if "comparison" in record:
        record["comparison"]["run"]["verdict"] = str(verdict)
    return record


def _published(drift: Mapping[str, Any]) -> dict[str, Any]:
    """What no decision explains of the published document."""
    names = ("rule", "breaks", "breaking", "says", "where", "ours", "theirs", "consumers")
    unexplained = [{name: each[name] for name in names} for each in drift["differences"] if not each["decision"]]
    return {"name": drift["published"], "breaking": drift["breaking"], "unexplained": unexplained}


def _findings(recorder: Recorder) -> list[dict[str, Any]]:
    plain = ({name: value for name, value in each.items() if name != "_weight"} for each in recorder.findings.values())
    return sorted(
        plain,
        key=lambda each: (_SEVERITIES.index(each["severity"]), each["code"], each["operation"], each["locus"], each["source"]),
    )


def _observed(books: Books) -> dict[str, Any]:
    """What answers looked like; texts that the run itself has sent say nothing about the provider."""
    sent = {
        "/" + "/".join(path)
        for operation in books.fragment.operations.values()
        if operation.body_pointer is not None
        for path, _ in Described(books.fragment, ((operation.body_pointer, True),)).everything()
    }
    found = {place: shape.as_record() for place, shape in sorted(books.recorder.shapes.items())}
    for shape in found.values():
        for pointer, told in shape["members"].items():
            if pointer.removeprefix("/items/*") in sent:
                told["values"] = None
    return found


def _rows(books: Books) -> list[dict[str, Any]]:
    recorder, reached = books.recorder, {name: dict(counts) for name, counts in books.recorder.coverage.items()}
    if not reached:
        return []
    why = {}
    for what, reason in rows_not_reached(books.settings, books.fragment, reached, set(reached)):
        operation, _, status = what.rpartition(" ")
        why[operation, status] = reason
    return coverage.rows(books.fragment, recorder.rows, why)


def _keywords(books: Books) -> list[dict[str, Any]]:
    """Every keyword of the requests, and whether a value that keeps it and one that breaks it were sent."""
    tried, fragment = books.recorder.tried, books.fragment
    if not tried:
        return []
    return [
        {
            "operation": operation.id,
            "pointer": pointer,
            "line": fragment.line(pointer),
            "kept": (operation.id, pointer, True) in tried,
            "broken": (operation.id, pointer, False) in tried,
        }
        for operation in fragment.operations.values()
        for pointer in keywords.declared(fragment, operation)
    ]


def _places(fragment: Fragment, findings: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """The lines of the document that findings point to."""
    found = {}
    for pointer in sorted({each["pointer"] for each in findings}):
        excerpt = fragment.excerpt(pointer)
        if excerpt is not None:
            line, column, lines = excerpt
            found[pointer] = {"line": line, "column": column, "lines": list(lines)}
    return found


def impact_of(books: Books, findings: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Who relies on what, and which findings touch it."""
    impact = Impact(books.contracts, books.fragment)
    hits: dict[Place, list[str]] = {}
    for finding in findings:
        for place in impact.places_hit(finding["operation"], finding["touches"] or finding["locus"]):
            hits.setdefault(place, []).append(finding["fingerprint"])
    places = [
        {**asdict(place), "consumers": list(names), "findings": sorted(hits.get(place, ()))}
        for place, names in impact.by_place.items()
    ]
    return {"consumers": list(impact.consumers), "places": places}


def shown_path(path: Path) -> str:
    """A path as a repository's tools know it: relative where it is below this folder, else its last two names."""
    if "_data" in path.parts and (Path("openapi") / path.name).is_file():
        return f"openapi/{path.name}"  # the packaged one, in a checkout of the project
    told = os.path.relpath(path.absolute())
    return "/".join(path.absolute().parts[-2:]) if told.startswith("..") or os.path.isabs(told) else told.replace(os.sep, "/")


def verdict_of(record: Mapping[str, Any]) -> Verdict:
    """What a record says in the end."""
    return Verdict(record["verdict"])
