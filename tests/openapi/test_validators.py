"""What a validator reports about a value."""

from __future__ import annotations

import json
import tracemalloc

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


#: A schema, a value, and what is reported: place, keyword, member, and its message.
VIOLATIONS = [
    ({"type": "integer"}, "1", [("", "type", "", "'1' is not of type 'integer'")]),
    ({"enum": ["a", 1]}, "b", [("", "enum", "", "'b' is not one of ['a', 1]")]),
    ({"pattern": "^r"}, "x", [("", "pattern", "", "'x' does not match '^r'")]),
    ({"minLength": 2}, "", [("", "minLength", "", "'' is shorter than 2 characters")]),
    ({"maxItems": 0}, [1], [("", "maxItems", "", "[1] has more than 0 elements")]),
    ({"minimum": 2}, 1, [("", "minimum", "", "1 is less than the minimum of 2")]),
    ({"format": "uri"}, "a", [("", "format", "", "'a' is not a 'uri'")]),
    ({"uniqueItems": True}, [1, 1], [("", "uniqueItems", "", "[1, 1] has elements that are equal")]),
    (
        {"required": ["a", "b"]},
        {},
        [("", "required", "a", "'a' is missing"), ("", "required", "b", "'b' is missing")],
    ),
    ({"additionalProperties": False}, {"x": 1}, [("", "additionalProperties", "x", "'x' is not described")]),
    (
        {"additionalProperties": False, "properties": {"a": {}}},
        {"z": 1, "a": 2, "y": 3},
        [("", "additionalProperties", name, f"{name!r} is not described") for name in "yz"],
    ),
    (
        {"oneOf": [{"type": "array", "items": {"type": "integer"}}, {"type": "string"}]},
        [1, "q"],
        [("/1", "type", "", "'q' is not of type 'integer'")],
    ),
    (
        {"anyOf": [{"oneOf": [{"required": ["a"]}, {"required": ["b"]}]}, {"type": "string"}]},
        {},
        [("", "required", "a", "'a' is missing")],
    ),
    (
        {"oneOf": [{}, {"type": "string"}, {"type": "integer"}]},
        "x",
        [
            (
                "",
                "oneOf",
                "",
                "the value is valid under more than one of the schemas listed in the 'oneOf' keyword",
            )
        ],
    ),
    (
        {"required": ["a"], "properties": {"b": {"type": "string"}}},
        {"b": 1, "c": {}},
        [("", "required", "a", "'a' is missing"), ("/b", "type", "", "1 is not of type 'string'")],
    ),
]


@pytest.mark.parametrize("version", ["3.0.3", "3.1.0"])
@pytest.mark.parametrize(("schema", "value", "expected"), VIOLATIONS)
def test_violations_name_place_keyword_and_member(version, schema, value, expected, tmp_path):
    """Each has the pointer of its keyword in the document, and the value at its place."""
    path = tmp_path / "openapi.json"
    body = {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/a~1b"}}}}
    operation = {"operationId": "box", "requestBody": body, "responses": {"200": {"description": ""}}}
    data = {
        "openapi": version,
        "info": {"title": "boxes", "version": "1"},
        "paths": {"/boxes/{id}": {"post": operation}},
        "components": {"schemas": {"a/b": schema}},
    }
    path.write_text(json.dumps(data))
    document = load_document(path)
    for pointer in (document.operations["box"].body_pointer, "/components/schemas/a~1b"):
        violations = compile_schema(document, pointer).violations(value)
        assert [(v.place, v.keyword, v.member, v.message) for v in violations] == expected
        for violation in violations:
            assert document.at(violation.pointer) == violation.expected
            assert violation.pointer.endswith(f"/{violation.keyword}")


def test_violations_in_a_path_and_with_lone_surrogates_are_located(document):
    """Names that UTF-8 cannot express are reported with U+FFFD."""
    pointer = document.operations["box"].body_pointer
    schema = compile_schema(document, pointer)
    violations = schema.violations({"name": "long\ud800", "lid": "\udfff", "\ud800": 1})
    assert [(v.pointer, v.value) for v in violations] == [
        ("/components/schemas/a~1b/maxLength", "long\ufffd"),
        (f"{pointer}/properties/lid/type", "\ufffd"),
    ]


def test_errors_do_not_copy_a_long_text(tmp_path):
    """Each error has the value that it is about: twenty missing members would be twenty copies."""
    names = [f"m{number}" for number in range(20)]
    schema = {"type": "object", "required": names, "properties": {"text": {"type": "integer"}}}
    path = tmp_path / "openapi.json"
    data = {
        "openapi": "3.1.0",
        "info": {"title": "boxes", "version": "1"},
        "paths": {"/boxes": {"get": {"responses": {"200": {"description": ""}}}}},
        "components": {"schemas": {"Box": schema, "Short": {"maxLength": 100_000}}},
    }
    path.write_text(json.dumps(data))
    document = load_document(path)
    text = "x" * 4_000_000
    box = compile_schema(document, "/components/schemas/Box")
    tracemalloc.start()
    try:
        violations = box.violations({"text": text})
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert [v.member for v in violations if v.keyword == "required"] == names
    assert violations[-1].value is text
    assert peak < 5 * len(text)
    too_long = compile_schema(document, "/components/schemas/Short").violations(text)
    assert [v.keyword for v in too_long] == ["maxLength"]


def test_long_arrays_are_examined_in_parts_within_bounds(tmp_path):
    """Each violation of 300,000 elements would take gigabytes; where there are few, each is at its place."""
    boxes = {"type": "object", "properties": {"boxes": {"type": "array", "items": BOX}}}
    operation = {
        "operationId": "box",
        "requestBody": {"content": {"application/json": {"schema": boxes}}},
        "responses": {"200": {"description": ""}},
    }
    data = {
        "openapi": "3.0.3",
        "info": {"title": "boxes", "version": "1"},
        "paths": {"/boxes": {"post": operation}},
        "components": {"schemas": {"a/b": {"type": "string"}}},
    }
    path = tmp_path / "openapi.json"
    path.write_text(json.dumps(data))
    document = load_document(path)
    schema = compile_schema(document, document.operations["box"].body_pointer)
    wrong = {"boxes": [{"name": "x"}] * 2_500 + [{"name": 1}] + [{"name": "x"}] * 700 + [{}]}
    assert [violation.path for violation in schema.violations(wrong)] == [
        ("boxes", 2_500, "name"),
        ("boxes", 3_201),
    ]
    assert 10_000 <= len(schema.violations({"boxes": [{}] * 300_000})) <= 11_000
