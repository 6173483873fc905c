"""The options that commands about traffic share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from storepact.cli.options import Contracts, FamilyName, OpenApi, Provider, ReportDir
from storepact.families import FAMILY_NAMES
from storepact.model.values import lean_value
from storepact.report.escape import escape_control
from storepact.run.settings import Settings

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


def say(line: str) -> None:
    """Print a line at once, also into a pipe."""
    print(escape_control(line), flush=True)


@Parameter(name="*")
@lean_value(frozen=True)
class TrafficInputs:
    """What traffic is judged with, each field an option; None stands for the family's own."""

    complete: Complete = False
    openapi: OpenApi = None
    contracts: Contracts = None
    accepted: Accepted = None
    provider: Provider = None
    family: FamilyName = None
    report_dir: ReportDir = TRAFFIC_DIR

    def settings(self, target: str) -> Settings:
        """The settings of a run on traffic; `target` is how the record calls it."""
        return Settings(
            target=target,
            allow_writes=True,
            openapi=self.openapi,
            contracts=self.contracts,
            accepted=self.accepted,
            provider=self.provider,
            family=self.family or FAMILY_NAMES[0],
            report_dir=self.report_dir,
        )


#: What traffic is judged with where no option says otherwise.
USUAL_INPUTS = TrafficInputs()
