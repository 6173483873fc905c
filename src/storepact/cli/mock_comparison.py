"""The comparison of the mock with a target, for `twin --against mock` and `prove --target`."""

from __future__ import annotations

import os
from contextlib import closing

from storepact.cli.output import print_json
from storepact.model.outcome import Verdict
from storepact.model.presentation import presentation
from storepact.report.terminal import print_paragraphs, print_tables
from storepact.run import fidelity
from storepact.run.settings import Settings


def compare_with_mock(settings: Settings, choices: tuple[str, ...], *, as_json: bool = False) -> Verdict:
    """Run the scenarios on the target and on the mock; write and print the differences."""
    from storepact.record.store import dump, usable_folder
    from storepact.report import fidelity as differences
    from storepact.report import write_files
    from storepact.run.progress import Meter

    folder = usable_folder(settings.report_dir, private=True)
    with closing(Meter(f"comparing the mock with {settings.target}", "story")) as meter:
        progress = fidelity.Progress(meter.begin, meter.advance)
        record = fidelity.compare_targets(settings, choices, os.environ, progress)
    files = {"differences.json": dump(record), "differences.md": differences.render_markdown(record)}
    write_files(files, folder, private=True)
    if as_json:
        print_json(record)
        return fidelity.verdict(record)
    if not presentation().quiet:
        print_tables([differences.rows(record)])
    print_paragraphs(differences.summarize(record))
    if not presentation().quiet:
        print_paragraphs([f"all of it in {folder / 'differences.md'}"])
    return fidelity.verdict(record)
