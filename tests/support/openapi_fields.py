"""The objects of OpenAPI 3.0.3 and 3.1.0 and their fixed fields, as the specifications list them.

A field is followed by the object that it holds: `X`, `[X]` a list of them, `{X}` a map of them. Objects that
may be replaced by a reference have no mark of their own: a reference is followed wherever it stands.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

_BOTH = {
    "OpenAPI": "openapi info:Info servers:[Server] paths:Paths components:Components security:[Requirement] "
    "tags:[Tag] externalDocs:Docs",
    "Info": "title description termsOfService contact:Contact license:License version",
    "Contact": "name url email",
    "License": "name url",
    "Server": "url description variables:{Variable}",
    "Variable": "enum default description",
    "Components": "schemas:{Schema} responses:{Response} parameters:{Parameter} examples:{Example} "
    "requestBodies:{Body} headers:{Header} securitySchemes:{Scheme} links:{Link} callbacks:{Callback}",
    "Path": "$ref summary description get:Operation put:Operation post:Operation delete:Operation "
    "options:Operation head:Operation patch:Operation trace:Operation servers:[Server] "
    "parameters:[Parameter]",
    "Operation": "tags summary description externalDocs:Docs operationId parameters:[Parameter] "
    "requestBody:Body responses:Responses callbacks:{Callback} deprecated "
    "security:[Requirement] servers:[Server]",
    "Docs": "description url",
    "Parameter": "name in description required deprecated allowEmptyValue style explode allowReserved "
    "schema:Schema example examples:{Example} content:{Media}",
    "Body": "description content:{Media} required",
    "Media": "schema:Schema example examples:{Example} encoding:{Encoding}",
    "Encoding": "contentType headers:{Header} style explode allowReserved",
    "Responses": "default:Response",
    "Response": "description headers:{Header} content:{Media} links:{Link}",
    "Example": "summary description value externalValue",
    "Link": "operationRef operationId parameters requestBody description server:Server",
    "Header": "description required deprecated style explode schema:Schema example examples:{Example} "
    "content:{Media}",
    "Tag": "name description externalDocs:Docs",
    "Reference": "$ref",
    "Discriminator": "propertyName mapping",
    "XML": "name namespace prefix attribute wrapped",
    "Scheme": "type description name in scheme bearerFormat flows:Flows openIdConnectUrl",
    "Flows": "implicit:Flow password:Flow clientCredentials:Flow authorizationCode:Flow",
    "Flow": "authorizationUrl tokenUrl refreshUrl scopes",
}

_SCHEMA = (
    "title multipleOf maximum exclusiveMaximum minimum exclusiveMinimum maxLength minLength pattern maxItems "
    "minItems uniqueItems maxProperties minProperties required enum type allOf:[Schema] oneOf:[Schema] "
    "anyOf:[Schema] not:Schema items:Schema properties:{Schema} additionalProperties:Schema description "
    "format "
    "default discriminator:Discriminator readOnly writeOnly xml:XML externalDocs:Docs example deprecated"
)

#: By version: the fields of each object.
OBJECTS = {
    "3.0": {**_BOTH, "Schema": f"{_SCHEMA} nullable"},
    "3.1": {
        **_BOTH,
        "OpenAPI": f"{_BOTH['OpenAPI']} jsonSchemaDialect webhooks:{{Path}}",
        "Info": f"{_BOTH['Info']} summary",
        "License": f"{_BOTH['License']} identifier",
        "Components": f"{_BOTH['Components']} pathItems:{{Path}}",
        "Reference": "$ref summary description",
        "Schema": f"{_SCHEMA} $schema $id $anchor $dynamicAnchor $dynamicRef $vocabulary $comment $ref "
        "$defs:{Schema} if:Schema then:Schema else:Schema dependentSchemas:{Schema} prefixItems:[Schema] "
        "contains:Schema patternProperties:{Schema} propertyNames:Schema unevaluatedItems:Schema "
        "unevaluatedProperties:Schema const maxContains minContains dependentRequired examples "
        "contentEncoding contentMediaType contentSchema:Schema",
    },
}

#: Objects that are maps without, or with hardly any, fixed fields: what their members are.
_MAPS = {"Paths": "Path", "Callback": "Path", "Responses": "Response"}

#: Objects that may be a reference.
_REFERABLE = {"Response", "Parameter", "Example", "Body", "Header", "Scheme", "Link", "Callback"}


def fields_of(version: str) -> set[tuple[str, str]]:
    """Every (object, field) of a version."""
    return {
        (kind, field.partition(":")[0]) for kind, text in OBJECTS[version].items() for field in text.split()
    }


def used_fields(version: str, node: Any, kind: str = "OpenAPI") -> Iterator[tuple[str, str]]:
    """The fixed fields that a document, or an object in it, has."""
    if not isinstance(node, dict):
        return
    if kind in _REFERABLE and "$ref" in node:
        kind = "Reference"
    if kind == "Schema" and "$ref" in node and version == "3.0":
        kind = "Reference"
    fields = dict(field.partition(":")[::2] for field in OBJECTS[version].get(kind, "").split())
    for name, value in node.items():
        if name in fields:
            yield kind, name
        yield from _used_in(version, value, fields.get(name) or _member_kind(kind, name))


def _member_kind(kind: str, name: str) -> str:
    return "" if name.startswith("x-") else _MAPS.get(kind, "")


def _used_in(version: str, value: Any, holds: str) -> Iterator[tuple[str, str]]:
    if holds.startswith("["):
        members = value if isinstance(value, list) else []
    elif holds.startswith("{"):
        members = list(value.values()) if isinstance(value, dict) else []
    else:
        members = [value] if holds else []
    for member in members:
        yield from used_fields(version, member, holds.strip("[]{}"))
