"""`storepact history`: the runs that are kept, one of them again, and how they went over time."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from storepact.model.errors import UsageError
from storepact.report.terminal import print_tables, width_of_output

if TYPE_CHECKING:
    from storepact.history.store import History

app = typer.Typer(
    help="List the runs that were kept, show one again, draw trends.",
    invoke_without_command=True,
    rich_markup_mode=None,
)

_Url = Annotated[
    str | None,
    typer.Option(
        "--history",
        metavar="URL",
        help="A file, or postgresql://USER@HOST/NAME; else in the state folder, or STOREPACT_HISTORY.",
    ),
]


def _opened(url: str | None) -> History:
    """The history, imported when it is needed: that takes a fifth of a second."""
    from storepact.history.store import History, checked_url, default_url

    where = checked_url(url) if url else default_url(os.environ)
    if where in ("none", "sqlite:///none"):
        raise UsageError("no history is kept: --history or STOREPACT_HISTORY is none")
    return History(where, readonly=True)


@app.callback()
def listed(
    context: typer.Context,
    history: _Url = None,
    limit: Annotated[int, typer.Option(min=1, help="How many runs, the newest first.")] = 20,
    target: Annotated[str | None, typer.Option(help="Only runs of this target.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print everything as JSON.")] = False,
) -> int:
    """List the runs that were kept: verdict, findings, coverage, duration, and how these went.

    Exit codes: 0 listed, 2 the history cannot be used.
    """
    if context.invoked_subcommand is not None:
        context.obj = history
        return 0
    from dataclasses import asdict

    from storepact.record.store import dump
    from storepact.report import history as report

    with _opened(history) as kept:
        runs = kept.runs(target=target, limit=limit)
        where = kept.shown
    if as_json:
        sys.stdout.write(dump({"format": 1, "runs": [asdict(run) for run in runs]}))
        return 0
    if not runs:
        print(f"no runs{f' of {target}' if target else ''} in {where}")
        return 0
    print_tables([report.rows(runs)])
    for line in report.sparklines(runs, width_of_output()):
        print(line)
    return 0


@app.command()
def show(
    context: typer.Context,
    run: Annotated[str, typer.Argument(metavar="ID", help="The run's number, or latest-green.")],
    history: _Url = None,
    report_dir: Annotated[Path | None, typer.Option(help="Write every report of the run there.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print its record.")] = False,
) -> int:
    """Show a run again, from its record alone.

    Exit codes: 0 shown, 2 there is no such run, or the history cannot be used.
    """
    from storepact.history.selection import number_in
    from storepact.record.store import checked_record, dump, usable_folder, write_whole
    from storepact.record.values import Record
    from storepact.report import RenderOptions, console, write_reports

    with _opened(history or context.obj) as kept:
        number = kept.latest_green() if run == "latest-green" else number_in(run) if run.isdecimal() else None
        if number is None:
            raise UsageError(
                f"there is no run {run!r} in {kept.shown}; give a number that `storepact history` lists, or latest-green"
            )
        record = checked_record(kept.record(number), f"run {number} of {kept.shown}")
    if report_dir is not None:
        folder = usable_folder(report_dir)
        write_whole(folder / "run.json", dump(record))
        write_reports(msgspec.convert(record, Record), folder)
    color = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
    shown = report_dir or Path(f"storepact history show {number} --report-dir")
    sys.stdout.write(
        dump(record)
        if as_json
        else console.render(msgspec.convert(record, Record), RenderOptions(shown, width_of_output(), color))
    )
    return 0


@app.command()
def trends(
    context: typer.Context,
    history: _Url = None,
    target: Annotated[str | None, typer.Option(help="Only runs of this target.")] = None,
    report_dir: Annotated[Path, typer.Option(help="Where trends.html goes.")] = Path("storepact-report"),
) -> int:
    """Draw how findings, coverage and duration went over all runs that were kept.

    Exit codes: 0 drawn, 2 there are no runs, or the history cannot be used.
    """
    from storepact.record.store import usable_folder, write_whole
    from storepact.report import history as report

    with _opened(history or context.obj) as kept:
        runs = kept.runs(target=target)
    if not runs:
        raise UsageError("there are no runs to draw; `storepact verify` keeps each of its runs")
    path = usable_folder(report_dir) / "trends.html"
    write_whole(path, report.render_html(runs))
    print(f"{len(runs):,} runs in {path}")
    return 0
