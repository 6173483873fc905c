"""What a validator reports about a value."""

from __future__ import annotations

import json

import pytest

from storepact.openapi.load import load_document
from storepact.openapi.validators import compile_schema

BOX = {
    "type": "object",
    "required": ["name"],
    "properties": {"name": {"$ref": "#/components/schemas/a~1b"}, "lid": {"type": "boolean"}},
}


@pytest.fixture(params=["3.0.3", "3.1.0"])
def document(request, tmp_path):
    """A document whose schema names have characters that pointers and URIs escape."""
    operation = {
        "operationId": "box",
        "requestBody": {"content": {"application/json": {"schema": BOX}}},
        "responses": {"200": {"description": "x" * 10_000}},
    }
    data = {
        "openapi": request.param,
        "info": {"title": "boxes", "version": "1"},
        "paths": {"/boxes/{id}": {"post": operation}},
        "components": {"schemas": {"a/b": {"type": "string", "maxLength": 3, "example": "{%}"}}},
    }
    path = tmp_path / "openapi.json"
    path.write_text(json.dumps(data))
    return load_document(path)


def test_units_locate_keywords_in_the_document_and_do_not_repeat_it(document):
    """A unit has the pointer of its keyword; the result is as small as the value."""
    pointer = document.operations["box"].body_pointer
    units = compile_schema(document, pointer).evaluate({"name": "long", "lid": 1})
    errors = {
        unit["schemaLocation"].replace("%7B", "{").replace("%7D", "}") for unit in units if "errors" in unit
    }
    assert {"/components/schemas/a~1b", f"{pointer}/properties/lid"} <= {
        place.removesuffix("/type").removesuffix("/maxLength") for place in errors
    }
    assert len(json.dumps(units)) < 8_000
