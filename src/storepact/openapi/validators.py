"""Schemas of a document, compiled once by jsonschema-rs, and the ways in which values violate them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cached_property, lru_cache
from typing import Any, NotRequired, TypedDict
from urllib.parse import quote

import jsonschema_rs

from storepact.model.tree import Json, transform
from storepact.model.values import lean_value
from storepact.openapi.array_parts import ENOUGH, parts_of
from storepact.openapi.document import Document
from storepact.openapi.pointers import escape, pointer_to, value_at
from storepact.openapi.whole_floats import halve_whole_float, has_whole_float

#: What a schema may refer to, and the URI under which a validator that reports knows it.
_SHARED, _URI = ("components", "paths"), "urn:storepact:document"

_SURROGATE = re.compile("[\ud800-\udfff]")

#: Characters up to which the texts of a value are examined where it violates a schema anyway.
_LONG_TEXT = 65_536

_Kind = jsonschema_rs.ValidationErrorKind
_NO_ALTERNATIVE_FITS = (_Kind.AnyOf, _Kind.OneOfNotValid)


class EvaluationUnit(TypedDict):
    """The result of one keyword: a unit of JSON Schema's list output; `errors` is by keyword."""

    valid: bool
    evaluationPath: str
    schemaLocation: str
    instanceLocation: str
    errors: NotRequired[Mapping[str, str]]


@lean_value(frozen=True)
class Violation:
    """One way in which a value does not fit its schema.

    `path` leads to the place in the value, `pointer` to the violated `keyword` in the document.
    """

    path: tuple[str | int, ...]
    keyword: str
    message: str
    pointer: str
    expected: Json = None
    value: Json = None
    member: str = ""
    """The missing or undescribed member, for `required` and `additionalProperties`."""

    @property
    def place(self) -> str:
        """JSON pointer into the value."""
        return pointer_to(self.path)

    @property
    def locus(self) -> str:
        """The place with `*` for indices, the member included: stable from run to run."""
        tokens = [*("*" if isinstance(token, int) else escape(token) for token in self.path)]
        if self.member:
            tokens.append(escape(self.member))
        return "/" + "/".join(tokens)


