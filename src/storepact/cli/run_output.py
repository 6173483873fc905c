"""What commands print of a run."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from storepact.cli.output import print_json, print_note, print_text, render_options

if TYPE_CHECKING:
    from storepact.run.finish import FinishedRun


def print_notes(run: FinishedRun) -> None:
    """Print what is no part of the verdict, on stderr."""
    for note in run.notes:
        print_note(note)


@contextmanager
def untested_runs(*, as_json: bool) -> Iterator[None]:
    """Print the verdict of a run that ends here without a test, or as JSON its record; the error remains."""
    from storepact.report import console
    from storepact.run.finish import UntestedRun

    try:
        yield
    except UntestedRun as error:
        record, options = error.run.record, render_options(error.run.folder)
        if as_json:
            print_json(record)
        else:
            print_text(console.render(record, replace(options, quiet=True)))
        raise


def print_run(run: FinishedRun, *, as_json: bool = False) -> None:
    """Print a run's summary, what was published, and its notes; annotate a job of GitHub Actions.

    As JSON the record alone goes to standard output.

    Raises:
        ReportFolderUnusable: the verdict is printed, and the reports could not be written.

    """
    from storepact.report import console, github

    published = [f"published to the broker: {line}" for line in run.published]
    if as_json:
        print_json(run.record)
        for line in published:
            print_note(line)
    else:
        print_text(console.render(run.record, render_options(run.folder)))
        print_text("".join(f"{line}\n" for line in published))
    print_notes(run)
    github.publish(run.record, to_stderr=as_json)
    if run.problem is not None:
        raise run.problem
