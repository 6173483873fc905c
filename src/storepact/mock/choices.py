"""Choices: matters on which documents disagree or are silent, as named switches between conformant behaviours.

A family declares them as a frozen dataclass: each field a `Literal` of the values, its default first in mind, made by
`choice(...)`, which says what the matter is and where it is discussed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from typing import Any, get_args, get_type_hints

from storepact.model.errors import UnknownName, UsageError


@dataclass(frozen=True)
class Choice:
    """One matter. `source` is where the documents disagree or are silent."""

    name: str
    values: tuple[str, ...]
    default: str
    explanation: str
    source: str


def choice(default: str, explanation: str, source: str) -> Any:
    """A field of a dataclass of choices."""
    return field(default=default, metadata={"explanation": explanation, "source": source})


def choices_of(kind: type) -> Iterator[Choice]:
    """Every choice that a dataclass declares, names with hyphens."""
    hints = get_type_hints(kind)
    for each in fields(kind):
        values = tuple(str(value) for value in get_args(hints[each.name]))
        yield Choice(
            each.name.replace("_", "-"),
            values,
            str(each.default),
            each.metadata["explanation"],
            each.metadata["source"],
        )


def chosen_values(kind: type, wanted: Mapping[str, str]) -> Any:
    """The dataclass with these values.

    Raises:
        UnknownName: no such choice, or no such value; the nearest is named.

    """
    known = {each.name: each for each in choices_of(kind)}
    for name, value in wanted.items():
        if name not in known:
            raise UnknownName("choice", name, known, list_with="storepact mock --list-choices")
        if value not in known[name].values:
            raise UnknownName(f"value of the choice {name}", value, known[name].values)
    return kind(**{name.replace("-", "_"): value for name, value in wanted.items()})


def parsed_choices(texts: list[str]) -> dict[str, str]:
    """`NAME=VALUE` texts as a mapping.

    Raises:
        UsageError: a text without `=`, or one name twice.

    """
    found: dict[str, str] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or not name:
            raise UsageError(f"--choice {text!r}: write NAME=VALUE; see storepact mock --list-choices")
        if name in found:
            raise UsageError(f"--choice {name} is given twice")
        found[name] = value
    return found
