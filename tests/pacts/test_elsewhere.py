"""Pacts as other libraries write them, beside documents of other kinds: whether they fit."""

from __future__ import annotations

import base64

import pytest

from pact_checks import FITS, JSON, UNFIT, UNUSABLE, check

TEXT, WHOLE = {"type": "string"}, {"type": "integer"}


def answer(schema, media=JSON):
    """An operation with one response."""
    return {"responses": {"200": {"description": "d", "content": {media: {"schema": schema}}}}}


def members(**properties):
    """The schema of an object."""
    return {"type": "object", "properties": properties}


def body(value, *rules, media=JSON, combine="AND"):
    """A side of an interaction in specification 3."""
    side = {"headers": {"Content-Type": media}, "body": value}
    paths = {path: {"combine": combine, "matchers": matchers} for path, *matchers in rules}
    return {**side, "matchingRules": {"body": paths}} if rules else side


def wrapped(content, media=JSON, encoded=False):
    """A side of an interaction in specification 4."""
    return {"body": {"content": content, "contentType": media, "encoded": encoded}}


ENUM = members(a={"type": "string", "enum": ["x", "y"]})
NODE = {"schemas": {"Node": members(below={"type": "array", "items": {"$ref": "#/components/schemas/Node"}})}}
TYPE, NULL = {"match": "type"}, {"match": "null"}
MAP = {"type": "object", "additionalProperties": WHOLE}
PNG = base64.b64encode(b"\x89PNG\xff").decode()
RESPONSES = {
    "flat-rules": (members(a=WHOLE), {"body": {"a": "x"}, "matchingRules": {"$.body.a": TYPE}}, UNFIT, "2.0"),
    "null-by-a-rule": (members(a=TEXT), body({"a": None}, ("$.a", NULL)), UNFIT, "3.0"),
    "null-or-text": (
        members(a={**TEXT, "nullable": True}),
        body({"a": "x"}, ("$.a", TYPE, NULL), combine="OR"),
        FITS,
        "3.0",
    ),
    "regex-beside-values": (
        ENUM,
        body({"a": "z"}, ("$.a", {"match": "regex", "regex": "^z$"})),
        UNFIT,
        "3.0",
    ),
    "regex-lists-values": (
        ENUM,
        body({"a": "x"}, ("$.a", {"match": "regex", "regex": "^(x|y)$"})),
        FITS,
        "3.0",
    ),
    "values-of-a-map": (MAP, body({"k": 1}, ("$", {"match": "values"}), ("$.*", TYPE)), FITS, "3.0"),
    "texts-in-a-map": (MAP, body({"k": "x"}, ("$", {"match": "values"}), ("$.*", TYPE)), UNFIT, "3.0"),
    "fewer-than-least": (
        {"type": "array", "items": TEXT, "minItems": 3},
        body(["a", "b"], ("$", {"match": "type", "max": 2})),
        UNFIT,
        "3.0",
    ),
    "unknown-rule": (members(a=TEXT), body({"a": "x"}, ("$.a", {"match": "fancy"})), FITS, "3.0"),
    "encoded-json": (members(a=WHOLE), wrapped('{"a":"x"}', encoded="JSON"), UNFIT, "4.0"),
    "base64-of-json": (
        members(a=WHOLE),
        wrapped(base64.b64encode(b'{"a":"x"}').decode(), encoded="base64"),
        UNFIT,
        "4.0",
    ),
    "huge-number": (members(a=WHOLE), body({"a": 10**40}), FITS, "3.0"),
    "beyond-int64": (members(a={**WHOLE, "format": "int64"}), body({"a": 2**63}), UNFIT, "3.0"),
    "name-with-slash": (members(**{"a/b~c": WHOLE}), body({"a/b~c": "x"}), UNFIT, "3.0"),
    "deep-in-a-ring": (
        {"$ref": "#/components/schemas/Node"},
        body({"below": [{"below": [{"below": 1}]}]}),
        UNFIT,
        "3.0",
    ),
    "other-file": ({"$ref": "other.yaml#/A"}, body({}), UNUSABLE, "3.0"),
    "other-host": ({"$ref": "https://docs.example/o.yaml#/A"}, body({}), UNUSABLE, "3.0"),
}


@pytest.mark.parametrize(("schema", "response", "expected", "version"), RESPONSES.values(), ids=RESPONSES)
def test_responses(tmp_path, schema, response, expected, version):
    """Rules and bodies in the notations of all specifications."""
    code = check(tmp_path, answer(schema), None, response, version=version, components=NODE)
    assert code == expected


def test_binary_bodies_are_not_compared(tmp_path):
    """An image in base64 is no text."""
    operation = answer({"type": "string", "format": "binary"}, "image/png")
    assert check(tmp_path, operation, None, wrapped(PNG, "image/png", "base64"), version="4.0") == FITS


SERVERS = [{"url": "https://shop.example/{v}", "variables": {"v": {"default": "v2", "enum": ["v2", "v3"]}}}]
PATHS = {
    "suffix": ("/boxes/{id}.json", "/boxes/12.json", WHOLE, FITS, {}),
    "no-number": ("/boxes/{id}", "/boxes/a", WHOLE, UNFIT, {}),
    "length-of-decoded": ("/boxes/{id}", "/boxes/%C3%A4%20b", {**TEXT, "maxLength": 3}, FITS, {}),
    "variable-of-server": ("/boxes/{id}", "/v3/boxes/1", WHOLE, FITS, {"servers": SERVERS}),
    "no-such-variable": ("/boxes/{id}", "/v4/boxes/1", WHOLE, UNFIT, {"servers": SERVERS}),
}


@pytest.mark.parametrize(("template", "path", "schema", "expected", "more"), PATHS.values(), ids=PATHS)
def test_paths(tmp_path, template, path, schema, expected, more):
    """Paths with encoded characters, below servers with variables."""
    operation = {"parameters": [{"name": "id", "in": "path", "required": True, "schema": schema}]}
    assert check(tmp_path, operation, path=path, template=template, **more) == expected
