"""Families of pacts and documents from elsewhere: whether they fit, in one table each."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from pact_checks import FITS, JSON, UNFIT, UNUSABLE, check, verdict_of
from storepact.openapi.document import Document
from storepact.openapi.load import load_document
from storepact.pacts import collect_contracts
from storepact.pacts.check import compare_contracts

CASES = sorted((Path(__file__).parent.parent / "data" / "pacts").iterdir())


def answer(schema, *, media=JSON, **more):
    """An operation whose response has a body of this schema."""
    return {"responses": {"200": {"description": "d", "content": {media: {"schema": schema}}, **more}}}


def body(value, rules=None, media=JSON):
    """A response with a body and the rules of it."""
    matching = {"body": {path: {"matchers": [rule]} for path, rule in rules.items()}} if rules else None
    headers = {"Content-Type": media} if media else {}
    return {"body": value, "headers": headers, **({"matchingRules": matching} if matching else {})}


def obj(*required, **members):
    """The schema of an object."""
    return {"type": "object", "properties": members, **({"required": list(required)} if required else {})}


S, W, N, B = {"type": "string"}, {"type": "integer"}, {"type": "number"}, {"type": "boolean"}
CLOSED = {"additionalProperties": False}
TYPE = {"match": "type"}


def array(items, **more):
    return {"type": "array", "items": items, **more}


def regex(text):
    return {"match": "regex", "regex": text}


def exactly(value):
    """The schema of one value, as a tester writes it: every member, closed; every element, in order."""
    if isinstance(value, dict):
        members = {name: exactly(member) for name, member in value.items()}
        return {"type": "object", "properties": members, "required": list(value), **CLOSED}
    if isinstance(value, list):
        length = {"minItems": len(value), "maxItems": len(value)}
        return {"type": "array", "prefixItems": [exactly(element) for element in value], **length}
    return {"enum": [value]}


# what a response relies on: example, rules, schema, and whether they fit
BODIES = {
    "member-left-out": ({"a": "x"}, None, obj("a", "b", a=S, b=S), FITS),
    "few-members": ({"a": "x"}, None, {**obj(a=S, b=S), "minProperties": 2}, FITS),
    "many-members": ({"a": "x", "b": "y"}, None, {**obj(a=S, b=S), "maxProperties": 1}, UNFIT),
    "null-for-object": ({"a": None}, None, obj(a=obj()), UNFIT),
    "nullable": ({"a": None}, None, obj(a={**S, "nullable": True}), FITS),
    "nullable-enum": ({"a": None}, None, obj(a={**S, "nullable": True, "enum": ["x"]}), FITS),
    "nullable-all-of": ({"a": None}, None, obj(a={"nullable": True, "allOf": [obj(b=S)]}), FITS),
    "not": ({"a": "x"}, None, obj(a={"not": {"enum": ["x"]}}), UNFIT),
    "not-of-a-member-left-out": ({"b": "x"}, None, {**obj(a=S, b=S), "not": {"required": ["a"]}}, FITS),
    "not-of-a-member": ({"a": "x"}, None, {**obj(a=S, b=S), "not": {"required": ["a"]}}, UNFIT),
    "not-of-members-left-out": ({}, None, {**obj(a=S), "not": obj(a={"enum": ["x"]})}, FITS),
    "alternatives-lack-members": ({"a": 1}, None, {"oneOf": [obj("a", "b", a=W, b=W), obj("c", c=W)]}, FITS),
    "alternatives": ({"a": "x"}, None, {"oneOf": [obj("a", a=W), {**obj("c", c=W), **CLOSED}]}, UNFIT),
    "any-of-types": ({"a": "x"}, None, obj(a={"anyOf": [W, S]}), FITS),
    "any-of-other-types": ({"a": True}, None, obj(a={"anyOf": [W, S]}), UNFIT),
    "open-alternative": (
        {"c": {"d": "text"}},
        None,
        obj(c={"anyOf": [obj(d=obj()), {"type": "object", "not": {"type": "string"}}]}),
        FITS,
    ),
    "whole-for-number": ({"a": 1}, None, obj(a=N), FITS),
    "whole-number-as-float": ({"a": 1.0, "l": [2e3]}, None, obj(a=W, l=array(W)), FITS),
    "whole-number-by-type": ({"a": 1.0}, {"$.a": TYPE}, obj(a=W), FITS),
    "whole-number-as-decimal": ({"a": 1.0}, {"$.a": {"match": "decimal"}}, obj(a=N), FITS),
    "number-for-whole": ({"a": 1.5}, None, obj(a=W), UNFIT),
    "number-rule-for-whole": ({"a": 1.5}, {"$.a": {"match": "number"}}, obj(a=W), FITS),
    "text-for-number": ({"a": "1"}, {"$.a": TYPE}, obj(a=N), UNFIT),
    "text-for-boolean": ({"a": "true"}, {"$.a": TYPE}, obj(a=B), UNFIT),
    "type-of-an-enum": ({"a": "z"}, {"$.a": TYPE}, obj(a={**S, "enum": ["x"]}), FITS),
    "enum": ({"a": "z"}, None, obj(a={**S, "enum": ["x"]}), UNFIT),
    "regex-of-no-enum": ({"a": "z"}, {"$.a": regex("z+")}, obj(a={**S, "enum": ["x"]}), UNFIT),
    "regex-of-some-enum": ({"a": "z"}, {"$.a": regex("x|z")}, obj(a={**S, "enum": ["x"]}), FITS),
    "listed-regex-of-a-pattern": (
        {"a": "z"},
        {"$.a": regex("^(z|y)$")},
        obj(a={**S, "pattern": "^x"}),
        UNFIT,
    ),
    "regex-of-a-pattern": ({"a": "z"}, {"$.a": regex("[w-z]")}, obj(a={**S, "pattern": "^x"}), FITS),
    "listed-regex-too-long": ({"a": "zzz"}, {"$.a": regex("zzz|yyy")}, obj(a={**S, "maxLength": 2}), UNFIT),
    "regex-on-a-number": ({"a": 12}, {"$.a": regex(r"\d+")}, obj(a=W), FITS),
    "listed-regex-on-a-number": ({"a": 12}, {"$.a": regex("12|13")}, obj(a={**W, "maximum": 9}), UNFIT),
    "include-of-no-enum": (
        {"a": "zz"},
        {"$.a": {"match": "include", "value": "z"}},
        obj(a={"enum": ["x"]}),
        UNFIT,
    ),
    "include-of-an-enum": (
        {"a": "zz"},
        {"$.a": {"match": "include", "value": "z"}},
        obj(a={"enum": ["az"]}),
        FITS,
    ),
    "include-too-long": (
        {"a": "abcd"},
        {"$.a": {"match": "include", "value": "abc"}},
        obj(a={**S, "maxLength": 2}),
        UNFIT,
    ),
    "include-on-a-number": ({"a": 12}, {"$.a": {"match": "include", "value": "1"}}, obj(a=W), FITS),
    "date-for-date-time": (
        {"a": "2020-01-01"},
        {"$.a": {"match": "date", "date": "yyyy-MM-dd"}},
        obj(a={**S, "format": "date-time"}),
        UNFIT,
    ),
    "date": ({"a": "2020-01-01"}, {"$.a": {"match": "date"}}, obj(a={**S, "format": "date"}), FITS),
    "no-date": ({"a": "2020-13-01"}, None, obj(a={**S, "format": "date"}), UNFIT),
    "no-uuid": ({"a": "x"}, None, obj(a={**S, "format": "uuid"}), UNFIT),
    "no-base64": ({"a": "?"}, None, obj(a={**S, "format": "byte"}), UNFIT),
    "int64": ({"a": 2**63}, None, obj(a={**W, "format": "int64"}), UNFIT),
    "int32-by-type": ({"a": 2**40}, {"$.a": TYPE}, obj(a={**W, "format": "int32"}), FITS),
    "exclusive": ({"a": 5}, None, obj(a={**W, "minimum": 5, "exclusiveMinimum": True}), UNFIT),
    "exclusive-of-3.1-in-3.0": ({"a": 5}, None, obj(a={**W, "exclusiveMinimum": 5}), UNFIT),
    "multiple": ({"a": 5}, None, obj(a={**W, "multipleOf": 2}), UNFIT),
    "elements": ({"l": ["x"]}, None, obj(l=array(W)), UNFIT),
    "elements-of-objects": ({"l": [{"a": 1}, {"a": "x"}]}, {"$.l": TYPE}, obj(l=array(obj(a=W))), UNFIT),
    "exact-number": ({"l": [1, 2, 3]}, None, obj(l=array(W, maxItems=2)), UNFIT),
    "exact-few": ({"l": [1]}, None, obj(l=array(W, minItems=2)), UNFIT),
    "type-few": ({"l": [1]}, {"$.l": TYPE}, obj(l=array(W, minItems=2)), FITS),
    "max-below-min": ({"l": [1]}, {"$.l": {"match": "type", "max": 1}}, obj(l=array(W, minItems=2)), UNFIT),
    "min-above-max": ({"l": [1]}, {"$.l": {"match": "type", "min": 3}}, obj(l=array(W, maxItems=2)), UNFIT),
    "min-within": ({"l": [1]}, {"$.l": {"match": "type", "min": 2}}, obj(l=array(W, maxItems=2)), FITS),
    "min-type": ({"l": [1]}, {"$.l": {"match": "min-type", "min": 3}}, obj(l=array(W, maxItems=2)), UNFIT),
    "bare-min": ({"l": [1]}, {"$.l": {"min": 3}}, obj(l=array(W, maxItems=2)), UNFIT),
    "not-empty-of-none": ({"l": [1]}, {"$.l": {"match": "notEmpty"}}, obj(l=array(W, maxItems=0)), UNFIT),
    "rule-of-one-element": ({"l": ["z", "z"]}, {"$.l[0]": TYPE}, obj(l=array({**S, "enum": ["x"]})), UNFIT),
    "rule-of-all-elements": ({"l": ["z", "z"]}, {"$.l[*]": TYPE}, obj(l=array({**S, "enum": ["x"]})), FITS),
    "unique": ({"l": [1, 1]}, None, obj(l=array(W, uniqueItems=True)), UNFIT),
    "unique-template": (
        {"l": [1, 1]},
        {"$.l": {"match": "type", "min": 2}},
        obj(l=array(W, uniqueItems=True)),
        FITS,
    ),
    "map": ({"m": {"k": 1}}, None, obj(m={"type": "object", "additionalProperties": W}), FITS),
    "map-of-others": ({"m": {"k": "x"}}, None, obj(m={"type": "object", "additionalProperties": W}), UNFIT),
    "values": (
        {"m": {"k": 1}},
        {"$.m": {"match": "values"}},
        obj(m={"type": "object", "additionalProperties": W}),
        FITS,
    ),
    "each-key-of-closed": (
        {"m": {"k": 1}},
        {"$.m": {"match": "eachKey", "rules": [regex("[a-z]")]}},
        obj(m={**obj(a=W), **CLOSED}),
        FITS,
    ),
    "each-value": (
        {"m": {"k": 1}},
        {"$.m": {"match": "eachValue", "rules": [TYPE]}},
        obj(m={"type": "object", "additionalProperties": S}),
        UNFIT,
    ),
    "each-value-spelled": (
        {"m": {"k": 1}},
        {"$.m": {"match": "each-value", "rules": [{"match": "integer"}]}},
        obj(m={"type": "object", "additionalProperties": W}),
        FITS,
    ),
    "array-contains": (
        {"l": [1, "x"]},
        {"$.l": {"match": "arrayContains", "variants": [{"index": 0, "rules": {"$": TYPE}}, {"index": 1}]}},
        obj(l=array({"anyOf": [W, S]})),
        FITS,
    ),
    "array-contains-other": (
        {"l": [{"k": 1}]},
        {
            "$.l": {
                "match": "array-contains",
                "variants": [{"index": 0, "rules": {"$.k": {"match": "integer"}}}],
            }
        },
        obj(l=array(obj(k=S))),
        UNFIT,
    ),
    "null-rule": ({"a": None}, {"$.a": {"match": "null"}}, obj(a=S), UNFIT),
    "boolean-rule": ({"a": True}, {"$.a": {"match": "boolean"}}, obj(a=B), FITS),
    "decimal-for-whole": ({"a": 1.5}, {"$.a": {"match": "decimal"}}, obj(a=W), UNFIT),
    "unknown-rule": ({"a": "x"}, {"$.a": {"match": "frobnicate"}}, obj(a=S), FITS),
    "undescribed-member": ({"z": 1}, None, obj(a=S), UNFIT),
    "member-of-an-open-object": ({"z": 1}, None, {"type": "object"}, FITS),
    "member-of-an-extensible": ({"z": 1}, None, {**obj(a=S), "additionalProperties": True}, FITS),
    "no-schema": ({"z": 1}, None, {}, FITS),
    "write-only": ({"p": "x"}, None, obj(p={**S, "writeOnly": True}), FITS),
    "pattern-of-ruby": ({"a": "x"}, None, obj(a={**S, "pattern": r"\A[a-z]+\Z"}), FITS),
    "lookahead": ({"a": "x"}, None, obj(a={**S, "pattern": "^(?=.*y)(x+)+$"}), UNFIT),
    "closed-enum-of-objects": ({"o": {"a": 1}}, None, obj(o={"enum": [{"a": 1, "b": 2}]}), FITS),
    "other-enum-of-objects": ({"o": {"a": 2}}, None, obj(o={"enum": [{"a": 1, "b": 2}]}), UNFIT),
    "array-at-the-top": (["x"], None, array(S), FITS),
    "text-of-json": ('{"a": 1}', None, obj(a=W), FITS),
    "json-text": ("hello", None, S, FITS),
}


@pytest.mark.parametrize(("value", "rules", "schema", "expected"), BODIES.values(), ids=BODIES)
def test_response_bodies(tmp_path, value, rules, schema, expected):
    """An example and its rules against a schema of OpenAPI 3.0."""
    assert check(tmp_path, answer(schema), None, body(value, rules)) == expected


COND = {
    "if": {"properties": {"kind": {"const": "a"}}, "required": ["kind"]},
    "then": {"properties": {"x": W}},
    "else": {"properties": {"x": S}},
}
BODIES_31 = {
    "if-then": ({"kind": "a", "x": "s"}, None, {**obj(kind=S, x={}), **COND}, UNFIT),
    "if-else": ({"kind": "b", "x": "s"}, None, {**obj(kind=S, x={}), **COND}, FITS),
    "if-open": ({"x": "s"}, None, {**obj(kind=S, x={}), **COND}, FITS),
    "prefix": (["a", 1], None, {"type": "array", "prefixItems": [S, W], "items": False}, FITS),
    "prefix-too-many": (["a", 1, 2], None, {"type": "array", "prefixItems": [S, W], "items": False}, UNFIT),
    "pattern-properties": (
        {"x-a": "s"},
        None,
        {"type": "object", "patternProperties": {"^x-": W}, **CLOSED},
        UNFIT,
    ),
    "pattern-properties-fit": (
        {"x-a": 1},
        None,
        {"type": "object", "patternProperties": {"^x-": W}, **CLOSED},
        FITS,
    ),
    "property-names": ({"b": 1}, None, {"type": "object", "propertyNames": {"enum": ["a"]}}, UNFIT),
    "unevaluated": (
        {"a": "x", "c": 1},
        None,
        {"allOf": [obj(a=S), obj(b=S)], "unevaluatedProperties": False},
        UNFIT,
    ),
    "unevaluated-fit": (
        {"a": "x", "b": "y"},
        None,
        {"allOf": [obj(a=S), obj(b=S)], "unevaluatedProperties": False},
        FITS,
    ),
    "dependent": ({"a": "x"}, None, {**obj(a=S, b=S), "dependentRequired": {"a": ["b"]}}, FITS),
    "dependent-schemas": (
        {"a": "x", "b": 1},
        None,
        {**obj(a=S, b={}), "dependentSchemas": {"a": obj(b=S)}},
        UNFIT,
    ),
    "type-list": ({"a": None}, None, obj(a={"type": ["string", "null"]}), FITS),
    "const": ({"a": "y"}, None, obj(a={"const": "x"}), UNFIT),
    "false-schema": ({"a": "y"}, None, obj(a=False), UNFIT),
    "true-schema": ({"a": "y"}, None, obj(a=True), FITS),
    "contains": ([1], None, {"type": "array", "contains": {"const": 2}}, UNFIT),
    "exclusive-of-3.0-in-3.1": ({"a": 5}, None, obj(a={**W, "minimum": 5, "exclusiveMinimum": True}), UNFIT),
}


@pytest.mark.parametrize(("value", "rules", "schema", "expected"), BODIES_31.values(), ids=BODIES_31)
def test_response_bodies_of_31(tmp_path, value, rules, schema, expected):
    """An example and its rules against a schema of OpenAPI 3.1."""
    assert check(tmp_path, answer(schema), None, body(value, rules), openapi="3.1.0") == expected


KINDS = {"A": obj("kind", kind=S, n=W), "B": obj("kind", kind=S, n=W)}
MAPPED = {"propertyName": "kind", "mapping": {"a": "#/components/schemas/A", "b": "#/components/schemas/B"}}
REFS = [{"$ref": "#/components/schemas/A"}, {"$ref": "#/components/schemas/B"}]


def one(*schemas, **more):
    return {"oneOf": list(schemas), **more}


# a value, rules, a schema with alternatives, whether it fits in a response, and in a request
OVERLAPS = {
    "whole-number": (1, None, one(W, N), UNFIT, UNFIT),
    "number": (1.5, None, one(W, N), FITS, FITS),
    "bounds": (5, None, one({**W, "minimum": 0}, {**W, "maximum": 9}), UNFIT, UNFIT),
    "bounds-one": (10, None, one({**W, "minimum": 0}, {**W, "maximum": 9}), FITS, FITS),
    "bounds-none": (5, None, one({**W, "minimum": 7}, {**W, "maximum": 3}), UNFIT, UNFIT),
    "of-three": (5, None, one(S, N, W), UNFIT, UNFIT),
    "text": ("ab", None, one(S, {**S, "maxLength": 2}), UNFIT, UNFIT),
    "text-one": ("abc", None, one(S, {**S, "maxLength": 2}), FITS, FITS),
    "text-by-type": ("ab", {"$.a": TYPE}, one(S, {**S, "maxLength": 2}), FITS, UNFIT),
    "formats": ("2020-01-01", None, one({**S, "format": "date"}, {**S, "format": "date-time"}), FITS, FITS),
    "format-and-text": ("2020-01-01", None, one({**S, "format": "date"}, S), UNFIT, UNFIT),
    "format-nobody-knows": ("x", None, one({**S, "format": "fruit"}, {**S, "format": "tree"}), FITS, UNFIT),
    "widths": (5, None, one({**W, "format": "int32"}, {**W, "format": "int64"}), UNFIT, UNFIT),
    "widths-one": (2**40, None, one({**W, "format": "int32"}, {**W, "format": "int64"}), FITS, FITS),
    "values": ("x", None, one({"enum": ["x", "y"]}, {"enum": ["x"]}), UNFIT, UNFIT),
    "values-one": ("y", None, one({"enum": ["x", "y"]}, {"enum": ["x"]}), FITS, FITS),
    "patterns": ("xy", None, one({**S, "pattern": "^x"}, {**S, "pattern": "y$"}), UNFIT, UNFIT),
    "pattern-and-not": ("xy", None, one({**S, "pattern": "^x"}, {"not": {"pattern": "^x"}}), FITS, FITS),
    "anything": (True, None, one({}, B), UNFIT, UNFIT),
    "beside-any-of": (1, None, {"anyOf": [W, S], **one(N, W)}, UNFIT, UNFIT),
    "in-any-of": (1, None, {"anyOf": [one(N, W), S]}, UNFIT, UNFIT),
    "in-any-of-one": (1, None, {"anyOf": [one(N, W), W]}, FITS, FITS),
    "in-all-of": (1, None, {"allOf": [one(N, W)]}, UNFIT, UNFIT),
    "nullable-beside": (None, None, one(S, W, nullable=True), FITS, FITS),
    "nullable-beside-overlap": (1, None, one(N, W, nullable=True), UNFIT, UNFIT),
    "null-of-both": (None, None, one({**S, "nullable": True}, {**W, "nullable": True}), UNFIT, UNFIT),
    "same-reference": ({"kind": "a", "n": 1}, None, one(*REFS[:1] * 2), UNFIT, UNFIT),
    "references": ({"kind": "a", "n": 1}, None, one(*REFS), UNFIT, UNFIT),
    "references-by-type": ({"kind": "a", "n": 1}, {"$.a.n": TYPE}, one(*REFS), FITS, UNFIT),
    "mapped": ({"kind": "a", "n": 1}, None, one(*REFS, discriminator=MAPPED), FITS, FITS),
    "mapped-other": ({"kind": "z", "n": 1}, None, one(*REFS, discriminator=MAPPED), UNFIT, UNFIT),
    "mapped-left-out": ({"n": 1}, None, one(*REFS, discriminator=MAPPED), FITS, UNFIT),
    "by-name": ({"kind": "A", "n": 1}, None, one(*REFS, discriminator={"propertyName": "kind"}), FITS, FITS),
    "by-value": ({"k": "a"}, None, one(obj("k", k={"enum": ["a"]}), obj("k", k={"enum": ["b"]})), FITS, FITS),
    "object": ({"x": 1}, None, one(obj("x", x=W), obj(x=N)), UNFIT, UNFIT),
    "object-one": ({"x": 1}, None, one(obj("x", x=W), obj("x", x=S)), FITS, FITS),
    "object-and-its-extension": ({"x": 1}, None, one(obj("x", x=W), obj("x", "y", x=W, y=W)), FITS, FITS),
    "object-with-its-extension": (
        {"x": 1, "y": 1}, None, one(obj("x", x=W, y=W), obj("x", "y", x=W, y=W)), UNFIT, UNFIT,
    ),
    "object-with-undescribed": ({"x": 1, "y": 1}, None, one(obj("x", x=W), obj("y", y=W)), UNFIT, UNFIT),
    "closed": ({"x": 1}, None, one({**obj(x=W), **CLOSED}, {**obj(y=W), **CLOSED}), FITS, FITS),
    "array": ([1], None, one(array(W), array(N)), UNFIT, UNFIT),
    "array-one": ([1], None, one(array(W), array(S)), FITS, FITS),
    "array-empty": ([], None, one(array(W), array(S)), UNFIT, UNFIT),
    "array-lengths": ([1], None, one(array(W, maxItems=1), array(W, minItems=1)), UNFIT, UNFIT),
    "array-lengths-one": ([1, 2], None, one(array(W, maxItems=1), array(W, minItems=1)), FITS, FITS),
    "array-by-type": ([1], {"$.a": {"match": "type", "min": 1}}, one(array(W), array(N)), FITS, UNFIT),
    "in-elements": ([1], None, array(one(W, N)), UNFIT, UNFIT),
    "in-elements-one": ([1.5, 1.25], None, array(one(W, N)), FITS, FITS),
    "in-map": ({"k": 1}, None, {"type": "object", "additionalProperties": one(W, N)}, UNFIT, UNFIT),
    "deep": ({"b": {"c": [1]}}, None, obj(b=obj(c=array(one(W, N)))), UNFIT, UNFIT),
}  # fmt: skip


@pytest.mark.parametrize("version", ["3.0.3", "3.1.0"])
@pytest.mark.parametrize("case", OVERLAPS.values(), ids=OVERLAPS)
def test_alternatives_of_one_of(tmp_path, case, version):
    """A value that fits two alternatives of `oneOf` fits none, at the top and in a member."""
    value, rules, schema, in_response, in_request = case
    if version == "3.1.0" and "nullable" in json.dumps(schema):
        pytest.skip("no keyword of this version")
    more = {"openapi": version, "components": {"schemas": KINDS}}
    member = obj("a", a=schema)
    assert check(tmp_path, answer(member), None, body({"a": value}, rules), **more) == in_response
    sent = {"body": {"a": value}, "headers": {"Content-Type": JSON}}
    takes_it = {"requestBody": {"content": {JSON: {"schema": member}}}}
    assert check(tmp_path, takes_it, sent, None, method="post", **more) == in_request
    if rules is None:
        assert check(tmp_path, answer(schema), None, body(value), **more) == in_response


# as the response cases of the Pact specification: what is expected, what there is, whether they match
SPECIFICATION = {
    "different-order": ({"a": ["x", "y"]}, {"a": ["y", "x"]}, None, UNFIT),
    "different-value": ({"a": "x"}, {"a": "y"}, None, UNFIT),
    "missing-index": (["x", "y"], ["x"], None, UNFIT),
    "missing-key": ({"a": "x", "b": "y"}, {"a": "x"}, None, UNFIT),
    "unexpected-index": (["x"], ["x", None], None, UNFIT),
    "unexpected-key": ({"a": "x"}, {"a": "x", "b": None}, None, FITS),
    "null-expected": ({"a": None}, {"a": "x"}, None, UNFIT),
    "null-in-array-expected": ({"a": [None]}, {"a": ["x"]}, None, UNFIT),
    "null-there": ({"a": "x"}, {"a": None}, None, UNFIT),
    "number-there": ({"a": "4"}, {"a": 4}, None, UNFIT),
    "text-there": ({"a": 4}, {"a": "4"}, None, UNFIT),
    "text-in-array": ([1, 2], ["1", 2], None, UNFIT),
    "name-in-other-case": ({"a": "x"}, {"A": "x"}, None, UNFIT),
    "order-of-keys": ({"a": 1, "b": 2}, {"b": 2, "a": 1}, None, FITS),
    "deep": ({"a": {"b": [{"c": 1}]}}, {"a": {"b": [{"c": 1, "d": 2}]}}, None, FITS),
    "deep-other": ({"a": {"b": [{"c": 1}]}}, {"a": {"b": [{"c": 2}]}}, None, UNFIT),
    "objects-first": ([{"c": "red"}], [{"c": "red"}, {"c": "green"}], None, UNFIT),
    "empty-object": ({}, {"a": 1}, None, FITS),
    "empty-array": ([], ["x"], None, UNFIT),
    "type": ({"a": {"b": "x", "n": 1}}, {"a": {"b": "y", "n": 2}}, {"$": TYPE}, FITS),
    "type-other": ({"a": {"b": "x"}}, {"a": {"b": 5}}, {"$.a": TYPE}, UNFIT),
    "regex": ({"a": "Mary"}, {"a": "Harry"}, {"$.a": regex(r"\w+")}, FITS),
    "regex-other": ({"a": "Mary"}, {"a": "-"}, {"$.a": regex(r"\w+")}, UNFIT),
    "bracket-notation": (
        {"a": {"b c": "Mary"}},
        {"a": {"b c": "Sue"}},
        {"$['a']['b c']": regex(r"\w+")},
        FITS,
    ),
    "array-by-example": ([{"a": "x"}], [{"a": "y"}, {"a": "z"}], {"$": {"match": "type", "min": 1}}, FITS),
    "array-by-example-other": ([{"a": "x"}], [{"a": 5}], {"$": {"match": "type", "min": 1}}, UNFIT),
    "array-too-small": ([{"a": "x"}], [{"a": "y"}], {"$": {"match": "type", "min": 2}}, UNFIT),
    "array-too-big": (["x"], ["y", "z", "w"], {"$": {"match": "type", "max": 2}}, UNFIT),
    "array-nested": ([["x"]], [["y"], ["z"]], {"$": {"match": "type", "min": 1}, "$[*]": TYPE}, FITS),
    "array-regex": ({"a": ["1"]}, {"a": ["2", "3"]}, {"$.a": TYPE, "$.a[*]": regex(r"\d")}, FITS),
    "array-regex-other": ({"a": ["1"]}, {"a": ["2", "x"]}, {"$.a": TYPE, "$.a[*]": regex(r"\d")}, UNFIT),
    "integers": ({"a": 1}, {"a": 2}, {"$.a": {"match": "integer"}}, FITS),
    "integers-other": ({"a": 1}, {"a": 2.5}, {"$.a": {"match": "integer"}}, UNFIT),
    "decimals": ({"a": 1.1}, {"a": 2.5}, {"$.a": {"match": "decimal"}}, FITS),
    "decimals-other": ({"a": 1.1}, {"a": 2}, {"$.a": {"match": "decimal"}}, UNFIT),
    "equality-in-type": (
        {"a": {"b": "x"}},
        {"a": {"b": "y"}},
        {"$": TYPE, "$.a.b": {"match": "equality"}},
        UNFIT,
    ),
    "values": ({"m": {"k": 1}}, {"m": {"z": 2}}, {"$.m": {"match": "values"}, "$.m.*": TYPE}, FITS),
    "additional-property": ({"a": {"k": "x"}}, {"a": {"k": "y", "z": "w"}}, {"$": TYPE}, FITS),
}


@pytest.mark.parametrize(("expected", "actual", "rules", "result"), SPECIFICATION.values(), ids=SPECIFICATION)
def test_specification(tmp_path, expected, actual, rules, result):
    """A document that allows one response: the pact fits if its consumer accepts this response."""
    schema = exactly(actual)
    assert check(tmp_path, answer(schema), None, body(expected, rules), openapi="3.1.0") == result
    constant = {"const": actual}
    assert check(tmp_path, answer(constant), None, body(expected, rules), openapi="3.1.0") == result


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_case(case):
    """A pact and a document that were once judged wrongly: the exit code of the case's verdict."""
    right = re.findall(r"\d+", (case / "verdict.txt").read_text().splitlines()[0])
    assert str(verdict_of(case / "openapi.yaml", case / "pact.json")) in right


