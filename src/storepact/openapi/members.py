"""The members that a schema describes, looked up through references, compositions and conditions.

Only common keywords are read; a schema may restrict members further by dependencies, patterns and
unevaluated members. A *part* of a schema is certain if every value must fit it, and uncertain if an
alternative may be used instead of it. An example, where there is one, decides conditions.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from storepact.model.tree import Json
from storepact.openapi.document import Document
from storepact.openapi.pointers import escape
from storepact.openapi.validators import compile_schema

ELEMENT = "*"
"""Stands for any element of an array."""

UNKNOWN = object()
"""No example."""

Path = tuple[str, ...]

Part = tuple[str, bool]
"""A pointer, and whether it is certain."""

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


@dataclass(frozen=True)
class SchemaView:
    """One place in a body, as a document describes it. `roots` are the schemas that describe it."""

    document: Document
    roots: tuple[Part, ...]
    required: bool = True
    """Whether every value has the place: a member, or at least one element."""
    example: Json = UNKNOWN

    @cached_property
    def parts(self) -> tuple[Part, ...]:
        """Every part, each once; the outermost first."""
        return tuple(
            dict.fromkeys(
                part
                for pointer, certain in self.roots
                for part in self._expand(pointer, certain, frozenset())
            )
        )

    @property
    def pointer(self) -> str:
        """The longest part: where to look for the place in the document."""
        return max(
            (pointer for pointer, _ in self.parts),
            key=lambda pointer: len(str(self.document.at(pointer))),
            default=self.roots[0][0],
        )

    def _expand(self, pointer: str, certain: bool, above: frozenset[str]) -> Iterator[Part]:
        pointer = self.document.settle(pointer)
        node = self.document.at(pointer)
        if pointer in above or not isinstance(node, Mapping):
            return
        above |= {pointer}
        yield pointer, certain
        for part in _subschemas(pointer, node, "allOf"):
            yield from self._expand(part, certain, above)
        for word in ("anyOf", "oneOf"):
            choices = _subschemas(pointer, node, word)
            for part in choices:
                yield from self._expand(part, certain and len(choices) == 1, above)
        holds = self._condition(pointer, node)
        for word in _possible_branches(holds):
            if word in node:
                yield from self._expand(f"{pointer}/{word}", certain and holds is not None, above)

    def _condition(self, pointer: str, node: Mapping[str, Any]) -> bool | None:
        """Whether the example meets the condition of a schema; None if that cannot be decided."""
        if "if" not in node or not isinstance(self.example, Mapping):
            return None
        tested = self.document.resolve(node["if"]).get("properties") or {}
        if not tested.keys() <= self.example.keys():
            return None
        return compile_schema(self.document, f"{pointer}/if").fits(self.example)

    def parts_with(self, word: str) -> Iterator[tuple[str, bool, Any]]:
        """Every part that has the keyword: its pointer, whether it is certain, and the keyword's value."""
        for pointer, certain in self.parts:
            node = self.document.at(pointer)
            if word in node:
                yield pointer, certain, node[word]

    def rule(self, word: str) -> Json:
        """The value of a keyword such as `pattern` that every value must fit; None if there is none."""
        return next((value for _, certain, value in self.parts_with(word) if certain), None)

    def member(self, name: str, example: Json = UNKNOWN) -> SchemaView | None:
        """The member of that name, or the `ELEMENT`; None if it is not described."""
        if name == ELEMENT:
            parts = [
                (f"{part}/items", certain)
                for part, certain, items in self.parts_with("items")
                if isinstance(items, Mapping)
            ]
        else:
            parts = [
                (f"{part}/properties/{escape(name)}", certain)
                for part, certain, properties in self.parts_with("properties")
                if name in properties
            ] or [
                (f"{part}/additionalProperties", certain)
                for part, certain, schema in self.parts_with("additionalProperties")
                if isinstance(schema, Mapping) and schema
            ]
        return SchemaView(self.document, tuple(parts), self.requires(name), example) if parts else None

    def requires(self, name: str) -> bool:
        """Whether every value has that member; of `ELEMENT`, whether there is at least one."""
        certain = [pointer for pointer, is_certain in self.roots if is_certain]
        if any(self._requires(pointer, name, frozenset()) for pointer in certain):
            return True
        uncertain = [pointer for pointer, is_certain in self.roots if not is_certain]
        return bool(uncertain) and all(self._requires(pointer, name, frozenset()) for pointer in uncertain)

    def _requires(self, pointer: str, name: str, above: frozenset[str]) -> bool:
        pointer = self.document.settle(pointer)
        node = self.document.at(pointer)
        if pointer in above or not isinstance(node, Mapping):
            return False
        above |= {pointer}
        if int(node.get("minItems") or 0) > 0 if name == ELEMENT else name in (node.get("required") or ()):
            return True
        if any(self._requires(part, name, above) for part in _subschemas(pointer, node, "allOf")):
            return True
        for word in ("anyOf", "oneOf"):
            choices = _subschemas(pointer, node, word)
            if choices and all(self._requires(part, name, above) for part in choices):
                return True
        return "if" in node and all(
            word in node and self._requires(f"{pointer}/{word}", name, above)
            for word in _possible_branches(self._condition(pointer, node))
        )

    @property
    def is_closed(self) -> bool:
        """Whether a member that is not described is forbidden."""
        words = ("additionalProperties", "unevaluatedProperties")
        return any(value is False for word in words for _, _, value in self.parts_with(word))

    @property
    def is_map(self) -> bool:
        """Whether members of any name are described."""
        additional = self.parts_with("additionalProperties")
        return any(value is True or isinstance(value, Mapping) for _, _, value in additional)

    @property
    def names(self) -> tuple[str, ...]:
        """The members that are described by name, and `ELEMENT` where elements are."""
        names: dict[str, None] = {}
        for _, _, properties in self.parts_with("properties"):
            names.update(dict.fromkeys(properties))
        if any(isinstance(items, Mapping) for _, _, items in self.parts_with("items")):
            names[ELEMENT] = None
        return tuple(names)

    @cached_property
    def types(self) -> Types | None:
        """The JSON types that a value may have; None if any."""
        by_certainty = {
            certainty: [
                self._types(pointer, frozenset()) for pointer, certain in self.roots if certain is certainty
            ]
            for certainty in (True, False)
        }
        return _intersection([*by_certainty[True], _union(by_certainty[False])])

    def _types(self, pointer: str, above: frozenset[str]) -> Types | None:
        pointer = self.document.settle(pointer)
        node = self.document.at(pointer)
        if pointer in above or not isinstance(node, Mapping):
            return None
        above |= {pointer}
        types = [declared_types(node)]
        types += [self._types(part, above) for part in _subschemas(pointer, node, "allOf")]
        types += [
            _union([self._types(part, above) for part in _subschemas(pointer, node, word)])
            for word in ("anyOf", "oneOf")
        ]
        return _intersection(types)

    @property
    def values(self) -> tuple[Json, ...] | None:
        """Every value that is allowed, where they are enumerated; else None."""
        constant = next((value for _, certain, value in self.parts_with("const") if certain), UNKNOWN)
        if constant is not UNKNOWN:
            return (constant,)
        enum = self.rule("enum")
        return None if enum is None else tuple(enum)

    def all_members(self, above: frozenset[str] = frozenset()) -> Iterator[tuple[Path, SchemaView]]:
        """Every place below this one; a schema within itself is left out."""
        here = {pointer for pointer, _ in self.parts}
        if here & above:
            return
        for name in self.names:
            member = self.member(name)
            if member is not None:
                yield (name,), member
                for path, inner in member.all_members(above | here):
                    yield (name, *path), inner


def _subschemas(pointer: str, node: Mapping[str, Any], word: str) -> list[str]:
    """The pointers of the schemas that a composition lists."""
    return [f"{pointer}/{word}/{index}" for index in range(len(node.get(word) or ()))]


def _possible_branches(holds: bool | None) -> list[str]:
    """The branches of a condition that may apply; both if it is not decided."""
    return [word for word, excluded in (("then", False), ("else", True)) if holds is not excluded]


def _union(types: list[Types | None]) -> Types | None:
    """The types that any of the alternatives allows; None (any) if one allows any, or there is none."""
    specified = [allowed for allowed in types if allowed is not None]
    return frozenset[str]().union(*specified) if specified and len(specified) == len(types) else None


def _intersection(types: list[Types | None]) -> Types | None:
    """The types that all allow; None is any."""
    specified = [allowed for allowed in types if allowed is not None]
    return frozenset.intersection(*specified) if specified else None


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
