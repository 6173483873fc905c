"""Comparison of a value that an interaction relies on with its schema: type, example, and matchers."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from storepact.model.tree import Json
from storepact.openapi.members import SchemaView, json_type
from storepact.openapi.validators import compile_schema
from storepact.pacts.disagreement import Level, Mismatch, readings
from storepact.pacts.matchers import Matcher

#: The JSON types that a rule accepts. Rules that are not listed accept the type of the example.
_ACCEPTED_TYPES: Mapping[str, frozenset[str]] = {
    "integer": frozenset({"integer"}),
    "decimal": frozenset({"number"}),
    "number": frozenset({"integer", "number"}),
    "boolean": frozenset({"boolean"}),
    "null": frozenset({"null"}),
    **dict.fromkeys(("regex", "include", "date", "time", "timestamp", "semver"), frozenset({"string"})),
    **dict.fromkeys(("eachKey", "eachValue", "values"), frozenset({"object"})),
    "arrayContains": frozenset({"array"}),
}

#: Types whose text a regex is matched against.
_TYPES_WITH_TEXT = frozenset({"boolean", "integer", "number", "null"})

#: Rules that accept any value of the example's type.
_TYPE_RULES = frozenset({"type", "min", "max", "minmax"})

#: Every rule that a verifier can apply.
_SUPPORTED = frozenset(
    {*_ACCEPTED_TYPES, *_TYPE_RULES, "equality", "notEmpty", "contentType", "statusCode", "datetime"}
)

#: The `format` of a schema that promises what a rule requires; None: no schema does.
_FORMATS = {"date": "date", "time": "time", "timestamp": "date-time", "include": None, "semver": None}

#: Regexes that accept any text.
_ANY_TEXT = frozenset({"", ".*", ".+", r"[\s\S]*", r"[\s\S]+", r"\S+", "(?s).*"})


@dataclass(frozen=True)
class ReliedValue:
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
        allowed = self.schema.types
        if allowed is not None and allowed <= _TYPES_WITH_TEXT and self.has_rule("regex"):
            return allowed
        example = next(
            (value for value in self.examples if allowed is None or json_type(value) in allowed), self.example
        )
        accepted: frozenset[str] | None = None
        for matcher in self.matchers:
            types = _ACCEPTED_TYPES.get(matcher.kind) or _types_like(example)
            accepted = types if accepted is None else accepted & types
        return accepted or frozenset({json_type(example)})

    def has_rule(self, kind: str) -> bool:
        """Whether one of the matchers is of this kind."""
        return any(matcher.kind == kind for matcher in self.matchers)


def mismatches(value: ReliedValue) -> Iterator[Mismatch]:
    """Every way in which the matchers of a value accept other values than its schema allows."""
    contradiction = _unsupported_rule(value) or _type_contradiction(value) or _example_mismatch(value)
    if contradiction is not None:
        yield contradiction
        return
    allowed, accepted = value.schema.types, value.accepted_types
    relied = f"relies on {value.name} as {_either(accepted)}"
    if allowed is None:
        message = f"{relied}, the document leaves its type open"
        yield Mismatch(Level.NOTE, "tighter", message, "any type", value.example)
    elif extra := allowed - accepted:
        message = f"{relied}, the document also allows {_either(extra)}"
        yield Mismatch(Level.WARNING, "tighter", message, sorted(allowed), value.example)
    else:
        for matcher in value.matchers:
            mismatch = _matcher_mismatch(matcher, value)
            if mismatch is not None:
                yield mismatch


def _unsupported_rule(value: ReliedValue) -> Mismatch | None:
    for matcher in value.matchers:
        if matcher.kind not in _SUPPORTED:
            message = f"relies on {value.name} by the rule {matcher.kind}, which no specification defines"
            return Mismatch(Level.ERROR, "matcher", message, "", matcher.kind)
    return None


def _type_contradiction(value: ReliedValue) -> Mismatch | None:
    allowed, accepted = value.schema.types, value.accepted_types
    if allowed is None or allowed & accepted:
        return None
    message = f"relies on {value.name} as {_either(accepted)}, described is {_either(allowed)}"
    return Mismatch(Level.ERROR, "type", message, _either(allowed), value.example)


def _example_mismatch(value: ReliedValue) -> Mismatch | None:
    """The example is not a value that the schema allows."""
    example = value.example
    if isinstance(example, Mapping | list):
        return None
    refusals = [refusal(value.schema, reading) for reading in value.examples]
    if not all(refusals):
        return None
    why = refusals[-1]
    if value.has_rule("equality"):
        message = f"relies on {value.name} being {example!r}: {why}"
        return Mismatch(Level.ERROR, "example", message, why, example)
    message = f"has an example of {value.name} that is no valid value, {example!r}: {why}"
    return Mismatch(Level.WARNING, "example", message, why, example)


def refusal(schema: SchemaView, value: Any) -> str:
    """Why a schema does not allow a value: the first message of its validator; empty if it allows it."""
    certain_refusal = ""
    uncertain: list[str] = []
    for pointer, is_certain in schema.roots:
        violations = compile_schema(schema.document, pointer).violations(value)
        message = violations[0].message if violations else ""
        if is_certain:
            certain_refusal = certain_refusal or message
        else:
            uncertain.append(message)
    return certain_refusal or (uncertain[0] if uncertain and all(uncertain) else "")


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
        return _tighter(message, summarize(schema), value.example)
    if matcher.kind in _TYPE_RULES and (schema.values or schema.rule("pattern") or schema.rule("format")):
        message = f"accepts more of {value.name} than the document allows"
        return Mismatch(Level.NOTE, "looser", message, summarize(schema), value.example)
    return None


def _equality(value: ReliedValue) -> Mismatch | None:
    values = value.schema.values
    if isinstance(value.example, Mapping | list):
        return None  # an empty object accepts any object; the length of an array is compared elsewhere
    if value.has_required_value or (values is not None and len(values) <= 1):
        return None
    example = json.dumps(value.example, ensure_ascii=False)
    message = f"relies on {value.name} being {example}, the document allows other values"
    return _tighter(message, summarize(value.schema), value.example)


def _regex(value: ReliedValue, regex: str) -> Mismatch | None:
    schema, relied = value.schema, f"relies on {value.name} matching {regex}"
    try:
        pattern = re.compile(regex)
    except re.error:
        message = f"relies on the form of {value.name} by a regex that Python cannot compile"
        return Mismatch(Level.NOTE, "tighter", message, summarize(schema), regex)
    if schema.values is not None:
        refused = [allowed for allowed in schema.values if not pattern.fullmatch(str(allowed))]
        if not refused and schema.values:
            return None
        if len(refused) == len(schema.values):
            message = f"{relied}, which no described value does"
            return Mismatch(Level.ERROR, "tighter", message, list(schema.values), regex)
        message = f"{relied}, the document also allows {', '.join(map(str, refused))}"
        return _tighter(message, list(schema.values), regex)
    if schema.types != frozenset({"string"}) or regex.strip("^$") in _ANY_TEXT:
        return None
    promised = schema.rule("pattern")
    if promised is None:
        return _tighter(f"{relied}, the document promises no form", summarize(schema), regex)
    if _to_full_match(promised) == regex.removeprefix("^").removesuffix("$"):
        return None
    message = f"{relied}, the document promises {promised}: storepact cannot tell whether they agree"
    return Mismatch(Level.NOTE, "tighter", message, promised, regex)


def _tighter(message: str, expected: Any, actual: Any) -> Mismatch:
    return Mismatch(Level.WARNING, "tighter", message, expected, actual)


def _to_full_match(pattern: str) -> str:
    """A schema's pattern, which may match anywhere, as a pact's regex, which must match the whole text."""
    begin = "" if pattern.startswith("^") else ".*"
    end = "" if pattern.endswith("$") else ".*"
    return begin + pattern.removeprefix("^").removesuffix("$") + end


def _types_like(example: Any) -> frozenset[str]:
    kind = json_type(example)
    return frozenset({"integer", "number"} if kind in ("integer", "number") else {kind})


def _either(types: frozenset[str]) -> str:
    return " or ".join(sorted(types))


def summarize(schema: SchemaView) -> Any:
    """The keywords of a schema that restrict a value; a text if there are none."""
    keywords = ("const", "enum", "pattern", "format", "type")
    rules = {keyword: rule for keyword in keywords if (rule := schema.rule(keyword)) is not None}
    return rules or "no restriction"
