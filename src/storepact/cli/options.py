"""The options that several commands share, once each; those of a run are in `run_options`.

No engine, pytest or HTTP client is imported here: reports are made without them.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Group, Parameter

#: The group of the options of output.
OUTPUT = Group("Output", sort_key=90)

Contracts = Annotated[Path | None, Parameter(help="The folder with the pacts.")]
OpenApi = Annotated[Path | None, Parameter(help="Our OpenAPI document.")]
FamilyName = Annotated[
    str | None,
    Parameter(
        name="--family", help="The API: persistent-store if not given, or one of an installed package."
    ),
]
Provider = Annotated[
    str | None, Parameter(help="The provider's name in the pacts, if it has another one there.")
]
ReportDir = Annotated[Path, Parameter(help="The folder for the reports.")]
OptionalReportDir = Annotated[
    Path | None, Parameter(help="The folder for the reports; none are written if not given.")
]
HistoryUrl = Annotated[
    str | None,
    Parameter(
        metavar="URL",
        help="The database of runs: a file, or postgresql://USER@HOST/NAME; STOREPACT_HISTORY or a file in "
        "the state folder if not given.",
    ),
]
Target = Annotated[str | None, Parameter(help="Only runs of this target.")]
AsJson = Annotated[
    bool, Parameter(name="--json", help="Print the result as JSON, and nothing else.", group=OUTPUT)
]
PactFiles = Annotated[
    Path,
    Parameter(metavar="FILES", help="Pacts, or folders with pacts; those of --contracts if none is given."),
]
Choices = Annotated[
    tuple[str, ...],
    Parameter(metavar="NAME=VALUE", help="Another behaviour where documents leave it open; may be repeated."),
]

#: The usual folder for reports.
REPORT_DIR = Path("storepact-report")
