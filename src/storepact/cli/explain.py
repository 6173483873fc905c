"""`storepact explain`: what a check is about."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

from storepact.cli.options import AsJson
from storepact.cli.output import print_json
from storepact.model.errors import UsageError
from storepact.report.terminal import print_paragraphs

CheckNames = Annotated[
    str,
    Parameter(
        metavar="CHECK…",
        help="Codes or names of checks, such as SP605 or refused_changes_nothing, or decisions, such as D27.",
    ),
]


def explain(*checks: CheckNames, as_json: AsJson = False) -> None:
    """Explain checks: the rule, why it matters, the decision, a finding, the fault that proves it.

    `storepact checks` lists them; a number such as D27 is a decision. Exit codes: 0 explained, 2 there is no
    such check.
    """
    from storepact.report import checks as report
    from storepact.run.checks import explain_words  # it imports the family

    if not checks:
        raise UsageError("name a check, such as SP605; storepact checks lists them")
    pages = explain_words(checks)
    if as_json:
        print_json(pages)
        return
    for page in pages:
        lines = report.explain(page) if isinstance(page, report.CheckPage) else report.explain_decision(page)
        print_paragraphs((*lines, ""))