def takes(name, schema, place="query", **more):
    """An operation with one parameter."""
    return {"parameters": [{"name": name, "in": place, "schema": schema, **more}]}


def sends(query=None, **headers):
    """A request with a query and headers."""
    return {"query": query or "", "headers": {name.replace("_", "-"): text for name, text in headers.items()}}


PAIR = obj(a=W, b=S)
PARAMETERS = {
    "number": (takes("n", W), sends("n=1"), FITS),
    "no-number": (takes("n", W), sends("n=x"), UNFIT),
    "exponent": (takes("n", N), sends("n=1e3"), FITS),
    "empty-number": (takes("n", N), sends("n="), UNFIT),
    "empty-allowed": (takes("n", N, allowEmptyValue=True), sends("n="), FITS),
    "boolean": (takes("n", B), sends("n=true"), FITS),
    "text-of-digits": (takes("n", S), sends("n=12"), FITS),
    "enum-of-numbers": (takes("n", {**W, "enum": [1, 2]}), sends("n=3"), UNFIT),
    "required": (takes("n", W, required=True), sends(), UNFIT),
    "undescribed": (takes("n", W), sends("m=1"), FITS),
    "array": (takes("n", array(W)), sends("n=1&n=2"), FITS),
    "array-of-one": (takes("n", array(W)), sends("n=1"), FITS),
    "array-with-brackets": (takes("n", array(W)), sends("n[]=1&n[]=2"), FITS),
    "array-of-others": (takes("n", array(W)), sends("n=1&n=x"), UNFIT),
    "array-too-long": (takes("n", array(W, maxItems=1)), sends("n=1&n=2"), UNFIT),
    "array-in-one": (takes("n", array(W), explode=False), sends("n=1,2"), FITS),
    "array-in-one-of-others": (takes("n", array(W), explode=False), sends("n=1,x"), UNFIT),
    "array-exploded-in-one": (takes("n", array(W)), sends("n=1,2"), UNFIT),
    "pipes": (takes("n", array(W), style="pipeDelimited", explode=False), sends("n=1|2"), FITS),
    "spaces": (takes("n", array(W), style="spaceDelimited", explode=False), sends("n=1%202"), FITS),
    "array-as-object": (takes("n", array(W)), {"query": {"n": ["1", "2"]}}, FITS),
    "object": (takes("n", PAIR), sends("a=1&b=x"), FITS),
    "object-of-others": (takes("n", PAIR), sends("a=x"), UNFIT),
    "object-in-one": (takes("n", PAIR, explode=False), sends("n=a,1,b,x"), FITS),
    "object-in-one-of-others": (takes("n", PAIR, explode=False), sends("n=a,x"), UNFIT),
    "deep": (takes("n", PAIR, style="deepObject", explode=True), sends("n[a]=1&n[b]=x"), FITS),
    "deep-of-others": (takes("n", PAIR, style="deepObject", explode=True), sends("n[a]=x"), UNFIT),
    "deep-lacks": (takes("n", obj("b", a=W, b=S), style="deepObject"), sends("n[a]=1"), UNFIT),
    "deep-in-deep": (takes("n", obj(c=PAIR), style="deepObject"), sends("n[c][a]=1"), FITS),
    "content": (
        {"parameters": [{"name": "n", "in": "query", "content": {JSON: {"schema": PAIR}}}]},
        sends("n=%7B%22a%22%3A1%7D"),
        FITS,
    ),
    "content-of-others": (
        {"parameters": [{"name": "n", "in": "query", "content": {JSON: {"schema": PAIR}}}]},
        sends("n=%7B%22a%22%3A%22x%22%7D"),
        UNFIT,
    ),
    "content-of-xml": (
        {"parameters": [{"name": "n", "in": "query", "content": {"application/xml": {"schema": PAIR}}}]},
        sends("n=x"),
        FITS,
    ),
    "header": (takes("X-N", W, "header"), sends(X_N="1"), FITS),
    "header-of-others": (takes("X-N", W, "header"), sends(x_n="x"), UNFIT),
    "header-required": (takes("X-N", W, "header", required=True), sends(), UNFIT),
    "header-array": (takes("X-N", array(W), "header"), sends(X_N="1, 2"), FITS),
    "header-array-of-others": (takes("X-N", array(W), "header"), sends(X_N="1,x"), UNFIT),
    "header-object": (takes("X-N", PAIR, "header"), sends(X_N="a,1,b,x"), FITS),
    "header-object-exploded": (takes("X-N", PAIR, "header", explode=True), sends(X_N="a=1,b=x"), FITS),
    "header-ignored": (takes("Authorization", W, "header", required=True), sends(), FITS),
    "cookie": (takes("n", W, "cookie", required=True), sends(Cookie="m=x; n=1"), FITS),
    "cookie-of-others": (takes("n", W, "cookie"), sends(Cookie="n=x"), UNFIT),
    "accept": (answer(obj(a=S)), sends(Accept="application/json"), FITS),
    "accept-any": (answer(obj(a=S)), sends(Accept="text/html, */*;q=0.1"), FITS),
    "accept-other": (answer(obj(a=S)), sends(Accept="application/xml"), UNFIT),
    "accept-of-none": ({}, sends(Accept="application/xml"), FITS),
}


