"""storepact.sarif: SARIF 2.1.0, each finding at its line and column in the document."""

from __future__ import annotations

import json
from typing import Any

from storepact.report import wording
from storepact.report.escape import visible

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"

_LEVELS = {"critical": "error", "error": "error", "warning": "warning"}

#: How GitHub ranks what it shows under security.
_RANKS = {"critical": "9.0", "error": "7.0", "warning": "4.0"}


def render(record: dict[str, Any]) -> str:
    """The record as a SARIF log: a rule for each check, a result for each finding, the accepted ones suppressed."""
    rules = {finding["code"]: finding for finding in record["findings"]}
    codes = sorted(rules)
    run = {
        "tool": {
            "driver": {
                "name": "storepact",
                "semanticVersion": record["storepact"],
                "rules": [_rule(rules[code]) for code in codes],
            }
        },
        "automationDetails": {"id": f"storepact/{record['profile']}/"},
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {"ROOT": {"description": {"text": "the root of the repository"}}},
        "invocations": [
            {
                "executionSuccessful": record["verdict"] != "undetermined",
                "exitCode": record["exit_code"],
                "startTimeUtc": record["started"].replace("+00:00", "Z"),
                "toolExecutionNotifications": [
                    {"level": "warning", "message": {"text": reason}} for reason in record["reasons"]
                ],
            }
        ],
        "results": [_result(each, record, codes.index(each["code"])) for each in record["findings"]],
    }
    return (
        json.dumps(
            {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]},
            indent=1,
            sort_keys=True,
            ensure_ascii=False,
        )
        + "\n"
    )


def _rule(finding: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": finding["code"],
        "name": "".join(word.capitalize() for word in finding["check"].split("_")),
        "shortDescription": {"text": finding["check"].replace("_", " ")},
        "fullDescription": {"text": finding["rule"] or finding["check"]},
        "defaultConfiguration": {"level": _LEVELS[finding["severity"]]},
        "properties": {"security-severity": _RANKS[finding["severity"]]}
        if finding["severity"] == "critical"
        else {},
    }


def _result(finding: dict[str, Any], record: dict[str, Any], index: int) -> dict[str, Any]:
    line, column = wording.position(finding, record)
    result: dict[str, Any] = {
        "ruleId": finding["code"],
        "ruleIndex": index,
        "level": _LEVELS[finding["severity"]],
        "message": {"text": visible("\n".join(wording.told(finding, record)))},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": record["document_path"], "uriBaseId": "ROOT"},
                    "region": {"startLine": line, "startColumn": column},
                },
                "logicalLocations": [{"fullyQualifiedName": finding["pointer"] or "/", "kind": "member"}],
            }
        ],
        "partialFingerprints": {"storepact/v1": finding["fingerprint"]},
        "guid": _guid(finding["fingerprint"]),
        "properties": {
            "fingerprint": finding["fingerprint"],
            "operation": finding["operation"],
            "consumers": finding["consumers"],
            "cause": finding["cause"],
        },
    }
    if wording.age(finding) is not None:
        result["baselineState"] = "new" if finding["since"]["runs"] == 1 else "unchanged"
    if finding["accepted"]:
        result["suppressions"] = [
            {"kind": "external", "status": "accepted", "justification": wording.acceptance(finding)}
        ]
    return result


def _guid(fingerprint: str) -> str:
    """The finding's id in the form that SARIF asks for: the same finding has the same one in every run."""
    padded = fingerprint.rjust(32, "0")
    return f"{padded[:8]}-{padded[8:12]}-4{padded[13:16]}-8{padded[17:20]}-{padded[20:]}"
