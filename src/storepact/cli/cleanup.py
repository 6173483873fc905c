"""`storepact cleanup`: delete what runs have left on a live target."""

from __future__ import annotations

import os
from datetime import timedelta
from typing import Annotated

from cyclopts import Parameter

from storepact.cli.run_options import takes_settings
from storepact.model.outcome import Verdict
from storepact.report.terminal import print_paragraphs
from storepact.run.options import CLEANUP
from storepact.run.settings import Settings


def _check_age(_: object, age: timedelta) -> None:
    """Raise ValueError for an age below zero: every run would be older."""
    if age < timedelta():
        raise ValueError("An age cannot be below 0; write one such as 2h.")


DryRun = Annotated[bool, Parameter(help="Only show what would be deleted.")]
OlderThan = Annotated[
    timedelta,
    Parameter(
        metavar="AGE",
        validator=_check_age,
        show_default=False,
        help="Only what runs have left that began so long ago, such as 30m, 2h or 1d; if not given, all that "
        "carries the mark of a run, also of one that is going on at this moment.",
    ),
]


@takes_settings(CLEANUP)
def cleanup(*, dry_run: DryRun = False, older_than: OlderThan = timedelta(), settings: Settings) -> Verdict:
    """Delete what runs have left on a live target.

    Resources are found in the list by the mark that each run gives to all that it creates; no journal is
    needed. They are shown first, and each is read once more before its delete. Exit codes: 0 nothing is left,
    1 something could not be deleted, 2 wrong usage, 3 the target does not respond.
    """
    from storepact.run.cleanup import find_leftovers, open_for_cleanup, utc_now

    now = utc_now()
    with open_for_cleanup(settings, os.environ) as workspace:
        leftovers = find_leftovers(workspace, settings, older_than, now)
        print_paragraphs(leftovers.describe(now))
        remaining = 0
        for entry in () if dry_run else leftovers.delete():
            print_paragraphs([f"could not delete {entry}"])
            remaining += 1
    if leftovers.resources and not dry_run:
        print_paragraphs([f"{len(leftovers.resources) - remaining} deleted"])
    return Verdict.BROKEN if remaining else Verdict.CONFORMS
