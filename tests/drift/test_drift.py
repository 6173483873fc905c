"""Our document beside the published one: every rule has a pair of small documents that triggers it, and the way back does not."""

from __future__ import annotations

import copy
import json
import os
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from published_documents import PUBLISHED, write_changed
from storepact.drift.documents import compare_documents
from storepact.drift.known_differences import load_known_differences
from storepact.drift.rules import RULES, Breaks
from storepact.drift.subset import select_subset
from storepact.families import DEFAULT_FAMILY
from storepact.model.errors import DocumentUnusable
from storepact.model.paths import data_path
from storepact.openapi.document import Document

BASE = {
    "openapi": "3.0.3",
    "info": {"title": "t", "version": "1"},
    "servers": [{"url": "https://a.example.com"}, {"url": "https://b.example.com"}],
    "security": [{"key": []}],
    "paths": {
        "/things/{id}": {
            "post": {
                "operationId": "makeThing", "summary": "Make", "tags": ["one"],
                "parameters": [
                    {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}},
                    {"name": "q", "in": "query", "schema": {"type": "string", "default": "x"}},
                    {"name": "must", "in": "query", "required": True, "schema": {"type": "string"}},
                ],
                "requestBody": {"required": True, "content": {
                    "application/json": {"schema": {"$ref": "#/components/schemas/Sent"}}, "text/csv": {"schema": {"type": "string"}}}},
                "responses": {
                    "200": {
                        "description": "ok",
                        "headers": {"X-Sure": {"required": True, "schema": {"type": "string"}}, "X-Maybe": {"schema": {"type": "string"}}},
                        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Answer"}},
                                    "text/csv": {"schema": {"type": "string"}}},
                    },
                    "202": {"description": "later"},
                    "400": {"description": "no", "content": {"application/json": {"schema": {"type": "object"}}}},
                    "404": {"description": "gone"},
                },
            },
            "get": {"operationId": "getThing", "deprecated": True, "responses": {"200": {"description": "ok"}},
                    "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}]},
            "delete": {"operationId": "dropThing", "responses": {"204": {"description": "ok"}},
                       "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}]},
            "put": {
                "operationId": "putThing",
                "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}],
                "requestBody": {"content": {"application/json": {"schema": {"type": "object"}}}}, "responses": {"204": {"description": "ok"}},
            },
        },
    },
    "components": {
        "securitySchemes": {
            "key": {"type": "apiKey", "in": "header", "name": "Authorization"},
            "other": {"type": "apiKey", "in": "header", "name": "X-Key"},
        },
        "schemas": {
            "Sent": {"type": "object", "required": ["name"], "properties": {
                "name": {"type": "string", "description": "a name", "example": "n"}, "size": {"type": "integer", "default": 1}}},
            "Answer": {"type": "object", "required": ["name"], "properties": {
                "name": {"type": "string"}, "size": {"type": "integer", "default": 1}, "kind": {"type": "string"}}},
        },
    },
}  # fmt: skip

POST = ("paths", "/things/{id}", "post")
ANSWER = (*POST, "responses", "200")
SENT = ("components", "schemas", "Sent")
ANSWERED = ("components", "schemas", "Answer")


def changed(*edits):
    """The base document with values put at places (None takes away)."""
    document = copy.deepcopy(BASE)
    for path, value in edits:
        node = document
        for token in path[:-1]:
            node = node[token]
        if value is None:
            node.pop(path[-1])
        elif path[-1] == "+":
            node.append(value)
        else:
            node[path[-1]] = value
    return document


def found(before, after):
    """The rules of every difference."""
    ours = Document(select_subset(before, Document(before, Path("ours"))), Path("ours"))
    theirs = Document(select_subset(after, ours), Path("theirs"))
    return {difference.rule.id for difference in compare_documents(ours, theirs)}


def parameter(name, **more):
    return {"name": name, "in": "query", "schema": {"type": "string"}, **more}


