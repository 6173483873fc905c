"""Expansion of a composed schema into the ways to fit it: compositions and conditions multiplied out.

`openapi.members` and `openapi.keywords` read the same compositions, but to other ends, and share no
expansion with this module. `members` keeps one flat list of parts, each certain or not, and lets an example
decide conditions; `keywords` lists what is written, chosen variants included, and never multiplies. Only a
comparison needs the product, which grows with each composition and is cut off at a limit that the other two
must not have.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product

from storepact.drift.branches import Branch, enumerate_values, to_text
from storepact.openapi.document import Document
from storepact.openapi.pointers import escape
from storepact.openapi.references import reference_target

#: Keywords that describe and restrict nothing.
ANNOTATIONS = frozenset((
    "title", "description", "default", "deprecated", "example", "examples", "externalDocs", "xml", "$comment",
))  # fmt: skip

#: Schemas with more alternatives are not multiplied out.
_MOST_BRANCHES = 128


def expand(document: Document, pointer: str, above: frozenset[str] = frozenset()) -> list[Branch]:
    """The ways to fit the schema at a pointer. `above` are the schemas on the way, which end a recursion."""
    own, pointer = _follow(document, pointer)
    node = document.at(pointer)
    if pointer in above or not isinstance(node, Mapping):
        return [own]
    above |= {pointer}
    parts: list[list[Branch]] = [[(*own, pointer)]]
    conditions: list[str] = [pointer] if "if" in node else []
    for index in range(len(node.get("allOf") or ())):
        place = f"{pointer}/allOf/{index}"
        inner = document.at(document.settle(place))
        if isinstance(inner, Mapping) and inner.keys() - ANNOTATIONS == {"if", "then"}:
            conditions.append(document.settle(place))
        else:
            parts.append(expand(document, place, above))
    for word in ("anyOf", "oneOf"):
        choices = [f"{pointer}/{word}/{index}" for index in range(len(node.get(word) or ()))]
        if choices:
            parts.append([branch for choice in choices for branch in expand(document, choice, above)])
    if conditions:
        parts.append(_expand_conditions(document, pointer, conditions, above))
    return combine(*parts)


def combine(*parts: list[Branch]) -> list[Branch]:
    """Every combination of one branch per part; if there are too many, parts with a choice are left out."""
    count = 1
    for part in parts:
        count *= max(len(part), 1)
    if count > _MOST_BRANCHES:
        parts = tuple(part for part in parts if len(part) == 1)
    return [
        tuple(dict.fromkeys(pointer for branch in choice for pointer in branch)) for choice in product(*parts)
    ]


def _expand_conditions(
    document: Document, place: str, conditions: list[str], above: frozenset[str]
) -> list[Branch]:
    """Each `if` with its `then`, each `else`, and a free branch unless the conditions cover every value."""
    branches: list[Branch] = []
    for pointer in conditions:
        node = document.at(pointer)
        then: list[Branch] = expand(document, f"{pointer}/then", above) if "then" in node else [()]
        branches += combine(expand(document, f"{pointer}/if", above), then)
        if "else" in node:
            branches += expand(document, f"{pointer}/else", above)
    has_else = any("else" in document.at(pointer) for pointer in conditions)
    if not has_else and not _are_exhaustive(document, place, conditions):
        branches.append(())
    return branches


def _are_exhaustive(document: Document, place: str, conditions: list[str]) -> bool:
    """Whether conditions on a single member name every value that the member may have."""
    tests = [document.resolve(document.at(pointer)["if"]).get("properties") or {} for pointer in conditions]
    names = {name for test in tests for name in test}
    properties = document.at(place).get("properties") or {}
    if len(names) != 1 or not names <= properties.keys():
        return False
    (name,) = names
    values = enumerate_values(document, expand(document, f"{place}/properties/{escape(name)}"))
    covered: set[str] = set()
    for test in tests:
        node = document.resolve(test.get(name) or {})
        covered |= set(map(to_text, [node["const"]] if "const" in node else node.get("enum") or ()))
    return values is not None and set(map(to_text, values)) <= covered


def _follow(document: Document, pointer: str) -> tuple[Branch, str]:
    """The schemas beside the references at a pointer, which count from 3.1 on, and where these lead."""
    own: Branch = ()
    for _ in range(_MOST_BRANCHES):
        node = document.at(pointer)
        if not isinstance(node, Mapping) or not isinstance(node.get("$ref"), str):
            break
        if not document.dialect.startswith("3.0") and node.keys() - ANNOTATIONS - {"$ref"}:
            own = (*own, pointer)
        pointer = reference_target(node["$ref"])
    return own, document.settle(pointer)
