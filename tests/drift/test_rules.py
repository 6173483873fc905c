"""Rules: each has a pair of documents that differ by it, and the way back is another rule."""

from __future__ import annotations

import copy

import pytest

from drift_documents import (
    BASE,
    POST,
    REQUEST_SCHEMA,
    RESPONSE,
    RESPONSE_SCHEMA,
    SCHEMA_PLACES,
    TEXT,
    compare,
    compare_everything,
    differing_rules,
    edit_document,
    parameter,
)
from storepact.drift.rules import RULES, Breaks


def pair_of(before, after):
    """A pair of documents: the edits of both."""
    return {"before": before, "after": after}


def reverse(edits):
    return pair_of(edits, [])


def flag(name, before, after):
    """A flag of a parameter that is other."""
    path = (*POST, "parameters", 1, name)
    return pair_of([(path, before)], [(path, after)])


TWO_CREDENTIALS = reverse([((*POST, "security"), [{"key": []}, {"other": []}])])


def oauth(security, scopes=None):
    """An operation that takes a token with a scope; other requirements, or other scopes that are offered."""
    scheme = {
        "type": "oauth2",
        "flows": {"clientCredentials": {"tokenUrl": "https://a.example.com", "scopes": {"read": "read"}}},
    }
    other = copy.deepcopy(scheme)
    if scopes is not None:
        other["flows"]["clientCredentials"]["scopes"] = scopes
    place, used = ("components", "securitySchemes", "oauth"), [{"oauth": ["read"]}]
    return pair_of(
        [(place, scheme), ((*POST, "security"), used)],
        [(place, other), ((*POST, "security"), used if security is None else security)],
    )


def callback(parameter=None, statuses=("204",), body=None):
    """A callback of an operation."""
    request = {
        "parameters": [{"name": "p", "in": "query", "schema": {"type": "string"}, **(parameter or {})}],
        "responses": {status: {"description": "ok"} for status in statuses},
        "requestBody": {"content": {"application/json": {"schema": {}}}, **(body or {})},
    }
    if parameter == {}:
        request["parameters"] = []
    return [((*POST, "callbacks"), {"done": {"{$request.body#/url}": {"post": request}}})]


CALLBACKS = {
    "callback-removed": pair_of(callback(), []),
    "callback-added": callback(),
    "callback-body-became-optional": pair_of(callback(body={"required": True}), callback()),
    "callback-body-became-required": pair_of(callback(), callback(body={"required": True})),
    "callback-parameter-removed": pair_of(callback(), callback({})),
    "callback-parameter-added": pair_of(callback({}), callback()),
    "callback-parameter-changed": pair_of(callback(), callback({"explode": False})),
    "callback-parameter-became-optional": pair_of(callback({"required": True}), callback()),
    "callback-parameter-became-required": pair_of(callback(), callback({"required": True})),
    "callback-status-removed": pair_of(callback(statuses=("204", "202")), callback()),
    "callback-status-added": pair_of(callback(), callback(statuses=("204", "202"))),
}

