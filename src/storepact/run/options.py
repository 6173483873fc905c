"""Options as fields of a dataclass: their help, their limits, and the commands that take them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import field, fields
from typing import Any, get_type_hints

from storepact.model.values import lean_value

#: The name of an environment variable.
VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")

#: What a variable may say of an option that is on or off.
BOOLEANS = {
    **dict.fromkeys(("true", "yes", "on", "1", "t", "y"), True),
    **dict.fromkeys(("false", "no", "off", "0", "f", "n"), False),
}

#: The commands that take options of a run.
VERIFY, TRIPWIRE, PROVE, TWIN, CLEANUP = "verify", "tripwire", "prove", "twin", "cleanup"
REPLAY, MERGE, EXPLORE = "replay", "merge", "explore"
RUNS = frozenset({VERIFY, TRIPWIRE})
EVERYWHERE = frozenset({VERIFY, TRIPWIRE, PROVE, TWIN, REPLAY, EXPLORE})
ONLY_VERIFY = frozenset({VERIFY})
#: Options about how a target is reached; `cleanup` tests nothing and takes no others.
REACHING = EVERYWHERE | {CLEANUP}


@lean_value(frozen=True)
class Option:
    """How one field of the settings is offered to users."""

    help: str
    commands: frozenset[str] = RUNS
    """The commands that take the option."""
    required_by: frozenset[str] = frozenset()
    """Those of them for which its default is no value."""
    metavar: str | None = None
    minimum: float | None = None
    maximum: float | None = None
    short: str = ""
    """The short form of the option on the command line, such as -H."""
    only_writing: bool = False
    """Whether it says nothing about a run that may not write to its target."""
    pytest: bool = True
    """Whether pytest takes the option, too."""
    pytest_name: str = ""
    """The option's name in pytest, where a plugin of others uses ours."""


@lean_value(frozen=True)
class OptionField:
    """One option with what the dataclass says about it."""

    name: str
    """The field's name."""
    type: Any
    default: Any
    option: Option

    @property
    def flag(self) -> str:
        """The option as it is typed."""
        return "--" + self.name.replace("_", "-")


def option(default: Any, help_: str, **details: Any) -> Any:
    """A field of a dataclass that is an option; `details` are further fields of `Option`."""
    return field(default=default, metadata={"option": Option(help_, **details)})


def fields_of(owner: type) -> Iterator[OptionField]:
    """The options that a dataclass has, in the order of its fields."""
    hints = get_type_hints(owner)
    for entry in fields(owner):
        yield OptionField(entry.name, hints[entry.name], entry.default, entry.metadata["option"])


def markdown_table(entries: Iterable[OptionField]) -> str:
    """Options as a Markdown table."""
    rows = [f"| `{entry.flag}` | {entry.option.help.removesuffix('.')} |" for entry in entries]
    return "\n".join(["| option | meaning |", "| --- | --- |", *rows])
