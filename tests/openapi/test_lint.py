"""What is reported of a document that is no valid OpenAPI."""

from __future__ import annotations

import json

import pytest

from storepact.openapi.lint import lint
from storepact.openapi.load import load_document

RESPONSES = {"200": {"description": "fine"}}


@pytest.mark.parametrize("version", ["3.0.3", "3.1.0"])
@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"info": {"title": "boxes"}}, "/info"),
        ({"format": 1, "known": 2}, ""),
        (
            {"paths": {"/boxes": {"get": {"operationId": "boxes", "responses": {"200": {}}}}}},
            "/paths/~1boxes/get/responses/200",
        ),
        (
            {"paths": {"/boxes": {"get": {"operationId": 7, "responses": RESPONSES}}}},
            "/paths/~1boxes/get/operationId",
        ),
    ],
)
def test_defect_is_one_sentence(version, changes, pointer, tmp_path):
    """With its place; neither the schema nor the document is repeated in it."""
    valid = {
        "openapi": version,
        "info": {"title": "boxes", "version": "1"},
        "paths": {"/boxes": {"get": {"operationId": "boxes", "responses": RESPONSES}}},
    }
    path = tmp_path / "document.json"
    path.write_text(json.dumps({**valid, **changes}))
    troubles = [trouble for trouble in lint(load_document(path)) if trouble.pointer == pointer]
    assert troubles
    assert all(trouble.message and len(trouble.message) < 200 for trouble in troubles)
    assert not any("Failed validating" in trouble.message for trouble in troubles)


HEAD = """openapi: 3.1.0
info: {title: boxes, version: "1"}
paths:
  /boxes:
    get:
      operationId: boxes
"""


@pytest.mark.parametrize(
    ("text", "pointer", "line", "before"),
    [
        (
            HEAD
            + """      responses: {"200": {description: a}}\n      responses: {"200": {description: b}}\n""",
            "/paths/~1boxes/get/responses",
            8,
            7,
        ),
        (
            HEAD + """      responses:\n        200: {description: a}\n        "200": {description: b}\n""",
            "/paths/~1boxes/get/responses/200",
            9,
            8,
        ),
        (
            json.dumps({"openapi": "3.1.0", "info": {"title": "a", "version": "1"}})[:-1]
            + ',\n"paths": {"/boxes": {"get": {"responses": {"200": {"description": "a"}},\n'
            + '"operationId": "a",\n"operationId": "b"}}}}',
            "/paths/~1boxes/get/operationId",
            4,
            3,
        ),
    ],
)
def test_name_that_stands_twice_is_a_defect(text, pointer, line, before, tmp_path, monkeypatch):
    """Of what such a node contains nothing is reported again; the document is not noted as valid."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    path = tmp_path / "document.yaml"
    path.write_text(text)
    document = load_document(path)
    for _ in range(2):
        (trouble,) = lint(document)
        assert trouble.pointer == pointer
        assert f"before in line {before};" in trouble.message
        assert document.line(pointer) == line


def test_valid_copy_of_the_same_data_hides_no_defect(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    texts = [HEAD + '      responses: {"200": {description: a}}\n']
    texts.append(texts[0] + '      responses: {"200": {description: a}}\n')
    for number, text in enumerate(texts):
        path = tmp_path / f"{number}.yaml"
        path.write_text(text)
        assert len(list(lint(load_document(path)))) == number


def test_objects_may_be_merged_one_by_one(tmp_path):
    text = "x-a: &a {description: a}\nx-b: &b {x-c: 1}\n" + HEAD
    path = tmp_path / "document.yaml"
    path.write_text(text + '      responses:\n        "200":\n          <<: *a\n          <<: *b\n')
    assert not list(lint(load_document(path)))