EDITS = {
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
    "document-unrelated": [(("paths",), {"/x": {"get": {"responses": {}}}})],
    "document-text-changed": [(("info", "title"), "T")],
    "openapi-version-changed": [(("openapi",), "3.0.4")],
    "path-changed": "slash",
    "server-text-changed": [(("servers", 0, "description"), "the first")],
    "security-alternative-removed": TWO_CREDENTIALS,
    "security-scope-added": oauth([{"oauth": ["read", "write"]}]),
    "security-loosened": oauth([{"oauth": []}]),
    "security-scheme-changed": oauth(None, scopes={}),
    "security-text-changed": oauth(None, scopes={"read": "Read"}),
    "parameter-media-type-changed": [
        ((*POST, "parameters", 1), {"name": "q", "in": "query", "content": {"application/json": {}}})
    ],
    "parameter-empty-value-forbidden": flag("allowEmptyValue", True, False),
    "parameter-empty-value-allowed": flag("allowEmptyValue", False, True),
    "parameter-reserved-forbidden": flag("allowReserved", True, False),
    "parameter-reserved-allowed": flag("allowReserved", False, True),
    "parameter-deprecated": flag("deprecated", False, True),
    "parameter-revived": flag("deprecated", True, False),
    "request-encoding-changed": [
        ((*POST, "requestBody", "content", "text/csv", "encoding"), {"a": {"contentType": "text/plain"}})
    ],
    "response-encoding-changed": [
        ((*RESPONSE, "content", "text/csv", "encoding"), {"a": {"contentType": "text/plain"}})
    ],
    "response-link-changed": [((*RESPONSE, "links"), {"self": {"operationId": "getThing"}})],
    "response-header-style-changed": [((*RESPONSE, "headers", "X-Maybe", "explode"), True)],
    "response-header-deprecated": [((*RESPONSE, "headers", "X-Maybe", "deprecated"), True)],
    "response-header-revived": reverse([((*RESPONSE, "headers", "X-Maybe", "deprecated"), True)]),
    **CALLBACKS,
    "annotation-changed": [((*REQUEST_SCHEMA, "properties", "name", "title"), "Name")],
    "xml-changed": [((*REQUEST_SCHEMA, "properties", "name", "xml"), {"attribute": True})],
    "parameter-default-changed": [((*POST, "parameters", 1, "schema", "default"), "y")],
    "request-body-added-required": [
        (("paths", "/things/{id}", "delete", "requestBody"), {"required": True, "content": {"text/csv": {}}})
    ],
    "request-body-added-optional": [
        (("paths", "/things/{id}", "delete", "requestBody"), {"content": {"text/csv": {}}})
    ],
    "request-body-removed": [((*POST, "requestBody"), None)],
    "request-body-became-required": [(("paths", "/things/{id}", "put", "requestBody", "required"), True)],
    "request-body-became-optional": [((*POST, "requestBody", "required"), False)],
    "request-media-type-removed": [((*POST, "requestBody", "content", "text/csv"), None)],
    "request-media-type-added": [
        ((*POST, "requestBody", "content", "text/xml"), {"schema": {"type": "string"}})
    ],
    "request-member-added-required": [
        ((*REQUEST_SCHEMA, "properties", "new"), {"type": "string"}),
        ((*REQUEST_SCHEMA, "required"), ["name", "new"]),
    ],
    "request-member-added-optional": [((*REQUEST_SCHEMA, "properties", "new"), {"type": "string"})],
    "request-member-removed": [((*REQUEST_SCHEMA, "properties", "size"), None)],
    "request-member-forbidden": [
        ((*REQUEST_SCHEMA, "properties", "size"), None),
        ((*REQUEST_SCHEMA, "additionalProperties"), False),
    ],
    "response-member-forbidden": [
        ((*RESPONSE_SCHEMA, "properties", "kind"), None),
        ((*RESPONSE_SCHEMA, "additionalProperties"), False),
    ],
    "request-member-became-required": [((*REQUEST_SCHEMA, "required"), ["name", "size"])],
    "request-member-became-optional": [((*REQUEST_SCHEMA, "required"), [])],
    "request-default-changed": [((*REQUEST_SCHEMA, "properties", "size", "default"), 2)],
    "response-success-added": [((*POST, "responses", "201"), {"description": "made"})],
    "response-success-removed": [((*POST, "responses", "202"), None)],
    "response-error-added": [((*POST, "responses", "409"), {"description": "conflict"})],
    "response-error-removed": [((*POST, "responses", "404"), None)],
    "response-body-removed": [((*RESPONSE, "content"), None)],
    "response-body-added": [((*POST, "responses", "202", "content"), {"application/json": {"schema": {}}})],
    "response-media-type-removed": [((*RESPONSE, "content", "text/csv"), None)],
    "response-media-type-added": [((*RESPONSE, "content", "text/xml"), {"schema": {"type": "string"}})],
    "response-media-type-narrowed": pair_of(
        [((*RESPONSE, "content"), {"text/*": {"schema": TEXT}})],
        [((*RESPONSE, "content"), {"text/csv": {"schema": TEXT}})],
    ),
    **{
        f"{part}-media-type-parameter-changed": pair_of(
            *(
                [((*place, "content"), {f"text/csv; header={item}": {"schema": TEXT}})]
                for item in ("present", "absent")
            )
        )
        for part, place in (("request", (*POST, "requestBody")), ("response", RESPONSE))
    },
    "media-type-text-changed": pair_of(
        [((*RESPONSE, "content"), {"text/csv": {"schema": TEXT}})],
        [((*RESPONSE, "content"), {"text/csv;charset=UTF-8": {"schema": TEXT}})],
    ),
    "response-member-added-required": [
        ((*RESPONSE_SCHEMA, "properties", "new"), {"type": "string"}),
        ((*RESPONSE_SCHEMA, "required"), ["name", "new"]),
    ],
    "response-member-added-optional": [((*RESPONSE_SCHEMA, "properties", "new"), {"type": "string"})],
    "response-member-removed": [
        ((*RESPONSE_SCHEMA, "properties", "name"), None),
        ((*RESPONSE_SCHEMA, "required"), []),
    ],
    "response-optional-member-removed": [((*RESPONSE_SCHEMA, "properties", "kind"), None)],
    "response-member-became-optional": [((*RESPONSE_SCHEMA, "required"), [])],
    "response-member-became-required": [((*RESPONSE_SCHEMA, "required"), ["name", "kind"])],
    "response-header-added": [((*RESPONSE, "headers", "X-New"), {"schema": {"type": "string"}})],
    "response-header-removed": [((*RESPONSE, "headers", "X-Maybe"), None)],
    "response-header-became-optional": [((*RESPONSE, "headers", "X-Sure", "required"), False)],
    "response-header-became-required": [((*RESPONSE, "headers", "X-Maybe", "required"), True)],
    "response-default-changed": [((*RESPONSE_SCHEMA, "properties", "size", "default"), 2)],
    "description-changed": [((*REQUEST_SCHEMA, "properties", "name", "description"), "another")],
    "example-changed": [((*REQUEST_SCHEMA, "properties", "name", "example"), "m")],
}


