"""Parts of the same text are not compared again; what is found is the same as if they were."""

from __future__ import annotations

import copy

import pytest

from drift_documents import compare, compare_everything, edit_document

RING = {
    "type": "object",
    "properties": {
        "next": {"anyOf": [{"type": "string"}, {"$ref": "#/components/schemas/Ring"}]},
        "end": {"$ref": "#/components/schemas/End"},
        "all": {"allOf": [{"$ref": "#/components/schemas/End"}, {"properties": {"more": {}}}]},
    },
}


@pytest.mark.parametrize(
    "end",
    [
        {"type": "object", "properties": {"a": {"type": "integer"}}},
        {"type": "object", "required": ["more"], "properties": {"a": {"type": "string"}}},
        {"type": "object", "additionalProperties": False},
        {"type": "string"},
        {"type": "object", "readOnly": True, "properties": {"a": {"type": "string"}}},
    ],
)
def test_a_change_behind_references(end, monkeypatch):
    """Only what is referred to differs."""
    first = {"type": "object", "properties": {"a": {"type": "string"}}}
    before = edit_document(
        (("components", "schemas", "Ring"), RING),
        (("components", "schemas", "End"), first),
        (("components", "schemas", "Answer"), {"$ref": "#/components/schemas/Ring"}),
        (("components", "schemas", "Sent"), {"$ref": "#/components/schemas/Ring"}),
    )
    after = copy.deepcopy(before)
    after["components"]["schemas"]["End"] = end
    result = compare(before, after)
    assert result.differences
    assert result == compare_everything(before, after, monkeypatch)


def test_one_change_is_one_line_wherever_its_schema_is_an_alternative():
    """A schema that many others have as one of their alternatives is compared in many pairs."""
    users = {
        f"User{number}": {
            "type": "object",
            "properties": {
                "to": {"anyOf": [{"type": "string"}, {"$ref": "#/components/schemas/End"}]},
                f"own{number}": {"type": "string"},
            },
        }
        for number in range(4)
    }
    answer = {
        "type": "object",
        "properties": {f"u{name}": {"$ref": f"#/components/schemas/{name}"} for name in users},
    }
    before = edit_document(
        *((("components", "schemas", name), user) for name, user in users.items()),
        (("components", "schemas", "End"), {"type": "object", "properties": {"a": {}, "b": {}}}),
        (("components", "schemas", "Answer"), answer),
    )
    after = copy.deepcopy(before)
    del after["components"]["schemas"]["End"]["properties"]["a"]
    (difference,) = compare(before, after).differences
    assert (difference.rule.id, difference.where) == ("response-optional-member-removed", "/uUser0/to/a")
