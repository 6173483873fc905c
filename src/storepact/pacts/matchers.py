"""Matching rules of a pact: what values it accepts. Specifications 2, 3 and 4 write them differently."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import field
from functools import lru_cache

import msgspec

from storepact.model.tree import Json
from storepact.model.values import lean_value
from storepact.openapi.pointers import pointer_to

Path = tuple[str, ...]
"""A position in a body: names of members, and `*` for any element of an array."""

#: Rules that also hold for everything below the path that they are written at.
_CASCADING = frozenset({"type", "min", "max", "minmax", "values", "eachKey", "unknown"})

#: Elements of one array that are compared.
MAX_ELEMENTS = 100

#: Rules under which the members or elements of the example are not relied on individually.
_OPAQUE = frozenset({"eachKey", "eachValue", "values", "arrayContains"})


@lean_value(frozen=True)
class Matcher:
    """One rule. `kind` is its name in specification 4: equality, type, regex, integer, null, include …"""

    kind: str
    raw: Mapping[str, Json] = field(default_factory=dict, compare=False)
    """The rule as the pact has it: `regex`, `min`, `max`, `value`, `format` …"""
    inherited: bool = False
    """Whether it is written at a path above."""
    alternatives: tuple[Matcher, ...] = ()
    """Of the kind `or`: the rules of which one must accept a value."""
    inner: tuple[Matcher, ...] = ()
    """Of `eachKey` and `eachValue`: the rules of names or values."""
    variants: tuple[tuple[int, Rules], ...] = ()
    """Of `arrayContains`: the element of the example that a variant is, and the rules of the variant."""

    @property
    def is_opaque(self) -> bool:
        """Whether what is below is not relied on as the example has it."""
        return self.kind in _OPAQUE or any(matcher.is_opaque for matcher in self.alternatives)

    @property
    def minimum(self) -> int:
        """The number of elements that there are at least."""
        return int(self.raw.get("min") or 0)

    @property
    def maximum(self) -> int | None:
        """The number of elements that there are at most; None for any."""
        return None if self.raw.get("max") is None else int(self.raw["max"])


EQUALITY = Matcher("equality")

EXACT = (EQUALITY,)
"""The rules of a place for which none is written: only the example is accepted."""


@lean_value(frozen=True)
class Rules:
    """The rules of one side of an interaction; headers by lower-case name."""

    body: tuple[tuple[Path, tuple[Matcher, ...]], ...] = ()
    headers: Mapping[str, tuple[Matcher, ...]] = field(default_factory=dict)
    query: Mapping[str, tuple[Matcher, ...]] = field(default_factory=dict)
    path: tuple[Matcher, ...] = ()
    status: tuple[Matcher, ...] = ()

    def at(self, path: Path) -> tuple[Matcher, ...]:
        """The rules for a path in the body: those written there or nearest above, else equality.

        Elements are `*` for any, or their indices.
        """
        if not self.body:
            return EXACT
        best: tuple[int, int, tuple[Matcher, ...]] | None = None
        for written, matchers in self.body:
            weight = _weight(written, path)
            if weight and (best is None or (len(written), weight) >= best[:2]):
                if len(written) == len(path):
                    best = (len(written), weight, matchers)
                    continue
                below = tuple(
                    inherited for matcher in matchers for inherited in _inherit(matcher, path[len(written) :])
                )
                if below:
                    best = (len(written), weight, below)
        return best[2] if best else EXACT


def _inherit(matcher: Matcher, below: Path) -> Iterator[Matcher]:
    """What a rule that is written above says of a path below it."""
    if matcher.kind == "or":
        alternatives = tuple(rule for inner in matcher.alternatives for rule in _inherit(inner, below))
        if alternatives:
            yield Matcher("or", inherited=True, alternatives=alternatives)
    elif matcher.kind == "eachValue":
        if len(below) == 1:
            yield from matcher.inner
        else:
            yield Matcher("type", inherited=True)
    elif matcher.kind == "arrayContains":
        yield from _rules_of_variant(matcher, below)
    elif matcher.kind in _CASCADING:
        yield Matcher("type", inherited=True)


def _rules_of_variant(matcher: Matcher, below: Path) -> tuple[Matcher, ...]:
    rules = next((rules for index, rules in matcher.variants if str(index) == below[0]), None)
    if rules is None:
        rules = matcher.variants[0][1] if matcher.variants and below[0] == "*" else Rules()
    return rules.at(below[1:])


def _weight(written: Path, path: Path) -> int:
    """How specifically a rule's path matches a path at or below it; 0 if it does not."""
    if len(written) > len(path):
        return 0
    weight = 1
    for pattern, name in zip(written, path, strict=False):
        if pattern == name:
            weight *= 2
        elif pattern != "*" and not (name == "*" and pattern.isdigit()):
            return 0
    return weight


class Reliance(msgspec.Struct, frozen=True):
    """One member of a response (or of a request) that an interaction names: its example and its matchers."""

    path: Path
    example: Json
    matchers: tuple[Matcher, ...]

    @property
    def pointer(self) -> str:
        """JSON pointer with `*` for elements; empty for the body itself."""
        return _pointer_to(self.path)


@lru_cache(maxsize=16_384)
def _pointer_to(path: Path) -> str:
    return pointer_to(path)


def reliances(body: Json, rules: Rules) -> Iterator[Reliance]:
    """Every path of an example body, outermost first, each once."""
    paths: set[Path] = set()
    for reliance in _walk(body, (), rules):
        if reliance.path not in paths:
            paths.add(reliance.path)
            yield reliance


def _walk(value: Json, path: Path, rules: Rules) -> Iterator[Reliance]:
    matchers = rules.at(path)
    yield Reliance(path, value, matchers)
    if not isinstance(value, dict | list) or any(matcher.is_opaque for matcher in matchers):
        return
    if isinstance(value, dict):
        for name, member in value.items():
            yield from _walk(member, (*path, name), rules)
    else:
        for element in value[:MAX_ELEMENTS]:
            yield from _walk(element, (*path, "*"), rules)