BY_HAND = {
    "operation-removed": [(("paths", "/things/{id}", "delete"), None)],
    "operation-deprecated": [((*POST, "deprecated"), True)],
    "operation-revived": [(("paths", "/things/{id}", "get", "deprecated"), False)],
    "operation-id-changed": [((*POST, "operationId"), "createThing")],
    "operation-text-changed": [((*POST, "summary"), "Create")],
    "operation-tags-changed": [((*POST, "tags"), ["two"])],
    "server-removed": [(("servers", 1), {"url": "https://a.example.com/"})],
    "server-added": [(("servers", "+"), {"url": "https://c.example.com"})],
    "security-added": None,
    "security-removed": [((*POST, "security"), [])],
    "security-changed": [((*POST, "security"), [{"other": []}])],
    "security-alternative-added": [((*POST, "security"), [{"key": []}, {"other": []}])],
    "parameter-required-added": [((*POST, "parameters", "+"), parameter("new", required=True))],
    "parameter-optional-added": [((*POST, "parameters", "+"), parameter("new"))],
    "parameter-removed": [((*POST, "parameters", 1), parameter("must", required=True))],
    "parameter-became-required": [((*POST, "parameters", 1, "required"), True)],
    "parameter-became-optional": [((*POST, "parameters", 2, "required"), False)],
    "parameter-moved": "order",
    "parameter-renamed": "path",
    "parameter-style-changed": [((*POST, "parameters", 1, "explode"), False)],
    "parameter-default-changed": [((*POST, "parameters", 1, "schema", "default"), "y")],
    "request-body-added-required": [(("paths", "/things/{id}", "delete", "requestBody"), {"required": True, "content": {"text/csv": {}}})],
    "request-body-added-optional": [(("paths", "/things/{id}", "delete", "requestBody"), {"content": {"text/csv": {}}})],
    "request-body-removed": [((*POST, "requestBody"), None)],
    "request-body-became-required": [(("paths", "/things/{id}", "put", "requestBody", "required"), True)],
    "request-body-became-optional": [((*POST, "requestBody", "required"), False)],
    "request-media-type-removed": [((*POST, "requestBody", "content", "text/csv"), None)],
    "request-media-type-added": [((*POST, "requestBody", "content", "text/xml"), {"schema": {"type": "string"}})],
    "request-member-added-required": [((*SENT, "properties", "new"), {"type": "string"}), ((*SENT, "required"), ["name", "new"])],
    "request-member-added-optional": [((*SENT, "properties", "new"), {"type": "string"})],
    "request-member-removed": [((*SENT, "properties", "size"), None)],
    "request-member-forbidden": [((*SENT, "properties", "size"), None), ((*SENT, "additionalProperties"), False)],
    "response-member-forbidden": [((*ANSWERED, "properties", "kind"), None), ((*ANSWERED, "additionalProperties"), False)],
    "request-member-became-required": [((*SENT, "required"), ["name", "size"])],
    "request-member-became-optional": [((*SENT, "required"), [])],
    "request-default-changed": [((*SENT, "properties", "size", "default"), 2)],
    "response-success-added": [((*POST, "responses", "201"), {"description": "made"})],
    "response-success-removed": [((*POST, "responses", "202"), None)],
    "response-error-added": [((*POST, "responses", "409"), {"description": "conflict"})],
    "response-error-removed": [((*POST, "responses", "404"), None)],
    "response-body-removed": [((*ANSWER, "content"), None)],
    "response-body-added": [((*POST, "responses", "202", "content"), {"application/json": {"schema": {}}})],
    "response-media-type-removed": [((*ANSWER, "content", "text/csv"), None)],
    "response-media-type-added": [((*ANSWER, "content", "text/xml"), {"schema": {"type": "string"}})],
    "response-member-added-required": [((*ANSWERED, "properties", "new"), {"type": "string"}), ((*ANSWERED, "required"), ["name", "new"])],
    "response-member-added-optional": [((*ANSWERED, "properties", "new"), {"type": "string"})],
    "response-member-removed": [((*ANSWERED, "properties", "name"), None), ((*ANSWERED, "required"), [])],
    "response-optional-member-removed": [((*ANSWERED, "properties", "kind"), None)],
    "response-member-became-optional": [((*ANSWERED, "required"), [])],
    "response-member-became-required": [((*ANSWERED, "required"), ["name", "kind"])],
    "response-header-added": [((*ANSWER, "headers", "X-New"), {"schema": {"type": "string"}})],
    "response-header-removed": [((*ANSWER, "headers", "X-Maybe"), None)],
    "response-header-became-optional": [((*ANSWER, "headers", "X-Sure", "required"), False)],
    "response-header-became-required": [((*ANSWER, "headers", "X-Maybe", "required"), True)],
    "response-default-changed": [((*ANSWERED, "properties", "size", "default"), 2)],
    "description-changed": [((*SENT, "properties", "name", "description"), "another")],
    "example-changed": [((*SENT, "properties", "name", "example"), "m")],
}  # fmt: skip

