"""The checks of oasdiff as pairs of documents: the changes that its rule ids stand for, at every place.

A change of a schema has one row; its ids are the part (`request-body`, `response-property` …) and the row's
name, or the name of the way back. Other changes have a row for each id.
"""

from __future__ import annotations

from collections.abc import Iterator

from drift_documents import POST, RESPONSE, edit_document

OBJECT, TEXT, ARRAY, NUMBER = {"type": "object"}, {"type": "string"}, {"type": "array"}, {"type": "number"}
HOST = {"type": "object", "required": ["host"], "properties": {"host": {"type": "string"}}}
TABLE = {"type": "object", "required": ["table"], "properties": {"table": {"type": "string"}}}
FILE = {"type": "object", "required": ["file"], "properties": {"file": {"type": "string"}}}


def limits(word, keyword, base, more, **numbers):
    """The four changes of a limit; `more` of it allows more values."""
    low, high = numbers.get("low", 2), numbers.get("high", 4)
    up, down = ("increased", "decreased")
    tight, loose = (low, high) if more else (high, low)
    return {
        f"{word}-set/{word}-unset": (base, {**base, keyword: tight}),
        f"{word}-{down if more else up}/{word}-{up if more else down}": (
            {**base, keyword: loose},
            {**base, keyword: tight},
        ),
    }


ABC = {"type": "object", "properties": {name: {"type": "string"} for name in "abc"}}


def condition(then=None, otherwise=None):
    """With a member `a` another one is required, and without it a third one."""
    words = {"then": then, "else": otherwise}
    branches = {word: {"required": [name]} for word, name in words.items() if name}
    return {"if": {"required": ["a"]}, **branches}


def composition(word, *schemas):
    return {word: list(schemas)}


