"""The pages about the checks of a family: its decisions, and the faults of its mock."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Sequence
from pathlib import Path

from storepact.checks import CHECKS
from storepact.checks.evidence import Check
from storepact.checks.explanations import CheckExample
from storepact.checks.lookup import find_check
from storepact.families import DEFAULT_FAMILY, mock_definition
from storepact.model.errors import StorepactError, UsageError
from storepact.model.paths import data_path
from storepact.openapi.decisions import load_decisions
from storepact.record.store import load_record
from storepact.report.checks import CheckPage, Decision, DecisionPage, Demonstration

#: The number of a decision, and the fingerprint of a finding or its beginning.
_DECISION = re.compile(r"[Dd]\d+")
_FINGERPRINT = re.compile(r"[0-9a-f]{12}|(?=.*\d)[0-9a-f]{6,11}", re.IGNORECASE)

#: The folder of the last run.
REPORT_DIR = Path("storepact-report")


def check_pages(words: Sequence[str] = ()) -> list[CheckPage]:
    """Return the pages of the checks with these codes or names; of all checks, if none is named.

    Raises:
        UnknownName: there is no such check; the nearest is named.

    """
    checks = dict.fromkeys(find_check(word) for word in words) if words else CHECKS
    return [_page(check, DEFAULT_FAMILY.examples.get(check.code)) for check in checks]


def explain_words(words: Sequence[str]) -> list[CheckPage | DecisionPage]:
    """Return the pages of checks, by code or name, and of decisions, by number.

    Raises:
        UnknownName: there is no such check or decision; the nearest is named.
        UsageError: it is the fingerprint of a finding.

    """
    return [
        _decision_page(word.strip().upper()) if _DECISION.fullmatch(word.strip()) else _check_page(word)
        for word in dict.fromkeys(words)
    ]


def _check_page(word: str) -> CheckPage:
    if _FINGERPRINT.fullmatch(word.strip()):
        raise UsageError(_about_fingerprint(word.strip()))
    (page,) = check_pages([word])
    return page


def _decision_page(number: str) -> DecisionPage:
    decisions = load_decisions(data_path("openapi", "DECISIONS.md"))
    if number not in decisions:
        raise UsageError(
            f"there is no decision {number}: openapi/DECISIONS.md has D1 to {list(decisions)[-1]}"
            if decisions
            else "there is no openapi/DECISIONS.md"
        )
    pages = check_pages()
    return DecisionPage(
        number=number,
        title=decisions[number].title,
        text=decisions[number].text,
        checks=tuple(page.code for page in pages if number in [entry.number for entry in page.decisions]),
    )


def _about_fingerprint(fingerprint: str) -> str:
    """What to do with a finding's fingerprint; its check, where the last run has the finding."""
    code = "CODE"
    with contextlib.suppress(StorepactError):
        findings = load_record(REPORT_DIR).findings
        codes = {finding.code for finding in findings if finding.fingerprint.startswith(fingerprint.lower())}
        code = codes.pop() if len(codes) == 1 else code
    why = " with the code that stands before it in the reports" if code == "CODE" else ""
    return (
        f"{fingerprint} is a finding, not a check: `storepact explain {code}`{why} explains its check, "
        f"`storepact replay {fingerprint}` sends its requests again"
    )


def _page(check: Check, example: CheckExample | None) -> CheckPage:
    return CheckPage(
        code=check.code,
        name=check.name,
        severity=str(check.severity),
        suite=check.explanation.suite,
        rule=check.rule,
        why=check.explanation.why,
        decisions=_decisions(example.decisions) if example else (),
        example=_demonstration(example) if example else None,
    )


def _demonstration(example: CheckExample) -> Demonstration:
    faults = {fault.name: fault.explanation for fault in mock_definition().faults}
    return Demonstration(
        operation=example.operation,
        message=example.message,
        fault=example.fault,
        fault_explanation=faults.get(example.fault, ""),
    )


def _decisions(numbers: Sequence[str]) -> tuple[Decision, ...]:
    """The decisions with these numbers, with their headings in DECISIONS.md."""
    texts = load_decisions(data_path("openapi", "DECISIONS.md"))
    return tuple(Decision(number=number, title=texts[number].title) for number in numbers)
