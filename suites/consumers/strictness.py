"""Which members of a response a client's model is strict about, found by trying the model."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from typing import Any

Path = tuple[str | int, ...]

_ABSENT = object()
#: What takes the place of a member, one after the other.
_REPLACEMENTS = (_ABSENT, None, True, 7, 1.5, "neither", [], {}, [7])


def strict_members(parse: Callable[[Any], object], example: Any) -> list[str]:
    """JSON pointers, with `*` for elements, of the members that `parse` refuses in some other form.

    `parse` raises for a body that the client cannot read; `example` is one with every member that it can.
    """
    parse(copy.deepcopy(example))
    return [
        "".join(f"/{'*' if isinstance(token, int) else token}" for token in path)
        for path in _paths(example, ())
        if any(_refuses(parse, example, path, value) for value in _REPLACEMENTS)
    ]


def _paths(value: Any, path: Path) -> Iterator[Path]:
    """The path of every member, and of the first element of every array."""
    members = (
        value.items() if isinstance(value, dict) else enumerate(value[:1]) if isinstance(value, list) else ()
    )
    for token, member in members:
        yield (*path, token)
        yield from _paths(member, (*path, token))


def _refuses(parse: Callable[[Any], object], example: Any, path: Path, value: Any) -> bool:
    body = copy.deepcopy(example)
    parent = body
    for token in path[:-1]:
        parent = parent[token]
    if value is _ABSENT:
        del parent[path[-1]]
    else:
        parent[path[-1]] = value
    try:
        parse(body)
    except Exception:  # whatever a model raises, the program with the client gets it
        return True
    return False
