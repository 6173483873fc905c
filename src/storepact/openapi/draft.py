"""Conversion of schemas to the JSON Schema draft of their validator.

The schemas of OpenAPI 3.0 become draft 4, those of 3.1 stay draft 2020-12; notations of the other version are
understood in both.
"""

from __future__ import annotations

from collections.abc import Mapping

from storepact.model.tree import Json

_BOUNDS = {"int32": (-(2**31), 2**31 - 1), "int64": (-(2**63), 2**63 - 1)}


def boolean_schema(allowed: bool, is_draft4: bool) -> Json:
    """The schema that allows everything, or nothing."""
    if not is_draft4:
        return allowed
    return {} if allowed else {"not": {}}


def to_draft(node: Mapping[str, Json], result: dict[str, Json], is_draft4: bool) -> None:
    """Replace keywords that only one version of OpenAPI has by those of the validator's draft."""
    if node.get("nullable") is True:
        _allow_null(result)
    if "const" in result and is_draft4:
        constant = result.pop("const")
        result["allOf"] = [*result.get("allOf", ()), {"enum": [constant]}]
    for bound, limit in (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")):
        exclusive = result.get(limit)
        if is_draft4 and isinstance(exclusive, int | float) and not isinstance(exclusive, bool):
            result[limit] = True
            result[bound] = exclusive
        elif not is_draft4 and isinstance(exclusive, bool):
            del result[limit]
            if exclusive and bound in result:
                result[limit] = result.pop(bound)
    if not is_draft4 and isinstance(result.get("items"), list):
        result["prefixItems"] = result.pop("items")
        if "additionalItems" in result:
            result["items"] = result.pop("additionalItems")
    if result.get("format") in _BOUNDS and "string" not in (result.get("type") or ()):
        least, most = _BOUNDS[result["format"]]
        result["allOf"] = [*result.get("allOf", ()), {"minimum": least, "maximum": most}]


def _allow_null(result: dict[str, Json]) -> None:
    declared = result.get("type")
    if isinstance(declared, str):
        result["type"] = [declared, "null"]
    if isinstance(result.get("enum"), list) and None not in result["enum"]:
        result["enum"] = [*result["enum"], None]
    if declared is None and not result.keys().isdisjoint(("allOf", "anyOf", "oneOf")):
        whole = dict(result)
        result.clear()
        result["anyOf"] = [whole, {"type": "null"}]
