"""`storepact init`: write a configuration file and a CI job."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from storepact.cli.options import FamilyName
from storepact.report.terminal import print_paragraphs

Ci = Annotated[
    Literal["github", "gitlab", "none"] | None,
    Parameter(
        help="The job to write: github, gitlab or none; what the repository uses if not given, else github."
    ),
]
Address = Annotated[
    str | None,
    Parameter(name="--target", metavar="URL", help="The address of the provider; mock if not given."),
]
Force = Annotated[bool, Parameter(help="Overwrite files that exist.")]


def init(*, ci: Ci = None, target: Address = None, force: Force = False, family: FamilyName = None) -> None:
    """Write a commented storepact.toml and a CI job into the repository, with what can be found out.

    That is its OpenAPI document, its folder of pacts, its kind of CI. Nothing is overwritten without --force.
    Exit codes: 0 written, 2 a file exists or cannot be written.
    """
    from storepact.families import find_family
    from storepact.run.starter.write import write_starter

    print_paragraphs(write_starter(Path.cwd(), find_family(family), ci, target, force=force))
