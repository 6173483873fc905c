"""`storepact history show`: show a run again."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

from storepact.cli.options import AsJson, HistoryUrl, OptionalReportDir
from storepact.cli.output import print_json, print_note, print_text, render_options

RunId = Annotated[str, Parameter(metavar="ID", help="The run's number, or latest-green.")]


def show(
    run: RunId,
    /,
    *,
    history: HistoryUrl = None,
    report_dir: OptionalReportDir = None,
    as_json: AsJson = False,
) -> None:
    """Show a run again, from its record alone.

    Exit codes: 0 shown, 2 there is no such run, or the history cannot be used.
    """
    from storepact.record.store import dump, usable_folder, write_whole
    from storepact.report import RenderOptions, console, write_reports
    from storepact.run.earlier import read_history, read_run

    with read_history(history) as runs:
        number, record = read_run(runs, run)
    if report_dir is not None:
        usable_folder(report_dir, private=record.is_private)
        write_whole(report_dir / "run.json", dump(record), private=record.is_private)
        write_reports(record, RenderOptions(report_dir))
    if as_json:
        print_json(record)
        return
    print_text(console.render(record, render_options(report_dir)))
    if report_dir is None:
        print_note(f"storepact history show {number} --report-dir FOLDER writes its reports")
