"""Keywords of request schemas: which there are, and which a request satisfies or violates.

Compositions are read here in their own way: `openapi.members` and `drift.expansion` look at schemas alone,
and this module at what a validator reports for one value, by the path of its evaluation.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from functools import lru_cache
from urllib.parse import unquote

from storepact.model.case import NOTHING, PreparedRequest
from storepact.model.tree import Json
from storepact.model.values import lean_value
from storepact.openapi.document import Document
from storepact.openapi.operation import Operation, Parameter
from storepact.openapi.pointers import escape, value_at
from storepact.openapi.validators import EvaluationUnit, compile_schema
from storepact.openapi.variants import variants_of

#: Keywords that restrict values, with the Python types of the JSON values that they restrict.
_RESTRICTING: Mapping[str, tuple[type, ...]] = {
    "type": (object,), "enum": (object,), "const": (object,),
    "oneOf": (object,), "anyOf": (object,), "not": (object,),
    "format": (str,), "pattern": (str,), "minLength": (str,), "maxLength": (str,),
    "minItems": (list,), "maxItems": (list,), "uniqueItems": (list,), "multipleOf": (int, float),
    "minimum": (int, float), "maximum": (int, float),
    "exclusiveMinimum": (int, float), "exclusiveMaximum": (int, float),
    "required": (dict,), "additionalProperties": (dict,), "minProperties": (dict,), "maxProperties": (dict,),
}  # fmt: skip

#: Formats that only describe: no value violates them.
_DESCRIPTIVE_FORMATS = frozenset({"password", "binary", "byte", "int32", "int64", "float", "double"})

#: The keywords that tell for which alternative a value was intended.
_TELLING = frozenset({"const", "enum", "type"})

_BRANCH = re.compile(r"/(?:oneOf|anyOf)/\d+(?=/|$)")

Evaluation = tuple[str, bool]
"""The pointer of a keyword in the document, and whether the value satisfies it."""


def declared_keywords(document: Document, operation: Operation) -> list[str]:
    """Pointers of all keywords for requests of an operation that a request could violate."""
    pointers: dict[str, None] = {}
    for parameter in operation.parameters:
        if parameter.required and parameter.place != "path":
            pointers[f"{parameter.pointer}/required"] = None
        schema = document.settle(f"{parameter.pointer}/schema")
        for pointer in _iterate_keywords(document, schema, {}, frozenset()):
            if _can_violate(pointer, parameter):
                pointers[pointer] = None
    if operation.body_pointer is not None:
        if operation.body_required:
            pointers[_body_pointer(operation)] = None
        for variant in variants_of(document, operation):
            declared = _iterate_keywords(document, operation.body_pointer, variant.overrides, frozenset())
            pointers.update(dict.fromkeys(declared))
    return list(pointers)


def _can_violate(pointer: str, parameter: Parameter) -> bool:
    """Whether a parameter can violate a keyword: it is always text, and never empty in a path."""
    word = pointer.rpartition("/")[2]
    is_never_empty = parameter.place == "path" and parameter.schema.get("minLength") == 1
    return word != "type" and not (word == "minLength" and is_never_empty)


def _body_pointer(operation: Operation) -> str:
    body = (operation.body_pointer or "").rpartition("/content/")[0]
    return f"{body}/required"


def _iterate_keywords(
    document: Document, pointer: str, overrides: Mapping[str, str], above: frozenset[str]
) -> Iterator[str]:
    """Pointers of the restricting keywords of a schema and of all schemas in it."""
    pointer = document.settle(pointer, overrides)
    node = document.at(pointer)
    if pointer in above or not isinstance(node, Mapping):
        return
    above |= {pointer}
    for word, value in node.items():
        is_descriptive = (word == "format" and value in _DESCRIPTIVE_FORMATS) or (
            word == "additionalProperties" and value is not False
        )
        if word in _RESTRICTING and not is_descriptive:
            yield f"{pointer}/{escape(word)}"
    for inner in _inner_schemas(node):
        yield from _iterate_keywords(document, f"{pointer}/{inner}", overrides, above)


def _inner_schemas(node: Mapping[str, Json]) -> Iterator[str]:
    for word in ("allOf", "anyOf", "oneOf"):
        yield from (f"{word}/{index}" for index in range(len(node.get(word) or ())))
    yield from (f"properties/{escape(name)}" for name in node.get("properties") or ())
    yield from (word for word in ("items", "additionalProperties") if isinstance(node.get(word), Mapping))


def parameter_keywords(
    document: Document, operation: Operation, prepared: PreparedRequest
) -> Iterator[Evaluation]:
    """The keywords of path and header parameters, evaluated for one request."""
    sent = {name.lower(): value for name, value in reversed(prepared.headers)}
    for parameter in operation.parameters:
        if parameter.place == "path":
            value = unquote(prepared.parameters.get(parameter.name, ""))
            yield from _evaluate_text(document, parameter.pointer, value)
        elif parameter.place == "header":
            header = sent.get(parameter.name.lower())
            if parameter.required:
                yield f"{parameter.pointer}/required", header is not None
            if header is not None:
                yield from _evaluate_text(document, parameter.pointer, header)


@lru_cache(maxsize=4_096)
def _evaluate_text(document: Document, pointer: str, value: str) -> tuple[Evaluation, ...]:
    return tuple(_evaluate_value(document, f"{pointer}/schema", {}, value))


def body_keywords(
    document: Document, operation: Operation, prepared: PreparedRequest, overrides: Mapping[str, str]
) -> Iterator[Evaluation]:
    """The keywords of the request body, evaluated for one request; first of all whether there is a body."""
    if operation.body_pointer is None or prepared.method != operation.method:
        return
    yield _body_pointer(operation), prepared.body is not None
    if prepared.json is not NOTHING:
        yield from _evaluate_value(document, operation.body_pointer, overrides, prepared.json)


@lean_value(frozen=True)
class _EvaluationPath:
    """A validator's path through schemas, as far as it matters here."""

    above: str
    """The path without its last part."""
    keyword: str
    """The restricting keyword at its end; empty for another one."""
    branches: tuple[str, ...]
    """The alternatives of `oneOf` and `anyOf` that it passes, outermost first."""
    alternative: str
    """The path itself if it leads to an alternative; else empty."""