#: Changes after which fewer values are allowed, each as `name/name of the way back`: before and after.
NARROWING = {
    "became-enum/became-not-enum": (TEXT, {"type": "string", "enum": ["a", "b"]}),
    "enum-value-removed/enum-value-added": (
        {"type": "string", "enum": ["a", "b"]},
        {"type": "string", "enum": ["a"]},
    ),
    "const-added/const-removed": (TEXT, {"type": "string", "const": "a"}),
    "became-not-nullable/became-nullable": ({"type": ["string", "null"]}, TEXT),
    "list-of-types-narrowed/list-of-types-widened": (
        {"type": ["string", "integer", "array"]},
        {"type": ["string", "array"]},
    ),
    "type-specialized/type-generalized": (NUMBER, {"type": "integer"}),
    "type-set/type-unset": ({}, TEXT),
    "format-set/format-unset": (TEXT, {"type": "string", "format": "uuid"}),
    "pattern-added/pattern-removed": (TEXT, {"type": "string", "pattern": "^a"}),
    "pattern-specialized/pattern-generalized": (
        {"type": "string", "pattern": "^[a-z]*$"},
        {"type": "string", "pattern": "^[a-c]*$"},
    ),
    "multiple-of-set/multiple-of-unset": (NUMBER, {"type": "number", "multipleOf": 2}),
    "multiple-of-specialized/multiple-of-generalized": (
        {"type": "number", "multipleOf": 2},
        {"type": "number", "multipleOf": 4},
    ),
    "unique-items-set/unique-items-unset": (ARRAY, {"type": "array", "uniqueItems": True}),
    "any-of-removed/any-of-added": (
        composition("anyOf", HOST, TABLE, FILE),
        composition("anyOf", HOST, TABLE),
    ),
    "one-of-removed/one-of-added": (
        composition("oneOf", HOST, TABLE, FILE),
        composition("oneOf", HOST, TABLE),
    ),
    "one-of-removed-last/one-of-added-second": (
        composition("oneOf", HOST, TABLE),
        composition("oneOf", HOST),
    ),
    "unwrapped-from-one-of/wrapped-in-one-of": (composition("oneOf", HOST, TABLE), HOST),
    "all-of-added/all-of-removed": (
        {"allOf": [{"type": "string"}]},
        {"allOf": [{"type": "string"}, {"maxLength": 4}]},
    ),
    "contains-added/contains-removed": (ARRAY, {"type": "array", "contains": {"const": "a"}}),
    "content-schema-added/content-schema-removed": (
        {"type": "string", "contentMediaType": "application/json"},
        {"type": "string", "contentMediaType": "application/json", "contentSchema": {"type": "object"}},
    ),
    "dependent-required-added/dependent-required-removed": (
        OBJECT,
        {"type": "object", "dependentRequired": {"a": ["b"]}},
    ),
    "dependent-required-extended/dependent-required-reduced": (
        {"type": "object", "dependentRequired": {"a": ["b"]}},
        {"type": "object", "dependentRequired": {"a": ["b", "c"]}},
    ),
    "dependent-schema-added/dependent-schema-removed": (
        OBJECT,
        {"type": "object", "dependentSchemas": {"a": {"required": ["b"]}}},
    ),
    "if-added/if-removed": (ABC, {**ABC, **condition(then="b")}),
    "then-added/then-removed": ({**ABC, **condition(otherwise="c")}, {**ABC, **condition("b", "c")}),
    "else-added/else-removed": ({**ABC, **condition("b")}, {**ABC, **condition("b", "c")}),
    "not-added/not-removed": (TEXT, {"type": "string", "not": {"const": "a"}}),
    "pattern-property-added/pattern-property-removed": (
        OBJECT,
        {"type": "object", "patternProperties": {"^a": {"type": "string"}}},
    ),
    "property-names-added/property-names-removed": (
        OBJECT,
        {"type": "object", "propertyNames": {"maxLength": 4}},
    ),
    "unevaluated-items-added/unevaluated-items-removed": (
        {"type": "array", "prefixItems": [TEXT]},
        {"type": "array", "prefixItems": [TEXT], "unevaluatedItems": False},
    ),
    "unevaluated-properties-added/unevaluated-properties-removed": (
        OBJECT,
        {"type": "object", "unevaluatedProperties": False},
    ),
    "additional-properties-forbidden/additional-properties-allowed": (
        OBJECT,
        {"type": "object", "additionalProperties": False},
    ),
    "prefix-items-added/prefix-items-removed": (
        {"type": "array", "prefixItems": [TEXT]},
        {"type": "array", "prefixItems": [TEXT, {"type": "integer"}]},
    ),
    "items-added/items-removed": (ARRAY, {"type": "array", "items": TEXT}),
    "schema-became-false/schema-became-not-false": (TEXT, False),
    **limits("max-length", "maxLength", TEXT, True),
    **limits("min-length", "minLength", TEXT, False),
    **limits("max", "maximum", NUMBER, True),
    **limits("min", "minimum", NUMBER, False),
    **limits("exclusive-max", "exclusiveMaximum", NUMBER, True),
    **limits("exclusive-min", "exclusiveMinimum", NUMBER, False),
    **limits("max-items", "maxItems", ARRAY, True),
    **limits("min-items", "minItems", ARRAY, False),
    **limits("max-properties", "maxProperties", OBJECT, True),
    **limits("min-properties", "minProperties", OBJECT, False),
    **limits("max-contains", "maxContains", {"type": "array", "contains": {"const": "a"}}, True),
    **limits("min-contains", "minContains", {"type": "array", "contains": {"const": "a"}}, False),
}

#: Changes after which other values are allowed.
CHANGING = {
    "const-changed": ({"const": "a"}, {"const": "b"}),
    "type-changed": ({"type": "boolean"}, {"type": "array"}),
    "format-changed": ({"type": "string", "format": "date"}, {"type": "string", "format": "uuid"}),
    "pattern-changed": ({"type": "string", "pattern": "^a"}, {"type": "string", "pattern": "^b"}),
    "multiple-of-changed": ({"type": "number", "multipleOf": 2}, {"type": "number", "multipleOf": 3}),
    "content-encoding-changed": (
        {"type": "string", "contentEncoding": "base64"},
        {"type": "string", "contentEncoding": "base32"},
    ),
    "content-media-type-changed": (
        {"type": "string", "contentMediaType": "image/png"},
        {"type": "string", "contentMediaType": "image/gif"},
    ),
    "dependent-required-changed": (
        {"type": "object", "dependentRequired": {"a": ["b"]}},
        {"type": "object", "dependentRequired": {"a": ["c"]}},
    ),
}

