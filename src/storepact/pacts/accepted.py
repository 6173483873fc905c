"""The values that the rules of one place accept, as a set that is compared with what the schema allows."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from storepact.model.tree import Json
from storepact.model.values import lean_value
from storepact.openapi.json_types import json_type
from storepact.openapi.patterns import Match, match_text
from storepact.pacts.matchers import EXACT, Matcher

#: The JSON types that a rule accepts. Rules that are not listed accept the type of the example.
ACCEPTED_TYPES: Mapping[str, frozenset[str]] = {
    "integer": frozenset({"integer"}),
    "decimal": frozenset({"number"}),
    "number": frozenset({"integer", "number"}),
    "boolean": frozenset({"boolean"}),
    "null": frozenset({"null"}),
    **dict.fromkeys(("date", "time", "timestamp", "semver"), frozenset({"string"})),
    "arrayContains": frozenset({"array"}),
}

#: Types whose text a regex is matched against.
TYPES_WITH_TEXT = frozenset({"boolean", "integer", "number", "null", "string"})

#: Rules that look at the text of a value of any scalar type.
_TEXT_RULES = frozenset({"regex", "include"})

#: The `format` of texts that a rule requires.
FORMATS = {"date": "date", "time": "time", "timestamp": "date-time"}

#: The JSON types that count as the same, by type.
_ALIKE = {
    **{name: frozenset({name}) for name in ("string", "boolean", "null", "array", "object")},
    **dict.fromkeys(("integer", "number"), frozenset({"integer", "number"})),
}

_LITERALS = re.compile(r"[\w \-/:@,;=&%#!~'\"<>]*(?:\|[\w \-/:@,;=&%#!~'\"<>]*)*")


@lean_value(frozen=True)
class Accepted:
    """What the rules of one place accept, whose example is `example`."""

    matchers: tuple[Matcher, ...]
    example: Json

    @property
    def is_exact(self) -> bool:
        """Whether only the example is accepted."""
        return any(matcher.kind == "equality" for matcher in self.matchers)

    @property
    def types(self) -> frozenset[str]:
        """The JSON types of accepted values."""
        if self.matchers == EXACT:
            return types_like(self.example)
        accepted: frozenset[str] | None = None
        for matcher in self.matchers:
            types = _types_of(matcher, self.example)
            accepted = types if accepted is None else accepted & types
        return accepted or frozenset({json_type(self.example)})

    def accepts(self, value: Json) -> bool | None:
        """Whether a value is accepted; None if that cannot be decided."""
        return _all(_accepts(matcher, self.example, value) for matcher in self.matchers)

    @property
    def values(self) -> tuple[Json, ...] | None:
        """Every accepted value, where these are few: of equality, or of a regex that lists texts."""
        if self.is_exact:
            return (self.example,)
        for matcher in self.matchers:
            if matcher.kind == "regex":
                texts = _listed_texts(str(matcher.raw.get("regex", "")))
                if texts is not None:
                    return texts
        return None

    @property
    def lengths(self) -> tuple[int, int | None]:
        """How many elements an accepted array has, at least and at most."""
        if self.is_exact and isinstance(self.example, list):
            return len(self.example), len(self.example)
        least = max((_least(matcher) for matcher in self.matchers), default=0)
        limits = [matcher.maximum for matcher in self.matchers if matcher.maximum is not None]
        return least, min(limits, default=None)


def _least(matcher: Matcher) -> int:
    if matcher.kind == "arrayContains":
        return 1 if matcher.variants else 0
    return 1 if matcher.kind == "notEmpty" else matcher.minimum


def _types_of(matcher: Matcher, example: Json) -> frozenset[str]:
    if matcher.kind == "or":
        return frozenset[str]().union(*(_types_of(inner, example) for inner in matcher.alternatives))
    if matcher.kind in _TEXT_RULES:
        kind = json_type(example)
        return frozenset({"string"}) | ({kind} & TYPES_WITH_TEXT)
    return ACCEPTED_TYPES.get(matcher.kind) or types_like(example)


def types_like(example: Json) -> frozenset[str]:
    """The JSON types that count as the same as that of an example."""
    return _ALIKE[json_type(example)]


def _accepts(matcher: Matcher, example: Json, value: Json) -> bool | None:
    """Whether one rule accepts a value."""
    kind = matcher.kind
    if kind == "or":
        return _any(_accepts(inner, example, value) for inner in matcher.alternatives)
    if kind == "equality":
        return is_same(value, example)
    if kind == "notEmpty":
        return value not in ("", [], {}, None) and json_type(value) in types_like(example)
    if kind in _TEXT_RULES:
        return _accepts_text(matcher, value)
    if json_type(value) not in (ACCEPTED_TYPES.get(kind) or types_like(example)):
        return False
    return None if kind in (*FORMATS, "semver", "contentType") else True


def _accepts_text(matcher: Matcher, value: Json) -> bool | None:
    if isinstance(value, dict | list):
        return False
    if matcher.kind == "include":
        return str(matcher.raw.get("value", "")) in text_of(value)
    match = match_text(str(matcher.raw.get("regex", "")), text_of(value))
    return {Match.YES: True, Match.NO: False}.get(match)


def is_same(left: Json, right: Json) -> bool:
    """Whether two JSON values are equal; a boolean is no number."""
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(is_same(left[name], right[name]) for name in left)
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(is_same, left, right))
    return bool(left == right)


def text_of(value: Json) -> str:
    """The text of a scalar, as a regex is matched against it."""
    if value is None:
        return "null"
    return str(value).lower() if isinstance(value, bool) else str(value)


def _listed_texts(regex: str) -> tuple[str, ...] | None:
    """The texts that a regex such as `^(on|off)$` lists; None if it has anything else."""
    body = regex.removeprefix("^").removesuffix("$")
    if body.startswith("(") and body.endswith(")"):
        body = body[1:-1].removeprefix("?:")
    elif "|" in body and body != regex:
        return None
    return tuple(body.split("|")) if _LITERALS.fullmatch(body) else None


def _all(answers: Iterable[bool | None]) -> bool | None:
    unknown = False
    for answer in answers:
        if answer is False:
            return False
        unknown = unknown or answer is None
    return None if unknown else True


def _any(answers: Iterable[bool | None]) -> bool | None:
    none_holds = _all(None if answer is None else not answer for answer in answers)
    return None if none_holds is None else not none_holds