#: Schemas before and after; read backwards each is the opposite change.
SCHEMAS = {
    "type-narrowed": ({"oneOf": [{"type": "string"}, {"type": "integer"}]}, {"type": "string"}),
    "null-forbidden": ({"type": "string", "nullable": True}, {"type": "string"}),
    "enum-value-removed": ({"type": "string", "enum": ["a", "b"]}, {"type": "string", "enum": ["a"]}),
    "enum-introduced": ({"type": "string"}, {"type": "string", "enum": ["a"]}),
    "pattern-added": ({"type": "string"}, {"type": "string", "pattern": "a"}),
    "format-added": ({"type": "string"}, {"type": "string", "format": "uuid"}),
    "unique-items-added": (
        {"type": "array", "items": {}},
        {"type": "array", "items": {}, "uniqueItems": True},
    ),
    "multiple-of-added": ({"type": "integer"}, {"type": "integer", "multipleOf": 2}),
    "object-closed": ({"type": "object"}, {"type": "object", "additionalProperties": False}),
    "alternative-removed": (
        {
            "oneOf": [
                {"type": "object", "properties": {each: {"type": "string"}}}
                for each in ("one", "two", "three")
            ]
        },
        {"oneOf": [{"type": "object", "properties": {each: {"type": "string"}}} for each in ("two", "one")]},
    ),
    "other-rule-added": ({"type": "string"}, {"type": "string", "not": {"enum": ["a"]}}),
    "min-length-tightened": ({"type": "string", "minLength": 1}, {"type": "string", "minLength": 2}),
    "max-length-tightened": ({"type": "string", "maxLength": 9}, {"type": "string", "maxLength": 8}),
    "minimum-tightened": ({"type": "integer", "minimum": 1}, {"type": "integer", "minimum": 2}),
    "maximum-tightened": ({"type": "integer"}, {"type": "integer", "maximum": 8}),
    "exclusive-minimum-tightened": (
        {"type": "number", "exclusiveMinimum": 1},
        {"type": "number", "exclusiveMinimum": 2},
    ),
    "exclusive-maximum-tightened": (
        {"type": "number", "maximum": 8},
        {"type": "number", "maximum": 8, "exclusiveMaximum": True},
    ),
    "min-items-tightened": ({"type": "array", "items": {}}, {"type": "array", "items": {}, "minItems": 1}),
    "max-items-tightened": ({"type": "array", "items": {}}, {"type": "array", "items": {}, "maxItems": 8}),
    "min-properties-tightened": ({"type": "object"}, {"type": "object", "minProperties": 1}),
    "max-properties-tightened": ({"type": "object"}, {"type": "object", "maxProperties": 8}),
}
BACK = {
    "type-narrowed": "type-widened", "null-forbidden": "null-allowed", "enum-value-removed": "enum-value-added",
    "enum-introduced": "enum-lifted", "pattern-added": "pattern-removed", "format-added": "format-removed",
    "unique-items-added": "unique-items-removed", "multiple-of-added": "multiple-of-removed", "object-closed": "object-opened",
    "alternative-removed": "alternative-added", "other-rule-added": "other-rule-removed",
    **{name: name.replace("tightened", "loosened") for name in SCHEMAS if name.endswith("tightened")},
}  # fmt: skip
OTHERS = {
    "type-changed": ({"type": "string"}, {"type": "integer"}),
    "pattern-changed": ({"type": "string", "pattern": "a"}, {"type": "string", "pattern": "b"}),
    "format-changed": ({"type": "string", "format": "uuid"}, {"type": "string", "format": "date"}),
    "multiple-of-changed": ({"type": "integer", "multipleOf": 2}, {"type": "integer", "multipleOf": 3}),
    "other-rule-changed": (
        {"type": "string", "not": {"enum": ["a"]}},
        {"type": "string", "not": {"enum": ["b"]}},
    ),
}
WHERE = {
    "parameter": (*POST, "parameters", 1, "schema"),
    "request": (*SENT, "properties", "name"),
    "response": (*ANSWERED, "properties", "kind"),
}


