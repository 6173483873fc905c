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
