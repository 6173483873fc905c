"""Cases from documents that leave little to be generated."""

from __future__ import annotations

import json

import pytest

from storepact.engines.schema import SchemaCases
from storepact.families import DEFAULT_FAMILY
from storepact.openapi.load import load_document
from storepact.openapi.variants import variants_of

DONE = {"200": {"description": "done"}}
KEY = {"name": "projectKey", "in": "path", "required": True, "schema": {"type": "string"}}


def fuzz(tmp_path, path, method, operation, version="3.1.0"):
    """The random cases of a document's only operation."""
    document = {
        "openapi": version,
        "info": {"title": "boxes", "version": "1"},
        "paths": {path: {method: {"operationId": "boxes", "responses": DONE, **operation}}},
    }
    file = tmp_path / "document.json"
    file.write_text(json.dumps(document))
    loaded = load_document(file)
    (variant,) = variants_of(loaded, loaded.operations["boxes"])
    cases = []
    SchemaCases(loaded, loaded.operations["boxes"], variant, DEFAULT_FAMILY.api).fuzz(5, 1, cases.append)
    return cases


@pytest.mark.parametrize("version", ["3.0.3", "3.1.0"])
@pytest.mark.parametrize("method", ["get", "delete"])
def test_request_that_cannot_be_invalid(method, version, tmp_path):
    """The one valid request is sent: the document describes nothing that could be broken."""
    (case,) = fuzz(tmp_path, "/boxes", method, {}, version)
    assert (case.mutation, case.headers, case.query, case.path_parameters) == (None, (), (), ())


@pytest.mark.parametrize("version", ["3.0.3", "3.1.0"])
@pytest.mark.parametrize("schema", [{"type": "string"}, {"type": "string", "format": "string"}, {}])
def test_path_that_may_be_any_text(schema, version, tmp_path):
    """Requests to other paths are sent; the body of valid requests goes to the run's own path."""
    parameter = {**KEY, "schema": schema}
    cases = fuzz(tmp_path, "/boxes/{projectKey}", "get", {"parameters": [parameter]}, version)
    assert len(cases) == 5
    assert all(case.path_parameters and case.mutation for case in cases)
    body = {"required": True, "content": {"application/json": {"schema": {"type": "integer"}}}}
    operation = {"parameters": [parameter], "requestBody": body}
    cases = fuzz(tmp_path, "/boxes/{projectKey}", "patch", operation, version)
    valid = [case for case in cases if case.mutation is None]
    assert valid
    assert not any(case.path_parameters for case in valid)


def test_body_that_cannot_be_invalid(tmp_path):
    """The valid ones are sent."""
    body = {"required": False, "content": {"application/json": {"schema": {}}}}
    cases = fuzz(tmp_path, "/boxes", "post", {"requestBody": body})
    assert any(case.mutation is None for case in cases)


def test_body_that_cannot_be_valid(tmp_path):
    """The invalid ones are sent."""
    body = {"required": True, "content": {"application/json": {"schema": {"type": "string", "enum": []}}}}
    cases = fuzz(tmp_path, "/boxes", "post", {"requestBody": body})
    assert all(case.mutation is not None for case in cases)


def test_parameter_that_can_be_invalid(tmp_path):
    """Only what breaks it is sent."""
    limit = {"name": "limit", "in": "query", "required": True, "schema": {"type": "integer", "maximum": 9}}
    cases = fuzz(tmp_path, "/boxes", "get", {"parameters": [limit]})
    assert cases
    assert all(case.mutation is not None for case in cases)
