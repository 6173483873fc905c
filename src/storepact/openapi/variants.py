"""Variants: schemas that depend on a path parameter, which `x-storepact-variants` expresses.

The extension of an operation names the path parameter, and for each of its values the schemas that replace
general ones.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import field
from functools import lru_cache
from typing import Any

from storepact.model.tree import Json
from storepact.model.values import lean_value
from storepact.openapi.document import Document
from storepact.openapi.operation import Operation
from storepact.openapi.pointers import unescape

EXTENSION = "x-storepact-variants"


@lean_value(frozen=True)
class Variant:
    """A value of the path parameter that selects schemas, and these schemas. `value` None: no selection."""

    value: str | None = None
    parameter: str | None = None
    overrides: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.value or "all"


def variants_of(document: Document, operation: Operation) -> tuple[Variant, ...]:
    """The variants of an operation; a single one without overrides if it has none."""
    return _variants_at(document, operation.pointer)


@lru_cache(maxsize=512)
def _variants_at(document: Document, pointer: str) -> tuple[Variant, ...]:
    node = document.at(pointer).get(EXTENSION)
    if not isinstance(node, Mapping):
        return (Variant(),)
    parameter, schemas = node["parameter"], node["schemas"]
    values = list(dict.fromkeys(value for table in schemas.values() for value in table))
    return tuple(
        Variant(value, parameter, {name: table[value] for name, table in schemas.items() if value in table})
        for value in values
    )


def narrow_document(
    document: Document, operation: Operation, variant: Variant, fixed: Mapping[str, str]
) -> dict[str, Json]:
    """A document of this operation alone for one variant, with the `fixed` path parameters as constants.

    Examples of the request body that do not fit the variant are left out, and so are links, whose targets
    are missing.
    """
    data: dict[str, Any] = copy.deepcopy(dict(document.data))
    item = copy.deepcopy(document.resolve(document.data["paths"][operation.path]))
    method = operation.method.lower()
    node = item[method]
    for response in node["responses"].values():
        if isinstance(response, dict):
            response.pop("links", None)
    parameters = {
        (declared.place, declared.name): copy.deepcopy(document.at(declared.pointer))
        for declared in operation.parameters
    }
    for (place, name), parameter in parameters.items():
        if place == "path" and name in fixed:
            parameter["schema"] = {"type": "string", **_only_value(document, fixed[name])}
            parameter.pop("example", None)
            parameter.pop("examples", None)
    node["parameters"] = list(parameters.values())
    data["paths"] = {operation.path: {method: node}}
    schemas = data.get("components", {}).get("schemas", {})
    for name, replacement in variant.overrides.items():
        schemas[name] = {"$ref": f"#/components/schemas/{replacement}"}
    _drop_foreign_examples(document, operation, variant, node)
    return data


def _only_value(document: Document, value: str) -> dict[str, Json]:
    """The keyword that allows one value; OpenAPI 3.0 has no `const`."""
    return {"enum": [value]} if document.dialect.startswith("3.0") else {"const": value}


def _drop_foreign_examples(
    document: Document, operation: Operation, variant: Variant, node: dict[str, Any]
) -> None:
    from storepact.openapi.validators import compile_schema

    if operation.body_pointer is None or not variant.overrides:
        return
    media = unescape(operation.body_pointer.split("/")[-2])
    content = document.resolve(node["requestBody"])["content"][media]
    validator = compile_schema(document, operation.body_pointer, variant.overrides)
    examples = content.get("examples")
    if isinstance(examples, dict):
        for name, example in list(examples.items()):
            if not validator.fits(document.resolve(example).get("value")):
                del examples[name]