@pytest.mark.parametrize(("operation", "request_", "expected"), PARAMETERS.values(), ids=PARAMETERS)
def test_parameters(tmp_path, operation, request_, expected):
    """Parameters of every place and style."""
    assert check(tmp_path, operation, request_) == expected


PATHS = {
    "hyphen": ("/boxes/{box-id}", "/boxes/7", {}, FITS),
    "dot": ("/boxes/{box.id}", "/boxes/7", {}, FITS),
    "extension": ("/boxes/{id}.json", "/boxes/7.json", {}, FITS),
    "two-in-one": ("/boxes/{a}-{b}", "/boxes/7-8", {}, FITS),
    "twice": ("/boxes/{a}/of/{a}", "/boxes/7/of/8", {}, FITS),
    "colon": ("/boxes:clear", "/boxes:clear", {}, FITS),
    "encoded": ("/caf\u00e9/{n}", "/caf%c3%a9/a%2Fb", {}, FITS),
    "encoded-template": ("/caf%C3%A9", "/caf\u00e9", {}, FITS),
    "slash-at-the-end": ("/boxes", "/boxes/", {}, UNFIT),
    "other-case": ("/boxes", "/Boxes", {}, UNFIT),
    "server": ("/boxes", "/v2/boxes", {"servers": [{"url": "https://shop.example/v2/"}]}, FITS),
    "server-left-out": ("/boxes", "/boxes", {"servers": [{"url": "https://shop.example/v2/"}]}, FITS),
    "other-server": ("/boxes", "/v3/boxes", {"servers": [{"url": "https://shop.example/v2/"}]}, UNFIT),
    "relative-server": ("/boxes", "/v2/boxes", {"servers": [{"url": "/v2"}]}, FITS),
    "several-servers": ("/boxes", "/b/boxes", {"servers": [{"url": "/a"}, {"url": "/b"}]}, FITS),
    "variable": (
        "/boxes",
        "/v3/boxes",
        {
            "servers": [
                {"url": "https://{host}/{v}", "variables": {"v": {"enum": ["v2", "v3"], "default": "v2"}}}
            ]
        },
        FITS,
    ),
    "variable-of-any": (
        "/boxes/{n}",
        "/v9/boxes/1",
        {"servers": [{"url": "/{v}", "variables": {"v": {"default": "v2"}}}]},
        FITS,
    ),
}


