"""Hosts, credentials, headers, ranges, references, and the part of a large document that is compared."""

from __future__ import annotations

from pathlib import Path

import pytest

from drift_documents import (
    POST,
    REQUEST_SCHEMA,
    RESPONSE,
    RESPONSE_SCHEMA,
    TEXT,
    differing_rules,
    edit_document,
)
from storepact.drift.constructs import Omitted
from storepact.drift.documents import compare_documents
from storepact.openapi.document import Document


@pytest.mark.parametrize(
    ("scheme", "rule"),
    [
        ({"type": "http", "scheme": "bearer"}, "security-changed"),
        ({"type": "apiKey", "in": "query", "name": "Authorization"}, "security-changed"),
        ({"type": "apiKey", "in": "header", "name": "authorization"}, None),
    ],
)
def test_credentials_are_compared_as_they_are_sent(scheme, rule):
    """Two schemes are the same if the same is sent, whatever their names are."""
    after = edit_document((("components", "securitySchemes", "key"), scheme))
    assert differing_rules(edit_document(), after) == ({rule} if rule else set())


def test_headers_ranges_and_defaults():
    """Types of headers and defaults that are false are compared; a range covers its statuses."""
    header = (*RESPONSE, "headers", "X-Maybe", "schema")
    assert differing_rules(edit_document(), edit_document((header, {"type": "integer"}))) == {
        "response-type-narrowed"
    }
    ranged = edit_document(
        ((*POST, "responses", "404"), None), ((*POST, "responses", "4XX"), {"description": "no"})
    )
    assert differing_rules(edit_document(), ranged) == {"response-error-added"}
    ranged = edit_document(((*POST, "responses", "2XX"), {"description": "done"}))
    assert "response-success-added" in differing_rules(edit_document(), ranged)
    off = ((*REQUEST_SCHEMA, "properties", "size"), {"type": "boolean", "default": False})
    assert differing_rules(edit_document(off), edit_document(off)) == set()
    assert differing_rules(
        edit_document(off), edit_document(((*REQUEST_SCHEMA, "properties", "size"), {"type": "boolean"}))
    ) == {"request-default-changed"}


def test_lists_of_words_are_no_values_of_python():
    """Tags are joined as a reader would write them."""
    ours, theirs = (
        Document(edit_document(((*POST, "tags"), tags)), Path("api.yaml")) for tags in (["a", "b c"], ["a"])
    )
    (difference,) = compare_documents(ours, theirs).differences
    assert (difference.ours, difference.theirs) == ("a, b c", "a")


@pytest.mark.parametrize(
    ("edits", "rules"),
    [
        (
            [
                (
                    ("servers",),
                    [
                        {
                            "url": "https://{x}.example.com",
                            "variables": {"x": {"default": "a", "enum": ["a", "b"]}},
                        }
                    ],
                )
            ],
            {"server-text-changed"},
        ),
        (
            [(("paths", "/things/{id}", "servers"), [{"url": "https://c.example.com"}])],
            {"server-added", "server-removed"},
        ),
        (
            [((*POST, "requestBody", "content"), {"*/*": {"schema": {"$ref": "#/components/schemas/Sent"}}})],
            {"request-media-type-added"},
        ),
        (
            [
                (
                    (*POST, "parameters", "+"),
                    {"name": "Accept", "in": "header", "required": True, "schema": TEXT},
                )
            ],
            set(),
        ),
        ([((*POST, "responses", "default"), {"description": "any other"})], {"response-error-added"}),
        (
            [
                ((*RESPONSE_SCHEMA, "properties", "kind"), {"$ref": "#/x-kept/Kind%20of"}),
                (("x-kept",), {"Kind of": TEXT}),
            ],
            set(),
        ),
        (
            [
                ((*RESPONSE_SCHEMA, "properties", "kind"), {"$ref": "#/paths/~1other/x-schema"}),
                (("paths", "/other"), {"x-schema": TEXT}),
            ],
            set(),
        ),
    ],
)
def test_hosts_types_ranges_and_references(edits, rules):
    """Server variables, hosts of a path, ranges, and references outside of components are understood."""
    assert differing_rules(edit_document(), edit_document(*edits)) == rules


def test_a_prefix_may_stand_in_the_server():
    """The paths are the same ones."""
    moved = edit_document((("servers",), [{"url": f"https://{item}.example.com/things"} for item in "ab"]))
    moved["paths"] = {"/{id}": moved["paths"]["/things/{id}"]}
    assert differing_rules(edit_document(), moved) == {"server-text-changed"}


def test_one_schema_in_many_answers_is_one_difference():
    """It lists every place where it shows."""
    both = [
        (
            (*POST, "responses", "202", "content"),
            {"application/json": {"schema": {"$ref": "#/components/schemas/Answer"}}},
        )
    ]
    ours = Document(edit_document(*both), Path("ours"))
    after = edit_document(*both, ((*RESPONSE_SCHEMA, "required"), []))
    (one,) = compare_documents(ours, Document(after, Path("theirs"))).differences
    assert (one.where, [place.status for place in one.places]) == ("/name", ["200", "202"])


def test_other_paths_are_left_out():
    """Only our paths, and paths below them, are compared."""
    ours = Document(edit_document(), Path("ours"))
    large = edit_document(
        (("paths", "/others"), {"get": {"responses": {"200": {"description": "x"}}}}),
        (
            ("paths", "/things/{id}/parts"),
            {"get": {"operationId": "parts", "responses": {"200": {"description": "x"}}}},
        ),
    )
    omissions = compare_documents(ours, Document(large, Path("theirs"))).omissions
    assert [(item.what, item.pointer) for item in omissions] == [(Omitted.OTHER_PATHS, "/paths/~1others/get")]
    assert differing_rules(edit_document(), large) == {"operation-added"}
