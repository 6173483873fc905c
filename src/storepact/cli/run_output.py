"""What commands print of a run."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from storepact.cli.output import print_text, wants_color
from storepact.report import github
from storepact.report.terminal import width_of_output

if TYPE_CHECKING:
    from storepact.run.finish import FinishedRun


def print_notes(run: FinishedRun) -> None:
    """Print what is no part of the verdict, on stderr."""
    for note in run.notes:
        print(f"storepact: {note}", file=sys.stderr)


def print_run(run: FinishedRun) -> None:
    """Print a run's summary, what was published, and its notes; annotate a job of GitHub Actions."""
    print_text(run.render(width_of_output(), color=wants_color()))
    for line in run.published:
        print(f"published to the broker: {line}")
    print_notes(run)
    github.publish(run.record)