V1, V2, V3 = ([{"url": f"https://shop.example/v{number}"}] for number in (1, 2, 3))
READ = {"responses": {"200": {"description": "d"}}}


@pytest.mark.parametrize(
    ("path", "operation"),
    [
        ("/v1/boxes", "document"),
        ("/v2/lids", "path"),
        ("/v1/lids", ""),
        ("/v3/keys", "operation"),
        ("/v2/keys", ""),
        ("/v1/keys", ""),
        ("/keys", "operation"),
    ],
)
def test_servers_of_a_path_and_of_an_operation(path, operation):
    """The servers of an operation replace those of its path, and these those of the document."""
    document = Document(
        {
            "openapi": "3.0.3",
            "servers": V1,
            "paths": {
                "/boxes": {"get": {**READ, "operationId": "document"}},
                "/lids": {"servers": V2, "get": {**READ, "operationId": "path"}},
                "/keys": {"servers": V2, "get": {**READ, "servers": V3, "operationId": "operation"}},
            },
        },
        Path("openapi.json"),
    )
    match = document.match("GET", path)
    assert (match.id if match else "") == operation


@pytest.mark.parametrize(("template", "path", "more", "expected"), PATHS.values(), ids=PATHS)
def test_paths(tmp_path, template, path, more, expected):
    """Templates, and the paths of servers before them."""
    assert check(tmp_path, {}, path=path, template=template, **more) == expected