class SchemaValidator:
    """One schema of a document, compiled."""

    def __init__(self, document: Document, pointer: str, overrides: Mapping[str, str] | None = None) -> None:
        self.document, self.pointer = document, pointer
        self._is_draft4 = document.dialect.startswith("3.0")
        self._schema = _standalone(document, pointer, self._is_draft4, overrides or {})

    @cached_property
    def _fast(self) -> Any:
        maker = jsonschema_rs.Draft4Validator if self._is_draft4 else jsonschema_rs.Draft202012Validator
        return maker(self._schema, validate_formats=True, mask="the value")

    @cached_property
    def _reporting(self) -> Any:
        """A validator with the document beside the schema: every keyword of the schema is evaluated."""
        draft = jsonschema_rs.Draft4 if self._is_draft4 else jsonschema_rs.Draft202012
        maker = jsonschema_rs.Draft4Validator if self._is_draft4 else jsonschema_rs.Draft202012Validator
        shared = {key: self._schema[key] for key in _SHARED if key in self._schema}
        registry = jsonschema_rs.Registry([(_URI, shared)], draft=draft)
        return maker({"$ref": f"{_URI}{_reference(self.pointer)}"}, registry=registry, validate_formats=True)

    def fits(self, value: Json) -> bool:
        """Whether the value fits."""
        return bool(_call(self._fast.is_valid, value))

    def evaluate(self, value: Json) -> list[EvaluationUnit]:
        """The result of each keyword."""
        units: list[EvaluationUnit] = _call(self._reporting.evaluate, value).list()["details"]
        for unit in units:
            unit["schemaLocation"] = unit["schemaLocation"].removeprefix(f"{_URI}#")
        return units

    def violations(self, value: Json) -> list[Violation]:
        """Ways in which the value does not fit, the most relevant first; all, but for long arrays."""
        violations: list[Violation] = []
        for part in parts_of(value):
            for violation in self._violations_of(part.value):
                path = part.path_in_whole(violation.path)
                if path is not None:
                    violations.append(replace(violation, path=path))
            if len(violations) >= ENOUGH:
                break
        return violations

    def _violations_of(self, value: Json) -> list[Violation]:
        if self.fits(value):
            return []
        examined = transform(value, _beginning) if _has_long_text(value) else value
        try:
            errors = list(self._fast.iter_errors(examined))
        except UnicodeEncodeError:
            return self._violations_of(transform(value, without_surrogates))
        if not errors and examined is not value:
            errors = list(self._fast.iter_errors(value))
        errors.sort(key=_relevance, reverse=True)
        return [violation for error in errors for violation in self._explain(error, value)]

    def violations_by_spelling(self, value: Json) -> list[Violation]:
        """Where an integer is described and a number such as `1.0` stands, which has none in its place.

        JSON Schema takes 1.0 for an integer since draft 6; the one of OpenAPI 3.0 does not, and neither do
        strict clients.
        """
        if not has_whole_float(value):
            return []
        violations = self.violations(transform(value, halve_whole_float))
        places = ((violation, value_at(value, violation.place)) for violation in violations)
        return [
            replace(violation, value=number, message=f"{number!r} is not written as an integer")
            for violation, number in places
            if violation.keyword == "type" and isinstance(number, float) and number.is_integer()
        ]

    def _explain(self, error: Any, value: Json) -> list[Violation]:
        leaf = error
        while alternatives := _failed_alternatives(leaf):
            leaf = min(alternatives, key=_depth)
        path, place, kind = tuple(leaf.instance_path), tuple(leaf.schema_path), leaf.kind
        pointer = pointer_to(place)
        instance, expected = value_at(value, pointer_to(path)), value_at(self._schema, pointer)
        keyword, undescribed, member = kind.name, list[str](), ""
        if isinstance(kind, _Kind.AdditionalProperties):
            undescribed = sorted(kind.unexpected)
        elif place[-1:] == ("additionalProperties",):  # of a schema that describes no member
            keyword, undescribed = "additionalProperties", sorted(instance)
        common = {"path": path, "keyword": keyword, "pointer": pointer, "expected": expected}
        if undescribed:
            return [
                Violation(**common, message=f"{name!r} is not described", value=instance[name], member=name)
                for name in undescribed
            ]
        if isinstance(kind, _Kind.Required):
            message, member = f"{kind.property!r} is missing", kind.property
        else:
            message = _message(leaf, instance, expected)
        return [Violation(**common, message=message, value=instance, member=member)]


#: What a violated keyword means, for those whose value says it; `expected` is that value.
_MESSAGES: dict[str, str] = {
    "const": "{expected!r} was expected",
    "enum": "{value!r} is not one of {expected!r}",
    "exclusiveMaximum": "{value!r} is not less than {expected!r}",
    "exclusiveMinimum": "{value!r} is not greater than {expected!r}",
    "format": "{value!r} is not a {expected!r}",
    "maxItems": "{value!r} has more than {expected!r} elements",
    "maxLength": "{value!r} is longer than {expected!r} characters",
    "maxProperties": "{value!r} has more than {expected!r} members",
    "maximum": "{value!r} is greater than the maximum of {expected!r}",
    "minItems": "{value!r} has fewer than {expected!r} elements",
    "minLength": "{value!r} is shorter than {expected!r} characters",
    "minProperties": "{value!r} has fewer than {expected!r} members",
    "minimum": "{value!r} is less than the minimum of {expected!r}",
    "multipleOf": "{value!r} is not a multiple of {expected!r}",
    "not": "{value!r} should not be valid under {expected!r}",
    "pattern": "{value!r} does not match {expected!r}",
    "uniqueItems": "{value!r} has elements that are equal",
}

#: Keywords of alternatives: what violates one of them says less than what violates another keyword.
_ALTERNATIVES = ("anyOf", "oneOf")


