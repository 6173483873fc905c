"""`storepact history`: list the runs that were kept."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

from cyclopts import Parameter
from cyclopts.validators import Number

from storepact.cli.options import AsJson, HistoryUrl, Target
from storepact.cli.output import print_json
from storepact.report.terminal import print_paragraphs, print_tables, width_of_output

Limit = Annotated[int, Parameter(help="How many runs, the newest first.", validator=Number(gte=1))]


def list_runs(
    *, history: HistoryUrl = None, limit: Limit = 20, target: Target = None, as_json: AsJson = False
) -> None:
    """List the runs that were kept: verdict, findings, coverage, duration, and how these went.

    Exit codes: 0 listed, 2 the history cannot be used.
    """
    from storepact.report import history as report
    from storepact.run.earlier import read_history

    with read_history(history) as runs:
        entries, place = runs.runs(target=target, limit=limit), runs.display_name
    if as_json:
        print_json({"format": 1, "runs": [asdict(entry) for entry in entries]})
        return
    if not entries:
        print_paragraphs([f"no runs{f' of {target}' if target else ''} in {place}"])
        return
    print_tables([report.rows(entries)])
    for line in report.sparklines(entries, width_of_output()):
        print(line)
