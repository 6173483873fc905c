"""Keywords: which rules of a request's schema were tried, with a value that keeps them and with one that does not."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import unquote

from storepact.model.case import NOTHING, PreparedRequest
from storepact.openapi.document import Document, Operation, Parameter
from storepact.openapi.pointers import escape, unescape
from storepact.openapi.validators import compile_schema
from storepact.openapi.variants import variants_of

#: Keywords that say something of a value, with the JSON types that they speak of; others only lead to schemas.
_OF: Mapping[str, tuple[type, ...]] = {
    "type": (object,), "enum": (object,), "const": (object,), "oneOf": (object,), "anyOf": (object,), "not": (object,),
    "format": (str,), "pattern": (str,), "minLength": (str,), "maxLength": (str,),
    "minItems": (list,), "maxItems": (list,), "uniqueItems": (list,),
    "minimum": (int, float), "maximum": (int, float), "exclusiveMinimum": (int, float), "exclusiveMaximum": (int, float),
    "multipleOf": (int, float), "required": (dict,), "additionalProperties": (dict,), "minProperties": (dict,),
    "maxProperties": (dict,),
}  # fmt: skip

#: Formats that only describe: no value breaks them.
_NO_RULE = frozenset({"password", "binary", "byte", "int32", "int64", "float", "double"})

_BRANCH = re.compile(r"/(?:oneOf|anyOf)/\d+(?=/|$)")

Tried = tuple[str, bool]
"""The pointer of a keyword in the document, and whether the value keeps it."""


def declared_keywords(document: Document, operation: Operation) -> list[str]:
    """Pointers of every keyword of the requests of an operation that some request could break."""
    found: dict[str, None] = {}
    for parameter in operation.parameters:
        if parameter.required and parameter.place != "path":
            found[f"{parameter.pointer}/required"] = None
        schema = document.settle(f"{parameter.pointer}/schema")
        for pointer in _keywords(document, schema, {}, frozenset()):
            if _can_break(pointer, parameter):
                found[pointer] = None
    if operation.body_pointer is not None:
        if operation.body_required:
            found[_required(operation)] = None
        for variant in variants_of(document, operation):
            found.update(
                dict.fromkeys(_keywords(document, operation.body_pointer, variant.overrides, frozenset()))
            )
    return list(found)


def _can_break(pointer: str, parameter: Parameter) -> bool:
    """A parameter is text, whatever is sent; and an empty one in a path is another path."""
    word = pointer.rpartition("/")[2]
    return word != "type" and not (
        word == "minLength" and parameter.place == "path" and parameter.schema.get("minLength") == 1
    )


def _required(operation: Operation) -> str:
    body = (operation.body_pointer or "").rpartition("/content/")[0]
    return f"{body}/required"


def _keywords(
    document: Document, pointer: str, overrides: Mapping[str, str], above: frozenset[str]
) -> Iterator[str]:
    pointer = document.settle(pointer, overrides)
    node = document.at(pointer)
    if pointer in above or not isinstance(node, Mapping):
        return
    above |= {pointer}
    for word, told in node.items():
        if (
            word in _OF
            and not (word == "format" and told in _NO_RULE)
            and not (word == "additionalProperties" and told is not False)
        ):
            yield f"{pointer}/{escape(word)}"
    for word in ("allOf", "anyOf", "oneOf"):
        for index in range(len(node.get(word) or ())):
            yield from _keywords(document, f"{pointer}/{word}/{index}", overrides, above)
    for name in node.get("properties") or ():
        yield from _keywords(document, f"{pointer}/properties/{escape(name)}", overrides, above)
    for word in ("items", "additionalProperties"):
        if isinstance(node.get(word), Mapping):
            yield from _keywords(document, f"{pointer}/{word}", overrides, above)


def evaluate_keywords(
    document: Document, operation: Operation, prepared: PreparedRequest, overrides: Mapping[str, str]
) -> Iterator[Tried]:
    """Every keyword that one request says something about."""
    yield from parameter_keywords(document, operation, prepared)
    yield from body_keywords(document, operation, prepared, overrides)


def parameter_keywords(
    document: Document, operation: Operation, prepared: PreparedRequest
) -> Iterator[Tried]:
    """Every keyword of path and header parameters."""
    sent = {name.lower(): value for name, value in reversed(prepared.headers)}
    for parameter in operation.parameters:
        if parameter.place == "path":
            yield from _of_text(
                document, parameter.pointer, unquote(prepared.parameters.get(parameter.name, ""))
            )
        elif parameter.place == "header":
            value = sent.get(parameter.name.lower())
            if parameter.required:
                yield f"{parameter.pointer}/required", value is not None
            if value is not None:
                yield from _of_text(document, parameter.pointer, value)


@lru_cache(maxsize=4_096)
def _of_text(document: Document, pointer: str, value: str) -> tuple[Tried, ...]:
    return tuple(_of_value(document, f"{pointer}/schema", {}, value))


def body_keywords(
    document: Document, operation: Operation, prepared: PreparedRequest, overrides: Mapping[str, str]
) -> Iterator[Tried]:
    """Every keyword of the body, and whether one is there."""
    if operation.body_pointer is None or prepared.method != operation.method:
        return
    yield _required(operation), prepared.body is not None
    if prepared.json is not NOTHING:
        yield from _of_value(document, operation.body_pointer, overrides, prepared.json)


def _of_value(document: Document, pointer: str, overrides: Mapping[str, str], value: Any) -> Iterator[Tried]:
    """The validator tells of some keywords together: what it does not name in an error is kept wherever it looked at a schema."""
    units = [
        (_read(each["evaluationPath"]), each)
        for each in compile_schema(document, pointer, overrides).evaluate(value)
    ]
    meant = _meant(units)
    schemas: dict[tuple[str, str], tuple[str, set[str]]] = {}
    for (word, branches, _), unit in units:
        place = unit["instanceLocation"]
        if not word or not all(_within(branch, place, meant) for branch in branches):
            continue
        above = (unit["evaluationPath"].rpartition("/")[0], place)
        _, wrong = schemas.setdefault(above, (_unquoted(unit["schemaLocation"]).rpartition("/")[0], set()))
        wrong.update(unit.get("errors") or ())
        if word in ("oneOf", "anyOf", "not") and not unit["valid"]:
            wrong.add(word)
    for (_, place), (schema, wrong) in schemas.items():
        found = _at(value, place)
        for word in _rules(document, schema):
            if _speaks(word, found):
                yield f"{schema}/{word}", word not in wrong


@lru_cache(maxsize=1_024)
def _rules(document: Document, pointer: str) -> tuple[str, ...]:
    return tuple(word for word in document.at(pointer) if word in _OF)


_unquoted = lru_cache(maxsize=4_096)(unquote)


@lru_cache(maxsize=4_096)
def _read(path: str) -> tuple[str, tuple[str, ...], str]:
    """Of an evaluation path: the keyword of `_OF` that it ends with, the alternatives it leads through, the one it ends with."""
    word = path.rpartition("/")[2]
    ends = [match.end() for match in _BRANCH.finditer(path)]
    branches = tuple(path[:end] for end in ends if end < len(path))
    is_rule = word in _OF and not path.endswith(f"/properties/{word}")
    return word if is_rule else "", branches, path if ends and ends[-1] == len(path) else ""


def _within(branch: str, place: str, meant: set[tuple[str, str]]) -> bool:
    """Whether a place in the value lies in something that was meant for the branch."""
    return any(place == above or place.startswith(f"{above}/") for known, above in meant if known == branch)


def _meant(units: list[tuple[tuple[str, tuple[str, ...], str], dict[str, Any]]]) -> set[tuple[str, str]]:
    """The alternatives, each with the place of the value that was meant for it.

    Meant is what fits; if nothing does, that whose constants and type are kept best.
    """
    groups: dict[tuple[str, str], dict[str, tuple[bool, int]]] = {}
    for (_, _, branch), unit in units:
        if branch:
            group = groups.setdefault((branch.rpartition("/")[0], unit["instanceLocation"]), {})
            group[branch] = (not unit["valid"], 0)
    if not groups:
        return set()
    for (_, branches, _), unit in units:
        wrong = unit.get("errors")
        if not wrong or not branches or not wrong.keys() & {"const", "enum", "type"}:
            continue
        branch = branches[-1]
        for (above, place), group in groups.items():
            if above == branch.rpartition("/")[0]:
                inside = (
                    unit["instanceLocation"] == place
                    if "type" in wrong
                    else unit["instanceLocation"].startswith(place)
                )
                if inside and branch in group:
                    group[branch] = (group[branch][0], group[branch][1] + 1)
    found: set[tuple[str, str]] = set()
    for (_, place), group in groups.items():
        least = min(group.values())
        found.update((branch, place) for branch, told in group.items() if told == least)
    return found


def _speaks(word: str, value: Any) -> bool:
    kinds = _OF[word]
    return kinds == (object,) or (isinstance(value, kinds) and not (isinstance(value, bool) and int in kinds))


def _at(value: Any, pointer: str) -> Any:
    for token in pointer.split("/")[1:]:
        value = value[int(token)] if isinstance(value, list) else value[unescape(token)]
    return value
