"""`storepact config show`: the values of a command's options, and where each comes from."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

from storepact.cli.config.values import read_values
from storepact.cli.options import AsJson
from storepact.cli.output import print_json
from storepact.report.terminal import print_paragraphs, print_tables

Words = Annotated[
    str,
    Parameter(
        metavar="COMMAND OPTIONS",
        help="A command with its options, as it would be called; verify if not given.",
        allow_leading_hyphen=True,
    ),
]


def show(*words: Words, as_json: AsJson = False) -> None:
    """Print the value of each option of a command, and where it comes from: typed, a variable, a line.

    Secrets are masked; of tokens only their variable is shown, and whether it is set. Exit codes: 0 the
    configuration can be used, 2 it cannot.
    """
    is_command = bool(words) and not words[0].startswith("-")
    values = read_values(words if is_command else ("verify", *words))
    if as_json:
        print_json(values.as_data())
    else:
        print_paragraphs([values.heading])
        print_tables([values.rows()])