def kinds(mapping, name="kind"):
    """An object whose discriminator has this mapping."""
    return {"type": "object", "discriminator": {"propertyName": name, "mapping": mapping}}


#: Schemas before and after; read backwards each is the opposite change.
NARROWINGS = {
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
                {"type": "object", "properties": {item: {"type": "string"}}}
                for item in ("one", "two", "three")
            ]
        },
        {"oneOf": [{"type": "object", "properties": {item: {"type": "string"}}} for item in ("two", "one")]},
    ),
    "alternatives-exclusive": (
        {"anyOf": [{"type": "integer"}, {"type": "number"}]},
        {"oneOf": [{"type": "integer"}, {"type": "number"}]},
    ),
    "mapping-value-removed": (kinds({"a": "x", "b": "y"}), kinds({"a": "x"})),
    "pattern-narrowed": (
        {"type": "string", "pattern": "^[a-z0-9]+$"},
        {"type": "string", "pattern": "^[a-z]{1,5}$"},
    ),
    "format-narrowed": ({"type": "integer", "format": "int64"}, {"type": "integer", "format": "int32"}),
    "multiple-of-narrowed": ({"type": "integer", "multipleOf": 2}, {"type": "integer", "multipleOf": 4}),
    "other-rule-added": ({"type": "string"}, {"type": "string", "not": {"enum": ["a"]}}),
    "other-rule-narrowed": (
        {"type": "string", "not": {"enum": ["a"]}},
        {"type": "string", "not": {"enum": ["a", "b"]}},
    ),
    "min-contains-tightened": (
        {"type": "array", "contains": {"type": "string"}},
        {"type": "array", "contains": {"type": "string"}, "minContains": 2},
    ),
    "max-contains-tightened": (
        {"type": "array", "contains": {"type": "string"}, "maxContains": 3},
        {"type": "array", "contains": {"type": "string"}, "maxContains": 2},
    ),
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
WIDENING_OF = {
    "alternatives-exclusive": "alternatives-overlap",
    "mapping-value-removed": "mapping-value-added",
    **{name: name.replace("narrowed", "widened") for name in NARROWINGS if name.endswith("-narrowed")},
    "type-narrowed": "type-widened",
    "null-forbidden": "null-allowed",
    "enum-value-removed": "enum-value-added",
    "enum-introduced": "enum-lifted",
    "pattern-added": "pattern-removed",
    "format-added": "format-removed",
    "unique-items-added": "unique-items-removed",
    "multiple-of-added": "multiple-of-removed",
    "object-closed": "object-opened",
    "alternative-removed": "alternative-added",
    "other-rule-added": "other-rule-removed",
    **{name: name.replace("tightened", "loosened") for name in NARROWINGS if name.endswith("tightened")},
}
REPLACEMENTS = {
    "type-changed": ({"type": "boolean"}, {"type": "integer"}),
    "discriminator-changed": (kinds({"a": "x"}, name="kind"), kinds({"a": "x"}, name="sort")),
    "discriminator-added": ({"type": "object"}, kinds({"a": "x"})),
    "discriminator-removed": (kinds({"a": "x"}), {"type": "object"}),
    "mapping-changed": (kinds({"a": "x"}), kinds({"a": "y"})),
    "member-deprecated": ({"type": "string"}, {"type": "string", "deprecated": True}),
    "member-revived": ({"type": "string", "deprecated": True}, {"type": "string"}),
    "pattern-changed": ({"type": "string", "pattern": "a"}, {"type": "string", "pattern": "b"}),
    "format-changed": ({"type": "string", "format": "uuid"}, {"type": "string", "format": "date"}),
    "multiple-of-changed": ({"type": "integer", "multipleOf": 2}, {"type": "integer", "multipleOf": 3}),
    "other-rule-changed": (
        {"type": "string", "not": {"enum": ["a"]}},
        {"type": "string", "not": {"enum": ["b"]}},
    ),
}