def test_path_values(tmp_path):
    """The values of every parameter of a template are compared, also those of one name twice."""
    for place, style in (("/{n}", "simple"), ("/{n}", "label"), ("/{n}", "matrix"), ("/x/{n}/{n}", "simple")):
        operation = takes("n", array(W), "path", required=True, style=style)
        good, bad = {"label": (".1,2", ".x"), "matrix": (";n=1,2", ";n=x")}.get(style, ("1,2", "x"))
        path = place.replace("{n}", good)
        assert check(tmp_path, operation, path=path, template=place) == FITS, style
        path = place.replace("{n}", good, 1).replace("{n}", bad).replace(good, bad, place.count("n") == 1)
        assert check(tmp_path, operation, path=path, template=place) == UNFIT, style


def with_body(*media, schema=PAIR, **more):
    return {"requestBody": {"content": {name: {"schema": schema} for name in media}, **more}}


FORM, PARTS = "application/x-www-form-urlencoded", "multipart/form-data"
MULTIPART = '--B\r\nContent-Disposition: form-data; name="a"\r\n\r\n{}\r\n--B--\r\n'


def posts(content, media=JSON):
    return {"body": content, "headers": {"Content-Type": media} if media else {}}


REQUEST_BODIES = {
    "json": (with_body(JSON), posts({"a": 1}), FITS),
    "json-of-others": (with_body(JSON), posts({"a": "x"}), UNFIT),
    "json-without-type": (with_body(JSON), posts({"a": "x"}, None), UNFIT),
    "json-for-xml-without-type": (with_body("application/xml"), posts({"a": 1}, None), UNFIT),
    "charset": (with_body(JSON), posts({"a": 1}, "application/json; charset=UTF-8"), FITS),
    "described-charset": (with_body("application/json;charset=utf-8"), posts({"a": "x"}), UNFIT),
    "other-charset": (
        with_body("application/json;charset=utf-8"),
        posts({"a": 1}, "application/json;charset=latin-1"),
        UNFIT,
    ),
    "any": (with_body("*/*"), posts({"a": "x"}), UNFIT),
    "application-any": (with_body("application/*"), posts({"a": "x"}), UNFIT),
    "versioned": (
        with_body("application/vnd.shop.v2+json"),
        posts({"a": 1}, "application/vnd.shop.v2+json"),
        FITS,
    ),
    "versioned-other": (
        with_body("application/vnd.shop.v2+json"),
        posts({"a": 1}, "application/vnd.shop.v1+json"),
        UNFIT,
    ),
    "type-in-capitals": (with_body(JSON), posts({"a": 1}, "Application/JSON"), FITS),
    "type-without-body": (with_body("image/png"), {"headers": {"Content-Type": JSON}}, UNFIT),
    "xml": (with_body("application/xml"), posts("<a/>", "application/xml"), FITS),
    "form": (with_body(FORM), posts("a=1&b=x", FORM), FITS),
    "form-of-others": (with_body(FORM), posts("a=x", FORM), UNFIT),
    "form-lacks": (with_body(FORM, schema=obj("b", a=W, b=S)), posts("a=1", FORM), UNFIT),
    "form-array": (with_body(FORM, schema=obj(a=array(W))), posts("a=1&a=2", FORM), FITS),
    "multipart": (with_body(PARTS), posts(MULTIPART.format(1), f"{PARTS}; boundary=B"), FITS),
    "multipart-of-others": (with_body(PARTS), posts(MULTIPART.format("x"), f"{PARTS}; boundary=B"), UNFIT),
    "text": (with_body("text/plain", schema={**S, "maxLength": 2}), posts("abc", "text/plain"), UNFIT),
    "number-as-text": (with_body("text/plain", schema=W), posts("12", "text/plain"), FITS),
    "no-body": (with_body(JSON), {}, FITS),
    "no-required-body": (with_body(JSON, required=True), {}, UNFIT),
    "null-for-required": (with_body(JSON, required=True), posts(None), UNFIT),
    "null-that-is-allowed": (
        with_body(JSON, required=True, schema={**PAIR, "nullable": True}),
        posts(None),
        FITS,
    ),
    "body-of-none": ({}, posts({"a": 1}), FITS),
    "member-of-none": (with_body(JSON), posts({"z": 1}), FITS),
    "read-only-sent": (with_body(JSON, schema=obj("a", a={**W, "readOnly": True})), posts({"a": 1}), FITS),
    "read-only-by-reference": (
        with_body(JSON, schema={"allOf": [obj(a={**W, "readOnly": True}), {"required": ["a"]}]}),
        posts({}),
        FITS,
    ),
    "one-of-two-fit": (with_body(JSON, schema={"oneOf": [PAIR, obj(a=W)]}), posts({"a": 1}), UNFIT),
    "required-member": (with_body(JSON, schema=obj("b", a=W, b=S)), posts({"a": 1}), UNFIT),
    "rule-of-more": (
        with_body(JSON, schema=obj(l=array(W, maxItems=2))),
        {
            **posts({"l": [1]}),
            "matchingRules": {"body": {"$.l": {"matchers": [{"match": "type", "min": 3}]}}},
        },
        UNFIT,
    ),
}