#: Where the schemas of a part stand, and whether the change is of a member there.
PLACES = {
    "request-body": ((*POST, "requestBody", "content", "application/json", "schema"), False),
    "request-property": ((*POST, "requestBody", "content", "application/json", "schema"), True),
    "request-parameter": ((*POST, "parameters", 1, "schema"), False),
    "request-parameter-property": ((*POST, "parameters", 1, "schema"), True),
    "response-body": ((*RESPONSE, "content", "application/json", "schema"), False),
    "response-property": ((*RESPONSE, "content", "application/json", "schema"), True),
    "response-header": ((*RESPONSE, "headers", "X-Maybe", "schema"), False),
}


def with_schema(part, schema, dialect="3.1.0", **more):
    """A document that has a schema at the place of a part."""
    path, is_member = PLACES[part]
    whole = {"type": "object", "properties": {"p": schema}, **more} if is_member else schema
    return edit_document((("openapi",), dialect), (path, whole))


def schema_changes(part) -> Iterator[tuple[str, str, dict, dict]]:
    """(id, what the change does to the allowed values, before, after) of every change of a schema."""
    for names, (before, after) in NARROWING.items():
        name, back = names.split("/")
        documents = with_schema(part, before), with_schema(part, after)
        yield f"{part}-{name}", "narrows", *documents
        yield f"{part}-{back}", "widens", *documents[::-1]
    for name, (before, after) in CHANGING.items():
        yield f"{part}-{name}", "changes", with_schema(part, before), with_schema(part, after)


SENT = ("components", "schemas", "Sent")
ANSWER = ("components", "schemas", "Answer")
PATH = ("paths", "/things/{id}")
SCHEMES = ("components", "securitySchemes")
OAUTH = {
    "type": "oauth2",
    "flows": {
        "implicit": {"authorizationUrl": "https://a.example.com/auth", "scopes": {"read": "", "write": ""}},
        "clientCredentials": {"tokenUrl": "https://a.example.com/token", "scopes": {"read": ""}},
    },
}


def put(*path_and_value):
    """One edit."""
    *path, value = path_and_value
    return tuple(path), value


def query(name="new", **more):
    return {"name": name, "in": "query", "schema": {"type": "string"}, **more}


def with_member(schema, name="p", *, required=False, **more):
    """Edits that add a member to one of the two schemas."""
    edits = [put(*schema, "properties", name, {"type": "string", **more})]
    return [*edits, put(*schema, "required", ["name", name])] if required else edits


def with_oauth(scopes=("read",), **edits):
    """Edits for an operation that takes a token with scopes; other values in the flows."""
    scheme = {
        **OAUTH,
        "flows": {name: {**flow, **edits.get(name, {})} for name, flow in OAUTH["flows"].items()},
    }
    return [put(*SCHEMES, "oauth", scheme), put(*POST, "security", [{"oauth": list(scopes)}])]


def discriminator_edits(place, mapping, name="kind"):
    """Edits for two alternatives that a member tells apart."""
    cat, dog = (
        {"type": "object", "required": [name], "properties": {name: {"type": "string", "enum": [value]}}}
        for value in ("cat", "dog")
    )
    alternatives = {"oneOf": [{"$ref": f"#/components/schemas/{item}"} for item in ("Cat", "Dog")]}
    discriminator = {"propertyName": name, "mapping": mapping}
    return [
        put("components", "schemas", "Cat", cat),
        put("components", "schemas", "Dog", dog),
        put(*place, alternatives if mapping is None else {**alternatives, "discriminator": discriminator}),
    ]


CAT = {"cat": "#/components/schemas/Cat"}
BOTH = {**CAT, "dog": "#/components/schemas/Dog"}
REQUEST_MEDIA, RESPONSE_MEDIA = (*POST, "requestBody", "content"), (*RESPONSE, "content")
REQUEST_BODY = (*REQUEST_MEDIA, "application/json", "schema")
RESPONSE_BODY = (*RESPONSE_MEDIA, "application/json", "schema")
WEBHOOK = put("webhooks", {"done": {"post": {"responses": {"204": {"description": "ok"}}}}})
NEW_31 = put("openapi", "3.1.0")

