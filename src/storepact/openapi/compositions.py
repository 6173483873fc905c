"""What a schema is composed of: its parts through references, compositions and conditions.

A *part* of a schema is certain if every value must fit it, and uncertain if an alternative may be used
instead of it. An example, where there is one, decides conditions.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from storepact.model.tree import Json
from storepact.openapi.discriminators import inheriting_schemas
from storepact.openapi.document import Document
from storepact.openapi.json_types import Types, declared_types, intersection, union
from storepact.openapi.pointers import escape
from storepact.openapi.validators import compile_schema

Part = tuple[str, bool]
"""A pointer, and whether it is certain."""


def subschemas(pointer: str, node: Mapping[str, Json], word: str) -> list[str]:
    """The pointers of the schemas that a composition lists."""
    schemas = node.get(word)
    return [f"{pointer}/{word}/{index}" for index in range(len(schemas) if isinstance(schemas, list) else 0)]


def possible_branches(holds: bool | None) -> list[str]:
    """The branches of a condition that may apply; both if it is not decided."""
    return [word for word, excluded in (("then", False), ("else", True)) if holds is not excluded]


def decide_condition(
    document: Document, pointer: str, node: Mapping[str, Json], example: Json
) -> bool | None:
    """Whether an example meets the condition of a schema; None if that cannot be decided."""
    if "if" not in node or not isinstance(example, Mapping):
        return None
    condition = document.resolve(node["if"])
    tested = (condition.get("properties") if isinstance(condition, Mapping) else None) or {}
    if not tested.keys() <= example.keys():
        return None
    return compile_schema(document, f"{pointer}/if").fits(example)


def find_parts(document: Document, roots: Iterable[Part], example: Json) -> tuple[Part, ...]:
    """Every part of these schemas, each once; the outermost first."""
    expansion = _Expansion(document, example)
    for pointer, certain in roots:
        expansion.add(pointer, certain, is_part=False)
    return tuple(expansion.parts)


@dataclass
class _Expansion:
    """The parts of schemas, as they are collected."""

    document: Document
    example: Json
    parts: dict[Part, None] = field(default_factory=dict)

    def add(self, pointer: str, certain: bool, *, is_part: bool) -> None:
        """Add a schema and the schemas that it is composed of, each once."""
        pointer = self.document.settle(pointer)
        node = self.document.at(pointer)
        if (pointer, certain) in self.parts or not isinstance(node, Mapping):
            return
        self.parts[pointer, certain] = None
        for part in subschemas(pointer, node, "allOf"):
            self.add(part, certain, is_part=True)
        for word in ("anyOf", "oneOf"):
            choices = subschemas(pointer, node, word)
            for part in choices:
                self.add(part, certain and len(choices) == 1, is_part=False)
        holds = decide_condition(self.document, pointer, node, self.example)
        for word in possible_branches(holds):
            if word in node:
                self.add(f"{pointer}/{word}", certain and holds is not None, is_part=False)
        dependent = node.get("dependentSchemas")
        for name in dependent if isinstance(dependent, Mapping) else ():
            self.add(f"{pointer}/dependentSchemas/{escape(name)}", False, is_part=False)
        if "discriminator" in node and not is_part:
            for child, _ in inheriting_schemas(self.document, pointer):
                self.add(child, False, is_part=True)


def requires(document: Document, roots: Iterable[Part], example: Json, name: str | None) -> bool:
    """Whether every value of these schemas has that member; if `name` is None, whether it has an element."""
    search = _Requirement(document, example, name)
    by_certainty = _by_certainty(roots)
    if any(map(search.schema_requires, by_certainty[True])):
        return True
    uncertain = by_certainty[False]
    return bool(uncertain) and all(map(search.schema_requires, uncertain))


@dataclass
class _Requirement:
    """The search for a requirement of a member."""

    document: Document
    example: Json
    name: str | None
    results: dict[str, bool] = field(default_factory=dict)
    """Of the schemas that were looked at, or are."""

    def schema_requires(self, pointer: str) -> bool:
        """Whether a schema requires a member."""
        pointer = self.document.settle(pointer)
        if pointer not in self.results:
            self.results[pointer] = False
            node = self.document.at(pointer)
            self.results[pointer] = isinstance(node, Mapping) and self._node_requires(pointer, node)
        return self.results[pointer]

    def _node_requires(self, pointer: str, node: Mapping[str, Json]) -> bool:
        required = node.get("required")
        if self.name is None:
            least = node.get("minItems")
            if isinstance(least, int) and least > 0:
                return True
        elif isinstance(required, list) and self.name in required:
            return True
        if any(self.schema_requires(part) for part in subschemas(pointer, node, "allOf")):
            return True
        for word in ("anyOf", "oneOf"):
            choices = subschemas(pointer, node, word)
            if choices and all(self.schema_requires(part) for part in choices):
                return True
        return "if" in node and all(
            word in node and self.schema_requires(f"{pointer}/{word}")
            for word in possible_branches(decide_condition(self.document, pointer, node, self.example))
        )


def allowed_types(document: Document, roots: Iterable[Part]) -> Types | None:
    """The JSON types that a value of these schemas may have; None if any."""
    results: dict[str, Types | None] = {}
    by_certainty = {
        certainty: [_types(document, pointer, results) for pointer in pointers]
        for certainty, pointers in _by_certainty(roots).items()
    }
    return intersection([*by_certainty[True], union(by_certainty[False])])


def _by_certainty(roots: Iterable[Part]) -> dict[bool, list[str]]:
    pointers: dict[bool, list[str]] = {True: [], False: []}
    for pointer, certain in roots:
        pointers[certain].append(pointer)
    return pointers


def _types(document: Document, pointer: str, results: dict[str, Types | None]) -> Types | None:
    """The types that a schema allows; `results` has the schemas that were looked at, or are."""
    pointer = document.settle(pointer)
    if pointer in results:
        return results[pointer]
    results[pointer] = None
    node = document.at(pointer)
    if not isinstance(node, Mapping):
        return None
    types = [declared_types(node)]
    types += [_types(document, part, results) for part in subschemas(pointer, node, "allOf")]
    types += [
        union([_types(document, part, results) for part in subschemas(pointer, node, word)])
        for word in ("anyOf", "oneOf")
    ]
    results[pointer] = intersection(types)
    return results[pointer]