@pytest.mark.parametrize(("operation", "request_", "expected"), REQUEST_BODIES.values(), ids=REQUEST_BODIES)
def test_request_bodies(tmp_path, operation, request_, expected):
    """Bodies of requests by media type."""
    assert check(tmp_path, operation, request_, method="post") == expected


SCHEMES = {
    "basic": {"type": "http", "scheme": "basic"},
    "bearer": {"type": "http", "scheme": "bearer"},
    "header": {"type": "apiKey", "in": "header", "name": "X-Key"},
    "query": {"type": "apiKey", "in": "query", "name": "key"},
    "cookie": {"type": "apiKey", "in": "cookie", "name": "sid"},
    "oauth": {"type": "oauth2", "flows": {}},
    "link": {"$ref": "#/components/securitySchemes/header"},
    "broken": {"type": "apiKey", "in": "header"},
    "tls": {"type": "mutualTLS"},
}
SECURITY = {
    "basic": ([{"basic": []}], sends(Authorization="BaSiC abc"), FITS),
    "basic-missing": ([{"basic": []}], sends(), UNFIT),
    "bearer-for-basic": ([{"basic": []}], sends(Authorization="Bearer abc"), UNFIT),
    "basic-or-bearer": ([{"basic": []}, {"bearer": []}], sends(Authorization="Bearer abc"), FITS),
    "oauth": ([{"oauth": ["read"]}], sends(Authorization="Bearer abc"), FITS),
    "query": ([{"query": []}], sends("key=1"), FITS),
    "cookie": ([{"cookie": []}], sends(Cookie="sid=1"), FITS),
    "cookie-missing": ([{"cookie": []}], sends(Cookie="other=1"), UNFIT),
    "both": ([{"header": [], "query": []}], sends("key=1", X_Key="1"), FITS),
    "one-of-both": ([{"header": [], "query": []}], sends("key=1"), UNFIT),
    "either": ([{"header": []}, {"query": []}], sends("key=1"), FITS),
    "neither": ([{"header": []}, {"query": []}], sends(), UNFIT),
    "optional": ([{"header": []}, {}], sends(), FITS),
    "none": ([], sends(), FITS),
    "link": ([{"link": []}], sends(), UNFIT),
    "tls": ([{"tls": []}], sends(), FITS),
    "broken": ([{"broken": []}], sends(), UNUSABLE),
    "gone": ([{"gone": []}], sends(), UNUSABLE),
    "text": (["header"], sends(), UNUSABLE),
    "null": (None, sends(), FITS),
}


