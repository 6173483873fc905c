"""Schemas as they hold for one direction: what a request must be, what a part of a response may be.

A request is compared as a whole: members that are `readOnly` are not required of it. A pact names only the
part of a response that its consumer relies on. Such a part fits if some response that the schema allows has
it: members that are left out are never missing, of several alternatives one must be possible, and what `not`
excludes must be certain.

The schemas of OpenAPI 3.0 become JSON Schema draft 4, those of 3.1 stay draft 2020-12. Notations of the other
version are understood in both.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import Enum
from typing import Any

from storepact.model.tree import Json
from storepact.model.values import lean_value
from storepact.openapi.discriminators import constrain_branches, inheriting_schemas, mapped_values
from storepact.openapi.document import Document
from storepact.openapi.draft import boolean_schema, to_draft
from storepact.openapi.partial import CERTAIN_ALTERNATIVES, is_decided, part_values, to_possible
from storepact.openapi.patterns import is_foreign
from storepact.openapi.pointers import escape
from storepact.openapi.references import reference_target


class Direction(Enum):
    """What a schema is read for."""

    REQUEST = "request"
    RESPONSE = "response"
    """A part of a response."""
    CERTAIN = "certain"
    """What every response has that has this part: for what a response must not be."""


@lean_value(frozen=True)
class Reading:
    """A schema of the document, and how it is read."""

    pointer: str
    direction: Direction
    optional: frozenset[str] = frozenset()
    """Members that are not required, as another part of a composition calls them `readOnly`."""
    is_part: bool = False
    """Whether it is a part of an `allOf`: its discriminator then says nothing about it."""


_DROPPED = frozenset(
    (
        "$ref", "$id", "$schema", "$anchor", "$dynamicAnchor", "$dynamicRef", "$comment", "$vocabulary",
        "$defs", "definitions", "title", "description", "default", "example", "examples", "deprecated",
        "discriminator", "externalDocs", "xml", "readOnly", "writeOnly", "nullable",
        "contentEncoding", "contentMediaType", "contentSchema",
    )
)  # fmt: skip

_ONE = frozenset(
    (
        "not", "additionalProperties", "additionalItems", "contains", "propertyNames", "unevaluatedItems",
        "unevaluatedProperties", "if", "then", "else",
    )
)  # fmt: skip
_MAPS = frozenset(("properties", "patternProperties", "dependentSchemas"))
_LISTS = frozenset(("allOf", "anyOf", "oneOf", "prefixItems"))


class Reader:
    """The schemas of a document as they hold for one direction, each read once."""

    def __init__(self, document: Document, overrides: Mapping[str, str]) -> None:
        self._document, self._overrides = document, overrides
        self.is_draft4 = document.dialect.startswith("3.0")
        self._keys: dict[Reading, str] = {}
        self.readings: list[Reading] = []
        self._nodes: dict[Reading, Json] = {}

    def schema(self, reading: Reading, definitions: dict[str, Json] | None = None) -> dict[str, Json]:
        """A JSON Schema for a reading; all that it refers to are among its definitions, by key.

        New definitions are added to those that are passed.
        """
        definitions = {} if definitions is None else definitions
        waiting = [reading]
        while waiting:
            current = waiting.pop()
            key = self.key(current)
            if key not in definitions:
                definitions[key] = self.node(current)
                waiting += [self.reading(name) for name in _references(definitions[key])]
        return {"$ref": f"#/definitions/{self.key(reading)}", "definitions": definitions}

    def reading(self, key: str) -> Reading:
        """The reading of a name among the definitions."""
        return self.readings[int(key.removeprefix("s"))]

    def key(self, reading: Reading) -> str:
        """The name of a reading among the definitions."""
        if reading not in self._keys:
            self._keys[reading] = f"s{len(self.readings)}"
            self.readings.append(reading)
        return self._keys[reading]

    def node(self, reading: Reading) -> Json:
        """The schema of a reading; schemas that it refers to are other readings."""
        if reading not in self._nodes:
            node = self._document.at(reading.pointer)
            self._nodes[reading] = self._convert(node, reading)
        return self._nodes[reading]

    def _reference(self, reading: Reading) -> Json:
        pointer = self._document.settle(reading.pointer, self._overrides or None)
        settled = Reading(pointer, reading.direction, reading.optional, reading.is_part)
        return {"$ref": f"#/definitions/{self.key(settled)}"}

    def _convert(self, node: Json, reading: Reading) -> Json:
        """A schema in JSON Schema's terms."""
        if not isinstance(node, Mapping):
            return boolean_schema(node is not False, self.is_draft4) if isinstance(node, bool) else node
        if isinstance(node.get("$ref"), str):
            target = Reading(
                reference_target(node["$ref"]), reading.direction, reading.optional, reading.is_part
            )
            reference = self._reference(target)
            siblings = {} if self.is_draft4 else self._keywords(node, reading)
            return {**siblings, "allOf": [*siblings.get("allOf", ()), reference]} if siblings else reference
        if reading.direction is Direction.CERTAIN and not is_decided(node):
            return boolean_schema(False, self.is_draft4)
        return self._keywords(node, reading)

    def _keywords(self, node: Mapping[str, Any], reading: Reading) -> dict[str, Json]:
        optional = reading.optional | (
            self._read_only(reading.pointer) if reading.direction is Direction.REQUEST else frozenset()
        )
        within = Reading(reading.pointer, reading.direction, optional)
        result: dict[str, Json] = {}
        for word, value in node.items():
            if word not in _DROPPED and not word.startswith("x-"):
                result.update(self._keyword(word, value, within))
        self._add_discriminator(node, reading, result)
        if reading.direction is Direction.RESPONSE:
            to_possible(result)
        to_draft(node, result, self.is_draft4)
        if reading.direction is Direction.CERTAIN and isinstance(node.get("properties"), Mapping):
            names = dict.fromkeys([*result.get("required", ()), *node["properties"]])
            result["required"] = list(names)
        return result

    def _keyword(self, word: str, value: Json, reading: Reading) -> dict[str, Json]:
        """A keyword of a schema; its schemas are converted."""
        below, direction = f"{reading.pointer}/{escape(word)}", reading.direction
        if word in _MAPS and isinstance(value, Mapping):
            return {
                word: {
                    name: self._inner(inner, Reading(f"{below}/{escape(name)}", direction))
                    for name, inner in value.items()
                }
            }
        if (word in _LISTS or word == "items") and isinstance(value, list):
            return self._list(word, value, reading)
        if word in _ONE or word == "items":
            return self._single(word, value, Reading(below, direction))
        if word == "required" and isinstance(value, list):
            required = [name for name in value if name not in reading.optional]
            return {"required": required} if required else {}
        if word == "pattern" and isinstance(value, str):
            return {} if is_foreign(value) else {"pattern": value}
        if word in ("const", "enum") and direction is not Direction.REQUEST:
            return part_values(word, value, direction is Direction.CERTAIN, self.is_draft4)
        return {word: value}

    def _list(self, word: str, value: list[Json], reading: Reading) -> dict[str, Json]:
        """A keyword whose value is a list of schemas.

        Of `oneOf` in a response the alternatives are read twice, the second time for `to_possible`.
        """
        below, direction = f"{reading.pointer}/{escape(word)}", reading.direction
        optional = reading.optional if word in ("allOf", "anyOf", "oneOf") else frozenset[str]()

        def read(direction: Direction) -> list[Json]:
            return [
                self._inner(inner, Reading(f"{below}/{index}", direction, optional, word == "allOf"))
                for index, inner in enumerate(value)
            ]

        if word == "oneOf" and direction is Direction.RESPONSE:
            return {word: read(direction), CERTAIN_ALTERNATIVES: read(Direction.CERTAIN)}
        return {word: read(direction)}

    def _single(self, word: str, value: Json, reading: Reading) -> dict[str, Json]:
        """A keyword whose value is one schema."""
        if word == "not":
            return {"not": self._inner(value, Reading(reading.pointer, _opposite(reading.direction)))}
        if word in ("additionalProperties", "additionalItems") and isinstance(value, bool):
            return {word: value}
        schema = self._inner(value, reading)
        if word == "if" and reading.direction is Direction.RESPONSE:
            # for `to_possible`: the condition may hold, and it is not certain that it does
            return {"if": schema, "_unless": self._inner(value, Reading(reading.pointer, Direction.CERTAIN))}
        return {word: schema}

    def _inner(self, node: Json, reading: Reading) -> Json:
        """A schema within a schema; a reference makes it a reading of its own."""
        return self._convert(node, reading)

    def _read_only(self, pointer: str, above: frozenset[str] = frozenset()) -> frozenset[str]:
        """The members that a schema, or a part of it, calls `readOnly`."""
        pointer = self._document.settle(pointer, self._overrides or None)
        node = self._document.at(pointer)
        if pointer in above or not isinstance(node, Mapping):
            return frozenset()
        properties = node.get("properties")
        names = {
            name
            for name, member in (properties.items() if isinstance(properties, Mapping) else ())
            if isinstance(member, Mapping)
            and (member.get("readOnly") is True or self._resolves_to_read_only(member))
        }
        parts = node.get("allOf")
        for index in range(len(parts) if isinstance(parts, list) else 0):
            names |= self._read_only(f"{pointer}/allOf/{index}", above | {pointer})
        return frozenset(names)

    def _resolves_to_read_only(self, member: Mapping[str, Json]) -> bool:
        resolved = self._document.resolve(member)
        return isinstance(resolved, Mapping) and resolved.get("readOnly") is True

    def _add_discriminator(self, node: Mapping[str, Any], reading: Reading, result: dict[str, Json]) -> None:
        """The value of the discriminator selects a branch, or a schema that inherits from this one."""
        if not isinstance(node.get("discriminator"), Mapping) or reading.is_part:
            return
        for word in ("oneOf", "anyOf"):
            if isinstance(node.get(word), list):
                for key in {word, *([CERTAIN_ALTERNATIVES] * (word == "oneOf"))} & result.keys():
                    result[key] = constrain_branches(
                        self._document, node, word, result[key], is_certain=key == CERTAIN_ALTERNATIVES
                    )
                return
        children = inheriting_schemas(self._document, reading.pointer)
        name = node["discriminator"].get("propertyName")
        if children and isinstance(name, str):
            part = Reading(reading.pointer, reading.direction, reading.optional, is_part=True)
            references = [
                {
                    "allOf": [
                        {"properties": {name: {"enum": list(values)}}},
                        self._reference(Reading(child, reading.direction, reading.optional)),
                    ]
                }
                for child, values in children
            ]
            others = {"properties": {name: self._values_of_itself(node, reading, children)}}
            whole = {"allOf": [others, {"$ref": f"#/definitions/{self.key(part)}"}]}
            result["allOf"] = [*result.get("allOf", ()), {"anyOf": [*references, whole]}]

    @staticmethod
    def _values_of_itself(
        node: Mapping[str, Any], reading: Reading, children: tuple[tuple[str, tuple[str, ...]], ...]
    ) -> Json:
        """The values of a discriminator that select no inheriting schema: if all are mapped, only its own."""
        if not isinstance(node["discriminator"].get("mapping"), Mapping):
            return {"not": {"enum": [value for _, values in children for value in values]}}
        own = mapped_values(node["discriminator"], reading.pointer)
        return {"enum": [*own, reading.pointer.rpartition("/")[2]]}


def _opposite(direction: Direction) -> Direction:
    """The direction in which a schema below `not` is read."""
    opposites = {Direction.RESPONSE: Direction.CERTAIN, Direction.CERTAIN: Direction.RESPONSE}
    return opposites.get(direction, direction)


def _references(node: Json) -> Iterator[str]:
    """The keys of the definitions that a converted schema refers to."""
    stack = [node]
    while stack:
        value = stack.pop()
        if isinstance(value, dict):
            reference = value.get("$ref")
            if isinstance(reference, str) and reference.startswith("#/definitions/"):
                yield reference.removeprefix("#/definitions/")
            stack.extend(value.values())
        elif isinstance(value, list):
            stack.extend(value)
