"""`storepact export`: stories of a run as files that run without storepact."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from storepact.cli.options import REPORT_DIR, FamilyName
from storepact.cli.output import print_text
from storepact.report.export import EXPORT_FORMATS
from storepact.report.terminal import print_paragraphs

Run = Annotated[
    str,
    Parameter(
        metavar="RUN",
        help="A run.json, its folder, latest-green, or the number of a run in the history.",
    ),
]
As = Annotated[
    str,
    Parameter(
        name="--as",
        metavar="FORMAT",
        help=f"The format: {', '.join(f'{row.name} ({row.purpose})' for row in EXPORT_FORMATS)}.",
    ),
]
Output = Annotated[
    Path | None,
    Parameter(
        metavar="FILE|FOLDER",
        allow_leading_hyphen=True,
        help="The file, or the folder for it; - prints it. The present folder if not given.",
    ),
]
All = Annotated[
    bool, Parameter(name="--all", help="The stories of passed tests, too, not only those of findings.")
]

Force = Annotated[bool, Parameter(help="Replace a file that is no export, too.")]


def export(
    run: Run = str(REPORT_DIR),
    /,
    *,
    kind: As,
    output: Output = None,
    everything: All = False,
    force: Force = False,
    family: FamilyName = None,
) -> None:
    """Write the stories of a run as a file that runs without storepact.

    Ids come from responses, tokens and secrets from the environment; no file holds one. An earlier export is
    replaced, another file is not. Exit codes: 0 written, 2 the record cannot be used, 3 it has no story.
    """
    from storepact.run.export import STDOUT, ExportChoice, export_run

    exported = export_run(run, ExportChoice(kind, output, everything, force), family)
    if output == STDOUT:
        print_text(exported.text)
    else:
        print_paragraphs(str(exported).splitlines())
