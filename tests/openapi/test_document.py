"""The committed OpenAPI document."""

from __future__ import annotations

import json

import pytest

from storepact.families import DEFAULT_FAMILY
from storepact.model.errors import DocumentUnusable
from storepact.model.paths import data_path
from storepact.openapi.lint import lint
from storepact.openapi.load import load_document


def test_document_is_sound():
    """The document passes its own lint."""
    assert list(lint(load_document(data_path("openapi", DEFAULT_FAMILY.document)))) == []


def write(folder, schemas, responses=None):
    """A document with one operation, whose 200 has the schema `First`, a member a line."""
    media = {"application/json": {"schema": {"$ref": "#/components/schemas/First"}}}
    responses = responses or {"200": {"description": "x", "content": media}}
    document = {
        "openapi": "3.1.0",
        "info": {"title": "t", "version": "1"},
        "paths": {"/x": {"get": {"operationId": "x", "responses": responses}}},
        "components": {"schemas": schemas},
    }
    path = folder / "d.json"
    path.write_text(json.dumps(document, indent=1))
    return path


@pytest.mark.parametrize(
    ("schemas", "words"),
    [
        ({"First": {"$ref": "#/components/schemas/Gone"}}, "schemas/Gone' at /components/schemas/First/$ref"),
        (
            {"First": {"$ref": "#/components/schemas/Next"}, "Next": {"$ref": "n.json#/a"}},
            "$ref 'n.json#/a' at",
        ),
        ({"First": {"$ref": "#/components/schemas/Next"}, "Next": {"$ref": "#/nowhere"}}, "'#/nowhere' at"),
        ({"First": {"$ref": "#/components/schemas/First"}}, "First → #/components/schemas/First"),
    ],
)
def test_the_broken_reference_of_a_chain_is_named_with_its_line(tmp_path, schemas, words):
    """And not the first one, which leads to it."""
    path = write(tmp_path, schemas)
    with pytest.raises(DocumentUnusable) as caught:
        load_document(path)
    assert words in str(caught.value)
    line = path.read_text().splitlines()[caught.value.line - 1]
    assert f'"$ref": "{caught.value.problem.partition(chr(39))[2].partition(chr(39))[0]}"' in line


@pytest.mark.parametrize("name", ["4xx", "4Xx", "4XX"])
def test_a_class_of_statuses_in_any_letter_case(tmp_path, name):
    """Many documents write 4xx."""
    path = write(tmp_path, {}, {name: {"description": "x"}})
    operation = load_document(path).operations["x"]
    assert list(operation.responses) == ["4XX"]
    assert operation.response(404).pointer.endswith(f"/{name}")
