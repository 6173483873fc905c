"""`storepact twin`: compare two releases of a provider, or the mock with a provider."""

from __future__ import annotations

import os
from contextlib import closing
from dataclasses import replace
from typing import Annotated

from cyclopts import Parameter

from storepact.cli.mock_comparison import compare_with_mock
from storepact.cli.options import AsJson, Choices
from storepact.cli.output import print_json
from storepact.cli.run_options import takes_settings
from storepact.model.errors import UsageError
from storepact.model.outcome import Verdict
from storepact.model.presentation import presentation
from storepact.record.store import dump, usable_folder
from storepact.report import twin as report
from storepact.report import write_files
from storepact.report.terminal import print_paragraphs
from storepact.run.fidelity import Progress
from storepact.run.options import TWIN
from storepact.run.progress import Meter
from storepact.run.settings import MOCK, Settings

Target = Annotated[str, Parameter(help="The release in question: mock, commercial, federal, eu, or a URL.")]
Against = Annotated[
    str,
    Parameter(
        help="The release that it is compared with: a name or URL as for --target, or the transcript.json of "
        "an earlier comparison."
    ),
]


@takes_settings(TWIN)
def twin(
    *,
    target: Target,
    against: Against,
    choice: Choices = (),
    as_json: AsJson = False,
    settings: Settings,
) -> Verdict:
    """Send the same stories and cases to two releases, and compare the answers.

    Ids, times, hosts and scopes are left out of the comparison. Exit codes: 0 no breaking difference, 1 a
    breaking one, 2 wrong usage, 3 one of the two cannot be tested.
    The tokens of --against are those of --target, or STOREPACT_AGAINST_TOKEN, STOREPACT_AGAINST_READER_TOKEN.
    """
    settings = replace(settings, target=target)
    if against == MOCK and target != MOCK:
        return compare_with_mock(settings, choice, as_json=as_json)
    if choice:
        raise UsageError("--choice goes with --against mock")
    from storepact.run import twin as releases  # it imports the engines

    folder = usable_folder(settings.report_dir, private=True)
    with closing(Meter(f"comparing {target} with {against}", "stories")) as meter:
        twins = releases.compare_releases(settings, against, os.environ, Progress(meter.begin, meter.advance))
    files = {"twin.json": dump(twins.record), "twin.md": report.render_markdown(twins.record)}
    write_files({**files, "transcript.json": dump(twins.transcript)}, folder, private=True)
    if as_json:
        print_json(twins.record)
    elif presentation().quiet:
        print_paragraphs(report.titles(twins.record))
    else:
        print_paragraphs([*report.lines(twins.record), f"all of it in {folder / 'twin.md'}"])
    return releases.verdict(twins.record)