#: The results of a validator, one for each schema or keyword and place in the value, with their paths.
_Units = list[tuple[_EvaluationPath, EvaluationUnit]]

#: Alternatives with their places in a value, by the path of each.
_Intended = Mapping[str, Collection[str]]


def _evaluate_value(
    document: Document, pointer: str, overrides: Mapping[str, str], value: Json
) -> Iterator[Evaluation]:
    """The keywords that restrict a value, each with whether the value satisfies it.

    The validator reports errors per schema: a keyword that restricts the value, in a schema that was
    evaluated, is satisfied if no error names it.
    """
    units: _Units = [
        (_parse_path(unit["evaluationPath"]), unit)
        for unit in compile_schema(document, pointer, overrides).evaluate(value)
    ]
    intended = _intended_branches(units)
    are_within: dict[tuple[tuple[str, ...], str], bool] = {}
    schemas: dict[tuple[str, str], tuple[str, set[str]]] = {}
    for path, unit in units:
        if not path.keyword:
            continue
        place = unit["instanceLocation"]
        is_within = are_within.get((path.branches, place))
        if is_within is None:
            is_within = all(_is_within(intended.get(branch, ()), place) for branch in path.branches)
            are_within[path.branches, place] = is_within
        if is_within:
            _note_violations(schemas, path, unit)
    for (_, place), (schema, violated) in schemas.items():
        part = value_at(value, place)
        for word in _restricting_keywords(document, schema):
            if _restricts(word, part):
                yield f"{schema}/{word}", word not in violated


def _note_violations(
    schemas: dict[tuple[str, str], tuple[str, set[str]]], path: _EvaluationPath, unit: EvaluationUnit
) -> None:
    """Add the keywords of a schema that a unit names as violated."""
    parent = path.above, unit["instanceLocation"]
    entry = schemas.get(parent)
    if entry is None:
        entry = schemas[parent] = _decode(unit["schemaLocation"]).rpartition("/")[0], set()
    errors = unit.get("errors")
    if errors:
        entry[1].update(errors)
    if not unit["valid"] and path.keyword in ("oneOf", "anyOf", "not"):
        entry[1].add(path.keyword)


@lru_cache(maxsize=1_024)
def _restricting_keywords(document: Document, pointer: str) -> tuple[str, ...]:
    return tuple(word for word in document.at(pointer) if word in _RESTRICTING)


_decode = lru_cache(maxsize=4_096)(unquote)


@lru_cache(maxsize=4_096)
def _parse_path(path: str) -> _EvaluationPath:
    word = path.rpartition("/")[2]
    ends = [match.end() for match in _BRANCH.finditer(path)]
    is_keyword = word in _RESTRICTING and not path.endswith(f"/properties/{word}")
    return _EvaluationPath(
        above=path.rpartition("/")[0],
        keyword=word if is_keyword else "",
        branches=tuple(path[:end] for end in ends if end < len(path)),
        alternative=path if ends and ends[-1] == len(path) else "",
    )


def _is_within(places: Collection[str], place: str) -> bool:
    """Whether a place in the value is one of these, or in one of them."""
    return any(place == above or place.startswith(f"{above}/") for above in places)


#: The alternatives of a composition at a place: by path, whether it does not fit, and how many mismatches.
_Group = dict[str, tuple[bool, int]]


def _intended_branches(units: _Units) -> _Intended:
    """The alternatives that a value was intended for, each with its places in the value.

    These are the alternatives that fit; if none does, those that the value violates the fewest constants
    and types of.
    """
    groups: dict[str, dict[str, _Group]] = {}
    for path, unit in units:
        if path.alternative:
            group = groups.setdefault(path.above, {}).setdefault(unit["instanceLocation"], {})
            group[path.alternative] = (not unit["valid"], 0)
    if groups:
        _count_mismatches(units, groups)
    intended: dict[str, list[str]] = {}
    for places in groups.values():
        for place, group in places.items():
            best = min(group.values())
            for branch, rank in group.items():
                if rank == best:
                    intended.setdefault(branch, []).append(place)
    return intended


def _count_mismatches(units: _Units, groups: Mapping[str, Mapping[str, _Group]]) -> None:
    for path, unit in units:
        errors = unit.get("errors")
        if not errors or not path.branches or errors.keys().isdisjoint(_TELLING):
            continue
        branch, place = path.branches[-1], unit["instanceLocation"]
        for above, group in groups.get(branch.rpartition("/")[0], {}).items():
            if branch in group and (place == above if "type" in errors else place.startswith(above)):
                group[branch] = (group[branch][0], group[branch][1] + 1)


def _restricts(word: str, value: Json) -> bool:
    types = _RESTRICTING[word]
    is_number_keyword = int in types
    return types == (object,) or (
        isinstance(value, types) and not (isinstance(value, bool) and is_number_keyword)
    )