def two_deep(path):
    """A document whose one path has two parts that are named."""
    named = [
        {"name": each, "in": "path", "required": True, "schema": {"type": "string"}} for each in ("a", "b")
    ]
    return {
        **BASE,
        "paths": {
            path: {
                "get": {
                    "operationId": "two",
                    "parameters": named,
                    "responses": {"200": {"description": "ok"}},
                }
            }
        },
    }


def pairs():
    """For each rule two documents that differ by it, and the rule of the way back."""
    for rule, edits in BY_HAND.items():
        if edits == "path":
            document = changed()
            item = document["paths"].pop("/things/{id}")
            for operation in item.values():
                operation["parameters"][0]["name"] = "key"
            document["paths"]["/things/{key}"] = item
            yield rule, changed(), document
        elif edits == "order":
            yield rule, two_deep("/{a}/{b}"), two_deep("/{b}/{a}")
        elif edits is None:
            yield rule, changed(((*POST, "security"), [])), changed()
        else:
            yield rule, changed(), changed(*edits)
    yield "operation-added", changed((("paths", "/things/{id}", "delete"), None)), changed()
    for where, path in WHERE.items():
        for change, (before, after) in SCHEMAS.items():
            yield f"{where}-{change}", changed((path, before)), changed((path, after))
            yield f"{where}-{BACK[change]}", changed((path, after)), changed((path, before))
        for change, (before, after) in OTHERS.items():
            yield f"{where}-{change}", changed((path, before)), changed((path, after))


PAIRS = {rule: (before, after) for rule, before, after in pairs()}


def test_every_rule_has_a_pair():
    """More than sixty rules, and none that nothing triggers."""
    assert len(RULES) > 60
    assert set(PAIRS) == set(RULES)


@pytest.mark.parametrize("rule", PAIRS)
def test_rule(rule):
    """The pair triggers it; the same document twice, and the way back, do not."""
    before, after = PAIRS[rule]
    assert rule in found(before, after)
    assert found(before, before) == found(after, after) == set()
    symmetrical = rule.endswith("-changed") or rule in ("parameter-renamed", "parameter-moved")
    assert symmetrical or rule not in found(after, before)


def test_schema_rules_are_directional():
    """What narrows a request breaks consumers, what narrows an answer breaks providers; widening is the other way round."""
    for change in SCHEMAS:
        assert (RULES[f"request-{change}"].breaks, RULES[f"response-{change}"].breaks) == (
            Breaks.CONSUMERS,
            Breaks.PROVIDERS,
        )
        assert (RULES[f"request-{BACK[change]}"].breaks, RULES[f"response-{BACK[change]}"].breaks) == (
            Breaks.COMPATIBLE,
            Breaks.CONSUMERS,
        )


def test_a_schema_that_is_written_otherwise_is_no_difference():
    """References, compositions and version 3.1's way to say null mean the same."""
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
    for path in (WHERE["request"], WHERE["response"]):
        assert found(changed((path, plain)), changed((path, other))) == set()


@pytest.mark.parametrize(
    ("scheme", "rule"),
    [
        ({"type": "http", "scheme": "bearer"}, "security-changed"),
        ({"type": "apiKey", "in": "query", "name": "Authorization"}, "security-changed"),
        ({"type": "apiKey", "in": "header", "name": "authorization"}, None),
    ],
)
def test_credentials_are_compared_as_they_are_sent(scheme, rule):
    """A raw key is no bearer token, whatever the scheme is called."""
    after = changed((("components", "securitySchemes", "key"), scheme))
    assert found(changed(), after) == ({rule} if rule else set())


def test_headers_ranges_and_defaults():
    """A header of another type is a difference; a range covers its statuses; a default that is false is one."""
    header = (*ANSWER, "headers", "X-Maybe", "schema")
    assert found(changed(), changed((header, {"type": "integer"}))) == {"response-type-changed"}
    ranged = changed(
        ((*POST, "responses", "404"), None), ((*POST, "responses", "4XX"), {"description": "no"})
    )
    assert found(changed(), ranged) == set()
    off = ((*SENT, "properties", "size"), {"type": "boolean", "default": False})
    assert found(changed(off), changed(off)) == set()
    assert found(changed(off), changed(((*SENT, "properties", "size"), {"type": "boolean"}))) == {
        "request-default-changed"
    }


