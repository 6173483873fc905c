"""Findings as text, for the message of a failed test."""

from __future__ import annotations

from collections.abc import Iterator

from storepact.model.finding import Finding


def describe_findings(findings: list[Finding]) -> str:
    """Findings as the text of a failed test, with steps and curl lines."""
    return "\n\n".join("\n".join(_lines_of(finding)) for finding in findings)


def _lines_of(finding: Finding) -> Iterator[str]:
    yield f"{finding.code} {finding.check} [{finding.fingerprint}]"
    yield f"{finding.operation}: {finding.message}"
    if finding.mutation:
        yield f"sent: {finding.mutation}"
    if finding.expected:
        yield f"expected {finding.expected}, got {finding.actual}"
    for number, step in enumerate(finding.story, 1):
        yield f"{number}. {step.does} → {step.answered}"
    if finding.curl:
        yield finding.curl