def _message(error: Any, value: Json, expected: Json) -> str:
    if isinstance(error.kind, _Kind.Type):
        types = expected if isinstance(expected, list) else [expected]
        return f"{value!r} is not of type {', '.join(map(repr, types))}"
    template = _MESSAGES.get(error.kind.name)
    if template is None:
        return str(error.message)
    return template.format(value=value, expected=getattr(error.kind, "limit", expected))


def _relevance(error: Any) -> tuple[int, list[str], bool, bool]:
    """The order of what is reported, from the least relevant: deep places, and whole alternatives."""
    path, keyword = error.instance_path, error.kind.name
    return (-len(path), [str(token) for token in path], keyword not in _ALTERNATIVES, keyword == "type")


def _failed_alternatives(error: Any) -> list[Any]:
    """The violations of each alternative, where a value fits none."""
    if isinstance(error.kind, _NO_ALTERNATIVE_FITS):
        return [inner for alternative in error.kind.context for inner in alternative]
    return []


def _has_long_text(value: Json) -> bool:
    """Whether a value holds a text that errors must not copy: each has the value that it is about."""
    if isinstance(value, str):
        return len(value) > _LONG_TEXT
    if isinstance(value, dict):
        return any(map(_has_long_text, value.values()))
    return isinstance(value, list) and any(map(_has_long_text, value))


def _beginning(value: Json) -> Json:
    return value[:_LONG_TEXT] if isinstance(value, str) else value


def _call(method: Callable[[Json], Any], value: Json) -> Any:
    """Call a method of a validator; it cannot read lone surrogates, and gets U+FFFD for them."""
    try:
        return method(value)
    except UnicodeEncodeError:
        return method(transform(value, without_surrogates))


def without_surrogates(value: Json) -> Json:
    """A text, or the names of an object, with U+FFFD for surrogates that stand alone."""
    if isinstance(value, str):
        return _SURROGATE.sub("\ufffd", value)
    if isinstance(value, dict):
        return {_SURROGATE.sub("\ufffd", name): member for name, member in value.items()}
    return value


def _depth(error: Any) -> tuple[int, int]:
    """The order of alternatives, closest first: those that fail deepest, and wrong types last."""
    return (-len(error.instance_path), int(error.kind.name in ("const", "enum", "type")))


def _standalone(
    document: Document, pointer: str, is_draft4: bool, overrides: Mapping[str, str]
) -> dict[str, Json]:
    """A JSON Schema that refers to the schema at a pointer, and holds all that it may refer to."""
    data: dict[str, Json] = {key: document.data[key] for key in _SHARED if key in document.data}
    if overrides:
        components = dict(data["components"])
        components["schemas"] = {
            **components["schemas"],
            **{name: {"$ref": f"#/components/schemas/{target}"} for name, target in overrides.items()},
        }
        data["components"] = components
    if is_draft4:
        data = transform(data, _without_nullable)
    reference = {"$ref": _reference(pointer)}
    return {**data, "allOf": [reference]} if is_draft4 else {**data, **reference}


def _reference(pointer: str) -> str:
    return f"#{quote(pointer, safe='/~')}"


def _without_nullable(node: Json) -> Json:
    """An object with OpenAPI 3.0's `nullable` in terms of JSON Schema draft 4."""
    if not isinstance(node, dict) or "nullable" not in node:
        return node
    is_nullable = node.pop("nullable") is True
    if is_nullable and isinstance(node.get("type"), str):
        node["type"] = [node["type"], "null"]
    return node


@lru_cache(maxsize=512)
def _compile(document: Document, pointer: str, overrides: tuple[tuple[str, str], ...]) -> SchemaValidator:
    return SchemaValidator(document, pointer, dict(overrides))


def compile_schema(
    document: Document, pointer: str, overrides: Mapping[str, str] | None = None
) -> SchemaValidator:
    """The validator of the schema at a pointer; `overrides` replaces schemas by others, both by name."""
    return _compile(document, pointer, tuple(sorted((overrides or {}).items())))
