"""The members that a schema describes, looked up through references, compositions and conditions.

Only common keywords are read; a schema may restrict members further by dependencies, patterns and
unevaluated members. `compositions` says what a part is, and when it is certain.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import cached_property, lru_cache
from typing import Any

from storepact.model.tree import Json, write_json
from storepact.model.values import lean_value
from storepact.openapi.compositions import Part, allowed_types, decide_condition, find_parts, requires
from storepact.openapi.document import Document
from storepact.openapi.json_types import Types, declared_types
from storepact.openapi.patterns import Match, match_text
from storepact.openapi.pointers import escape

#: Characters of a description that are kept.
_LONGEST = 200

ELEMENT = "*"
"""Stands for any element of an array."""

UNKNOWN = object()
"""No example."""

Path = tuple[str, ...]


@lean_value(frozen=True)
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
        return find_parts(self.document, self.roots, self.example)

    def for_example(self, example: Json) -> SchemaView:
        """The same view for an example, which may decide conditions in it.

        Examples that decide all conditions alike have one view.
        """
        if not self._conditions:
            return self
        if self.example is not UNKNOWN:
            return replace(self, example=example)
        decisions = tuple(
            decide_condition(self.document, pointer, node, example)
            for pointer, node in self._conditions.items()
        )
        view = self._by_decisions.get(decisions)
        if view is None:
            view = self._by_decisions[decisions] = replace(self, example=example)
        return view

    @cached_property
    def pointer(self) -> str:
        """The longest part: where to look for the place in the document."""
        return max(
            (pointer for pointer, _ in self.parts),
            key=lambda pointer: len(str(self.document.at(pointer))),
            default=self.roots[0][0],
        )

    @cached_property
    def description(self) -> str:
        """The first `description` of its schemas, in one line; empty if there is none."""
        texts = (text for _, _, text in self.parts_with("description") if isinstance(text, str))
        return " ".join(next(texts, "").split())[:_LONGEST]

    def parts_with(self, word: str) -> Iterator[tuple[str, bool, Any]]:
        """Every part that has the keyword: its pointer, whether it is certain, and the keyword's value."""
        for pointer, certain in self.parts:
            node = self.document.at(pointer)
            if word in node:
                yield pointer, certain, node[word]

    def rule(self, word: str) -> Json:
        """The value of a keyword such as `pattern` that every value must fit; None if there is none."""
        if word not in self._rules:
            self._rules[word] = next((value for _, certain, value in self.parts_with(word) if certain), None)
        return self._rules[word]

    @cached_property
    def summary(self) -> str:
        """The keywords that restrict a value, as JSON; a text if there are none."""
        words = ("const", "enum", "pattern", "format", "type")
        rules = {word: rule for word in words if (rule := self.rule(word)) is not None}
        return write_json(rules) if rules else "no restriction"

    @cached_property
    def _rules(self) -> dict[str, Json]:
        return {}

    @cached_property
    def _below(self) -> dict[str | int, SchemaView | None]:
        """The members and elements that were looked up, without their examples."""
        return {}

    @cached_property
    def _conditions(self) -> dict[str, Mapping[str, Any]]:
        """The schemas with a condition, by pointer: an example decides what is described."""
        nodes = ((pointer, self.document.at(pointer)) for pointer, _ in self.parts)
        return {pointer: node for pointer, node in nodes if "if" in node}

    @cached_property
    def _by_decisions(self) -> dict[tuple[bool | None, ...], SchemaView]:
        """The views of examples, by what these decide of each condition."""
        return {}

    def member(self, name: str, example: Json = UNKNOWN) -> SchemaView | None:
        """The member of that name, or the `ELEMENT`; None if it is not described."""
        if name not in self._below:
            parts = self._element_parts(None) if name == ELEMENT else self._member_parts(name)
            self._below[name] = self._inner(name, parts)
        return _with_example(self._below[name], example)

    def element(self, index: int, example: Json = UNKNOWN) -> SchemaView | None:
        """The element at an index; None if it is not described."""
        if index not in self._below:
            self._below[index] = self._inner(ELEMENT, self._element_parts(index))
        return _with_example(self._below[index], example)

    def _inner(self, name: str, parts: list[Part]) -> SchemaView | None:
        return SchemaView(self.document, tuple(parts), self.requires(name)) if parts else None

    def _element_parts(self, index: int | None) -> list[Part]:
        """The schemas of an element, or of any if `index` is None."""
        parts: list[Part] = []
        for part, certain in self.parts:
            node = self.document.at(part)
            items = node.get("items")
            word = "items" if isinstance(items, list) else "prefixItems"
            first = node.get(word)
            count = len(first) if isinstance(first, list) else 0
            if index is not None and index < count:
                parts.append((f"{part}/{word}/{index}", certain))
                continue
            if index is None:
                parts += [(f"{part}/{word}/{position}", False) for position in range(count)]
            rest = "additionalItems" if isinstance(items, list) else "items"
            if isinstance(node.get(rest), Mapping):
                parts.append((f"{part}/{rest}", certain and not (index is None and count)))
        return parts

    def _member_parts(self, name: str) -> list[Part]:
        parts = [
            (f"{part}/properties/{escape(name)}", certain)
            for part, certain, properties in self.parts_with("properties")
            if isinstance(properties, Mapping) and name in properties
        ]
        parts += [
            (f"{part}/patternProperties/{escape(pattern)}", certain)
            for part, certain, patterns in self.parts_with("patternProperties")
            for pattern in (patterns if isinstance(patterns, Mapping) else ())
            if match_text(pattern, name) is not Match.NO
        ]
        return parts or [
            (f"{part}/{word}", certain)
            for word in ("additionalProperties", "unevaluatedProperties")
            for part, certain, schema in self.parts_with(word)
            if isinstance(schema, Mapping) and schema
        ]

    def requires(self, name: str) -> bool:
        """Whether every value has that member; of `ELEMENT`, whether there is at least one."""
        return requires(self.document, self.roots, self.example, None if name == ELEMENT else name)

    @cached_property
    def has_no_further_members(self) -> bool:
        """Whether a member that is not described is forbidden."""
        words = ("additionalProperties", "unevaluatedProperties")
        return any(value is False for word in words for _, _, value in self.parts_with(word))

    @cached_property
    def is_map(self) -> bool:
        """Whether members of any name are described."""
        words = ("additionalProperties", "unevaluatedProperties", "patternProperties")
        if any(
            value is True or isinstance(value, Mapping)
            for word in words
            for _, _, value in self.parts_with(word)
        ):
            return True
        if any(certain for _, certain, _ in self.parts_with("properties")):
            return False
        return any(_is_open(self.document.at(pointer)) for pointer, certain in self.parts if not certain)

    @property
    def is_forbidden(self) -> bool:
        """Whether no response has it: it is `writeOnly`."""
        return self.rule("writeOnly") is True

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The members that are described by name, and `ELEMENT` where elements are."""
        names: dict[str, None] = {}
        for _, _, properties in self.parts_with("properties"):
            names.update(dict.fromkeys(properties if isinstance(properties, Mapping) else ()))
        if any(isinstance(items, Mapping) for _, _, items in self.parts_with("items")):
            names[ELEMENT] = None
        return tuple(names)

    @cached_property
    def types(self) -> Types | None:
        """The JSON types that a value may have; None if any."""
        return allowed_types(self.document, self.roots)

    @cached_property
    def values(self) -> tuple[Json, ...] | None:
        """Every value that is allowed, where they are enumerated; else None."""
        constant = next((value for _, certain, value in self.parts_with("const") if certain), UNKNOWN)
        if constant is not UNKNOWN:
            return (constant,)
        enum = self.rule("enum")
        return tuple(enum) if isinstance(enum, list) else None

    def all_members(
        self,
        enter: Callable[[Path], bool] = lambda path: True,
        path: Path = (),
        above: frozenset[str] = frozenset(),
    ) -> Iterator[tuple[Path, SchemaView]]:
        """Every place below this one; a schema within itself is left out.

        `enter` decides by path whether what is below a place is visited; `path` is that of this place.
        """
        here = {pointer for pointer, _ in self.parts}
        if here & above:
            return
        for name in self.names:
            member = self.member(name)
            if member is not None:
                yield (*path, name), member
                if enter((*path, name)):
                    yield from member.all_members(enter, (*path, name), above | here)


def _with_example(view: SchemaView | None, example: Json) -> SchemaView | None:
    """A view for an example, if the example decides anything in it."""
    return view if view is None or example is UNKNOWN else view.for_example(example)


@lru_cache(maxsize=4_096)
def schema_view(document: Document, pointer: str) -> SchemaView:
    """The view of a schema, made once."""
    return SchemaView(document, ((pointer, True),))


def _is_open(node: Json) -> bool:
    """Whether a schema allows any object by itself."""
    composed = ("$ref", "properties", "required", "allOf", "anyOf", "oneOf", "if", "enum", "const", "not")
    if not isinstance(node, Mapping) or not node.keys().isdisjoint(composed):
        return False
    types = declared_types(node)
    return types is None or "object" in types
