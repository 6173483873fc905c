"""storepact.sarif: SARIF 2.1.0, each finding at its line of a file that the user's repository has."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

from storepact.model.finding import Severity
from storepact.model.links import HOME, check_url
from storepact.model.outcome import Verdict
from storepact.record.values import Finding, Record
from storepact.report import finding_text
from storepact.report.escape import escape_control
from storepact.report.format import RenderOptions

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"

#: The score by which GitHub ranks critical findings among security alerts.
_SECURITY_SEVERITY = "9.0"


def render(record: Record, options: RenderOptions) -> str:
    """The record as a SARIF log: a rule for each check, a result for each finding, suppressed if accepted."""
    rules = {finding.code: finding for finding in record.findings}
    codes = sorted(rules)
    run = {
        "tool": {
            "driver": {
                "name": "storepact",
                "semanticVersion": record.storepact,
                "informationUri": HOME,
                "rules": [_rule(rules[code]) for code in codes],
            }
        },
        "automationDetails": {"id": f"storepact/{record.profile}/"},
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {"ROOT": {"description": {"text": "the root of the repository"}}},
        "invocations": [_invocation(record)],
        "results": [_result(finding, record, codes.index(finding.code)) for finding in record.findings],
    }
    log = {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}
    return json.dumps(log, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def _invocation(record: Record) -> dict[str, Any]:
    return {
        "executionSuccessful": record.verdict is not Verdict.UNDETERMINED,
        "exitCode": record.exit_code,
        "startTimeUtc": record.started.replace("+00:00", "Z"),
        "toolExecutionNotifications": [
            {"level": "warning", "message": {"text": reason}} for reason in record.reasons
        ],
    }


def _level(finding: Finding) -> str:
    return "warning" if finding.severity is Severity.WARNING else "error"


def _rule(finding: Finding) -> dict[str, Any]:
    is_critical = finding.severity is Severity.CRITICAL
    return {
        "id": finding.code,
        "name": "".join(word.capitalize() for word in finding.check.split("_")),
        "shortDescription": {"text": finding.check.replace("_", " ")},
        "fullDescription": {"text": finding.rule or finding.check},
        "help": _help(finding),
        "helpUri": check_url(finding.code),
        "defaultConfiguration": {"level": _level(finding)},
        "properties": {"security-severity": _SECURITY_SEVERITY} if is_critical else {},
    }


def _help(finding: Finding) -> dict[str, str]:
    """What the rule asks for, and what to do about a result."""
    rule = finding.rule or finding.check
    steps = (
        "Each result names the request, what was expected and what came back, and the consumers that it "
        "affects; its last lines are curl lines that reproduce it."
    )
    accept = f"storepact accept {finding.fingerprint} --reason TEXT --until DATE"
    return {
        "text": f"{rule}\n\n{steps}\n\nA known result is accepted by its fingerprint: {accept}",
        "markdown": f"**{finding.code}** {rule}\n\n{steps}\n\nA known result is accepted by its fingerprint: "
        f"`{accept}`",
    }


def _locations(finding: Finding) -> list[dict[str, Any]]:
    """The finding's place in a file of the user's repository; empty if it has none."""
    place = finding.location
    if place is None:
        return []
    location = {
        "physicalLocation": {
            "artifactLocation": {"uri": quote(place.file, errors="surrogatepass"), "uriBaseId": "ROOT"},
            "region": {"startLine": place.line, "startColumn": place.column},
        },
        "logicalLocations": [{"fullyQualifiedName": finding.pointer or "/", "kind": "member"}],
    }
    return [location]


def _result(finding: Finding, record: Record, rule_index: int) -> dict[str, Any]:
    result: dict[str, Any] = {
        "ruleId": finding.code,
        "ruleIndex": rule_index,
        "level": _level(finding),
        "message": {"text": escape_control("\n".join(finding_text.describe(finding, record)))},
        "locations": _locations(finding),
        "partialFingerprints": {"storepact/v1": finding.fingerprint},
        "guid": _guid(finding.fingerprint),
        "properties": {
            "fingerprint": finding.fingerprint,
            "operation": finding.operation,
            "pointer": finding.pointer,
            "consumers": finding.consumers,
            "cause": finding.cause,
        },
    }
    if finding.since is not None:
        result["baselineState"] = "new" if finding.since.runs == 1 else "unchanged"
    if finding.accepted:
        result["suppressions"] = [
            {"kind": "external", "status": "accepted", "justification": finding_text.acceptance(finding)}
        ]
    return result


def _guid(fingerprint: str) -> str:
    """A fingerprint in the form that SARIF requires; the same in every run."""
    padded = fingerprint.rjust(32, "0")
    return f"{padded[:8]}-{padded[8:12]}-4{padded[13:16]}-8{padded[17:20]}-{padded[20:]}"