def two_deep(path):
    """A document whose one path has two parts that are named."""
    named = [
        {"name": item, "in": "path", "required": True, "schema": {"type": "string"}} for item in ("a", "b")
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
    for rule, edits in EDITS.items():
        if edits == "path":
            document = edit_document()
            item = document["paths"].pop("/things/{id}")
            for operation in item.values():
                operation["parameters"][0]["name"] = "key"
            document["paths"]["/things/{key}"] = item
            yield rule, edit_document(), document
        elif edits == "slash":
            document = edit_document()
            document["paths"]["/things/{id}/"] = document["paths"].pop("/things/{id}")
            yield rule, edit_document(), document
        elif isinstance(edits, dict):
            yield rule, edit_document(*edits["before"]), edit_document(*edits["after"])
        elif edits == "order":
            yield rule, two_deep("/{a}/{b}"), two_deep("/{b}/{a}")
        elif edits is None:
            yield rule, edit_document(((*POST, "security"), [])), edit_document()
        else:
            yield rule, edit_document(), edit_document(*edits)
    for part, path in SCHEMA_PLACES.items():
        flag_ = "writeOnly" if part != "response" else "readOnly"
        yield (
            f"{part}-access-changed",
            edit_document((path, TEXT)),
            edit_document((path, {**TEXT, flag_: True})),
        )
        media = {
            "request": (*POST, "requestBody", "content"),
            "response": (*RESPONSE, "content"),
            "parameter": (*POST, "parameters", 1, "content"),
        }[part]
        more = [((*POST, "parameters", 1, "schema"), None)] if part == "parameter" else []
        pair = [
            edit_document(*more, (media, {"application/xml": {"schema": {**TEXT, "xml": {"name": name}}}}))
            for name in "ab"
        ]
        yield f"{part}-xml-changed", *pair
    yield "operation-added", edit_document((("paths", "/things/{id}", "delete"), None)), edit_document()
    for where, path in SCHEMA_PLACES.items():
        for change, (before, after) in NARROWINGS.items():
            yield f"{where}-{change}", edit_document((path, before)), edit_document((path, after))
            yield (
                f"{where}-{WIDENING_OF[change]}",
                edit_document((path, after)),
                edit_document((path, before)),
            )
        for change, (before, after) in REPLACEMENTS.items():
            yield f"{where}-{change}", edit_document((path, before)), edit_document((path, after))


PAIRS = {rule: (before, after) for rule, before, after in pairs()}


def test_every_rule_has_a_pair():
    """Every row of the table has a pair of documents that differ by it."""
    assert len(RULES) > 60
    assert set(PAIRS) == set(RULES)


@pytest.mark.parametrize("rule", PAIRS)
def test_rule(rule):
    """The pair differs by the rule; a document and itself, and the pair the other way round, do not."""
    before, after = PAIRS[rule]
    assert rule in differing_rules(before, after)
    assert differing_rules(before, before) == differing_rules(after, after) == set()
    symmetrical = rule.endswith("-changed") or rule in (
        "parameter-renamed", "parameter-moved", "document-unrelated",
    )  # fmt: skip
    assert symmetrical or rule not in differing_rules(after, before)


@pytest.mark.parametrize("rule", list(PAIRS)[::3])
def test_looking_at_texts_first_changes_nothing(rule, monkeypatch):
    """Schemas of the same text are followed only where they refer to others."""
    before, after = PAIRS[rule]
    assert compare(before, after) == compare_everything(before, after, monkeypatch)


def test_schema_rules_are_directional():
    """A narrowed request breaks consumers, a narrowed response breaks providers; widening is the reverse."""
    for change in NARROWINGS:
        assert (RULES[f"request-{change}"].breaks, RULES[f"response-{change}"].breaks) == (
            Breaks.CONSUMERS,
            Breaks.PROVIDERS,
        )
        assert (
            RULES[f"request-{WIDENING_OF[change]}"].breaks,
            RULES[f"response-{WIDENING_OF[change]}"].breaks,
        ) == (
            Breaks.COMPATIBLE,
            Breaks.CONSUMERS,
        )
