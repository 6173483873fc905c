"""The options that commands about traffic share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

Accepted = Annotated[
    Path | None,
    Parameter(help="The file of accepted findings; accepted.json beside the pacts if not given."),
]
Complete = Annotated[
    bool,
    Parameter(
        help="The traffic holds every write to its environments: what disappears or changes without a "
        "recorded write is a finding from the first time on."
    ),
]

#: The usual folder for the reports about traffic.
TRAFFIC_DIR = Path("storepact-traffic")
