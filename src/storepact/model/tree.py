"""Walks over JSON values: every value in one, and copies with values replaced."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, TypeAlias

Json: TypeAlias = Any
"""A JSON value as a parser returns it: None, bool, int, float, str, list or dict, of a shape that is data."""

Path = tuple[str | int, ...]
"""Names of members and indexes of elements, from the outermost value on."""

_ENCODER = json.JSONEncoder(ensure_ascii=False)

#: Values without children. They are checked first, as checks for `Mapping` are slow.
SCALARS = (str, int, float, type(None))


class Repeated(dict[str, Json]):
    """An object in which a name occurs twice: the last value counts; `items` has all, in their order."""

    def __init__(self, members: Iterable[tuple[str, Json]]) -> None:
        self._members = tuple(members)
        super().__init__(self._members)

    def items(self) -> tuple[tuple[str, Json], ...]:  # type: ignore[override]
        """(name, value) of every member."""
        return self._members

    __hash__ = None

    def __eq__(self, other: object) -> bool:
        members = other.items() if isinstance(other, Repeated) else None
        return members is not None and self._members == members

    def __ne__(self, other: object) -> bool:
        return not self == other


def build_object(members: Iterable[tuple[str, Json]]) -> dict[str, Json]:
    """The object that has these members: a `Repeated` where a name occurs twice."""
    members = tuple(members)
    plain = dict(members)
    return plain if len(plain) == len(members) else Repeated(members)


def read_json(text: str | bytes) -> Json:
    """The JSON value of a text, with every member of its objects.

    Raises:
        ValueError: the text is not JSON.
        RecursionError: it is nested too deeply.

    """
    if isinstance(text, bytes):
        text = text.decode(json.detect_encoding(text), "surrogatepass")
    return _DECODER.decode(text)


_DECODER = json.JSONDecoder(object_pairs_hook=build_object)


def write_json(value: Json) -> str:
    """The JSON text of a value, in one line, with non-ASCII characters as they are."""
    return _ENCODER.encode(value)


def walk(value: Json, enter: Callable[[Path], bool] | None = None) -> Iterator[tuple[Path, Json]]:
    """Every value in a JSON value with its path, itself first, in the order of the document, at any depth.

    `enter` decides by path whether a value is visited.
    """
    stack: list[tuple[Path, Any]] = [((), value)]
    while stack:
        path, node = stack.pop()
        yield path, node
        if isinstance(node, SCALARS):
            continue
        below: list[tuple[Path, Any]] = []
        if isinstance(node, Mapping):
            below = [((*path, name), child) for name, child in node.items()]
        elif isinstance(node, list):
            below = [((*path, index), child) for index, child in enumerate(node)]
        stack.extend(reversed(below if enter is None else [item for item in below if enter(item[0])]))


def transform(value: Json, change: Callable[[Json], Json]) -> Json:
    """A copy of a JSON value with `change` applied to every value in it, children before their parents.

    Raises:
        RecursionError: the value is nested too deeply.

    """
    if isinstance(value, SCALARS):
        return change(value)
    if isinstance(value, Mapping):
        return change(build_object((name, transform(child, change)) for name, child in value.items()))
    if isinstance(value, list):
        return change([transform(child, change) for child in value])
    return change(value)
