"""Annotations: workflow commands that show findings at their lines in a pull request on GitHub."""

from __future__ import annotations

from storepact.model.counts import many
from storepact.model.finding import Severity
from storepact.pacts.contract_check import ContractCheck
from storepact.pacts.disagreement import Level
from storepact.record.values import Cause, DriftRecord, FileLocation, Finding, Record
from storepact.report import drift as drift_report
from storepact.report import finding_text
from storepact.report.escape import escape_control
from storepact.report.format import RenderOptions

_COMMANDS = {Severity.CRITICAL: "error", Severity.ERROR: "error", Severity.WARNING: "warning"}

#: GitHub shows ten annotations of each kind in a step.
LIMIT = 10


def render(record: Record, options: RenderOptions) -> str:
    """A line for each cause, the worst first, then the run's own reasons; accepted findings are notices."""
    causes = {cause.id: cause for cause in record.causes}
    lines = [
        _annotation(finding, causes[finding.fingerprint], record)
        for finding in record.findings
        if finding.fingerprint in causes
    ]
    if len(lines) > LIMIT:
        more = f"::warning title=storepact::{len(lines) - LIMIT} more, all in report.html"
        lines = [*lines[:LIMIT], more]
    lines += [f"::error title=storepact::{_escape_data(reason)}" for reason in record.reasons]
    return "".join(f"{line}\n" for line in lines)


def _annotation(finding: Finding, cause: Cause, record: Record) -> str:
    command = "notice" if finding.accepted else _COMMANDS[finding.severity]
    lines = finding_text.describe(finding, record)
    more = len(cause.fingerprints) - 1
    if more:
        lines.append(f"{many(more, 'more finding')} with the same cause")
    title = f"{finding.code} {finding.operation} [{finding.fingerprint}]"
    return _command(command, finding.location, title, "\n".join(lines))


def render_drift(drift: DriftRecord, document: str) -> str:
    """A line for each unexplained breaking difference of the published document, at our line."""
    lines = [
        _command(
            "error",
            FileLocation(file=document, line=difference.line or 1, column=1),
            difference.rule,
            drift_report.describe(difference),
        )
        for difference in drift.differences
        if difference.breaking and not difference.decision
    ]
    return "".join(f"{line}\n" for line in lines[:LIMIT])


def render_contract_check(check: ContractCheck) -> str:
    """A line for each disagreement of a pact with the document, errors first, at the line of the pact."""
    levels = {Level.ERROR: "error", Level.WARNING: "warning"}
    places = {
        (
            item.level,
            item.pact.file,
            item.pact.line or 1,
            f"{item.operation}: {item.message}".removeprefix(": "),
        )
        for contract in check.contracts
        for interaction in contract.interactions
        for item in interaction.disagreements
        if item.level in levels
    } | {
        (Level.ERROR, item.pact.file, item.pact.line or 1, item.problem)
        for contract in check.contracts
        for item in contract.unusable
    }
    lines: list[str] = []
    for level, name in levels.items():
        chosen = sorted(place[1:] for place in places if place[0] is level)
        lines += [
            _command(name, FileLocation(file=file, line=line, column=1), "storepact contracts check", text)
            for file, line, text in chosen[:LIMIT]
        ]
    return "".join(f"{line}\n" for line in lines)


def _command(command: str, place: FileLocation | None, title: str, text: str) -> str:
    file = f"file={_escape_property(place.file)},line={place.line},col={place.column}," if place else ""
    return f"::{command} {file}title={_escape_property(title)}::{_escape_data(text)}"


def _escape_data(text: str) -> str:
    return escape_control(text).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _escape_property(text: str) -> str:
    return _escape_data(text).replace(":", "%3A").replace(",", "%2C")
