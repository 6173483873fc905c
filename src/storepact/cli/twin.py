"""`storepact twin`: compare two releases of a provider, or the mock with a provider."""

from __future__ import annotations

import os
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from storepact.cli.options import AsJson, Choices
from storepact.cli.output import print_json
from storepact.cli.run_options import takes_settings
from storepact.model.errors import UsageError
from storepact.model.outcome import Verdict
from storepact.model.presentation import presentation
from storepact.report.terminal import print_paragraphs
from storepact.run.options import TWIN
from storepact.run.run_settings import MOCK
from storepact.run.settings import Settings

if TYPE_CHECKING:
    from storepact.record.values.twin import TwinRecord

Target = Annotated[str, Parameter(help="The release in question: mock, commercial, federal, eu, or a URL.")]
Against = Annotated[
    str,
    Parameter(
        help="The release that it is compared with: a name or URL as for --target, or the transcript.json of "
        "an earlier comparison."
    ),
]

AgainstToken = Annotated[
    str | None,
    Parameter(
        metavar="NAME",
        help="The variable with the token of --against that may write, in place of STOREPACT_AGAINST_TOKEN.",
    ),
]
AgainstReader = Annotated[
    str | None,
    Parameter(
        metavar="NAME",
        help="The variable with the token of --against that may only read, in place of "
        "STOREPACT_AGAINST_READER_TOKEN.",
    ),
]


@takes_settings(TWIN)
def twin(
    *,
    target: Target,
    against: Against,
    choice: Choices = (),
    against_token_env: AgainstToken = None,
    against_reader_token_env: AgainstReader = None,
    as_json: AsJson = False,
    settings: Settings,
) -> Verdict:
    """Send the same stories and cases to two releases, and compare the answers.

    Ids, times, hosts and scopes are left out of the comparison. Exit codes: 0 no breaking difference, 1 a
    breaking one, 2 wrong usage, 3 one of the two cannot be tested.
    The tokens of --against are those of --target, or STOREPACT_AGAINST_TOKEN, STOREPACT_AGAINST_READER_TOKEN.
    """
    from storepact.cli.mock_comparison import compare_with_mock  # like the others, it imports the engines
    from storepact.record.store import dump, usable_folder
    from storepact.report import write_files
    from storepact.run import twin as releases
    from storepact.run.fidelity import Progress
    from storepact.run.progress import Meter

    settings = replace(settings, target=target)
    if against == MOCK and target != MOCK:
        return compare_with_mock(settings, choice, as_json=as_json)
    if choice:
        raise UsageError("--choice goes with --against mock")
    folder = usable_folder(settings.report_dir, private=True)
    tokens = releases.with_tokens(os.environ, against_token_env, against_reader_token_env)
    with closing(Meter(f"comparing {target} with {against}", "story")) as meter:
        twins = releases.compare_releases(settings, against, tokens, Progress(meter.begin, meter.advance))
    write_files({"transcript.json": dump(twins.transcript)}, folder, private=True)
    print_record(twins.record, folder, as_json=as_json)
    return releases.verdict(twins.record)


def print_record(record: TwinRecord, folder: Path, *, as_json: bool) -> None:
    """Write and print the comparison."""
    from storepact.report import twin as report
    from storepact.report import write_files

    write_files(report.render_files(record), folder, private=True)
    if as_json:
        print_json(record)
    elif presentation().quiet:
        print_paragraphs(report.titles(record))
    else:
        print_paragraphs([*report.lines(record), f"all of it in {folder / 'twin.html'}"])
