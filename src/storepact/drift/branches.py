"""Branches: sets of schemas that all hold for a value, which is one way to fit a composed schema."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache

from storepact.model.tree import Json
from storepact.model.values import lean_value
from storepact.openapi.document import Document
from storepact.openapi.json_types import declared_types

Branch = tuple[str, ...]
"""JSON pointers of schemas that all hold; none: anything fits."""

Types = frozenset[str]
"""JSON types; `number` is never without `integer`."""

#: How the entry of a branch begins that is no schema: a composition with too many combinations, as a whole.
WHOLE = "whole:"

#: How the entry of a branch begins that is a reference whose siblings the specification ignores.
IGNORED = "ignored:"

_COMPOSITIONS = ("allOf", "anyOf", "oneOf")


def nodes(document: Document, branch: Branch) -> Iterator[tuple[str, Mapping[str, Json]]]:
    """The schemas of a branch, each with its pointer."""
    for pointer in branch:
        node = document.at(pointer) if pointer[:1] in ("", "/") else None
        if isinstance(node, Mapping):
            yield pointer, node


def keyword(document: Document, branch: Branch, word: str) -> list[Json]:
    """The values that the schemas of a branch have for a keyword, in order."""
    return [node[word] for _, node in nodes(document, branch) if word in node]


@lru_cache(maxsize=100_000)
def types_of(document: Document, branch: Branch) -> Types | None:
    """The JSON types that a branch allows; None if any."""
    declared = [types for _, node in nodes(document, branch) if (types := declared_types(node)) is not None]
    if not declared:
        return None
    types = frozenset.intersection(*declared)
    is_nullable = any(
        node.get("nullable") is True and any(word in node for word in _COMPOSITIONS)
        for _, node in nodes(document, branch)
    )
    return types | {"null"} if is_nullable else types


def branches_for(document: Document, branches: Iterable[Branch], *types: str) -> list[Branch]:
    """The branches that a value of one of these types may fit."""
    return [
        branch
        for branch in branches
        if (allowed := types_of(document, branch)) is None or allowed & set(types)
    ]


def enumerate_values(document: Document, branches: Iterable[Branch]) -> tuple[Json, ...] | None:
    """The values of `const` and `enum` in all branches, without null; None if a branch allows others."""
    values: dict[str, Json] = {}
    for branch in branches_for(
        document, branches, "string", "number", "integer", "boolean", "array", "object"
    ):
        lists = [[value] for value in keyword(document, branch, "const")]
        lists += [enum for enum in keyword(document, branch, "enum") if isinstance(enum, list)]
        if not lists:
            return None
        first, *others = [{to_key(value): value for value in items} for items in lists]
        values.update({key: value for key, value in first.items() if all(key in items for items in others)})
    values.pop("null", None)
    if values.keys() >= {"true", "false"} and all(isinstance(value, bool) for value in values.values()):
        return None  # every boolean
    return tuple(values.values()) if values else None


def to_text(value: Json) -> str:
    """A JSON value as text; a string is itself."""
    return value if isinstance(value, str) else to_key(value)


def to_key(value: Json) -> str:
    """A JSON value as JSON text, which differs for every other value; 1.0 is 1."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return json.dumps(value, ensure_ascii=False, sort_keys=True, default=str)


@lean_value(frozen=True)
class Traits:
    """What an alternative is recognized by."""

    features: frozenset[str]
    """Its members, two levels deep; without members, its types."""
    values: Mapping[str, frozenset[str]]
    """The allowed values, by member, of members with an enumeration."""
