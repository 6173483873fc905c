"""`storepact explain`: what a check is about."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

from storepact.cli.options import AsJson
from storepact.cli.output import print_json
from storepact.model.errors import UsageError
from storepact.report import checks as report
from storepact.report.terminal import print_paragraphs

CheckNames = Annotated[
    str,
    Parameter(metavar="CHECK…", help="Codes or names of checks, such as SP605 or refused_changes_nothing."),
]


def explain(*checks: CheckNames, as_json: AsJson = False) -> None:
    """Explain checks: the rule, why it matters, the decision, a finding, the fault that proves it.

    `storepact checks` lists them. Exit codes: 0 explained, 2 there is no such check.
    """
    from storepact.run.checks import check_pages  # it imports the family

    if not checks:
        raise UsageError("name a check, such as SP605; storepact checks lists them")
    pages = check_pages(checks)
    if as_json:
        print_json(pages)
    else:
        print_paragraphs(line for page in pages for line in (*report.explain(page), ""))
