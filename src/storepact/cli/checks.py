"""`storepact checks`: list the checks."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

from storepact.cli.options import AsJson
from storepact.cli.output import print_json, print_text
from storepact.report.terminal import print_tables

AsMarkdown = Annotated[bool, Parameter(name="--markdown", help="Print the pages of all checks as Markdown.")]


def checks(*, as_json: AsJson = False, as_markdown: AsMarkdown = False) -> None:
    """List the checks: code, name, suite, severity and rule of each.

    `storepact explain SP605` prints everything about one of them.
    """
    from storepact.report import checks as report
    from storepact.run.checks import check_pages  # it imports the family

    pages = check_pages()
    if as_json:
        print_json(pages)
    elif as_markdown:
        print_text(report.render_markdown(pages))
    else:
        print_tables([report.rows(pages)])
