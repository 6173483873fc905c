"""Schemas of a document, compiled once: jsonschema-rs says yes or no, jsonschema says why."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any
from urllib.parse import quote

import jsonschema_rs

from storepact.openapi.document import Document
from storepact.openapi.pointers import escape, pointer_to


@dataclass(frozen=True)
class Violation:
    """One way in which a value does not fit its schema.

    `path` is where in the value (tokens), `keyword` the rule, `pointer` the rule's place in the document.
    """

    path: tuple[str | int, ...]
    keyword: str
    message: str
    pointer: str
    expected: Any = None
    value: Any = None
    member: str = ""
    """The member that is missing or too much, for `required` and `additionalProperties`."""

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
    """One schema of a document, ready to judge values."""

    def __init__(self, document: Document, pointer: str, overrides: Mapping[str, str] | None = None) -> None:
        self.document, self.pointer, self._overrides = document, pointer, overrides or {}
        self._old = document.dialect.startswith("3.0")
        self._schema = _standalone(document, pointer, self._old, self._overrides)

    @cached_property
    def _fast(self) -> Any:
        maker = jsonschema_rs.Draft4Validator if self._old else jsonschema_rs.Draft202012Validator
        return maker(self._schema, validate_formats=True)

    @cached_property
    def _slow(self) -> Any:
        import jsonschema  # takes a tenth of a second, and is needed only where something does not fit

        maker = jsonschema.Draft4Validator if self._old else jsonschema.Draft202012Validator
        return maker(self._schema, format_checker=maker.FORMAT_CHECKER)

    def fits(self, value: Any) -> bool:
        """Whether the value fits; the hot path."""
        return bool(self._fast.is_valid(value))

    def evaluate(self, value: Any) -> list[dict[str, Any]]:
        """What became of each keyword: the units of JSON Schema's list output, places in the schema as pointers of the document."""
        units: list[dict[str, Any]] = self._fast.evaluate(value).list()["details"]
        return units

    def violations(self, value: Any) -> list[Violation]:
        """Every way in which the value does not fit, the most telling first; empty if it fits."""
        if self.fits(value):
            return []
        from jsonschema.exceptions import relevance

        errors = sorted(self._slow.iter_errors(value), key=relevance, reverse=True)
        found = [violation for error in errors for violation in self._explain(error)]
        if (
            not found
        ):  # the two libraries disagree, which only an exotic format could do: believe the fast one
            found = [
                Violation(tuple(error.instance_path), str(error.schema_path[-1]), error.message, self.pointer)
                for error in self._fast.iter_errors(value)
            ]
        return found

    def _explain(self, error: Any) -> list[Violation]:
        leaf = error
        while leaf.context:
            leaf = min(leaf.context, key=_depth)
        pointer = self.document.locate(
            self.pointer, list(leaf.absolute_schema_path)[2 if self._old else 0 :], self._overrides
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
            gone = [name for name in leaf.validator_value if name not in leaf.instance]
            mine = [name for name in gone if f"{name!r}" in leaf.message] or gone[:1]
            return [
                Violation(**common, message=f"{name!r} is missing", value=leaf.instance, member=name)
                for name in mine
            ]
        return [Violation(**common, message=leaf.message, value=leaf.instance)]


def _depth(error: Any) -> tuple[int, int]:
    """Best match among alternatives: the one whose failure lies deepest, wrong types last."""
    wrong_branch = error.validator in ("const", "enum", "type") and not error.context
    return (-len(error.absolute_path), int(wrong_branch))


def _standalone(document: Document, pointer: str, old: bool, overrides: Mapping[str, str]) -> dict[str, Any]:
    data: dict[str, Any] = {
        key: document.data[key] for key in ("components", "paths") if key in document.data
    }
    if overrides:
        components = dict(data["components"])
        components["schemas"] = {
            **components["schemas"],
            **{name: {"$ref": f"#/components/schemas/{other}"} for name, other in overrides.items()},
        }
        data["components"] = components
    if old:
        data = _draft4(copy.deepcopy(data))
    reference = {"$ref": f"#{quote(pointer, safe='/~')}"}
    return {**data, "allOf": [reference]} if old else {**data, **reference}


def _draft4(node: Any) -> Any:
    """OpenAPI 3.0's `nullable`, in words that JSON Schema draft 4 knows."""
    if isinstance(node, dict):
        if node.pop("nullable", False) is True and isinstance(node.get("type"), str):
            node["type"] = [node["type"], "null"]
        for key in node:
            node[key] = _draft4(node[key])
    elif isinstance(node, list):
        node[:] = [_draft4(each) for each in node]
    return node


@lru_cache(maxsize=512)
def _compiled(document: Document, pointer: str, overrides: tuple[tuple[str, str], ...]) -> SchemaValidator:
    return SchemaValidator(document, pointer, dict(overrides))


def compile_schema(
    document: Document, pointer: str, overrides: Mapping[str, str] | None = None
) -> SchemaValidator:
    """The validator of the schema at a pointer, `overrides` putting one named schema in the place of another."""
    return _compiled(document, pointer, tuple(sorted((overrides or {}).items())))
