"""Alternatives: a schema as the list of ways to fit it, each a set of schemas that all hold.

Two documents that describe the same values in different forms come to the same alternatives. A rule holds
for the place as a whole if it holds in every alternative: a value is allowed if one alternative allows it,
and required if all require it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeGuard

from storepact.drift.branches import (
    Branch,
    Types,
    branches_for,
    enumerate_values,
    keyword,
    nodes,
    to_text,
    types_of,
)
from storepact.drift.expansion import ANNOTATIONS, combine, expand
from storepact.model.tree import Json
from storepact.openapi.document import Document
from storepact.openapi.members import ELEMENT
from storepact.openapi.pointers import escape

Bound = tuple[float, bool]
"""A limit, and whether it is exclusive."""

#: Keywords that are compared as a whole: any change in them is one difference.
OPAQUE_KEYWORDS = (
    "not", "dependentRequired", "dependentSchemas", "dependencies", "propertyNames", "patternProperties",
    "prefixItems", "contains", "minContains", "maxContains", "unevaluatedItems", "contentEncoding",
    "contentMediaType",
)  # fmt: skip

_OPAQUE_DEPTH = 6


@dataclass(frozen=True)
class Traits:
    """What an alternative is recognized by."""

    features: frozenset[str]
    """Its members, two levels deep; without members, its types."""
    values: Mapping[str, frozenset[str]]
    """The allowed values, by member, of members with an enumeration."""


@dataclass(frozen=True)
class Alternatives:
    """One place in a request or response, as a document describes it."""

    document: Document
    branches: tuple[Branch, ...]

    @classmethod
    def at(cls, document: Document, pointer: str) -> Alternatives:
        """The alternatives of the schema at a JSON pointer."""
        return cls(document, tuple(dict.fromkeys(expand(document, pointer))))

    def only(self, indexes: Sequence[int]) -> Alternatives:
        """Some of the alternatives."""
        return Alternatives(self.document, tuple(self.branches[index] for index in indexes))

    @property
    def pointer(self) -> str:
        """The longest schema: where to look for the place in the document."""
        pointers = [pointer for branch in self.branches for pointer in branch]
        return max(pointers, key=lambda pointer: len(str(self.document.at(pointer))), default="")

    def _keyword(self, branch: Branch, word: str) -> list[Any]:
        return keyword(self.document, branch, word)

    def keyword(self, word: str) -> list[Json]:
        """The values that the schemas have for a keyword, in order."""
        return [value for branch in self.branches for value in self._keyword(branch, word)]

    # types and values

    def types_of(self, branch: Branch) -> Types | None:
        """The JSON types of one alternative; None if any."""
        return types_of(self.document, branch)

    @cached_property
    def types(self) -> Types | None:
        """The JSON types that a value may have; None if any."""
        types: Types = frozenset()
        for branch in self.branches:
            of_branch = self.types_of(branch)
            if of_branch is None:
                return None
            types |= of_branch
        return types if self.branches else None

    @property
    def values(self) -> tuple[Json, ...] | None:
        """The values of an enumeration, without null; None where other values are allowed as well."""
        return enumerate_values(self.document, self.branches)

    def _for_types(self, *types: str) -> list[Branch]:
        return branches_for(self.document, self.branches, *types)

    # rules of one keyword

    def limit(self, word: str, types: tuple[str, ...], more_allows_more: bool) -> float | None:
        """A limit on values of these types: the loosest of all alternatives; None if one of them has none."""
        limits = [self._limit(branch, word, more_allows_more) for branch in self._for_types(*types)]
        present = [limit for limit in limits if limit is not None]
        if not limits or len(present) < len(limits):
            return None
        return max(present) if more_allows_more else min(present)

    def _limit(self, branch: Branch, word: str, more_allows_more: bool) -> float | None:
        limits = [value for value in self._keyword(branch, word) if _is_number(value)]
        return None if not limits else min(limits) if more_allows_more else max(limits)

    def bound(self, word: str) -> Bound | None:
        """`minimum` or `maximum`, exclusive forms of OpenAPI 3.0 and 3.1 included; None if a number has none.

        An exclusive limit of integers is the next integer.
        """
        is_upper = word == "maximum"
        bounds = [self._bound(branch, word) for branch in self._for_types("number", "integer")]
        present = [bound for bound in bounds if bound is not None]
        if not bounds or len(present) < len(bounds):
            return None
        loosest = max if is_upper else min
        return loosest(present, key=lambda bound: (bound[0], bound[1] != is_upper))

    def _bound(self, branch: Branch, word: str) -> Bound | None:
        is_upper, exclusive = word == "maximum", f"exclusive{word.capitalize()}"
        bounds: list[Bound] = []
        for _, node in nodes(self.document, branch):
            limit, strict = node.get(word), node.get(exclusive)
            if _is_number(limit):
                bounds.append((limit, strict is True))
            if _is_number(strict):
                bounds.append((strict, True))
        types = self.types_of(branch) or frozenset()
        if types & {"integer", "number"} == {"integer"}:
            step = -1 if is_upper else 1
            bounds = [
                (value + step, False) if strict and float(value).is_integer() else (value, strict)
                for value, strict in bounds
            ]
        tightest = min if is_upper else max
        return tightest(bounds, key=lambda bound: (bound[0], bound[1] != is_upper)) if bounds else None

    def rule(self, word: str, types: tuple[str, ...]) -> frozenset[str] | None:
        """A keyword such as `pattern` in each alternative for these types; None if one of them lacks it."""
        rules = [self._keyword(branch, word) for branch in self._for_types(*types)]
        if not rules or not all(rules):
            return None
        return frozenset(" and ".join(sorted(map(to_text, values))) for values in rules)

    @property
    def is_unique(self) -> bool:
        """Whether the elements of an array must be unique."""
        branches = self._for_types("array")
        return bool(branches) and all(
            any(value is True for value in self._keyword(branch, "uniqueItems")) for branch in branches
        )

    def opaque_rule(self, word: str) -> frozenset[str] | None:
        """The values of one of OPAQUE_KEYWORDS as text, without references and annotations; None if none."""
        return frozenset(to_text(self._resolve(value)) for value in self.keyword(word)) or None

    def _resolve(self, node: Any, depth: int = 0) -> Any:
        node = self.document.resolve(node)
        if depth > _OPAQUE_DEPTH:
            return "…"
        if isinstance(node, Mapping):
            return {
                name: self._resolve(value, depth + 1)
                for name, value in node.items()
                if name not in ANNOTATIONS
            }
        return [self._resolve(value, depth + 1) for value in node] if isinstance(node, list) else node

    # members

    @property
    def is_closed(self) -> bool:
        """Whether a member that is not described is forbidden."""
        branches = self._for_types("object")
        return bool(branches) and all(map(self._is_closed, branches))

    def _is_closed(self, branch: Branch) -> bool:
        words = ("additionalProperties", "unevaluatedProperties")
        return any(value is False for word in words for value in self._keyword(branch, word))

    def names_of(self, branch: Branch) -> dict[str, None]:
        """The members of one alternative that are described or required, and `ELEMENT` where elements are."""
        names: dict[str, None] = {}
        for properties in self._keyword(branch, "properties"):
            names.update(dict.fromkeys(properties))
        for required in self._keyword(branch, "required"):
            names.update(dict.fromkeys(required if isinstance(required, list) else ()))
        if any(isinstance(items, Mapping) for items in self._keyword(branch, "items")):
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
        branches = self._for_types("object")
        return bool(branches) and all(
            name in (item for required in self._keyword(branch, "required") for item in required)
            for branch in branches
        )

    def member(self, name: str) -> Alternatives | None:
        """A member described by name or as an additional one, or the `ELEMENT`; None if undescribed."""
        branches: dict[Branch, None] = {}
        is_described = False
        for branch in self.branches:
            schemas = list(self._member_schemas(branch, name))
            if schemas:
                is_described = True
                product = combine(*(expand(self.document, schema) for schema in schemas))
                branches.update(dict.fromkeys(product))
        if not is_described and name in self.names:
            return Alternatives(self.document, ((),))  # required, without a description
        return Alternatives(self.document, tuple(branches)) if is_described else None

    def _member_schemas(self, branch: Branch, name: str) -> Iterator[str]:
        word = "items" if name == ELEMENT else "properties"
        is_described = False
        for pointer, node in nodes(self.document, branch):
            described = node.get(word)
            if isinstance(described, Mapping) and (name == ELEMENT or name in described):
                is_described = True
                yield f"{pointer}/{word}" if name == ELEMENT else f"{pointer}/{word}/{escape(name)}"
        if not is_described and name != ELEMENT:
            for pointer, node in nodes(self.document, branch):
                if isinstance(node.get("additionalProperties"), Mapping) and node["additionalProperties"]:
                    yield f"{pointer}/additionalProperties"

    @cached_property
    def traits(self) -> tuple[Traits, ...]:
        """What each alternative is recognized by, in order."""
        return tuple(map(self._traits, self.branches))

    def _traits(self, branch: Branch) -> Traits:
        features: set[str] = set()
        values: dict[str, frozenset[str]] = {}
        alone = Alternatives(self.document, (branch,))
        for name in alone.names:
            features.add(name)
            member = alone.member(name)
            if member is not None:
                features |= {f"{name}/{inner}" for inner in member.names}
                if member.values is not None:
                    values[name] = frozenset(map(to_text, member.values))
        return Traits(frozenset(features or {f"is {type_}" for type_ in self.types_of(branch) or ()}), values)


def _is_number(value: Any) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool)
