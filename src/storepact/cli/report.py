"""`storepact report`: make the reports of a run again."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from storepact.cli.options import REPORT_DIR
from storepact.cli.output import print_text, render_options
from storepact.report import FORMATS
from storepact.report.terminal import print_paragraphs

RunPath = Annotated[Path, Parameter(metavar="RUN", help="A run.json, or the report folder that it is in.")]
Folder = Annotated[Path | None, Parameter(help="The folder for the reports; beside the record if not given.")]
Format = Annotated[
    str | None,
    Parameter(name="--format", help=f"Print this report instead: {', '.join(row.name for row in FORMATS)}."),
]


def report(record: RunPath = REPORT_DIR, /, *, report_dir: Folder = None, only: Format = None) -> None:
    """Make every report of a run again from its record alone; no target, no engine.

    Exit codes: 0 written, 2 the record cannot be read.
    """
    from storepact.record.store import load_record, usable_folder
    from storepact.report import RenderOptions, find_format, write_reports

    run = load_record(record)
    folder = report_dir or (record if record.is_dir() else record.parent)
    if only is not None:
        print_text(find_format(only).render(run, render_options(folder)))
        return
    names = write_reports(run, RenderOptions(usable_folder(folder, private=run.is_private)))
    print_paragraphs([f"{', '.join(names)} in {folder}/"])
