"""The JSON types of values, and those that a schema allows by itself."""

from __future__ import annotations

from collections.abc import Mapping

from storepact.model.tree import Json

Types = frozenset[str]
"""JSON types; `number` is never without `integer`."""

_TYPE_NAMES = {
    bool: "boolean",
    int: "integer",
    float: "number",
    str: "string",
    list: "array",
    dict: "object",
    type(None): "null",
}


def json_type(value: Json) -> str:
    """The JSON type of a value; a whole number is an `integer`."""
    return _TYPE_NAMES.get(type(value), "null")


def declared_types(node: Mapping[str, Json]) -> Types | None:
    """The JSON types that a schema allows by itself, `nullable` of 3.0 included; None if any."""
    if "const" in node:
        return frozenset({json_type(node["const"])})
    declared = node.get("type")
    types = frozenset(
        [declared] if isinstance(declared, str) else declared if isinstance(declared, list) else ()
    )
    null = {"null"} if node.get("nullable") is True else set()
    if "number" in types:
        types |= {"integer"}
    if types:
        types |= null
    if not isinstance(node.get("enum"), list):
        return types or None
    of_values = frozenset(json_type(value) for value in node["enum"]) | null
    if not types:
        return of_values
    return types & (of_values | ({"integer"} if "number" in of_values else frozenset()))


def union(types: list[Types | None]) -> Types | None:
    """The types that any of the alternatives allows; None (any) if one allows any, or there is none."""
    specified = [allowed for allowed in types if allowed is not None]
    return frozenset[str]().union(*specified) if specified and len(specified) == len(types) else None


def intersection(types: list[Types | None]) -> Types | None:
    """The types that all allow; None is any."""
    specified = [allowed for allowed in types if allowed is not None]
    return frozenset.intersection(*specified) if specified else None