@pytest.mark.parametrize(("security", "request_", "expected"), SECURITY.values(), ids=SECURITY)
def test_security(tmp_path, security, request_, expected):
    """Every alternative, every place, and schemes that are not as they should be."""
    components = {"securitySchemes": SCHEMES}
    assert check(tmp_path, {"security": security}, request_, components=components) == expected
    error = {"responses": {"401": {"description": "d"}}}
    refused = {"status": 401}
    if expected != UNUSABLE:
        assert (
            check(tmp_path, {"security": security, **error}, sends(), refused, components=components) == FITS
        )


PET = {"discriminator": {"propertyName": "kind"}, **obj("kind", kind=S)}
SCHEMAS = {
    "Pet": PET,
    "Cat": {"allOf": [{"$ref": "#/components/schemas/Pet"}, obj(meow=B)]},
    "Dog": obj("kind", kind=S, bark=B),
    "Said": obj(kind={"enum": ["said"]}),
}
EITHER = {"oneOf": [{"$ref": f"#/components/schemas/{name}"} for name in ("Dog", "Said")]}
DISCRIMINATED = {
    "by-name": ({**EITHER, "discriminator": {"propertyName": "kind"}}, {"kind": "Dog", "bark": True}, FITS),
    "by-itself": ({**EITHER, "discriminator": {"propertyName": "kind"}}, {"kind": "said"}, FITS),
    "by-nothing": ({**EITHER, "discriminator": {"propertyName": "kind"}}, {"kind": "fox"}, UNFIT),
    "left-out": ({**EITHER, "discriminator": {"propertyName": "kind"}}, {"bark": True}, FITS),
    "mapped": (
        {**EITHER, "discriminator": {"propertyName": "kind", "mapping": {"d": "Dog"}}},
        {"kind": "d", "bark": True},
        FITS,
    ),
    "name-of-a-mapped": (
        {**EITHER, "discriminator": {"propertyName": "kind", "mapping": {"d": "#/components/schemas/Dog"}}},
        {"kind": "Dog"},
        UNFIT,
    ),
    "inherited": ({"$ref": "#/components/schemas/Pet"}, {"kind": "Cat", "meow": True}, FITS),
    "inherited-of-others": ({"$ref": "#/components/schemas/Pet"}, {"kind": "Cat", "meow": "x"}, UNFIT),
    "alone": ({"discriminator": {"propertyName": "kind"}}, {}, FITS),
}


