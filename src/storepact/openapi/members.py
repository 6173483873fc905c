"""The members that a schema describes, looked up through references, compositions and conditions.

Only common keywords are read; a schema may restrict members further by dependencies, patterns and
unevaluated members. A *part* of a schema is certain if every value must fit it, and uncertain if an
alternative may be used instead of it. An example, where there is one, decides conditions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import Any

from storepact.model.tree import Json, write_json
from storepact.openapi.discriminators import inheriting_schemas
from storepact.openapi.document import Document
from storepact.openapi.patterns import Match, match_text
from storepact.openapi.pointers import escape
from storepact.openapi.validators import compile_schema

#: Characters of a description that are kept.
_LONGEST = 200

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
        parts: dict[Part, None] = {}
        for pointer, certain in self.roots:
            self._expand(pointer, certain, parts, is_part=False)
        return tuple(parts)

    def for_example(self, example: Json) -> SchemaView:
        """The same view for an example, which may decide conditions in it.

        Examples that decide all conditions alike have one view.
        """
        if not self._conditions:
            return self
        if self.example is not UNKNOWN:
            return replace(self, example=example)
        decisions = tuple(
            self._condition(pointer, node, example) for pointer, node in self._conditions.items()
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

    def _expand(self, pointer: str, certain: bool, parts: dict[Part, None], *, is_part: bool) -> None:
        """Add a schema and the schemas that it is composed of, each once."""
        pointer = self.document.settle(pointer)
        node = self.document.at(pointer)
        if (pointer, certain) in parts or not isinstance(node, Mapping):
            return
        parts[pointer, certain] = None
        for part in _subschemas(pointer, node, "allOf"):
            self._expand(part, certain, parts, is_part=True)
        for word in ("anyOf", "oneOf"):
            choices = _subschemas(pointer, node, word)
            for part in choices:
                self._expand(part, certain and len(choices) == 1, parts, is_part=False)
        holds = self._condition(pointer, node, self.example)
        for word in _possible_branches(holds):
            if word in node:
                self._expand(f"{pointer}/{word}", certain and holds is not None, parts, is_part=False)
        dependent = node.get("dependentSchemas")
        for name in dependent if isinstance(dependent, Mapping) else ():
            self._expand(f"{pointer}/dependentSchemas/{escape(name)}", False, parts, is_part=False)
        if "discriminator" in node and not is_part:
            for child, _ in inheriting_schemas(self.document, pointer):
                self._expand(child, False, parts, is_part=True)

    def _condition(self, pointer: str, node: Mapping[str, Any], example: Json) -> bool | None:
        """Whether an example meets the condition of a schema; None if that cannot be decided."""
        if "if" not in node or not isinstance(example, Mapping):
            return None
        condition = self.document.resolve(node["if"])
        tested = (condition.get("properties") if isinstance(condition, Mapping) else None) or {}
        if not tested.keys() <= example.keys():
            return None
        return compile_schema(self.document, f"{pointer}/if").fits(example)

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
        results: dict[str, bool] = {}
        certain = [pointer for pointer, is_certain in self.roots if is_certain]
        if any(self._requires(pointer, name, results) for pointer in certain):
            return True
        uncertain = [pointer for pointer, is_certain in self.roots if not is_certain]
        return bool(uncertain) and all(self._requires(pointer, name, results) for pointer in uncertain)

    def _requires(self, pointer: str, name: str, results: dict[str, bool]) -> bool:
        """Whether a schema requires a member; `results` has the schemas that were looked at, or are."""
        pointer = self.document.settle(pointer)
        if pointer not in results:
            results[pointer] = False
            node = self.document.at(pointer)
            results[pointer] = isinstance(node, Mapping) and self._node_requires(pointer, node, name, results)
        return results[pointer]

    def _node_requires(
        self, pointer: str, node: Mapping[str, Any], name: str, results: dict[str, bool]
    ) -> bool:
        required = node.get("required")
        if name == ELEMENT:
            least = node.get("minItems")
            if isinstance(least, int) and least > 0:
                return True
        elif isinstance(required, list) and name in required:
            return True
        if any(self._requires(part, name, results) for part in _subschemas(pointer, node, "allOf")):
            return True
        for word in ("anyOf", "oneOf"):
            choices = _subschemas(pointer, node, word)
            if choices and all(self._requires(part, name, results) for part in choices):
                return True
        return "if" in node and all(
            word in node and self._requires(f"{pointer}/{word}", name, results)
            for word in _possible_branches(self._condition(pointer, node, self.example))
        )

    @cached_property
    def is_closed(self) -> bool:
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
        results: dict[str, Types | None] = {}
        by_certainty = {
            certainty: [
                self._types(pointer, results) for pointer, certain in self.roots if certain is certainty
            ]
            for certainty in (True, False)
        }
        return _intersection([*by_certainty[True], _union(by_certainty[False])])

    def _types(self, pointer: str, results: dict[str, Types | None]) -> Types | None:
        """The types that a schema allows; `results` has the schemas that were looked at, or are."""
        pointer = self.document.settle(pointer)
        if pointer in results:
            return results[pointer]
        results[pointer] = None
        node = self.document.at(pointer)
        if not isinstance(node, Mapping):
            return None
        types = [declared_types(node)]
        types += [self._types(part, results) for part in _subschemas(pointer, node, "allOf")]
        types += [
            _union([self._types(part, results) for part in _subschemas(pointer, node, word)])
            for word in ("anyOf", "oneOf")
        ]
        results[pointer] = _intersection(types)
        return results[pointer]

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


def _subschemas(pointer: str, node: Mapping[str, Any], word: str) -> list[str]:
    """The pointers of the schemas that a composition lists."""
    schemas = node.get(word)
    return [f"{pointer}/{word}/{index}" for index in range(len(schemas) if isinstance(schemas, list) else 0)]


def _is_open(node: Json) -> bool:
    """Whether a schema allows any object by itself."""
    composed = ("$ref", "properties", "required", "allOf", "anyOf", "oneOf", "if", "enum", "const", "not")
    if not isinstance(node, Mapping) or not node.keys().isdisjoint(composed):
        return False
    types = declared_types(node)
    return types is None or "object" in types


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
