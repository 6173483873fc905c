"""Whether some value certainly fits several alternatives of a `oneOf`, which then forbids it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from storepact.drift.alternatives import Alternatives
from storepact.drift.branches import to_key
from storepact.drift.expansion import expand
from storepact.openapi.members import ELEMENT

#: More alternatives are not compared with each other.
_MOST = 40

#: Keywords that may make values unlike, which are not compared with each other.
_UNCERTAIN = (
    "pattern", "format", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "minLength",
    "maxLength", "multipleOf", "not", "contains", "minItems", "maxItems", "propertyNames",
    "patternProperties", "minProperties", "maxProperties", "dependentRequired", "dependentSchemas", "if",
    "const",
)  # fmt: skip


def overlaps(schema: Alternatives) -> list[tuple[int, int]]:
    """The pairs of alternatives of one `oneOf` that a value certainly fits both of, by their indexes."""
    if not 1 < len(schema.branches) <= _MOST:
        return []
    return list(dict.fromkeys(_overlaps(schema)))


def _overlaps(schema: Alternatives) -> Iterator[tuple[int, int]]:
    for choices in _choices(schema):
        for mine, others in combinations(choices, 2):
            for left in mine:
                for right in others:
                    if left != right and _certainly_overlap(schema, left, right):
                        yield min(left, right), max(left, right)


def _choices(schema: Alternatives) -> Iterator[list[list[int]]]:
    """Of each `oneOf`: the indexes of the alternatives that each of its schemas contributes to."""
    for pointer, node in schema.nodes.items():
        count = len(node.get("oneOf") or ())
        if count < 2 or "discriminator" in node:
            continue
        parts = [
            [set(branch) for branch in expand(schema.document, f"{pointer}/oneOf/{index}")]
            for index in range(count)
        ]
        yield [
            [
                index
                for index, branch in enumerate(schema.branches)
                if pointer in branch and any(part <= set(branch) for part in choice)
            ]
            for choice in parts
        ]


def _certainly_overlap(schema: Alternatives, left: int, right: int) -> bool:
    first, second = schema.only([left]), schema.only([right])
    if not _share_values(first, second):
        return False
    shared = (first.types or _EVERY) & (second.types or _EVERY)
    if "object" not in shared:
        return True
    for name in (*first.names, *second.names):
        if name == ELEMENT:
            continue
        is_needed = first.requires(name) or second.requires(name)
        own, counterpart = first.member(name), second.member(name)
        if is_needed and any(
            member is None and side.has_no_further_members
            for member, side in ((own, first), (counterpart, second))
        ):
            return False
        if is_needed and own is not None and counterpart is not None and not _share_values(own, counterpart):
            return False
    return True


_EVERY = frozenset({"null", "boolean", "integer", "number", "string", "array", "object"})


def _share_values(first: Alternatives, second: Alternatives) -> bool:
    """Whether some value certainly fits both, members aside."""
    if not (first.types if first.types is not None else _EVERY) & (
        second.types if second.types is not None else _EVERY
    ):
        return False
    own = [_own_keywords(schema) for schema in (first, second)]
    if own[0] != own[1]:
        return False
    if first.values is None or second.values is None:
        return True
    return bool(set(map(to_key, first.values)) & set(map(to_key, second.values)))


def _own_keywords(schema: Alternatives) -> set[tuple[str, str]]:
    """The uncertain keywords of a schema; a constant is an enumeration."""
    words = [word for word in _UNCERTAIN if word != "const"]
    return {(word, to_key(value)) for word in words for value in schema.keyword(word)}
