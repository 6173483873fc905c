"""Schemas are compared by the values that they allow, not by how they are written."""

from __future__ import annotations

import copy

import pytest

from drift_documents import (
    REQUEST_SCHEMA,
    RESPONSE_SCHEMA,
    SCHEMA_PLACES,
    TEXT,
    differing_rules,
    edit_document,
)


def test_a_schema_that_is_written_otherwise_is_no_difference():
    """References, compositions and the null type of 3.1 are equal to their plain forms."""
    plain = {
        "type": "object",
        "required": ["a"],
        "properties": {"a": {"type": "string", "nullable": True}, "b": {"enum": ["x"]}},
    }
    other = {
        "allOf": [
            {"type": "object", "required": ["a"], "properties": {"a": {"type": ["string", "null"]}}},
            {"properties": {"b": {"const": "x"}}},
        ]
    }
    for path in (SCHEMA_PLACES["request"], SCHEMA_PLACES["response"]):
        assert differing_rules(edit_document((path, plain)), edit_document((path, other))) == set()


def test_a_single_alternative_is_none():
    """A composition of one schema is the schema."""
    assert (
        differing_rules(
            edit_document((SCHEMA_PLACES["request"], {"type": "string"})),
            edit_document((SCHEMA_PLACES["request"], {"oneOf": [{"type": "string"}]})),
        )
        == set()
    )


def test_members_that_only_travel_the_other_way_are_none():
    """Members that are readOnly are not compared in requests, writeOnly members not in responses."""
    assert "request-member-removed" in differing_rules(
        edit_document(), edit_document(((*REQUEST_SCHEMA, "properties", "size", "readOnly"), True))
    )
    assert "response-optional-member-removed" in differing_rules(
        edit_document(), edit_document(((*RESPONSE_SCHEMA, "properties", "kind", "writeOnly"), True))
    )
    assert differing_rules(
        edit_document(), edit_document(((*REQUEST_SCHEMA, "properties", "size", "writeOnly"), True))
    ) == {"request-access-changed"}


TWO_KINDS = [
    {
        "type": "object",
        "required": ["host"],
        "properties": {"host": TEXT, "port": {"type": "string", "maxLength": 5}},
    },
    {"type": "object", "required": ["table"], "properties": {"table": TEXT, "region": {"enum": ["a", "b"]}}},
]


def kinds(*edits):
    """Two alternatives, with values put at places of theirs."""
    one = copy.deepcopy(TWO_KINDS)
    for (number, *path), value in edits:
        node = one[number]
        for token in path[:-1]:
            node = node[token]
        node[path[-1]] = value
    return {"oneOf": one}


@pytest.mark.parametrize(
    ("edit", "rule"),
    [
        (((0, "properties", "port", "maxLength"), 4), "max-length-tightened"),
        (((0, "required"), ["host", "port"]), "member-became-required"),
        (((1, "properties", "region", "enum"), ["a"]), "enum-value-removed"),
        (((1, "properties", "table"), {"type": "integer"}), "type-changed"),
    ],
)
def test_alternatives_are_compared_with_their_like(edit, rule):
    """A change within one alternative is reported, whatever their order is."""
    path = SCHEMA_PLACES["request"]
    before = edit_document((path, kinds()))
    after = kinds(edit)
    assert differing_rules(before, edit_document((path, after))) == {f"request-{rule}"}
    assert differing_rules(before, edit_document((path, {"oneOf": after["oneOf"][::-1]}))) == {
        f"request-{rule}"
    }


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"type": "string", "enum": ["a", "b"]}, {"oneOf": [{"const": "a"}, {"const": "b"}]}),
        ({"type": "integer", "minimum": 1}, {"type": "integer", "exclusiveMinimum": 0}),
        ({"type": "integer", "minimum": 1}, {"type": "integer", "minimum": 0, "exclusiveMinimum": True}),
        ({"type": "integer", "minimum": 1}, {"type": "integer", "minimum": 1, "exclusiveMinimum": False}),
        (
            {"type": "string", "maxLength": 9},
            {"anyOf": [{"type": "string", "maxLength": 9}, {"type": "string", "maxLength": 3}]},
        ),
        ({"oneOf": TWO_KINDS}, {"oneOf": [{"allOf": [item]} for item in TWO_KINDS]}),
        ({"type": "string", "nullable": True}, {"anyOf": [{"type": "string"}, {"type": "null"}]}),
    ],
)
def test_the_same_in_other_words_is_no_difference(before, after):
    """Different forms that allow the same values are equal."""
    for path in (SCHEMA_PLACES["request"], SCHEMA_PLACES["response"]):
        assert differing_rules(edit_document((path, before)), edit_document((path, after))) == set()
        assert differing_rules(edit_document((path, after)), edit_document((path, before))) == set()


def test_a_member_may_be_required_without_being_described():
    """It is a required member that was added."""
    assert differing_rules(
        edit_document(), edit_document(((*REQUEST_SCHEMA, "required"), ["name", "owner"]))
    ) == {"request-member-added-required"}


def test_conditions_that_name_every_value_are_alternatives():
    """Each condition is compared with its counterpart, and an added value of the enumeration is reported."""

    def by_kind(values=("a", "b"), port=TEXT):
        then = [
            ("a", {"properties": {"config": {"properties": {"port": port}}}}),
            ("b", {"required": ["config"]}),
        ]
        return {
            "type": "object",
            "properties": {"kind": {"enum": list(values)}, "config": {"type": "object"}},
            "allOf": [
                {"if": {"properties": {"kind": {"const": value}}}, "then": item} for value, item in then
            ],
        }

    path, base = SCHEMA_PLACES["response"], edit_document((SCHEMA_PLACES["response"], by_kind()))
    assert differing_rules(base, edit_document((path, by_kind(port={"type": "integer"})))) == {
        "response-type-changed"
    }
    assert "response-enum-value-added" in differing_rules(
        base, edit_document((path, by_kind(("a", "b", "c"))))
    )


def test_elements_that_are_no_longer_described():
    """Elements that are no longer described may be anything."""
    of_texts, of_any = {"type": "array", "items": {"type": "string"}}, {"type": "array"}
    for where, path in SCHEMA_PLACES.items():
        if where != "parameter":
            assert differing_rules(edit_document((path, of_texts)), edit_document((path, of_any))) == {
                f"{where}-type-widened"
            }
            assert differing_rules(edit_document((path, of_any)), edit_document((path, of_texts))) == {
                f"{where}-type-narrowed"
            }


def test_members_of_any_name_are_held_to_what_is_said_of_them():
    """A member without a description of its own is compared with that of additional members."""
    plain = {"type": "object", "properties": {"a": {"type": "integer"}}}
    path = SCHEMA_PLACES["request"]
    assert "request-type-changed" in differing_rules(
        edit_document((path, plain)),
        edit_document((path, {"type": "object", "additionalProperties": {"type": "string"}})),
    )


def test_an_alternative_whose_constant_changed():
    """The other alternative is the same, also where it allows any value there: this one is told."""

    def plants(kind):
        tree = {"type": "object", "properties": {"kind": {"enum": [kind]}, "height": {"type": "number"}}}
        herb = {"type": "object", "required": ["smell"], "properties": {"kind": TEXT, "smell": TEXT}}
        return {"oneOf": [{**tree, "required": ["kind"]}, herb]}

    path = SCHEMA_PLACES["request"]
    assert differing_rules(edit_document((path, plants("tree"))), edit_document((path, plants("bush")))) == {
        "request-enum-value-removed",
        "request-enum-value-added",
    }
