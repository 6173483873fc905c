"""Choices: where documents disagree or are silent, a named switch between behaviours that conform.

A family declares its choices as a frozen dataclass. Each field is a `Literal` of the values and is made by
`choice(...)` with the default, an explanation, and where the matter is discussed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import field, fields
from functools import lru_cache
from typing import Any, TypeVar, get_args, get_type_hints

from storepact.model.errors import UnknownName, UsageError
from storepact.model.values import lean_value

T = TypeVar("T")


@lean_value(frozen=True)
class Choice:
    """One choice as it is listed. `source` says where the documents disagree or are silent."""

    name: str
    values: tuple[str, ...]
    default: str
    explanation: str
    source: str


def choice(default: str, explanation: str, source: str) -> Any:
    """Declare a field of a dataclass of choices."""
    return field(default=default, metadata={"explanation": explanation, "source": source})


@lru_cache
def choices_of(kind: type) -> tuple[Choice, ...]:
    """Return every choice that a dataclass declares; names have hyphens for underscores."""
    hints = get_type_hints(kind)
    return tuple(
        Choice(
            member.name.replace("_", "-"),
            tuple(str(value) for value in get_args(hints[member.name])),
            str(member.default),
            member.metadata["explanation"],
            member.metadata["source"],
        )
        for member in fields(kind)
    )


def make_choices(kind: type[T], values: Mapping[str, str]) -> T:
    """Make an instance of a dataclass of choices from values by name; a missing name gets its default.

    Raises:
        UnknownName: no such choice, or no such value; the nearest is named.

    """
    declared: type = kind
    catalogue = {choice.name: choice for choice in choices_of(declared)}
    for name, value in values.items():
        if name not in catalogue:
            raise UnknownName("choice", name, catalogue, list_with="storepact mock --list-choices")
        if value not in catalogue[name].values:
            raise UnknownName(f"value of the choice {name}", value, catalogue[name].values)
    return kind(**{name.replace("-", "_"): value for name, value in values.items()})


def parse_choices(texts: Iterable[str]) -> dict[str, str]:
    """Parse `NAME=VALUE` texts into values by name.

    Raises:
        UsageError: a text has no `=`, or a name occurs twice.

    """
    values: dict[str, str] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or not name:
            raise UsageError(f"--choice {text!r}: write NAME=VALUE; see storepact mock --list-choices")
        if name in values:
            raise UsageError(f"--choice {name} is given twice")
        values[name] = value
    return values
