"""Comparison of a value that an interaction relies on with its schema: type, example, and matchers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from storepact.model.tree import Json, write_json
from storepact.openapi.json_types import json_type
from storepact.openapi.members import SchemaView
from storepact.openapi.patterns import Match, match_text
from storepact.openapi.serialization import readings
from storepact.pacts.accepted import FORMATS, TYPES_WITH_TEXT, Accepted, text_of, types_like
from storepact.pacts.disagreement import Level, Mismatch
from storepact.pacts.failures import lengths_agree
from storepact.pacts.matchers import EXACT, Matcher
from storepact.pacts.rules import SUPPORTED

#: Rules that accept any value of the example's type.
_TYPE_RULES = frozenset({"type", "min", "max", "minmax"})

#: The `format` of a schema that promises what a rule requires; None: no schema does.
_FORMATS: Mapping[str, str | None] = {**FORMATS, "include": None, "semver": None}

#: Regexes that accept any text.
_ANY_TEXT = frozenset({"", ".*", ".+", r"[\s\S]*", r"[\s\S]+", r"\S+", "(?s).*"})


class ReliedValue(msgspec.Struct, frozen=True):
    """A value that an interaction relies on: a response header, the body, or a member of it."""

    name: str
    """What messages call it."""
    example: Json
    matchers: tuple[Matcher, ...]
    schema: SchemaView
    is_header: bool = False
    """Whether the example is the text of a header, which may stand for a number or a boolean."""
    has_required_value: bool = False
    """Whether the request or the provider state says that the response must have this value."""

    @property
    def examples(self) -> list[Json]:
        """The example; of a header every JSON value that its text may stand for."""
        return readings(self.example) if self.is_header else [self.example]

    @property
    def accepted_types(self) -> frozenset[str]:
        """The JSON types that pass all of the matchers."""
        if not self.is_header and self.matchers == EXACT:
            return types_like(self.example)
        allowed = self.schema.types
        if allowed is not None and allowed <= TYPES_WITH_TEXT and self.has_rule("regex"):
            return allowed
        example = next(
            (value for value in self.examples if allowed is None or json_type(value) in allowed), self.example
        )
        return Accepted(self.matchers, example).types

    def has_rule(self, kind: str) -> bool:
        """Whether one of the matchers is of this kind."""
        return any(matcher.kind == kind for matcher in self.matchers)


def mismatches(value: ReliedValue) -> Iterator[Mismatch]:
    """Every way in which the matchers of a value accept other values than its schema allows.

    The example fits; `failures` reports those that do not.
    """
    unknown = None if value.matchers == EXACT else next(_unknown_rules(value.matchers), None)
    if unknown is not None:
        message = f"relies on {value.name} by the rule {unknown}, which no specification defines"
        yield Mismatch(Level.WARNING, "matcher", message, "", unknown)
        return
    allowed, accepted = value.schema.types, value.accepted_types
    if allowed is None:
        message = f"relies on {value.name} as {_either(accepted)}, the document leaves its type open"
        yield Mismatch(Level.NOTE, "tighter", message, "any type", value.example)
    elif extra := allowed - accepted:
        message = f"relies on {value.name} as {_either(accepted)}, the document also allows {_either(extra)}"
        yield Mismatch(Level.WARNING, "tighter", message, sorted(allowed), value.example)
    else:
        for matcher in value.matchers:
            mismatch = _matcher_mismatch(matcher, value)
            if mismatch is not None:
                yield mismatch


def _unknown_rules(matchers: tuple[Matcher, ...]) -> Iterator[str]:
    for matcher in matchers:
        if matcher.kind == "or":
            yield from _unknown_rules(matcher.alternatives)
        elif matcher.kind not in SUPPORTED:
            yield matcher.kind


def contradict_lengths(accepted: Accepted, schema: SchemaView, name: str) -> Mismatch | None:
    """The difference if no array has as many elements as the rules accept and as the schema allows."""
    bounds = {word: schema.rule(word) for word in ("minItems", "maxItems")}
    lengths = [len(value) for value in schema.values or () if isinstance(value, list)]
    if lengths:
        bounds = {"minItems": min(lengths), "maxItems": max(lengths)}
    if lengths_agree(accepted, bounds):
        return None
    least, most = accepted.lengths
    number = f"at least {least}" if most is None else f"{least} to {most}" if least != most else f"{least}"
    described = {word: bound for word, bound in bounds.items() if bound is not None}
    message = f"relies on {number} elements of {name}, the document allows no such number"
    return Mismatch(Level.ERROR, "tighter", message, described, number)


def _matcher_mismatch(matcher: Matcher, value: ReliedValue) -> Mismatch | None:
    """How a matcher accepts fewer, or more, values than the schema; types and example fit already."""
    schema = value.schema
    if matcher.kind == "equality":
        return _equality(value)
    if matcher.kind == "regex":
        return _regex(value, str(matcher.raw.get("regex", "")))
    if matcher.kind == "notEmpty":
        if schema.rule("minLength") or schema.rule("minItems") or schema.values is not None:
            return None
        message = f"relies on {value.name} not being empty, which the document does not promise"
        return _tighter(message, "", value.example)
    if matcher.kind in _FORMATS:
        promised = _FORMATS[matcher.kind]
        if promised is not None and schema.rule("format") == promised:
            return None
        message = f"relies on the form of {value.name} ({matcher.kind}), which the document does not promise"
        return _tighter(message, schema.summary, value.example)
    if matcher.kind in _TYPE_RULES and (schema.values or schema.rule("pattern") or schema.rule("format")):
        message = f"accepts more of {value.name} than the document allows"
        return Mismatch(Level.NOTE, "looser", message, schema.summary, value.example)
    return None


def _equality(value: ReliedValue) -> Mismatch | None:
    values = value.schema.values
    if isinstance(value.example, dict | list):
        return None  # an empty object accepts any object; the length of an array is compared elsewhere
    if value.has_required_value or (values is not None and len(values) <= 1):
        return None
    example = write_json(value.example)
    message = f"relies on {value.name} being {example}, the document allows other values"
    return _tighter(message, value.schema.summary, value.example)


def _regex(value: ReliedValue, regex: str) -> Mismatch | None:
    schema, relied = value.schema, f"relies on {value.name} matching {regex}"
    if schema.values is not None:
        return _regex_of_values(relied, regex, schema.values)
    if match_text(regex, "") is Match.UNKNOWN:
        message = f"relies on the form of {value.name} by a regex that cannot be read here"
        return Mismatch(Level.NOTE, "tighter", message, schema.summary, regex)
    if schema.types != frozenset({"string"}) or regex.strip("^$") in _ANY_TEXT:
        return None
    promised = schema.rule("pattern")
    if promised is None:
        return _tighter(f"{relied}, the document promises no form", schema.summary, regex)
    if _to_full_match(promised) == regex.removeprefix("^").removesuffix("$"):
        return None
    message = f"{relied}, the document promises {promised}: storepact cannot tell whether they agree"
    return Mismatch(Level.NOTE, "tighter", message, promised, regex)


def _regex_of_values(relied: str, regex: str, values: tuple[Json, ...]) -> Mismatch | None:
    """How many of the values that a schema enumerates match a regex."""
    matches = {text_of(allowed): match_text(regex, text_of(allowed)) for allowed in values}
    if Match.UNKNOWN in matches.values():
        message = f"{relied}: the regex cannot be read here"
        return Mismatch(Level.NOTE, "tighter", message, list(values), regex)
    refused = [text for text, match in matches.items() if match is not Match.YES]
    if not refused and values:
        return None
    if all(match is Match.NO for match in matches.values()):
        message = f"{relied}, which no described value does"
        return Mismatch(Level.ERROR, "tighter", message, list(values), regex)
    message = f"{relied}, the document also allows {', '.join(refused)}"
    return _tighter(message, list(values), regex)


def _tighter(message: str, expected: Any, actual: Any) -> Mismatch:
    return Mismatch(Level.WARNING, "tighter", message, expected, actual)


def _to_full_match(pattern: str) -> str:
    """A schema's pattern, which may match anywhere, as a pact's regex, which must match the whole text."""
    begin = "" if pattern.startswith("^") else ".*"
    end = "" if pattern.endswith("$") else ".*"
    return begin + pattern.removeprefix("^").removesuffix("$") + end


def _either(types: frozenset[str]) -> str:
    return " or ".join(sorted(types))
