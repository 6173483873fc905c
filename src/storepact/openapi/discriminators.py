"""Discriminators: which value selects which schema."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from storepact.model.tree import Json
from storepact.openapi.document import Document
from storepact.openapi.pointers import unescape
from storepact.openapi.references import reference_target

_SCHEMAS = "/components/schemas/"


def constrain_branches(
    document: Document, node: Mapping[str, Json], word: str, converted: list[Json], *, is_certain: bool
) -> list[Json]:
    """The converted branches of a discriminated `oneOf` or `anyOf`, each with the values that select it.

    A branch that restricts the member itself, and that no mapping names, is left as it is. `is_certain`: the
    branches are those that a part of a response certainly fits, so the part has the member.
    """
    discriminator = node["discriminator"]
    name = discriminator.get("propertyName")
    if not isinstance(name, str):
        return converted
    branches: list[Json] = []
    for branch, schema in zip(node[word], converted, strict=True):
        target = branch.get("$ref") if isinstance(branch, Mapping) else None
        values = _values_of(document, discriminator, name, target) if isinstance(target, str) else ()
        member: dict[str, Json] = {"properties": {name: {"enum": list(values)}}}
        if is_certain:
            member["required"] = [name]
        branches.append({"allOf": [schema, member]} if values else schema)
    return branches


def _values_of(
    document: Document, discriminator: Mapping[str, Json], name: str, reference: str
) -> tuple[str, ...]:
    """The values that select a schema: those mapped to it, else its name; none if it restricts the member."""
    pointer = reference_target(reference)
    mapped = mapped_values(discriminator, pointer)
    if mapped:
        return mapped
    if not pointer.startswith(_SCHEMAS) or _restricts(document, pointer, name, frozenset()):
        return ()
    return (unescape(pointer.rpartition("/")[2]),)


def mapped_values(discriminator: Mapping[str, Json], pointer: str) -> tuple[str, ...]:
    """The values that the mapping of a discriminator gives to a schema."""
    mapping = discriminator.get("mapping")
    if not isinstance(mapping, Mapping):
        return ()
    return tuple(
        str(value)
        for value, target in mapping.items()
        if isinstance(target, str) and pointer in (reference_target(target), f"{_SCHEMAS}{target}")
    )


def _restricts(document: Document, pointer: str, name: str, above: frozenset[str]) -> bool:
    """Whether a schema enumerates the values of a member itself."""
    pointer = document.settle(pointer)
    node = document.at(pointer)
    if pointer in above or not isinstance(node, Mapping):
        return False
    properties = node.get("properties")
    member = document.resolve(properties.get(name)) if isinstance(properties, Mapping) else None
    if isinstance(member, Mapping) and not member.keys().isdisjoint(("const", "enum")):
        return True
    parts = node.get("allOf")
    return any(
        _restricts(document, f"{pointer}/allOf/{index}", name, above | {pointer})
        for index in range(len(parts) if isinstance(parts, list) else 0)
    )


@lru_cache(maxsize=1_024)
def inheriting_schemas(document: Document, pointer: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """The schemas that inherit from a discriminated one by `allOf`, each with the values that select it."""
    node = document.at(pointer)
    discriminator = node.get("discriminator") if isinstance(node, Mapping) else None
    if not isinstance(discriminator, Mapping) or not pointer.startswith(_SCHEMAS):
        return ()
    name = discriminator.get("propertyName")
    children = []
    for child in _children(document).get(pointer, ()):
        values = _values_of(document, discriminator, str(name), f"#{child}")
        if values:
            children.append((child, values))
    return tuple(children)


@lru_cache(maxsize=64)
def _children(document: Document) -> dict[str, tuple[str, ...]]:
    """The schemas among the components by the schema that they inherit from, directly or not."""
    parents: dict[str, list[str]] = {}
    components = document.data.get("components") or {}
    schemas = components.get("schemas") if isinstance(components, Mapping) else None
    for name, schema in schemas.items() if isinstance(schemas, Mapping) else ():
        parts = schema.get("allOf") if isinstance(schema, Mapping) else None
        for part in parts if isinstance(parts, list) else ():
            reference = part.get("$ref") if isinstance(part, Mapping) else None
            if isinstance(reference, str):
                child = f"{_SCHEMAS}{name.replace('~', '~0').replace('/', '~1')}"
                parents.setdefault(reference_target(reference), []).append(child)
    return {parent: tuple(_descendants(parents, parent)) for parent in parents}


def _descendants(parents: Mapping[str, list[str]], pointer: str) -> list[str]:
    order: dict[str, None] = {}
    waiting = list(parents.get(pointer, ()))
    while waiting:
        child = waiting.pop(0)
        if child not in order and child != pointer:
            order[child] = None
            waiting += parents.get(child, ())
    return list(order)
