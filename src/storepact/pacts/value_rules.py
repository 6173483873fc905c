"""Which values a matching rule accepts, as far as the rule is read here.

A rule that is not read accepts everything: what is reported, pact's verifier reports, too.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence

from storepact.model.tree import Json
from storepact.openapi.json_types import json_type
from storepact.openapi.patterns import Match, match_text
from storepact.pacts.matchers import Matcher

_NUMBERS = frozenset({"integer", "number"})

#: The JSON types that a rule accepts.
_TYPES: Mapping[str, frozenset[str]] = {
    "integer": frozenset({"integer"}), "decimal": _NUMBERS, "number": _NUMBERS, "null": frozenset({"null"}),
    "boolean": frozenset({"boolean", "string"}), "date": frozenset({"string"}), "time": frozenset({"string"}),
    "timestamp": frozenset({"string"}), "semver": frozenset({"string"}),
}  # fmt: skip


def accepts(matcher: Matcher, example: Json, actual: Json) -> bool:
    """Whether a rule accepts a value, as far as the rule is read here."""
    accept = _ACCEPTANCES.get(matcher.kind)
    if accept is not None:
        return accept(matcher, example, actual)
    types = _TYPES.get(matcher.kind)
    return types is None or json_type(actual) in types


def is_plain(matchers: Sequence[Matcher]) -> bool:
    """Whether no rule is written: the value is the one of the example."""
    return all(matcher.kind == "equality" for matcher in matchers)


def matches_text(matchers: Sequence[Matcher], example: str, actual: str) -> bool:
    """Whether a text of a request is certainly what an interaction sends."""
    if not matchers:
        return actual == example
    return all(
        match_text(str(matcher.raw["regex"]), actual) is Match.YES
        if matcher.kind == "regex"
        else matcher.kind == "type" or actual == example
        for matcher in matchers
    )


def _accepts_type(matcher: Matcher, example: Json, actual: Json) -> bool:
    if type(example) is type(actual):
        return True
    types = {json_type(example), json_type(actual)}
    return len(types) == 1 or types <= _NUMBERS


def _equals(matcher: Matcher, example: Json, actual: Json) -> bool:
    return bool(example == actual) and isinstance(example, bool) == isinstance(actual, bool)


def _matches_regex(matcher: Matcher, example: Json, actual: Json) -> bool:
    text = actual if isinstance(actual, str) else json.dumps(actual)
    return match_text(str(matcher.raw["regex"]), text) is not Match.NO


def _includes(matcher: Matcher, example: Json, actual: Json) -> bool:
    return not isinstance(actual, str) or str(matcher.raw.get("value", "")) in actual


def _accepts_either(matcher: Matcher, example: Json, actual: Json) -> bool:
    return any(accepts(alternative, example, actual) for alternative in matcher.alternatives)


_ACCEPTANCES: Mapping[str, Callable[[Matcher, Json, Json], bool]] = {
    "equality": _equals,
    "type": _accepts_type,
    "regex": _matches_regex,
    "include": _includes,
    "or": _accepts_either,
}