def test_a_single_alternative_is_none():
    """Whoever wraps a schema says nothing new."""
    assert found(changed(), changed((WHERE["request"], {"oneOf": [{"type": "string"}]}))) == set()


def test_members_that_only_travel_the_other_way_are_none():
    """What is only read cannot be sent, what is only written does not come back."""
    assert "request-member-removed" in found(
        changed(), changed(((*SENT, "properties", "size", "readOnly"), True))
    )
    assert "response-optional-member-removed" in found(
        changed(), changed(((*ANSWERED, "properties", "kind", "writeOnly"), True))
    )
    assert found(changed(), changed(((*SENT, "properties", "size", "writeOnly"), True))) == set()


TEXT = {"type": "string"}
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
    """A change within one of them shows, in whatever order they stand."""
    path = WHERE["request"]
    before = changed((path, kinds()))
    after = kinds(edit)
    assert found(before, changed((path, after))) == {f"request-{rule}"}
    assert found(before, changed((path, {"anyOf": after["oneOf"][::-1]}))) == {f"request-{rule}"}


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
        ({"oneOf": TWO_KINDS}, {"anyOf": [{"allOf": [each]} for each in TWO_KINDS]}),
        ({"type": "string", "nullable": True}, {"anyOf": [{"type": "string"}, {"type": "null"}]}),
    ],
)
def test_the_same_in_other_words_is_no_difference(before, after):
    """What is allowed is compared, not how it is written."""
    for path in (WHERE["request"], WHERE["response"]):
        assert found(changed((path, before)), changed((path, after))) == set()
        assert found(changed((path, after)), changed((path, before))) == set()


def test_a_member_may_be_required_without_being_described():
    """It has to be sent all the same."""
    assert found(changed(), changed(((*SENT, "required"), ["name", "owner"]))) == {
        "request-member-added-required"
    }


def test_conditions_that_name_every_value_are_alternatives():
    """What one of them asks for is compared with what it asked for; a value that is new in the list is told."""

    def by_kind(values=("a", "b"), port=TEXT):
        then = [
            ("a", {"properties": {"config": {"properties": {"port": port}}}}),
            ("b", {"required": ["config"]}),
        ]
        return {
            "type": "object",
            "properties": {"kind": {"enum": list(values)}, "config": {"type": "object"}},
            "allOf": [
                {"if": {"properties": {"kind": {"const": value}}}, "then": each} for value, each in then
            ],
        }

    path, base = WHERE["response"], changed((WHERE["response"], by_kind()))
    assert found(base, changed((path, by_kind(port={"type": "integer"})))) == {"response-type-changed"}
    assert "response-enum-value-added" in found(base, changed((path, by_kind(("a", "b", "c")))))


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
            set(),
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
                ((*ANSWERED, "properties", "kind"), {"$ref": "#/x-kept/Kind%20of"}),
                (("x-kept",), {"Kind of": TEXT}),
            ],
            set(),
        ),
        (
            [
                ((*ANSWERED, "properties", "kind"), {"$ref": "#/paths/~1other/x-schema"}),
                (("paths", "/other"), {"x-schema": TEXT}),
            ],
            set(),
        ),
    ],
)
def test_hosts_types_ranges_and_references(edits, rules):
    """Hosts are those that a URL stands for, ranges cover what they cover, what cannot be a parameter is none, references may lead anywhere."""
    assert found(changed(), changed(*edits)) == rules


def test_a_prefix_may_stand_in_the_server():
    """The paths are the same ones."""
    moved = changed((("servers",), [{"url": f"https://{each}.example.com/things"} for each in "ab"]))
    moved["paths"] = {"/{id}": moved["paths"]["/things/{id}"]}
    assert found(changed(), moved) == set()


def test_elements_that_are_no_longer_described():
    """May be anything from then on."""
    of_texts, of_any = {"type": "array", "items": {"type": "string"}}, {"type": "array"}
    for where, path in WHERE.items():
        if where != "parameter":
            assert found(changed((path, of_texts)), changed((path, of_any))) == {f"{where}-type-widened"}
            assert found(changed((path, of_any)), changed((path, of_texts))) == {f"{where}-type-narrowed"}


