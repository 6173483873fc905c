"""Matching rules: what a pact says about a value beside its example. Specifications 2, 3 and 4 write them differently."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from storepact.openapi.pointers import pointer_to

Path = tuple[str, ...]
"""A place in a body: names of members, and `*` for any element of an array."""

#: Rules that also hold for everything below the place that they are written at.
_CASCADING = frozenset({"type", "min", "max", "minmax"})

#: Elements of one array that are looked at.
ENOUGH = 100

#: Rules after which the members of the example object, or the elements of the example array, are not relied on one by one.
_OPAQUE = frozenset({"eachKey", "eachValue", "values", "arrayContains"})

_TOKEN = re.compile(r"\.?(?:\['([^']*)'\]|\[\"([^\"]*)\"\]|\[(\d+|\*)\]|([^.\[\]]+))")


@dataclass(frozen=True)
class Matcher:
    """One rule. `kind` is its name in specification 4: equality, type, regex, integer, decimal, number, boolean, null, include …"""

    kind: str
    told: Mapping[str, Any] = field(default_factory=dict, compare=False)
    """The rule as it stands in the pact: `regex`, `min`, `max`, `value`, `format` …"""
    inherited: bool = False
    """Written at a place above."""

    @property
    def is_opaque(self) -> bool:
        """Whether what is below the place is not relied on as the example has it."""
        return self.kind in _OPAQUE


EQUALITY = Matcher("equality")


@dataclass(frozen=True)
class Rules:
    """The rules of one side of an interaction. Headers by lower-case name."""

    body: tuple[tuple[Path, tuple[Matcher, ...]], ...] = ()
    headers: Mapping[str, tuple[Matcher, ...]] = field(default_factory=dict)
    query: Mapping[str, tuple[Matcher, ...]] = field(default_factory=dict)
    path: tuple[Matcher, ...] = ()
    status: tuple[Matcher, ...] = ()

    def at(self, path: Path) -> tuple[Matcher, ...]:
        """The rules for a place in the body: the nearest written there or above, else equality."""
        best: tuple[int, int, tuple[Matcher, ...]] | None = None
        for written, matchers in self.body:
            weight = _weight(written, path)
            if weight and (best is None or (len(written), weight) >= best[:2]):
                if len(written) == len(path):
                    best = (len(written), weight, matchers)
                    continue
                below = tuple(
                    Matcher("type", matcher.told, inherited=True)
                    for matcher in matchers
                    if matcher.kind in _CASCADING
                )
                if below:
                    best = (len(written), weight, below)
        return best[2] if best else (EQUALITY,)


def _weight(written: Path, path: Path) -> int:
    """How well a rule's place fits a place at or below it; 0 if it does not."""
    if len(written) > len(path):
        return 0
    weight = 1
    for mine, theirs in zip(written, path, strict=False):
        if mine == theirs:
            weight *= 2
        elif mine != "*" and not (theirs == "*" and mine.isdigit()):
            return 0
    return weight


def rules_of(raw: Any, version: str) -> Rules:
    """The rules as one side of an interaction has them written.

    Raises:
        ValueError, TypeError, KeyError, AttributeError: they are not written as the specification wants it.

    """
    if not raw:
        return Rules()
    if version[:1] in "12" or any(name.startswith("$") for name in raw):
        return _flat(raw)
    headers = raw.get("header") or raw.get("headers") or {}
    return Rules(
        tuple((path_of(name), _matchers(told)) for name, told in (raw.get("body") or {}).items()),
        {name.partition("[")[0].lower(): _matchers(told) for name, told in headers.items()},
        {name.partition("[")[0]: _matchers(told) for name, told in (raw.get("query") or {}).items()},
        _matchers(raw.get("path")),
        _matchers(raw.get("status")),
    )


def _flat(raw: Mapping[str, Any]) -> Rules:
    """Specification 2: one table, with the part in the place's first token."""
    body: list[tuple[Path, tuple[Matcher, ...]]] = []
    headers: dict[str, tuple[Matcher, ...]] = {}
    query: dict[str, tuple[Matcher, ...]] = {}
    path: tuple[Matcher, ...] = ()
    for name, told in raw.items():
        part, *rest = path_of(name) or ("",)
        match part:
            case "body":
                body.append((tuple(rest), _matchers(told)))
            case "header" | "headers":
                headers[".".join(rest[:1]).lower()] = _matchers(told)
            case "query":
                query[".".join(rest[:1])] = _matchers(told)
            case "path":
                path = _matchers(told)
    return Rules(tuple(body), headers, query, path)


def path_of(expression: str) -> Path:
    """The tokens of a path expression such as `$.items[*]['name']`; elements by number become `*`."""
    found = []
    for match in _TOKEN.finditer(expression.removeprefix("$")):
        quoted, double, index, plain = match.groups()
        found.append(
            "*" if index is not None else next(each for each in (quoted, double, plain) if each is not None)
        )
    return tuple(found)


def _matchers(told: Any) -> tuple[Matcher, ...]:
    """The rules of one place. An older form nests nothing; path and status have a list without a name."""
    if not told:
        return ()
    if isinstance(told, Mapping) and "matchers" in told:
        return tuple(_matcher(matcher) for matcher in told["matchers"])
    if isinstance(told, Mapping) and "" in told:
        return _matchers(told[""])
    return (_matcher(told),)


def _matcher(told: Mapping[str, Any]) -> Matcher:
    kind = told.get("match")
    if kind is None:
        kind = "regex" if "regex" in told else "type"
    return Matcher({"datetime": "timestamp"}.get(str(kind), str(kind)), told)


@dataclass(frozen=True)
class Reliance:
    """One member of an answer (or of a request) that an interaction names, with its example and what must match."""

    path: Path
    example: Any
    matchers: tuple[Matcher, ...]

    @property
    def pointer(self) -> str:
        """JSON pointer with `*` for elements; empty for the body itself."""
        return pointer_to(self.path)


def reliances(body: Any, rules: Rules) -> Iterator[Reliance]:
    """Every place of an example body, outermost first, each once."""
    seen: set[Path] = set()
    for each in _walk(body, (), rules):
        if each.path not in seen:
            seen.add(each.path)
            yield each


def _walk(value: Any, path: Path, rules: Rules) -> Iterator[Reliance]:
    matchers = rules.at(path)
    yield Reliance(path, value, matchers)
    if any(matcher.is_opaque for matcher in matchers):
        return
    if isinstance(value, Mapping):
        for name, member in value.items():
            yield from _walk(member, (*path, name), rules)
    elif isinstance(value, list):
        for element in value[:ENOUGH]:
            yield from _walk(element, (*path, "*"), rules)
