"""Matching rules of a pact: what values it accepts. Specifications 2, 3 and 4 write them differently."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from storepact.model.tree import Json
from storepact.openapi.pointers import pointer_to

Path = tuple[str, ...]
"""A position in a body: names of members, and `*` for any element of an array."""

#: Rules that also hold for everything below the path that they are written at.
_CASCADING = frozenset({"type", "min", "max", "minmax"})

#: Elements of one array that are compared.
MAX_ELEMENTS = 100

#: Rules under which the members or elements of the example are not relied on individually.
_OPAQUE = frozenset({"eachKey", "eachValue", "values", "arrayContains"})

_TOKEN = re.compile(r"\.?(?:\['([^']*)'\]|\[\"([^\"]*)\"\]|\[(\d+|\*)\]|([^.\[\]]+))")


@dataclass(frozen=True)
class Matcher:
    """One rule. `kind` is its name in specification 4: equality, type, regex, integer, null, include …"""

    kind: str
    raw: Mapping[str, Json] = field(default_factory=dict, compare=False)
    """The rule as the pact has it: `regex`, `min`, `max`, `value`, `format` …"""
    inherited: bool = False
    """Whether it is written at a path above."""

    @property
    def is_opaque(self) -> bool:
        """Whether what is below is not relied on as the example has it."""
        return self.kind in _OPAQUE


EQUALITY = Matcher("equality")


@dataclass(frozen=True)
class Rules:
    """The rules of one side of an interaction; headers by lower-case name."""

    body: tuple[tuple[Path, tuple[Matcher, ...]], ...] = ()
    headers: Mapping[str, tuple[Matcher, ...]] = field(default_factory=dict)
    query: Mapping[str, tuple[Matcher, ...]] = field(default_factory=dict)
    path: tuple[Matcher, ...] = ()
    status: tuple[Matcher, ...] = ()

    def at(self, path: Path) -> tuple[Matcher, ...]:
        """The rules for a path in the body: those written there or nearest above, else equality."""
        best: tuple[int, int, tuple[Matcher, ...]] | None = None
        for written, matchers in self.body:
            weight = _weight(written, path)
            if weight and (best is None or (len(written), weight) >= best[:2]):
                if len(written) == len(path):
                    best = (len(written), weight, matchers)
                    continue
                below = tuple(
                    Matcher("type", matcher.raw, inherited=True)
                    for matcher in matchers
                    if matcher.kind in _CASCADING
                )
                if below:
                    best = (len(written), weight, below)
        return best[2] if best else (EQUALITY,)


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


def parse_rules(raw: Any, version: str) -> Rules:
    """Parse the `matchingRules` of one side of an interaction.

    Raises:
        ValueError, TypeError, KeyError, AttributeError: they are not written as the specification has them.

    """
    if not raw:
        return Rules()
    if version[:1] in "12" or any(name.startswith("$") for name in raw):
        return _parse_flat_rules(raw)
    headers = raw.get("header") or raw.get("headers") or {}
    return Rules(
        tuple((path_of(name), _parse_matchers(rule)) for name, rule in (raw.get("body") or {}).items()),
        {name.partition("[")[0].lower(): _parse_matchers(rule) for name, rule in headers.items()},
        {name.partition("[")[0]: _parse_matchers(rule) for name, rule in (raw.get("query") or {}).items()},
        _parse_matchers(raw.get("path")),
        _parse_matchers(raw.get("status")),
    )


def _parse_flat_rules(raw: Mapping[str, Any]) -> Rules:
    """Parse the one table of specification 2; the first token of a path names the part of the side."""
    body: list[tuple[Path, tuple[Matcher, ...]]] = []
    headers: dict[str, tuple[Matcher, ...]] = {}
    query: dict[str, tuple[Matcher, ...]] = {}
    path: tuple[Matcher, ...] = ()
    for name, rule in raw.items():
        part, *rest = path_of(name) or ("",)
        match part:
            case "body":
                body.append((tuple(rest), _parse_matchers(rule)))
            case "header" | "headers":
                headers[".".join(rest[:1]).lower()] = _parse_matchers(rule)
            case "query":
                query[".".join(rest[:1])] = _parse_matchers(rule)
            case "path":
                path = _parse_matchers(rule)
    return Rules(tuple(body), headers, query, path)


def path_of(expression: str) -> Path:
    """The tokens of a path expression such as `$.items[*]['name']`; indexes become `*`."""
    tokens = []
    for match in _TOKEN.finditer(expression.removeprefix("$")):
        single, double, index, bare = match.groups()
        tokens.append(
            "*" if index is not None else next(name for name in (single, double, bare) if name is not None)
        )
    return tuple(tokens)


def _parse_matchers(raw: Any) -> tuple[Matcher, ...]:
    """The matchers of one path. Older forms do not nest them; path and status have a list without a name."""
    if not raw:
        return ()
    if isinstance(raw, Mapping) and "matchers" in raw:
        return tuple(_parse_matcher(matcher) for matcher in raw["matchers"])
    if isinstance(raw, Mapping) and "" in raw:
        return _parse_matchers(raw[""])
    return (_parse_matcher(raw),)


def _parse_matcher(raw: Mapping[str, Any]) -> Matcher:
    kind = raw.get("match")
    if kind is None:
        kind = "regex" if "regex" in raw else "type"
    return Matcher({"datetime": "timestamp"}.get(str(kind), str(kind)), raw)


@dataclass(frozen=True)
class Reliance:
    """One member of a response (or of a request) that an interaction names: its example and its matchers."""

    path: Path
    example: Json
    matchers: tuple[Matcher, ...]

    @property
    def pointer(self) -> str:
        """JSON pointer with `*` for elements; empty for the body itself."""
        return pointer_to(self.path)


def reliances(body: Any, rules: Rules) -> Iterator[Reliance]:
    """Every path of an example body, outermost first, each once."""
    paths: set[Path] = set()
    for reliance in _walk(body, (), rules):
        if reliance.path not in paths:
            paths.add(reliance.path)
            yield reliance


def _walk(value: Any, path: Path, rules: Rules) -> Iterator[Reliance]:
    matchers = rules.at(path)
    yield Reliance(path, value, matchers)
    if any(matcher.is_opaque for matcher in matchers):
        return
    if isinstance(value, Mapping):
        for name, member in value.items():
            yield from _walk(member, (*path, name), rules)
    elif isinstance(value, list):
        for element in value[:MAX_ELEMENTS]:
            yield from _walk(element, (*path, "*"), rules)