def test_members_of_any_name_are_held_to_what_is_said_of_them():
    """A map of texts has no room for a number."""
    plain = {"type": "object", "properties": {"a": {"type": "integer"}}}
    path = WHERE["request"]
    assert "request-type-changed" in found(
        changed((path, plain)),
        changed((path, {"type": "object", "additionalProperties": {"type": "string"}})),
    )


def test_one_schema_in_many_answers_is_one_difference():
    """Every place that shows it is told with it."""
    both = [
        (
            (*POST, "responses", "202", "content"),
            {"application/json": {"schema": {"$ref": "#/components/schemas/Answer"}}},
        )
    ]
    ours = Document(changed(*both), Path("ours"))
    after = changed(*both, ((*ANSWERED, "required"), []))
    (one,) = compare_documents(ours, Document(after, Path("theirs")))
    assert (one.where, [place.status for place in one.places]) == ("/name", ["200", "202"])


def test_other_paths_are_left_out():
    """Of a large document only what speaks of our paths, or stands below them, is compared."""
    ours = Document(changed(), Path("ours"))
    large = changed(
        (("paths", "/others"), {"get": {"responses": {"200": {"description": "x"}}}}),
        (
            ("paths", "/things/{id}/parts"),
            {"get": {"operationId": "parts", "responses": {"200": {"description": "x"}}}},
        ),
    )
    kept = select_subset(large, ours)
    assert set(kept["paths"]) == {"/things/{id}", "/things/{id}/parts"}
    assert found(changed(), large) == {"operation-added"}


# against the published document


def storepact(folder, *arguments):
    done = subprocess.run(
        [sys.executable, "-m", "storepact", "drift", *map(str, arguments)],
        cwd=folder, env={**os.environ, "COLUMNS": "100"}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert "Traceback" not in done.stderr
    return done


def test_every_known_difference_is_explained(tmp_path):
    """The published document as it is known: exit 0, each difference with a decision that is in DECISIONS.md, no entry left over."""
    done = storepact(tmp_path, PUBLISHED, "--json", "--report-dir", "out")
    told = json.loads(done.stdout)
    assert (done.returncode, told["breaking"]) == (0, 0), done.stdout
    unexplained = [difference for difference in told["differences"] if not difference["decision"]]
    assert [each["rule"] for each in unexplained] == []
    decisions = data_path("openapi", "DECISIONS.md").read_text(encoding="utf-8")
    assert all(f"## {each['decision']} " in decisions for each in told["differences"])
    assert [each for each in told["unused"] if "D33" not in each] == []
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"drift.html", "drift.json", "drift.md"}


@pytest.mark.parametrize("kind", ["json", "yaml"])
def test_planted_changes_are_named(tmp_path, kind):
    """An answer's member turned optional, a required one in a request, a narrowed list: exit 1, just these three, whom they hurt."""
    done = storepact(tmp_path, write_changed(tmp_path, kind), "--json")
    told = json.loads(done.stdout)
    new = {
        (difference["rule"], difference["where"]): difference
        for difference in told["differences"]
        if not difference["decision"]
    }
    assert done.returncode == 1
    assert set(new) == {
        ("request-member-added-required", "/owner"),
        ("response-member-became-optional", "/version"),
        ("response-enum-value-removed", "/integrationKey"),
    }
    assert (
        "store-operator" not in new["request-member-added-required", "/owner"]["consumers"]
    )  # it creates nothing
    assert "terraform-provider-launchdarkly" in new["request-member-added-required", "/owner"]["consumers"]
    assert "store-operator" in new["response-member-became-optional", "/version"]["consumers"]
    assert len(new["response-enum-value-removed", "/integrationKey"]["consumers"]) == 4
    plain = storepact(tmp_path, write_changed(tmp_path, kind))
    assert "Breaking for consumers (2):" in plain.stdout.splitlines()
    assert "3 unexplained breaking changes; affects launchdarkly-api-python" in " ".join(plain.stdout.split())


def test_a_known_kind_of_difference_elsewhere_is_not_known(tmp_path):
    """Config may be missing where one reading lets it (D2); where both promise it, that is drift."""
    document = json.loads(PUBLISHED.read_text(encoding="utf-8"))
    document["components"]["schemas"]["BigSegmentStoreIntegration"]["required"].remove("config")
    (tmp_path / "p.json").write_text(json.dumps(document))
    done = storepact(tmp_path, "p.json", "--json")
    new = [difference for difference in json.loads(done.stdout)["differences"] if not difference["decision"]]
    assert [(each["rule"], [place["operation"] for place in each["places"]]) for each in new] == [
        ("response-member-became-optional", ["getIntegration"])
    ]


