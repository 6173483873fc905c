"""Walks over JSON values: every value in one, and copies with values replaced."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

Path = tuple[str | int, ...]
"""Names of members and indexes of elements, from the outermost value on."""


def children(value: Any) -> Iterator[tuple[str | int, Any]]:
    """The members of an object by name, or the elements of a list by index; none for other values."""
    if isinstance(value, Mapping):
        yield from value.items()
    elif isinstance(value, list):
        yield from enumerate(value)


def walk(value: Any, enter: Callable[[Path], bool] = lambda path: True) -> Iterator[tuple[Path, Any]]:
    """Every value in a JSON value with its path, itself first, in the order of the document.

    `enter` decides by path whether a value is visited.
    """
    yield (), value
    stack: list[tuple[Path, Iterator[tuple[str | int, Any]]]] = [((), children(value))]
    while stack:
        path, remaining = stack[-1]
        for token, child in remaining:
            below = (*path, token)
            if enter(below):
                yield below, child
                if isinstance(child, Mapping | list):
                    stack.append((below, children(child)))
                    break
        else:
            stack.pop()


def transform(value: Any, change: Callable[[Any], Any]) -> Any:
    """A copy of a JSON value with `change` applied to every value in it, children before their parents.

    Raises:
        RecursionError: the value is nested too deeply.

    """
    if isinstance(value, Mapping):
        return change({name: transform(child, change) for name, child in value.items()})
    if isinstance(value, list):
        return change([transform(child, change) for child in value])
    return change(value)
