"""Where an option stands in the configuration: its key in the file, and its environment variable."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import get_args, get_origin

from storepact.model.values import lean_value
from storepact.run.options import fields_of
from storepact.run.settings import Settings

#: Options of other commands that mean what the run's option of this name means: they are read from the top
#: level of the file, too.
_SHARED = frozenset({"openapi", "contracts", "provider", "family", "accepted", "history", "broker-url"})

#: The same, of one command.
_SHARED_OF = {
    "twin": frozenset({"target"}),
    "proxy": frozenset(
        {"target", "ca-file", "client-cert", "client-key", "proxy", "header", "insecure-http"}
    ),
    "accept": frozenset({"report-dir"}),
    "report": frozenset({"record"}),
    "history trends": frozenset({"report-dir"}),
}

#: Arguments that are read from the key of an option.
_ALIASES = {("report", "record"): "report-dir"}

#: Texts that may be the path of a file.
_MAY_BE_PATHS = frozenset({"history", "baseline", "published", "against"})


@lean_value(frozen=True)
class Name:
    """An option of a command, as the configuration has it."""

    option: str
    """As it is typed, without the dashes."""
    key: str
    """Its key in the file; another one for an argument that is read from the key of an option."""
    command: tuple[str, ...]
    is_shared: bool
    """Whether it stands at the top level of the file, and in targets."""
    kind: object = str
    """The type of its value."""

    @property
    def variable(self) -> str:
        """The environment variable of the option."""
        words = (self.key,) if self.is_shared else (*self.command, self.key)
        return "_".join(("STOREPACT", *words)).upper().replace("-", "_")

    @property
    def is_alias(self) -> bool:
        """Whether it is an argument that is read from the key of an option."""
        return self.key != self.option

    @property
    def is_path(self) -> bool:
        """Whether the value is the path of a file or folder."""
        return self.kind is Path or Path in get_args(self.kind)

    @property
    def may_be_path(self) -> bool:
        """Whether the value may be the path of a file."""
        return self.key in _MAY_BE_PATHS

    @property
    def is_list(self) -> bool:
        """Whether the option may be repeated."""
        return get_origin(self.kind) is tuple


def name_option(command: Sequence[str], flag: str, kind: object = str) -> Name:
    """The name of an option or argument of a command; `flag` with or without dashes."""
    words = tuple(command)
    option = flag.lstrip("-").replace("_", "-").lower()
    joined = " ".join(words)
    is_shared = option in _SHARED or option in _SHARED_OF.get(joined, ()) or option in _of_runs(joined)
    return Name(option, _ALIASES.get((joined, option), option), words, is_shared, kind)


@cache
def _of_runs(command: str) -> frozenset[str]:
    """The keys of the options of a run that a command takes."""
    return frozenset(
        entry.flag.removeprefix("--") for entry in fields_of(Settings) if command in entry.option.commands
    )
