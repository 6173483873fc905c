"""The values below a value that have no name of their own: of maps, of arrays, names of members, and texts.

Each kind has a token, which stands for it in a comparison as the name of a member stands for the member.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache

import jsonschema_rs

from storepact.drift.branches import Branch, nodes
from storepact.model.tree import Json
from storepact.openapi.document import Document
from storepact.openapi.members import ELEMENT
from storepact.openapi.pointers import escape

_MARK = "\0"

MAP_VALUES = f"{_MARK}map"
"""The members of an object that are not described by name."""

MEMBER_NAMES = f"{_MARK}names"
"""The names of an object's members."""

CONTAINED = f"{_MARK}contains"
"""The elements of an array of which there must be some."""

CONTENT = f"{_MARK}content"
"""What a text holds, decoded."""

_PATTERN = f"{_MARK}pattern "
_POSITION = f"{_MARK}position "

_LABELS = {
    ELEMENT: "*", MAP_VALUES: "*", MEMBER_NAMES: "(name)", CONTAINED: "(contained)", CONTENT: "(content)",
}  # fmt: skip

_KEYWORDS = {MEMBER_NAMES: "propertyNames", CONTAINED: "contains", CONTENT: "contentSchema"}


def label(name: str) -> str:
    """A token, or the name of a member, as it stands in the pointer to a place."""
    if name in _LABELS:
        return _LABELS[name]
    if name.startswith(_PATTERN):
        return escape(f"{{{name.removeprefix(_PATTERN)}}}")
    return escape(name.removeprefix(_POSITION))


def type_of(name: str) -> str:
    """The type of the values that have such values below them."""
    if name == CONTENT:
        return "string"
    return "array" if name in (ELEMENT, CONTAINED) or name.startswith(_POSITION) else "object"


def tokens_of(all_nodes: Mapping[str, Mapping[str, Json]]) -> Iterator[str]:
    """The tokens of what the schemas describe: patterns, positions, names and contents."""
    for node in all_nodes.values():
        patterns = node.get("patternProperties")
        if isinstance(patterns, Mapping):
            yield from (f"{_PATTERN}{pattern}" for pattern in patterns)
        positions = node.get("prefixItems")
        if isinstance(positions, list):
            yield from (f"{_POSITION}{index}" for index in range(len(positions)))
        yield from (token for token, word in _KEYWORDS.items() if word in node)


def value_schemas(document: Document, branch: Branch, name: str) -> Iterator[str]:
    """The pointers of the schemas that hold for a member by name, or for the values of a token."""
    if name == ELEMENT:
        yield from _element_schemas(document, branch)
    elif name == MAP_VALUES:
        yield from _map_schemas(document, branch)
    elif name in _KEYWORDS:
        yield from _keyword_schemas(document, branch, _KEYWORDS[name])
    elif name.startswith(_POSITION):
        yield from _position_schemas(document, branch, int(name.removeprefix(_POSITION)))
    elif name.startswith(_PATTERN):
        yield from _pattern_schemas(document, branch, name.removeprefix(_PATTERN))
    else:
        yield from _member_schemas(document, branch, name)


def _keyword_schemas(document: Document, branch: Branch, word: str) -> Iterator[str]:
    for pointer, node in nodes(document, branch):
        if isinstance(node.get(word), Mapping | bool):
            yield f"{pointer}/{word}"


def _element_schemas(document: Document, branch: Branch) -> Iterator[str]:
    schemas = list(_keyword_schemas(document, branch, "items"))
    yield from schemas or _keyword_schemas(document, branch, "unevaluatedItems")


def _map_schemas(document: Document, branch: Branch) -> Iterator[str]:
    for word in ("additionalProperties", "unevaluatedProperties"):
        for pointer, node in nodes(document, branch):
            if isinstance(node.get(word), Mapping):
                yield f"{pointer}/{word}"


def _position_schemas(document: Document, branch: Branch, index: int) -> Iterator[str]:
    for pointer, node in nodes(document, branch):
        positions = node.get("prefixItems")
        if isinstance(positions, list) and index < len(positions):
            yield f"{pointer}/prefixItems/{index}"
        elif isinstance(node.get("items"), Mapping | bool):
            yield f"{pointer}/items"


def _pattern_schemas(document: Document, branch: Branch, pattern: str) -> Iterator[str]:
    is_described = False
    for pointer, node in nodes(document, branch):
        if pattern in (node.get("patternProperties") or {}):
            is_described = True
            yield f"{pointer}/patternProperties/{escape(pattern)}"
    if not is_described:
        yield from _map_schemas(document, branch)


def _member_schemas(document: Document, branch: Branch, name: str) -> Iterator[str]:
    is_described = False
    for pointer, node in nodes(document, branch):
        described = node.get("properties")
        if isinstance(described, Mapping) and name in described:
            is_described = True
            yield f"{pointer}/properties/{escape(name)}"
        for pattern in node.get("patternProperties") or ():
            if _matches(pattern, name):
                is_described = True
                yield f"{pointer}/patternProperties/{escape(pattern)}"
    if not is_described:
        for schema in _map_schemas(document, branch):
            if document.at(schema):
                yield schema


@lru_cache(maxsize=4_096)
def _matches(pattern: str, name: str) -> bool:
    try:  # of jsonschema-rs, as its time is linear in the name's length
        return bool(jsonschema_rs.Draft202012Validator({"pattern": pattern}).is_valid(name))
    except ValueError:
        return False
