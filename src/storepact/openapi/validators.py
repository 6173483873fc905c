"""Schemas of a document, compiled once: jsonschema-rs decides, jsonschema explains."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, NotRequired, TypedDict
from urllib.parse import quote

import jsonschema_rs

from storepact.model.tree import Json, transform
from storepact.openapi.document import Document
from storepact.openapi.pointers import escape, pointer_to

#: What a schema may refer to, and the URI under which a validator that reports knows it.
_SHARED, _URI = ("components", "paths"), "urn:storepact:document"

_SURROGATE = re.compile("[\ud800-\udfff]")


class EvaluationUnit(TypedDict):
    """The result of one keyword: a unit of JSON Schema's list output; `errors` is by keyword."""

    valid: bool
    evaluationPath: str
    schemaLocation: str
    instanceLocation: str
    errors: NotRequired[Mapping[str, str]]


@dataclass(frozen=True)
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
        self.document, self.pointer, self._overrides = document, pointer, overrides or {}
        self._is_draft4 = document.dialect.startswith("3.0")
        self._schema = _standalone(document, pointer, self._is_draft4, self._overrides)

    @cached_property
    def _fast(self) -> Any:
        maker = jsonschema_rs.Draft4Validator if self._is_draft4 else jsonschema_rs.Draft202012Validator
        return maker(self._schema, validate_formats=True)

    @cached_property
    def _slow(self) -> Any:
        maker = _reporting_class(self._is_draft4)
        return maker(self._schema, format_checker=maker.FORMAT_CHECKER)

    @cached_property
    def _reporting(self) -> Any:
        """The faster validator, with the document beside the schema: all of a schema is reported."""
        draft = jsonschema_rs.Draft4 if self._is_draft4 else jsonschema_rs.Draft202012
        maker = jsonschema_rs.Draft4Validator if self._is_draft4 else jsonschema_rs.Draft202012Validator
        shared = {key: self._schema[key] for key in _SHARED if key in self._schema}
        registry = jsonschema_rs.Registry([(_URI, shared)], draft=draft)
        return maker({"$ref": f"{_URI}{_reference(self.pointer)}"}, registry=registry, validate_formats=True)

    def fits(self, value: Json) -> bool:
        """Whether the value fits. Called for every exchange, so by the faster of the two validators."""
        return bool(_call(self._fast.is_valid, value))

    def evaluate(self, value: Json) -> list[EvaluationUnit]:
        """The result of each keyword."""
        units: list[EvaluationUnit] = _call(self._reporting.evaluate, value).list()["details"]
        for unit in units:
            unit["schemaLocation"] = unit["schemaLocation"].removeprefix(f"{_URI}#")
        return units

    def violations(self, value: Json) -> list[Violation]:
        """Every way in which the value does not fit, the most relevant first; empty if it fits."""
        if self.fits(value):
            return []
        from jsonschema.exceptions import relevance

        errors = sorted(self._slow.iter_errors(value), key=relevance, reverse=True)
        violations = [violation for error in errors for violation in self._explain(error)]
        if violations:
            return violations
        # the two libraries disagree, which only an exotic format could cause: the faster one decides
        return [
            Violation(tuple(error.instance_path), str(error.schema_path[-1]), error.message, self.pointer)
            for error in _call(self._fast.iter_errors, value)
        ]

    def _explain(self, error: Any) -> list[Violation]:
        leaf = error
        while leaf.context:
            leaf = min(leaf.context, key=_depth)
        pointer = self.document.locate(
            self.pointer, list(leaf.absolute_schema_path)[2 if self._is_draft4 else 0 :], self._overrides
        )
        path = tuple(leaf.absolute_path)
        common = {
            "path": path,
            "keyword": leaf.validator,
            "pointer": pointer,
            "expected": leaf.validator_value,
        }
        if leaf.validator == "additionalProperties":
            extras = sorted(set(leaf.instance) - set(leaf.schema.get("properties", {})))
            return [
                Violation(
                    **common, message=f"{name!r} is not described", value=leaf.instance[name], member=name
                )
                for name in extras
            ]
        if leaf.validator == "required":
            return [Violation(**common, message=leaf.message, value=leaf.instance, member=leaf.member)]
        return [Violation(**common, message=leaf.message, value=leaf.instance)]


@lru_cache(maxsize=2)
def _reporting_class(is_draft4: bool) -> Any:
    """The validator whose errors about a missing member name it in a field, and not in their message only."""
    import jsonschema  # takes a tenth of a second, and is needed only where something does not fit

    def require(validator: Any, names: Iterable[str], instance: Json, _: Json) -> Iterator[Any]:
        for name in names if validator.is_type(instance, "object") else ():
            if name not in instance:
                error: Any = jsonschema.ValidationError(f"{name!r} is missing")
                error.member = name
                yield error

    extend: Any = jsonschema.validators.extend
    maker = jsonschema.Draft4Validator if is_draft4 else jsonschema.Draft202012Validator
    return extend(maker, {"required": require})


def _call(method: Callable[[Json], Any], value: Json) -> Any:
    """Call a method of the faster validator; it cannot read lone surrogates, and gets U+FFFD for them."""
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
    is_other_type = error.validator in ("const", "enum", "type") and not error.context
    return (-len(error.absolute_path), int(is_other_type))


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