@pytest.mark.parametrize(("schema", "value", "expected"), DISCRIMINATED.values(), ids=DISCRIMINATED)
def test_discriminators(tmp_path, schema, value, expected):
    """The value selects the schema: by its name, a mapping, or the schema itself."""
    assert check(tmp_path, answer(schema), None, body(value), components={"schemas": SCHEMAS}) == expected


def header(schema, **more):
    return {"responses": {"200": {"description": "d", "headers": {"X-N": {"schema": schema, **more}}}}}


RESPONSES = {
    "header": (header(W), {"headers": {"x-n": "1"}}, FITS),
    "header-of-others": (header(W), {"headers": {"X-N": "x"}}, UNFIT),
    "header-array": (header(array(W)), {"headers": {"X-N": "1, 2"}}, FITS),
    "header-in-other-case": (header({"enum": ["Alligators"]}), {"headers": {"X-N": "alligators"}}, UNFIT),
    "header-by-type": (
        header({"enum": ["Alligators"]}),
        {"headers": {"X-N": "a"}, "matchingRules": {"header": {"X-N": {"matchers": [TYPE]}}}},
        FITS,
    ),
    "undescribed-header": (header(W), {"headers": {"X-M": "1"}}, UNFIT),
    "accept-as-header": (header(W), {"headers": {"Accept": "1"}}, UNFIT),
    "header-with-content": (
        {"responses": {"200": {"description": "d", "headers": {"X-N": {"content": {JSON: {"schema": W}}}}}}},
        {"headers": {"X-N": "x"}},
        UNFIT,
    ),
    "status": ({}, {"status": 404}, UNFIT),
    "class": ({"responses": {"4XX": {"description": "d"}}}, {"status": 404}, FITS),
    "default": ({"responses": {"default": {"description": "d"}}}, {"status": 404}, FITS),
    "status-of-a-class": (
        {"responses": {"404": {"description": "d"}}},
        {
            "status": 400,
            "matchingRules": {"status": {"matchers": [{"match": "statusCode", "status": "clientError"}]}},
        },
        FITS,
    ),
    "status-of-no-class": (
        {},
        {
            "status": 500,
            "matchingRules": {"status": {"matchers": [{"match": "status-code", "status": "error"}]}},
        },
        UNFIT,
    ),
    "body-of-none": ({}, body({"a": 1}), UNFIT),
    "type-of-none": ({}, {"headers": {"Content-Type": JSON}}, FITS),
    "null-of-none": ({}, {"body": None}, FITS),
    "null-of-some": (answer(obj()), {"body": None}, UNFIT),
    "empty-of-some": (answer(obj()), {"body": ""}, UNFIT),
    "other-type": (answer(obj()), body({}, media="text/html"), UNFIT),
    "text-of-html": (answer(S, media="text/html"), {"body": "boom"}, FITS),
    "text-of-enum": (answer({"enum": ["on"]}, media="text/plain"), {"body": "off"}, UNFIT),
    "image": (
        answer({"type": "string", "format": "binary"}, media="image/png"),
        body("abc", media="image/png"),
        FITS,
    ),
    "xml": (answer(obj(a=W), media="application/xml"), body("<a>x</a>", media="application/xml"), FITS),
    "problem": (
        answer(obj(a=W), media="application/problem+json"),
        body({"a": "x"}, media="application/problem+json"),
        UNFIT,
    ),
}


@pytest.mark.parametrize(("operation", "response", "expected"), RESPONSES.values(), ids=RESPONSES)
def test_responses(tmp_path, operation, response, expected):
    """Statuses, headers and media types of responses."""
    assert check(tmp_path, operation, None, response) == expected


INVALID = {
    "pattern": obj(a={**S, "pattern": "["}),
    "length": obj(a={**S, "minLength": "1"}),
    "required": obj(a={**S, "required": True}),
    "properties": {"type": "object", "properties": ["a"]},
    "type": obj(a={"type": "sting"}),
}


@pytest.mark.parametrize("schema", INVALID.values(), ids=INVALID)
def test_invalid_schemas(tmp_path, schema):
    """A schema that is none makes the document unusable, where it is needed."""
    assert check(tmp_path, answer(schema), None, body({"a": "x"})) == UNUSABLE
    assert check(tmp_path, {**answer(schema)}, None, {}) == FITS


def test_interactions_are_independent(tmp_path):
    """One that cannot be read is named, and takes no other's result with it."""
    good = {
        "description": "good",
        "request": {"method": "GET", "path": "/boxes"},
        "response": {"status": 200},
    }
    bad = {**good, "description": "bad", "response": {"matchingRules": {"body": {"$[[[": {"match": "type"}}}}}
    document = {"openapi": "3.0.3", "info": {}, "paths": {"/boxes": {"get": {"responses": {"200": {}}}}}}
    pact = {"consumer": {"name": "c"}, "provider": {"name": "p"}, "interactions": [bad, good]}
    pact["metadata"] = {"pactSpecification": {"version": "3.0.0"}}
    (tmp_path / "openapi.json").write_text(json.dumps(document))
    (tmp_path / "pact.json").write_text(json.dumps(pact, indent=1))
    loaded = load_document(tmp_path / "openapi.json")
    result = compare_contracts(
        collect_contracts([tmp_path / "pact.json"], lenient=True), loaded, "p", whole=False
    )
    (contract,) = result.contracts
    assert [item.verdict for item in contract.interactions] == ["fits"]
    (unread,) = contract.unusable
    assert (unread.description, unread.pact.pointer) == ("bad", "/interactions/0")
    assert "cannot be read at character 1" in unread.problem


def test_schemas_that_refer_to_each_other(tmp_path):
    """150 schemas, each with all others as members: told in a moment, and the same places as for few."""
    names = [f"T{number}" for number in range(150)]
    references = {name: {"$ref": f"#/components/schemas/{name}"} for name in names}
    schemas = {name: {"type": "object", "properties": {**references, "id": S}} for name in names}
    components = {"schemas": schemas}
    good, bad = {"T1": {"T2": {"id": "x"}}}, {"T1": {"T2": {"id": 5}}}
    assert check(tmp_path, answer(references["T0"]), None, body(good), components=components) == FITS
    assert check(tmp_path, answer(references["T0"]), None, body(bad), components=components) == UNFIT
    document = load_document(tmp_path / "openapi.json")
    (contract,) = compare_contracts(
        collect_contracts([tmp_path / "pact.json"]), document, "shop", whole=False
    ).contracts
    places = [item.document.pointer for item in contract.interactions[0].disagreements if item.rule == "type"]
    assert places == ["/components/schemas/T2/properties/id"]
