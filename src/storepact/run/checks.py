"""The pages about the checks of a family: its decisions, and the faults of its mock."""

from __future__ import annotations

from collections.abc import Sequence

from storepact.checks import CHECKS
from storepact.checks.evidence import Check
from storepact.checks.explanations import CheckExample
from storepact.checks.lookup import find_check
from storepact.families import DEFAULT_FAMILY, mock_definition
from storepact.model.paths import data_path
from storepact.openapi.decisions import load_decisions
from storepact.report.checks import CheckPage, Decision, Demonstration


def check_pages(words: Sequence[str] = ()) -> list[CheckPage]:
    """Return the pages of the checks with these codes or names; of all checks, if none is named.

    Raises:
        UnknownName: there is no such check; the nearest is named.

    """
    checks = dict.fromkeys(find_check(word) for word in words) if words else CHECKS
    return [_page(check, DEFAULT_FAMILY.examples.get(check.code)) for check in checks]


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
