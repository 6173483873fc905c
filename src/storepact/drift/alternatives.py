"""Alternatives: a schema as the list of ways to fit it, each a set of schemas that all hold.

Two documents that describe the same values in different forms come to the same alternatives. A rule holds
for the place as a whole if it holds in every alternative: a value is allowed if one alternative allows it,
and required if all require it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property, lru_cache

from storepact.drift.branches import (
    Branch,
    Traits,
    Types,
    branches_for,
    enumerate_values,
    keyword,
    nodes,
    to_text,
    types_of,
)
from storepact.drift.expansion import ANNOTATIONS, combine, expand
from storepact.drift.limits import Bound, loosest_bound_of, loosest_limit
from storepact.drift.values import MAP_VALUES, type_of, value_schemas
from storepact.model.tree import Json
from storepact.model.values import lean_value
from storepact.openapi.document import Document
from storepact.openapi.members import ELEMENT

ANYTHING: tuple[Branch, ...] = ((),)
"""The alternatives of a schema that allows everything."""


@lean_value(frozen=True)
class Alternatives:
    """One place in a request or response, as a document describes it."""

    document: Document
    branches: tuple[Branch, ...]

    @classmethod
    def at(cls, document: Document, pointer: str) -> Alternatives:
        """The alternatives of the schema at a JSON pointer."""
        return alternatives_of(document, tuple(dict.fromkeys(expand(document, pointer))))

    @classmethod
    def anything(cls, document: Document) -> Alternatives:
        """A schema that is not described: everything fits."""
        return alternatives_of(document, ANYTHING)

    def only(self, indexes: Sequence[int]) -> Alternatives:
        """Some of the alternatives."""
        return alternatives_of(self.document, tuple(self.branches[index] for index in indexes))

    @property
    def is_anything(self) -> bool:
        """Whether nothing at all is described: everything fits."""
        return any(map(self._allows_everything, self.branches))

    def _allows_everything(self, branch: Branch) -> bool:
        return all(
            entry.startswith("/") and _has_only_annotations(self.document.at(entry)) for entry in branch
        )

    @cached_property
    def pointer(self) -> str:
        """The largest schema: where to look for the place in the document."""
        pointers = [pointer for branch in self.branches for pointer, _ in nodes(self.document, branch)]
        if len(set(pointers)) == 1:
            return pointers[0]
        return max(pointers, key=lambda pointer: _own_size(self.document, pointer), default="")

    @cached_property
    def nodes(self) -> dict[str, Mapping[str, Json]]:
        """Every schema of every alternative, by its pointer."""
        return dict(item for branch in self.branches for item in nodes(self.document, branch))

    def _keyword(self, branch: Branch, word: str) -> list[Json]:
        return keyword(self.document, branch, word)

    def keyword(self, word: str) -> list[Json]:
        """The values that the schemas have for a keyword, in order."""
        return [node[word] for node in self.nodes.values() if word in node]

    def pointers_with(self, mark: str) -> tuple[str, ...]:
        """The pointers of the entries of branches that are no schemas and begin with `mark`."""
        entries = (entry for branch in self.branches for entry in branch if entry.startswith(mark))
        return tuple(dict.fromkeys(entry.removeprefix(mark) for entry in entries))

    # types and values

    def types_of(self, branch: Branch) -> Types | None:
        """The JSON types of one alternative; None if any."""
        return types_of(self.document, branch)

    @cached_property
    def types(self) -> Types | None:
        """The JSON types that a value may have; None if any, empty if nothing is allowed."""
        types: Types = frozenset()
        for branch in self.branches:
            of_branch = self.types_of(branch)
            if of_branch is None:
                return None
            types |= of_branch
        return types

    @cached_property
    def values(self) -> tuple[Json, ...] | None:
        """The values of an enumeration, without null; None where other values are allowed as well."""
        return enumerate_values(self.document, self.branches)

    def branches_for(self, *types: str) -> list[Branch]:
        """The alternatives that a value of one of these types may fit."""
        if types not in self._branches_for:
            self._branches_for[types] = branches_for(self.document, self.branches, *types)
        return self._branches_for[types]

    @cached_property
    def _branches_for(self) -> dict[tuple[str, ...], list[Branch]]:
        return {}

    # rules of one keyword

    def limit(self, word: str, types: tuple[str, ...], more_allows_more: bool) -> float | None:
        """A limit on values of these types: the loosest of all alternatives; None if one of them has none."""
        if not any(word in node for node in self.nodes.values()):
            return None
        branches = self.branches_for(*types)
        return loosest_limit(self.document, branches, word, more_allows_more=more_allows_more)

    def bound_of(self, word: str) -> Bound | None:
        """`minimum` or `maximum`, exclusive forms of OpenAPI 3.0 and 3.1 included; None if a number has none.

        An exclusive limit of integers is the next integer.
        """
        words = (word, f"exclusive{word.capitalize()}")
        if not any(name in node for name in words for node in self.nodes.values()):
            return None
        return loosest_bound_of(self.document, self.branches_for("number", "integer"), word)

    def rule(self, word: str, types: tuple[str, ...]) -> tuple[frozenset[str], ...] | None:
        """The values of a keyword such as `pattern` in each alternative for these types, as text.

        None if an alternative lacks it.
        """
        if not any(word in node for node in self.nodes.values()):
            return None
        rules = [self._keyword(branch, word) for branch in self.branches_for(*types)]
        if not rules or not all(rules):
            return None
        return tuple(dict.fromkeys(frozenset(map(to_text, values)) for values in rules))

    @property
    def is_unique(self) -> bool:
        """Whether the elements of an array must be unique."""
        branches = self.branches_for("array")
        return bool(branches) and all(
            any(value is True for value in self._keyword(branch, "uniqueItems")) for branch in branches
        )

    # members

    @cached_property
    def has_no_further_members(self) -> bool:
        """Whether a member that is not described is forbidden."""
        branches = self.branches_for("object")
        return bool(branches) and all(map(self._has_no_further_members, branches))

    def _has_no_further_members(self, branch: Branch) -> bool:
        words = ("additionalProperties", "unevaluatedProperties")
        return any(value is False for word in words for value in self._keyword(branch, word))

    def forbids(self, name: str) -> bool:
        """Whether a member is forbidden that is not described, or that nothing fits."""
        member = self.member(name)
        return self.has_no_further_members or (member is not None and not member.branches)

    def names_of(self, branch: Branch) -> dict[str, None]:
        """The members of one alternative that are described or required, and `ELEMENT` where elements are."""
        names: dict[str, None] = {}
        for properties in self._keyword(branch, "properties"):
            names.update(dict.fromkeys(properties))
        for required in self._keyword(branch, "required"):
            names.update(dict.fromkeys(required if isinstance(required, list) else ()))
        elements = (*self._keyword(branch, "items"), *self._keyword(branch, "unevaluatedItems"))
        if any(isinstance(items, Mapping) or items is False for items in elements):
            names[ELEMENT] = None
        return names

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The members of all alternatives."""
        return tuple(dict.fromkeys(name for branch in self.branches for name in self.names_of(branch)))

    def requires(self, name: str) -> bool:
        """Whether every object has that member; of `ELEMENT`, whether every array has an element."""
        if name == ELEMENT:
            return bool(self.limit("minItems", ("array",), False))
        return name in self._required_members

    @cached_property
    def _required_members(self) -> frozenset[str]:
        """The members that every object has."""
        required = [
            frozenset(name for names in self._keyword(branch, "required") for name in names)
            for branch in self.branches_for("object")
        ]
        return frozenset.intersection(*required) if required else frozenset()

    def member(self, name: str) -> Alternatives | None:
        """A member described by name or as an additional one, or the `ELEMENT`; None if undescribed."""
        if name not in self._members:
            self._members[name] = self._member(name)
        return self._members[name]

    @cached_property
    def _members(self) -> dict[str, Alternatives | None]:
        """The members that were looked up."""
        return {}

    def _member(self, name: str) -> Alternatives | None:
        branches: dict[Branch, None] = {}
        is_described = False
        for branch in self.branches:
            schemas = list(dict.fromkeys(value_schemas(self.document, branch, name)))
            if schemas:
                is_described = True
                product = combine(*(expand(self.document, schema) for schema in schemas))
                branches.update(dict.fromkeys(product))
        if not is_described and name in self.names:
            return Alternatives.anything(self.document)  # required, without a description
        return alternatives_of(self.document, tuple(branches)) if is_described else None

    def describes(self, name: str) -> bool:
        """Whether an alternative has a schema for that member."""
        return any(next(value_schemas(self.document, branch, name), "") for branch in self.branches)

    def values_at(self, name: str) -> Alternatives | None:
        """The values below this one that are no members by name: see `storepact.drift.values`.

        None if an alternative does not restrict them.
        """
        branches: dict[Branch, None] = {}
        for branch in self.branches_for(type_of(name)):
            schemas = list(dict.fromkeys(value_schemas(self.document, branch, name)))
            if not schemas and not (name == MAP_VALUES and self._has_no_further_members(branch)):
                return None
            if schemas:
                product = combine(*(expand(self.document, schema) for schema in schemas))
                branches.update(dict.fromkeys(product))
        return alternatives_of(self.document, tuple(branches))

    @cached_property
    def traits(self) -> tuple[Traits, ...]:
        """What each alternative is recognized by, in order."""
        return tuple(alternatives_of(self.document, (branch,)).trait for branch in self.branches)

    @cached_property
    def trait(self) -> Traits:
        """What a single alternative is recognized by."""
        features: set[str] = set()
        values: dict[str, frozenset[str]] = {}
        (branch,) = self.branches
        for name in self.names:
            features.add(name)
            member = self.member(name)
            if member is not None:
                features |= {f"{name}/{inner}" for inner in member.names}
                if member.values is not None:
                    values[name] = frozenset(map(to_text, member.values))
        return Traits(frozenset(features or {f"is {type_}" for type_ in self.types_of(branch) or ()}), values)


@lru_cache(maxsize=100_000)
def alternatives_of(document: Document, branches: tuple[Branch, ...]) -> Alternatives:
    """The alternatives with these branches, made once: what is looked up in them is kept."""
    return Alternatives(document, branches)


#: What a schema is composed of: other entries of a branch.
_COMPOSED = frozenset({"allOf", "anyOf", "oneOf", "discriminator"})


@lru_cache(maxsize=100_000)
def _own_size(document: Document, pointer: str) -> int:
    """How much a schema says by itself, without what it is composed of, in characters."""
    node = document.at(pointer)
    if isinstance(node, Mapping) and not node.keys().isdisjoint(_COMPOSED):
        node = {word: value for word, value in node.items() if word not in _COMPOSED}
    return len(str(node))


def _has_only_annotations(node: Json) -> bool:
    return node is True or (
        isinstance(node, Mapping) and all(word in ANNOTATIONS or word.startswith("x-") for word in node)
    )
