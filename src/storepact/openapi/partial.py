"""What a schema says about a part of a response: the rest of it is not known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from storepact.model.tree import Json
from storepact.openapi.formats import DECIDED_FORMATS
from storepact.openapi.patterns import is_foreign

#: Keywords that a part of a response cannot violate: the rest may hold what the part lacks.
_NOT_OF_PARTS = frozenset(("required", "minProperties", "dependentRequired", "dependencies"))

#: Keywords that the rest of a response could still violate.
_NEVER_CERTAIN = frozenset(
    (
        "oneOf", "maxProperties", "additionalProperties", "patternProperties", "unevaluatedProperties",
        "propertyNames", "dependentSchemas", "dependentRequired", "dependencies", "if", "discriminator",
    )
)  # fmt: skip

#: The alternatives of a `oneOf` in a response that every response with the part fits.
CERTAIN_ALTERNATIVES = "_certain"

#: Marks a `not` that keeps values from fitting several alternatives of a keyword.
EXCLUDES = "x-storepact-excludes"

#: The types that the values of these keywords have.
_VALID_TYPES = (list, dict, int)


def to_possible(result: dict[str, Json]) -> None:
    """Leave out what a part of a response cannot violate."""
    for word in _NOT_OF_PARTS:
        if (
            isinstance(result.get(word), _VALID_TYPES) and result[word] is not True
        ):  # a value of another type is reported
            del result[word]
    alternatives = result.pop("oneOf", None)
    if alternatives is not None:
        if "anyOf" in result:
            result["allOf"] = [*result.get("allOf", ()), {"anyOf": alternatives}]
        else:
            result["anyOf"] = alternatives
    _exclude_overlaps(result, result.pop(CERTAIN_ALTERNATIVES, ()))
    certain = result.pop("_unless", None)
    if certain is not None:
        holds, fails = result.pop("then", None), result.pop("else", None)
        condition = result.pop("if")
        branches = [
            {"allOf": [condition, *([] if holds is None else [holds])]},
            {"allOf": [{"not": certain}, *([] if fails is None else [fails])]},
        ]
        result["allOf"] = [*result.get("allOf", ()), {"anyOf": branches}]


def _exclude_overlaps(result: dict[str, Json], alternatives: Sequence[Json]) -> None:
    """Refuse a part that certainly fits two alternatives of a `oneOf`, whatever the rest of it is."""
    candidates = [schema for schema in alternatives if schema not in (False, {"not": {}})]
    if len(candidates) > 1:
        overlap = {"allOf": [{"anyOf": candidates}, {"not": {"oneOf": candidates}}]}
        result["allOf"] = [*result.get("allOf", ()), {"not": overlap, EXCLUDES: "oneOf"}]


def is_decided(node: Mapping[str, Json]) -> bool:
    """Whether a part of a response can be certain to fit a schema, by the keywords of the schema itself."""
    if not _NEVER_CERTAIN.isdisjoint(node):
        return False
    pattern, form = node.get("pattern"), node.get("format")
    return not (isinstance(pattern, str) and is_foreign(pattern)) and (
        form is None or form in DECIDED_FORMATS
    )


def part_values(word: str, value: Json, is_certain: bool, is_draft4: bool) -> dict[str, Json]:
    """The values of `const` or `enum`, of which a response may show a part; scalars are as they are."""
    values = [value] if word == "const" else value
    if not isinstance(values, list) or not any(isinstance(item, dict | list) for item in values):
        return {word: value}
    if is_certain:
        return {"not": {}}
    return {"anyOf": [_part_of(item, is_draft4) for item in values]}


def _part_of(value: Json, is_draft4: bool) -> Json:
    """A schema for the parts of a value: objects may lack members, arrays are as long as they are."""
    if isinstance(value, dict):
        members = {name: _part_of(member, is_draft4) for name, member in value.items()}
        return {"type": "object", "properties": members, "additionalProperties": False}
    if isinstance(value, list):
        elements = [_part_of(element, is_draft4) for element in value]
        word = "items" if is_draft4 else "prefixItems"
        length = {"minItems": len(value), "maxItems": len(value)}
        return {"type": "array", **({word: elements} if elements else {}), **length}
    return {"enum": [value]}