#: By id: the edits of our document, those of the published one, and whom the difference breaks: C consumers,
#: P providers, O nobody, T it is a text; N it is not compared, and listed as that.
OTHER_CHANGES = {
    "api-removed-without-deprecation": ([], [put(*PATH, "delete", None)], "C"),
    "api-removed-with-deprecation": ([], [put(*PATH, "get", None)], "C"),
    "api-path-removed-without-deprecation": (
        [put("paths", "/others", {"get": {"responses": {"200": {"description": "ok"}}}})],
        [],
        "C",
    ),
    "endpoint-added": ([put(*PATH, "delete", None)], [], "O"),
    "endpoint-deprecated": ([], [put(*POST, "deprecated", True)], "O"),
    "endpoint-reactivated": ([put(*POST, "deprecated", True)], [], "O"),
    "sunset-deleted": ([put(*POST, "x-sunset", "2030-01-01")], [], "N"),
    "api-sunset-date-changed-too-small": (
        [put(*POST, "x-sunset", "2030-01-01")],
        [put(*POST, "x-sunset", "2029-01-01")],
        "N",
    ),
    "api-stability-decreased": (
        [put(*POST, "x-stability-level", "stable")],
        [put(*POST, "x-stability-level", "beta")],
        "N",
    ),
    "api-operation-id-added": ([put(*POST, "operationId", None)], [], "T"),
    "api-operation-id-removed": ([], [put(*POST, "operationId", None)], "T"),
    "api-operation-id-changed": ([], [put(*POST, "operationId", "other")], "T"),
    "api-tag-added": ([], [put(*POST, "tags", ["one", "two"])], "T"),
    "api-tag-removed": ([], [put(*POST, "tags", [])], "T"),
    "api-schema-removed": ([put("components", "schemas", "Unused", {"type": "object"})], [], "N"),
    "api-security-component-added": ([], [put(*SCHEMES, "more", {"type": "http", "scheme": "basic"})], "N"),
    "api-security-component-removed": ([], [put(*SCHEMES, "other", None)], "N"),
    "api-security-component-type-changed": (
        [],
        [put(*SCHEMES, "key", {"type": "http", "scheme": "basic"})],
        "C",
    ),
    "api-security-component-oauth-url-changed": (
        with_oauth(),
        with_oauth(implicit={"authorizationUrl": "https://b.example.com"}),
        "C",
    ),
    "api-security-component-oauth-token-url-changed": (
        with_oauth(),
        with_oauth(clientCredentials={"tokenUrl": "https://b.example.com"}),
        "C",
    ),
    "api-security-component-oauth-scope-added": (
        with_oauth(),
        with_oauth(clientCredentials={"scopes": {"read": "", "more": ""}}),
        "O",
    ),
    "api-security-component-oauth-scope-removed": (
        with_oauth(),
        with_oauth(implicit={"scopes": {"read": ""}}),
        "O",
    ),
    "api-security-component-oauth-scope-changed": (
        with_oauth(),
        with_oauth(implicit={"scopes": {"read": "to read", "write": ""}}),
        "T",
    ),
    "api-global-security-added": ([put("security", [])], [], "C"),
    "api-global-security-alternative-added": ([], [put("security", [{"key": []}, {"other": []}])], "O"),
    "api-global-security-removed": ([], [put("security", [])], "O"),
    "api-security-added": ([], [put(*POST, "security", [{"key": []}, {"other": []}])], "O"),
    "api-security-removed": ([put(*POST, "security", [{"key": []}, {"other": []}])], [], "C"),
    "api-security-conjunct-added": ([], [put(*POST, "security", [{"key": [], "other": []}])], "C"),
    "api-security-scope-added": (with_oauth(), with_oauth(("read", "write")), "C"),
    "api-security-scope-removed": (with_oauth(("read", "write")), with_oauth(), "O"),
    "webhook-added": ([NEW_31], [NEW_31, WEBHOOK], "O"),
    "webhook-removed": ([NEW_31, WEBHOOK], [NEW_31], "C"),
    # parameters
    "new-required-request-parameter": ([], [put(*POST, "parameters", "+", query(required=True))], "C"),
    "new-optional-request-parameter": ([], [put(*POST, "parameters", "+", query())], "O"),
    "new-required-request-default-parameter-to-existing-path": (
        [],
        [put(*PATH, "parameters", [query(required=True)])],
        "C",
    ),
    "new-optional-request-default-parameter-to-existing-path": (
        [],
        [put(*PATH, "parameters", [query()])],
        "O",
    ),
    "request-parameter-removed": ([put(*POST, "parameters", "+", query())], [], "C"),
    "request-parameter-removed-with-deprecation": (
        [put(*POST, "parameters", "+", query(deprecated=True))],
        [],
        "C",
    ),
    "request-parameter-became-required": ([], [put(*POST, "parameters", 1, "required", True)], "C"),
    "request-parameter-became-optional": ([], [put(*POST, "parameters", 2, "required", False)], "O"),
    "request-parameter-default-value-added": (
        [],
        [
            put(
                *POST,
                "parameters",
                2,
                query("must", required=True, schema={"type": "string", "default": "x"}),
            )
        ],
        "C",
    ),
    "request-parameter-default-value-changed": (
        [],
        [put(*POST, "parameters", 1, "schema", "default", "y")],
        "C",
    ),
    "request-parameter-default-value-removed": (
        [],
        [put(*POST, "parameters", 1, "schema", "default", None)],
        "C",
    ),
    "request-parameter-deprecated": ([], [put(*POST, "parameters", 1, "deprecated", True)], "O"),
    "request-parameter-reactivated": ([put(*POST, "parameters", 1, "deprecated", True)], [], "O"),
    "request-parameter-style-changed": ([], [put(*POST, "parameters", 1, "style", "pipeDelimited")], "C"),
    "request-parameter-explode-changed": ([], [put(*POST, "parameters", 1, "explode", False)], "C"),
    "request-parameter-allow-reserved-changed": (
        [put(*POST, "parameters", 1, "allowReserved", True)],
        [],
        "C",
    ),
    "request-parameter-x-extensible-enum-value-removed": (
        [put(*POST, "parameters", 1, "schema", "x-extensible-enum", ["a", "b"])],
        [put(*POST, "parameters", 1, "schema", "x-extensible-enum", ["a"])],
        "N",
    ),
    "request-parameter-sunset-deleted": (
        [put(*POST, "parameters", 1, "x-sunset", "2030-01-01")],
        [],
        "N",
    ),
    # request bodies
    "request-body-added-required": ([put(*POST, "requestBody", None)], [], "C"),
    "request-body-added-optional": (
        [put(*PATH, "put", "requestBody", None)],
        [],
        "O",
    ),
    "request-body-removed": ([], [put(*POST, "requestBody", None)], "C"),
    "request-body-became-required": ([], [put(*PATH, "put", "requestBody", "required", True)], "C"),
    "request-body-became-optional": ([], [put(*POST, "requestBody", "required", False)], "O"),
    "request-body-media-type-added": ([], [put(*REQUEST_MEDIA, "text/html", {})], "O"),
    "request-body-media-type-removed": ([], [put(*REQUEST_MEDIA, "text/csv", None)], "C"),
    "request-body-media-type-schema-added": ([put(*REQUEST_MEDIA, "application/json", {})], [], "C"),
    "request-body-media-type-schema-removed": ([], [put(*REQUEST_MEDIA, "application/json", {})], "O"),
    "request-body-default-value-changed": (
        [put(*REQUEST_BODY, {"type": "string", "default": "a"})],
        [put(*REQUEST_BODY, {"type": "string", "default": "b"})],
        "C",
    ),
    "request-body-encoding-changed": (
        [],
        [put(*REQUEST_MEDIA, "text/csv", "encoding", {"a": {"contentType": "text/plain"}})],
        "C",
    ),
    "new-required-request-property": ([], with_member(SENT, required=True), "C"),
    "new-required-request-property-with-default": ([], with_member(SENT, required=True, default="x"), "C"),
    "new-optional-request-property": ([], with_member(SENT), "O"),
    "request-property-removed": (with_member(SENT), [], "C"),
    "request-property-became-required": (with_member(SENT), with_member(SENT, required=True), "C"),
    "request-property-became-optional": (with_member(SENT, required=True), with_member(SENT), "O"),
    "request-property-default-value-added": (with_member(SENT), with_member(SENT, default="x"), "C"),
    "request-property-default-value-removed": (with_member(SENT, default="x"), with_member(SENT), "C"),
    "request-property-default-value-changed": (
        with_member(SENT, default="x"),
        with_member(SENT, default="y"),
        "C",
    ),
    "request-property-deprecated": (with_member(SENT), with_member(SENT, deprecated=True), "O"),
    "request-property-reactivated": (with_member(SENT, deprecated=True), with_member(SENT), "O"),
    "request-property-deprecated-with-sunset": (
        with_member(SENT),
        with_member(SENT, deprecated=True, **{"x-sunset": "2030-01-01"}),
        "O",
    ),
    "request-property-x-extensible-enum-value-removed": (
        with_member(SENT, **{"x-extensible-enum": ["a", "b"]}),
        with_member(SENT, **{"x-extensible-enum": ["a"]}),
        "N",
    ),
    "request-optional-property-became-read-only": (with_member(SENT), with_member(SENT, readOnly=True), "C"),
    "request-optional-property-became-not-read-only": (
        with_member(SENT, readOnly=True),
        with_member(SENT),
        "O",
    ),
    "request-required-property-became-read-only": (
        with_member(SENT, required=True),
        with_member(SENT, required=True, readOnly=True),
        "C",
    ),
    "request-required-property-became-not-read-only": (
        with_member(SENT, required=True, readOnly=True),
        with_member(SENT, required=True),
        "C",
    ),
    "request-optional-property-became-write-only": (
        with_member(SENT),
        with_member(SENT, writeOnly=True),
        "O",
    ),
    "request-read-only-property-enum-value-removed": (
        with_member(SENT, readOnly=True, enum=["a", "b"]),
        with_member(SENT, readOnly=True, enum=["a"]),
        "N",
    ),
    "request-property-all-of-added-annotation-only": (
        [put(*REQUEST_BODY, {"allOf": [{"type": "object"}]})],
        [put(*REQUEST_BODY, {"allOf": [{"type": "object"}, {"description": "d"}]})],
        "T",
    ),
    "request-body-wrapped-in-one-of-original-preserved": (
        [put(*REQUEST_BODY, HOST)],
        [put(*REQUEST_BODY, {"oneOf": [HOST, TABLE]})],
        "O",
    ),
    # discriminators
    "request-body-discriminator-added": (
        discriminator_edits(REQUEST_BODY, None),
        discriminator_edits(REQUEST_BODY, BOTH),
        "O",
    ),
    "request-body-discriminator-removed": (
        discriminator_edits(REQUEST_BODY, BOTH),
        discriminator_edits(REQUEST_BODY, None),
        "O",
    ),
    "request-body-discriminator-mapping-added": (
        discriminator_edits(REQUEST_BODY, CAT),
        discriminator_edits(REQUEST_BODY, BOTH),
        "O",
    ),
    "request-body-discriminator-mapping-deleted": (
        discriminator_edits(REQUEST_BODY, BOTH),
        discriminator_edits(REQUEST_BODY, CAT),
        "C",
    ),
    "request-body-discriminator-property-name-changed": (
        discriminator_edits(REQUEST_BODY, BOTH),
        discriminator_edits(REQUEST_BODY, BOTH, "sort"),
        "C",
    ),
    "response-body-discriminator-added": (
        discriminator_edits(RESPONSE_BODY, None),
        discriminator_edits(RESPONSE_BODY, BOTH),
        "O",
    ),
    "response-body-discriminator-removed": (
        discriminator_edits(RESPONSE_BODY, BOTH),
        discriminator_edits(RESPONSE_BODY, None),
        "C",
    ),
    "response-body-discriminator-mapping-added": (
        discriminator_edits(RESPONSE_BODY, CAT),
        discriminator_edits(RESPONSE_BODY, BOTH),
        "C",
    ),
    "response-body-discriminator-mapping-deleted": (
        discriminator_edits(RESPONSE_BODY, BOTH),
        discriminator_edits(RESPONSE_BODY, CAT),
        "P",
    ),
    # responses
    "response-success-status-added": ([], [put(*POST, "responses", "201", {"description": "made"})], "C"),
    "response-success-status-removed": ([], [put(*POST, "responses", "202", None)], "C"),
    "response-non-success-status-added": ([], [put(*POST, "responses", "409", {"description": "no"})], "O"),
    "response-non-success-status-removed": ([], [put(*POST, "responses", "404", None)], "P"),
    "response-media-type-added": ([], [put(*RESPONSE_MEDIA, "text/html", {})], "C"),
    "response-media-type-removed": ([], [put(*RESPONSE_MEDIA, "text/csv", None)], "C"),
    "response-media-type-name-changed": (
        [],
        [put(*RESPONSE_MEDIA, "text/csv", None), put(*RESPONSE_MEDIA, "text/tab", {"schema": TEXT})],
        "C",
    ),
    "response-media-type-name-generalized": (
        [],
        [put(*RESPONSE_MEDIA, "text/csv", None), put(*RESPONSE_MEDIA, "text/*", {"schema": TEXT})],
        "C",
    ),
    "response-media-type-name-specialized": (
        [put(*RESPONSE_MEDIA, "text/csv", None), put(*RESPONSE_MEDIA, "text/*", {"schema": TEXT})],
        [],
        "P",
    ),
    "response-media-type-parameter-changed": (
        [put(*RESPONSE_MEDIA, {"text/csv;charset=utf-8": {"schema": TEXT}})],
        [put(*RESPONSE_MEDIA, {"text/csv;charset=latin1": {"schema": TEXT}})],
        "C",
    ),
    "response-media-type-parameter-added": (
        [put(*RESPONSE_MEDIA, {"text/csv": {"schema": TEXT}})],
        [put(*RESPONSE_MEDIA, {"text/csv;charset=utf-8": {"schema": TEXT}})],
        "T",
    ),
    "response-media-type-parameter-removed": (
        [put(*RESPONSE_MEDIA, {"application/json; version=2": {"schema": TEXT}})],
        [put(*RESPONSE_MEDIA, {"application/json": {"schema": TEXT}})],
        "C",
    ),
    "response-media-type-parameters-in-another-order": (
        [put(*RESPONSE_MEDIA, {f"application/json; v={item}": {"schema": TEXT} for item in "12"})],
        [put(*RESPONSE_MEDIA, {f"Application/JSON;v={item}": {"schema": TEXT} for item in "21"})],
        "silent",
    ),
    "response-body-media-type-schema-added": ([put(*RESPONSE_MEDIA, "application/json", {})], [], "P"),
    "response-body-media-type-schema-removed": ([], [put(*RESPONSE_MEDIA, "application/json", {})], "C"),
    "response-required-property-added": ([], with_member(ANSWER, required=True), "P"),
    "response-optional-property-added": ([], with_member(ANSWER), "O"),
    "response-required-property-removed": (with_member(ANSWER, required=True), [], "C"),
    "response-optional-property-removed": (with_member(ANSWER), [], "C"),
    "response-property-became-required": (with_member(ANSWER), with_member(ANSWER, required=True), "P"),
    "response-property-became-optional": (with_member(ANSWER, required=True), with_member(ANSWER), "C"),
    "response-property-default-value-changed": (
        with_member(ANSWER, default="x"),
        with_member(ANSWER, default="y"),
        "T",
    ),
    "response-property-deprecated": (with_member(ANSWER), with_member(ANSWER, deprecated=True), "O"),
    "response-property-reactivated": (with_member(ANSWER, deprecated=True), with_member(ANSWER), "O"),
    "response-optional-property-became-write-only": (
        with_member(ANSWER),
        with_member(ANSWER, writeOnly=True),
        "C",
    ),
    "response-optional-property-became-not-write-only": (
        with_member(ANSWER, writeOnly=True),
        with_member(ANSWER),
        "O",
    ),
    "response-required-property-became-read-only": (
        with_member(ANSWER, required=True),
        with_member(ANSWER, required=True, readOnly=True),
        "O",
    ),
    "response-write-only-property-enum-value-added": (
        with_member(ANSWER, writeOnly=True, enum=["a"]),
        with_member(ANSWER, writeOnly=True, enum=["a", "b"]),
        "N",
    ),
    "required-response-header-removed": ([], [put(*RESPONSE, "headers", "X-Sure", None)], "C"),
    "optional-response-header-removed": ([], [put(*RESPONSE, "headers", "X-Maybe", None)], "C"),
    "response-header-became-optional": ([], [put(*RESPONSE, "headers", "X-Sure", "required", False)], "C"),
    "response-header-became-required": ([], [put(*RESPONSE, "headers", "X-Maybe", "required", True)], "P"),
    "response-header-added": (
        [],
        [put(*RESPONSE, "headers", "X-New", {"schema": TEXT})],
        "O",
    ),
}