def test_from_a_url(tmp_path):
    """JSON or YAML, as a server gives it; what does not answer is exit 3."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            found = self.path == "/openapi"
            body = PUBLISHED.read_bytes() if found else b"no"
            self.send_response(200 if found else 404)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        url = f"http://127.0.0.1:{server.server_port}"
        assert storepact(tmp_path, f"{url}/openapi").returncode == 0
        secret = storepact(
            tmp_path, f"{url.replace('//', '//me:SECRETWORD@')}/openapi", "--json", "--report-dir", "r"
        )
        texts = [
            secret.stdout,
            secret.stderr,
            *(each.read_text(encoding="utf-8") for each in (tmp_path / "r").iterdir()),
        ]
        assert (secret.returncode, [text for text in texts if "SECRETWORD" in text]) == (0, [])
        gone = storepact(tmp_path, f"{url}/elsewhere?token=secret-thing")
        assert (gone.returncode, "it answers 404" in gone.stderr, "secret-thing" in gone.stderr) == (
            3,
            True,
            False,
        )
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
    assert storepact(tmp_path, f"{url}/openapi").returncode == 3


#: A published document whose one schema is a reference.
REFERRING = json.dumps(
    {
        "openapi": "3.0.3",
        "paths": {"/api/v2/integration-capabilities/big-segment-store": {"get": {"responses": {"200": {"description": "x", "content": {
            "application/json": {"schema": {"$ref": "AIM"}}}}}}}},
        "components": {"schemas": {"Round": {"$ref": "#/components/schemas/Round"}}},
    }
)  # fmt: skip


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (None, "cannot be read"),
        ("", "is not an OpenAPI document"),
        ("{", "is not valid YAML"),
        ('{"swagger": "2.0", "paths": {}}', "is OpenAPI 2.0"),
        ('{"openapi": "3.0.0"}', "it has no `paths`"),
        (REFERRING.replace("AIM", "#/components/schemas/Round"), "goes round in circles"),
        (REFERRING.replace("AIM", "#/components/schemas/Gone"), "leads nowhere"),
        (REFERRING.replace("AIM", "other.json#/x"), "leaves the document"),
        ('{"openapi": "3.0.0", "paths": {"/api/v2/integration-capabilities/big-segment-store": {"get": 7, "post": {}}}}', "is not a valid OpenAPI document"),
    ],
)  # fmt: skip
def test_bad_input(tmp_path, text, words):
    """Exit 2 and one line."""
    path = tmp_path / "p.json"
    if text is not None:
        path.write_text(text)
    done = storepact(tmp_path, path)
    assert (done.returncode, done.stdout) == (2, "")
    assert words in done.stderr


def test_a_document_without_our_paths_is_drift(tmp_path):
    """The API may have been withdrawn: every operation is gone."""
    (tmp_path / "p.json").write_text('{"openapi": "3.0.0", "info": {}, "paths": {"/x": {}}}')
    done = storepact(tmp_path, "p.json")
    assert done.returncode == 1
    assert done.stdout.count("operation-removed") == 5


@pytest.mark.parametrize(
    "text",
    ["known: 7", "format: 2\nknown: {}", "format: 1\nknown: {D1: [{rule: x}]}", "format: 1\nknown: {D1: x}"],
)
def test_a_damaged_list_of_disagreements_is_named(tmp_path, text):
    """Never read as if everything were known."""
    path = tmp_path / "disagreements.yaml"
    path.write_text(text)
    with pytest.raises(DocumentUnusable):
        load_known_differences(path)


def test_every_known_entry_names_a_decision():
    """Each group of disagreements.yaml stands in DECISIONS.md."""
    known = load_known_differences(data_path("openapi", "disagreements.yaml"))
    text = data_path("openapi", "DECISIONS.md").read_text(encoding="utf-8")
    assert known
    assert all(f"## {each.decision} " in text for each in known)
    assert data_path("openapi", DEFAULT_FAMILY.document).is_file()
