"""What a schema describes, member by member: looked up through references, compositions and conditions.

A schema may say more than this can see (dependencies, patterns, unevaluated members); what is looked up here is what people
write for the bodies of an API. A *part* of a schema is certain if every value must fit it, and uncertain if another
alternative may stand for it. An example, where there is one, decides conditions.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

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

_KINDS = {
    bool: "boolean",
    int: "integer",
    float: "number",
    str: "string",
    list: "array",
    dict: "object",
    type(None): "null",
}


def json_type(value: Any) -> str:
    """The JSON type of a value; a whole number is an `integer`."""
    return _KINDS.get(type(value), "null")


@dataclass(frozen=True)
class SchemaView:
    """One place in a body, as a document describes it. `roots` are the schemas that speak of it."""

    document: Document
    roots: tuple[Part, ...]
    required: bool = True
    """Whether every value has the place: a member, or at least one element."""
    example: Any = UNKNOWN

    @cached_property
    def parts(self) -> tuple[Part, ...]:
        """Every part, each once; the outermost first."""
        found = [
            part for pointer, certain in self.roots for part in self._parts(pointer, certain, frozenset())
        ]
        return tuple(dict.fromkeys(found))

    @property
    def pointer(self) -> str:
        """The part that says most: where to look for the place in the document."""
        return max(
            (each for each, _ in self.parts),
            key=lambda each: len(str(self.document.at(each))),
            default=self.roots[0][0],
        )

    def _parts(self, pointer: str, certain: bool, above: frozenset[str]) -> Iterator[Part]:
        pointer = self.document.settle(pointer)
        node = self.document.at(pointer)
        if pointer in above or not isinstance(node, Mapping):
            return
        above |= {pointer}
        yield pointer, certain
        for index in range(len(node.get("allOf") or ())):
            yield from self._parts(f"{pointer}/allOf/{index}", certain, above)
        for word in ("anyOf", "oneOf"):
            choices = node.get(word) or ()
            for index in range(len(choices)):
                yield from self._parts(f"{pointer}/{word}/{index}", certain and len(choices) == 1, above)
        holds = self._holds(pointer, node)
        for word, counts in (("then", holds is not False), ("else", holds is not True)):
            if word in node and counts:
                yield from self._parts(f"{pointer}/{word}", certain and holds is not None, above)

    def _holds(self, pointer: str, node: Mapping[str, Any]) -> bool | None:
        """Whether the condition of a schema holds for the example; None if that cannot be said."""
        if "if" not in node or not isinstance(self.example, Mapping):
            return None
        asked = self.document.resolve(node["if"]).get("properties") or {}
        return (
            compile_schema(self.document, f"{pointer}/if").fits(self.example)
            if asked.keys() <= self.example.keys()
            else None
        )

    def _says(self, word: str, *, surely: bool = False) -> Iterator[tuple[str, bool, Any]]:
        for pointer, certain in self.parts:
            node = self.document.at(pointer)
            if word in node and (certain or not surely):
                yield pointer, certain, node[word]

    def parts_with(self, word: str) -> Iterator[tuple[str, bool, Any]]:
        """Every part that has the keyword: its pointer, whether it is certain, and what it says."""
        return self._says(word)

    def rule(self, word: str) -> Any:
        """What every value is held to by that keyword (`pattern`, `format`, `minItems` …); None if nothing."""
        return next((told for _, _, told in self._says(word, surely=True)), None)

    def member(self, name: str, example: Any = UNKNOWN) -> SchemaView | None:
        """The member of that name, or the `ELEMENT`; None if it is not described."""
        found: list[Part] = []
        if name == ELEMENT:
            found = [
                (f"{part}/items", certain)
                for part, certain, told in self._says("items")
                if isinstance(told, Mapping)
            ]
        else:
            for part, certain, told in self._says("properties"):
                if name in told:
                    found.append((f"{part}/properties/{escape(name)}", certain))
        if not found and name != ELEMENT:
            more = self._says("additionalProperties")
            found = [
                (f"{part}/additionalProperties", certain)
                for part, certain, told in more
                if isinstance(told, Mapping) and told
            ]
        return SchemaView(self.document, tuple(found), self.requires(name), example) if found else None

    def requires(self, name: str) -> bool:
        """Whether every value has that member; of `ELEMENT`, whether there is at least one."""
        certain = [pointer for pointer, sure in self.roots if sure]
        others = [pointer for pointer, sure in self.roots if not sure]
        told = [self._requires(pointer, name, frozenset()) for pointer in others]
        return any(self._requires(pointer, name, frozenset()) for pointer in certain) or (
            bool(told) and all(told)
        )

    def _requires(self, pointer: str, name: str, above: frozenset[str]) -> bool:
        pointer = self.document.settle(pointer)
        node = self.document.at(pointer)
        if pointer in above or not isinstance(node, Mapping):
            return False
        above |= {pointer}
        if int(node.get("minItems") or 0) > 0 if name == ELEMENT else name in (node.get("required") or ()):
            return True
        if any(
            self._requires(f"{pointer}/allOf/{index}", name, above)
            for index in range(len(node.get("allOf") or ()))
        ):
            return True
        for word in ("anyOf", "oneOf"):
            count = len(node.get(word) or ())
            if count and all(
                self._requires(f"{pointer}/{word}/{index}", name, above) for index in range(count)
            ):
                return True
        holds = self._holds(pointer, node)
        branches = [
            word for word, counts in (("then", holds is not False), ("else", holds is not True)) if counts
        ]
        return "if" in node and all(
            word in node and self._requires(f"{pointer}/{word}", name, above) for word in branches
        )

    @property
    def is_closed(self) -> bool:
        """Whether a member that is not described is forbidden."""
        return any(
            told is False
            for word in ("additionalProperties", "unevaluatedProperties")
            for _, _, told in self._says(word)
        )

    @property
    def is_map(self) -> bool:
        """Whether members of any name are described."""
        return any(
            told is True or isinstance(told, Mapping) for _, _, told in self._says("additionalProperties")
        )

    @property
    def names(self) -> tuple[str, ...]:
        """The members that are described by name, and `ELEMENT` where elements are."""
        found: dict[str, None] = {}
        for _, _, told in self._says("properties"):
            found.update(dict.fromkeys(told))
        if any(isinstance(told, Mapping) for _, _, told in self._says("items")):
            found[ELEMENT] = None
        return tuple(found)

    @cached_property
    def types(self) -> frozenset[str] | None:
        """The JSON types that a value may have; None if any. `number` includes `integer`."""
        sure = [
            found
            for pointer, certain in self.roots
            if certain and (found := self._types(pointer, frozenset())) is not None
        ]
        rest = [self._types(pointer, frozenset()) for pointer, certain in self.roots if not certain]
        if rest and None not in rest:
            sure.append(frozenset[str]().union(*(each for each in rest if each is not None)))
        return frozenset.intersection(*sure) if sure else None

    def _types(self, pointer: str, above: frozenset[str]) -> frozenset[str] | None:
        pointer = self.document.settle(pointer)
        node = self.document.at(pointer)
        if pointer in above or not isinstance(node, Mapping):
            return None
        above |= {pointer}
        found = [declared_types(node)]
        found += [
            self._types(f"{pointer}/allOf/{index}", above) for index in range(len(node.get("allOf") or ()))
        ]
        for word in ("anyOf", "oneOf"):
            each = [
                self._types(f"{pointer}/{word}/{index}", above) for index in range(len(node.get(word) or ()))
            ]
            if each and None not in each:
                found.append(frozenset[str]().union(*(one for one in each if one is not None)))
        known = [one for one in found if one is not None]
        return frozenset.intersection(*known) if known else None

    @property
    def values(self) -> tuple[Any, ...] | None:
        """Every value that is allowed, where they are told one by one; else None."""
        for word in ("const", "enum"):
            for _, _, told in self._says(word, surely=True):
                return tuple(told) if word == "enum" else (told,)
        return None

    def all_members(self, above: frozenset[str] = frozenset()) -> Iterator[tuple[Path, SchemaView]]:
        """Every place below this one; what leads back into itself is left out."""
        here = {pointer for pointer, _ in self.parts}
        if here & above:
            return
        for name in self.names:
            below = self.member(name)
            if below is not None:
                yield (name,), below
                for path, each in below.all_members(above | here):
                    yield (name, *path), each


def declared_types(node: Mapping[str, Any]) -> frozenset[str] | None:
    """The JSON types that a schema allows by itself, `nullable` of 3.0 included; None if any. `number` includes `integer`."""
    if "const" in node:
        return frozenset({json_type(node["const"])})
    told = node.get("type")
    found = frozenset([told] if isinstance(told, str) else told if isinstance(told, list) else ())
    if "number" in found:
        found |= {"integer"}
    if found and node.get("nullable") is True:
        found |= {"null"}
    if isinstance(node.get("enum"), list):
        of_values = frozenset(json_type(value) for value in node["enum"])
        if node.get("nullable") is True:
            of_values |= {"null"}
        return (
            found & (of_values | ({"integer"} if "number" in of_values else frozenset()))
            if found
            else of_values
        )
    return found or None
