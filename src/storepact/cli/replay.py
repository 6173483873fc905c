"""`storepact replay`: send the requests of findings again."""

from __future__ import annotations

import os
from typing import Annotated

from cyclopts import Parameter
from cyclopts.validators import Number

from storepact.cli.options import AsJson
from storepact.cli.output import print_json
from storepact.cli.run_options import takes_settings
from storepact.model.outcome import Verdict
from storepact.report.terminal import print_paragraphs
from storepact.run.options import REPLAY
from storepact.run.settings import Settings

Words = Annotated[
    str,
    Parameter(
        metavar="FINGERPRINT|RUN",
        help="The 12 digits in brackets behind a finding, and a run: a run.json, its folder, latest-green, "
        "or the number of a run in the history. All findings of the last run if none is given.",
    ),
]
Target = Annotated[
    str | None,
    Parameter(help="Another target than that of the run: mock, commercial, federal, eu, or a URL."),
]
Times = Annotated[
    int | None,
    Parameter(
        help="How often; if not given once, and twice more if the finding does not show at once.",
        validator=Number(gte=1, lte=100),
    ),
]
Faults = Annotated[
    tuple[str, ...], Parameter(help="With the embedded mock: its fault in the run; may be repeated.")
]


@takes_settings(REPLAY)
def replay(
    *words: Words,
    target: Target = None,
    times: Times = None,
    fault: Faults = (),
    json: AsJson = False,
    settings: Settings,
) -> Verdict:
    """Send the requests of a finding again: is it still there, gone, or flaky?

    Ids come from the new responses, secrets are new. Writes to live targets need --allow-writes, as in a run.
    Exit codes: 0 gone, 1 it showed at least once, 2 wrong usage, 3 undetermined.
    """
    from storepact.report import replay as report
    from storepact.run import replay as replays  # it imports the engines

    selection = replays.select_findings(words, settings, os.environ)
    options = replays.ReplayOptions(target, times, fault)
    record = replays.replay_findings(selection, settings, options, os.environ)
    if json:
        print_json(record)
    else:
        print_paragraphs(report.lines(record))
    return replays.verdict(record)
