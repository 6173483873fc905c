"""`storepact explore`: look for new trouble with cases that no run has sent before."""

from __future__ import annotations

from contextlib import closing
from typing import Annotated

from cyclopts import Parameter

from storepact.cli.options import AsJson
from storepact.cli.output import print_note
from storepact.cli.run_options import takes_settings
from storepact.cli.run_output import print_run, untested_runs
from storepact.model.outcome import Verdict
from storepact.run.durations import parse_duration
from storepact.run.options import EXPLORE
from storepact.run.settings import Settings

Time = Annotated[
    str | None, Parameter(metavar="TIME", help="How long: 90s, 10m, 2h, 1h30m; a number alone is seconds.")
]
Cases = Annotated[int | None, Parameter(metavar="N", help="How many cases are generated, stories included.")]
Scheduler = Annotated[
    str | None,
    Parameter(metavar="ADDRESS", help="Work on the cluster of this Dask scheduler, such as tcp://host:8786."),
]


@takes_settings(EXPLORE)
def explore(
    *,
    time: Time = None,
    cases: Cases = None,
    scheduler: Scheduler = None,
    as_json: AsJson = False,
    settings: Settings,
) -> Verdict:
    """Generate cases on all operations and journeys, with new seeds in each round, within a budget.

    The record has the cases that were the first to reach a row, a keyword, a branch of the rules or a shape.
    Exit codes: 0 no finding, 1 findings, 2 wrong usage, 3 undetermined.
    """
    from storepact.run.explore.exploration import explore  # it imports the engines
    from storepact.run.explore.meter import ExplorationMeter, summary
    from storepact.run.explore.tasks import Budget
    from storepact.run.sharding import shard_of

    budget = Budget(None if time is None else parse_duration(time, "--time"), cases)
    budget.check()
    meters = closing(ExplorationMeter(settings.target, budget, shard_of(settings)))
    with untested_runs(as_json=as_json), meters as meter:
        run = explore(settings, budget, meter.advance, scheduler)
    print_run(run, as_json=as_json)
    print_note(summary(run.record))
    return run.verdict
