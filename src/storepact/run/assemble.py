"""The record of a run (run.json): one function for each of its sections."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterable, Iterator, Sequence

import msgspec

from storepact import __version__
from storepact.model.outcome import SUITES, Reason, Verdict, sentence_of
from storepact.model.paths import shown_path
from storepact.pacts import Contract
from storepact.record import coverage
from storepact.record.acceptance import AcceptanceStatus, evaluate_acceptances
from storepact.record.causes import group_findings
from storepact.record.comparison import Past, compare_runs, rename_past, since
from storepact.record.distinct_messages import distinguish_messages
from storepact.record.recorder import traffic_section
from storepact.record.values import (
    FORMAT,
    Cause,
    Comparison,
    Finding,
    Record,
)
from storepact.run.completeness import find_shortfalls
from storepact.run.decisions import add_decisions, decisions_section
from storepact.run.locations import Locations
from storepact.run.observed_shapes import observed_section
from storepact.run.record_sections import (
    coverage_rows,
    document_places,
    impact_map,
    keywords_of_requests,
    published_section,
    unreached_rows,
)
from storepact.run.run_data import RunData
from storepact.run.selection import left_out
from storepact.run.settings import Settings


def record_gaps(run: RunData) -> None:
    """Record what the user left out, and the rows of the document that no response reached, and why.

    A selection of tests is not expected to reach them: of it, only what was left out is recorded.
    """
    recorder, document, options = run.recorder, run.prepared.document, run.prepared.options
    for name in left_out(document, options.operations, options.excluded_checks):
        recorder.cannot_verify(name, sentence_of(Reason.NOT_SELECTED), Reason.NOT_SELECTED)
    if run.is_selection or run.shard is not None:
        return
    if run.coverage:
        for (operation, status), reason in unreached_rows(run).items():
            if reason is not Reason.NOT_SELECTED:
                recorder.cannot_verify(f"{operation} {status}", sentence_of(reason), reason)
    elif recorder.troubles:
        for operation in document.operations:
            recorder.cannot_verify(operation, recorder.troubles[0], Reason.RUN_FAILED)


def assemble_record(run: RunData, past: Past, previous: Record | None = None) -> Record:
    """Return the record of a run, its findings the worst first.

    `past` are the findings of the last runs, `previous` is the record of the last of them.
    """
    prepared, recorder, settings = run.prepared, run.recorder, run.prepared.settings
    project, environment = prepared.scope
    findings = _sort(recorder.findings.values())
    acceptances = _evaluate_acceptances(run, findings)
    causes = group_findings(findings)
    started = prepared.clock.started.isoformat(timespec="seconds")
    verdict = recorder.verdict_with(acceptances.active.keys())
    described = _annotate(findings, causes, acceptances, past, started)
    record = Record(
        format=FORMAT,
        storepact=__version__,
        python=platform.python_version(),
        verdict=verdict,
        exit_code=verdict.exit_code,
        reasons=tuple(dict.fromkeys(recorder.troubles)),
        target=settings.target,
        base_url=prepared.options.base_url,
        scope={"project": project, "environment": environment},
        writes=settings.writable,
        seed=settings.seed,
        profile=prepared.options.profile.name,
        document=settings.document_path.name,
        document_path=shown_path(settings.document_path),
        contracts=_consumers(prepared.contracts),
        started=started,
        duration_s=round(prepared.clock.seconds, 3),
        outcomes=tuple(sorted(recorder.outcomes, key=lambda outcome: (outcome.suite, outcome.name))),
        findings=tuple(add_decisions(Locations(prepared).add(described), prepared.family)),
        causes=causes,
        acceptances=acceptances.to_record(),
        coverage={name: dict(sorted(counts.items())) for name, counts in run.coverage.items()},
        observed=observed_section(prepared.document, prepared.family.api, recorder.shapes),
        latency=coverage.latencies(recorder.seconds),
        rows=coverage_rows(run),
        keywords=tuple(keywords_of_requests(run)),
        places=document_places(prepared.document, findings),
        impact=impact_map(run, findings),
        exchanges_total=recorder.exchanges,
        not_verified=tuple(sorted(recorder.not_verified, key=lambda entry: (entry.what, entry.reason))),
        traffic=None if settings.is_mock else traffic_section(recorder.traffic),
        teeth=run.teeth,
    )
    bases = prepared.earlier.bases
    comparison = compare_runs(bases, record, past, previous) if bases else None
    return _conclude(record, run, acceptances, comparison)


def _consumers(contracts: Iterable[Contract]) -> tuple[str, ...]:
    return tuple(sorted({contract.consumer for contract in contracts if contract.interactions}))


def _conclude(
    record: Record, run: RunData, acceptances: AcceptanceStatus, comparison: Comparison | None
) -> Record:
    """The record with what it names, the comparison, the published document, and the verdict of all that."""
    prepared, drift = run.prepared, run.prepared.drift
    published = None if drift is None else published_section(drift)
    lost = [
        *(comparison.lost if comparison else ()),
        *["published"] * (published.breaking if published else 0),
    ]
    verdict = run.recorder.verdict_with(acceptances.active.keys(), lost=lost)
    shortfalls = tuple(find_shortfalls(prepared.settings, record)) if verdict is Verdict.CONFORMS else ()
    if shortfalls:
        verdict = Verdict.UNDETERMINED
    if comparison is not None:
        why = shortfalls[0] if shortfalls else comparison.run.why
        summary = msgspec.structs.replace(comparison.run, verdict=verdict, why=why)
        comparison = msgspec.structs.replace(comparison, run=summary)
    return msgspec.structs.replace(
        record,
        reasons=(*record.reasons, *shortfalls),
        provider=prepared.settings.provider_name,
        provider_version=prepared.settings.provider_version or "",
        document_version=prepared.document.version,
        first_finding_s=prepared.clock.seconds_until(run.recorder.first_finding_at(acceptances.active)),
        accepted_path=accepted_path_of(prepared.settings),
        decisions=decisions_section(record.findings),
        stores=tuple(sorted(run.recorder.stores)),
        comparison=comparison,
        published=published,
        shard=run.shard,
        exploration=run.exploration,
        verdict=verdict,
        exit_code=verdict.exit_code,
    )


def accepted_path_of(settings: Settings) -> str:
    """The file of accepted findings, where it is not the usual one."""
    if settings.accepted is None and settings.contracts is None:
        return ""
    return os.path.relpath(settings.accepted_path).replace(os.sep, "/")


def _sort(findings: Iterable[Finding]) -> list[Finding]:
    """The findings, the worst first."""
    return sorted(
        findings,
        key=lambda finding: (
            finding.severity.rank,
            finding.code,
            finding.operation,
            finding.locus,
            finding.source,
        ),
    )


def _evaluate_acceptances(run: RunData, findings: Sequence[Finding]) -> AcceptanceStatus:
    complete = run.is_whole and set(SUITES) <= {outcome.suite for outcome in run.recorder.outcomes}
    names = {finding.fingerprint: finding.former for finding in findings}
    return evaluate_acceptances(run.prepared.acceptances, names, run.prepared.today, whole=complete)


def _annotate(
    findings: Sequence[Finding],
    causes: Iterable[Cause],
    acceptances: AcceptanceStatus,
    past: Past,
    started: str,
) -> Iterator[Finding]:
    """Yield each finding with its acceptance, its cause, and since when it is there."""
    cause_of = {fingerprint: cause.id for cause in causes for fingerprint in cause.fingerprints}
    past = rename_past(past, findings)
    for finding in distinguish_messages(findings):
        acceptance = acceptances.active.get(finding.fingerprint)
        yield msgspec.structs.replace(
            finding,
            accepted=None if acceptance is None else acceptance.to_record(),
            since=since(finding.fingerprint, past, started),
            cause=cause_of[finding.fingerprint],
        )
