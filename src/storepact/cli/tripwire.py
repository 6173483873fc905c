"""`storepact tripwire`: the nightly job."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

from storepact.cli.options import AsJson
from storepact.cli.output import print_json
from storepact.cli.run_options import takes_settings
from storepact.cli.run_output import print_notes
from storepact.model.outcome import Verdict
from storepact.model.presentation import presentation
from storepact.report.terminal import print_paragraphs
from storepact.run.options import TRIPWIRE
from storepact.run.settings import Settings

Published = Annotated[
    str | None,
    Parameter(
        metavar="FILE|URL", help="The provider's published OpenAPI document; not compared if not given."
    ),
]


@takes_settings(TRIPWIRE)
def tripwire(*, published: Published = None, as_json: AsJson = False, settings: Settings) -> Verdict:
    """Run the nightly job: drift, verify, compare with the latest green run, keep the run; one summary.

    The summary begins with what changed and which consumers it affects. Exit codes: 0 nothing breaks, 1
    findings, coverage lost, or an unexplained breaking change of the published document, 2 wrong usage or
    an unusable document, 3 undetermined.
    """
    from storepact.run.tripwire import run_tripwire  # it imports pytest and the engines

    night = run_tripwire(settings, published)
    if as_json:
        print_json(night.summary.to_json())
    elif presentation().quiet:
        print_paragraphs(night.lines[:1])
    else:
        print_paragraphs([*night.lines, f"all of it in {night.folder}/"])
    if night.run is not None:
        print_notes(night.run)
    night.annotate(to_stderr=as_json)
    if night.problem is not None:
        raise night.problem
    return night.summary.result
