"""The constructs of OpenAPI: which members of which objects are compared, and those that are not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import StrEnum

from storepact.drift.equality import to_json
from storepact.model.tree import Json
from storepact.model.values import lean_value


class Omitted(StrEnum):
    """Everything that is not compared; the values are sentences for readers."""

    EXTENSION = "specification extensions (x-…)"
    UNKNOWN = "members that the specification does not have"
    IDENTITY = "$id, $anchor, $schema, $vocabulary, $dynamicRef, $dynamicAnchor, jsonSchemaDialect and $self"
    IGNORED = "members beside a $ref, and header parameters, that the specification says are ignored"
    UNUSED = "components and definitions that no compared operation refers to"
    OTHER_PATHS = "operations that have nothing to do with ours"
    OTHER_DIRECTION = "readOnly members of what is only sent, and writeOnly members of what is only received"
    ENCODING = "encodings by position (prefixEncoding, itemEncoding)"


@lean_value(frozen=True)
class Omission:
    """Something that differs, or is in one document only, and is not compared."""

    what: Omitted
    pointer: str
    """Where: in our document, or in theirs if ours does not have it."""


@lean_value(frozen=True)
class Construct:
    """An object of OpenAPI: its members that are compared in their own way, and those that are texts."""

    compared: frozenset[str]
    texts: tuple[str, ...] = ()


def _construct(compared: str, texts: str = "") -> Construct:
    return Construct(frozenset(compared.split()), tuple(texts.split()))


_METHODS = "get put post delete options head patch trace query additionalOperations"

CONSTRUCTS: Mapping[str, Construct] = {
    "document": _construct("openapi servers paths webhooks components security info", "tags externalDocs"),
    "info": _construct("", "title summary description termsOfService contact license version"),
    "path": _construct(f"$ref parameters servers {_METHODS}", "summary description"),
    "operation": _construct(
        "operationId summary description tags parameters requestBody responses callbacks deprecated security "
        "servers",
        "externalDocs",
    ),
    "parameter": _construct(
        "name in required schema content style explode allowEmptyValue allowReserved deprecated",
        "description example examples",
    ),
    "body": _construct("required content", "description"),
    "media": _construct("schema itemSchema encoding", "example examples"),
    "response": _construct("headers content links", "summary description"),
    "header": _construct(
        "required schema content style explode deprecated", "description example examples"
    ),
    "scheme": _construct(
        "type scheme in name flows openIdConnectUrl oauth2MetadataUrl", "description bearerFormat deprecated"
    ),
    "components": _construct(
        "schemas responses parameters examples requestBodies headers securitySchemes links callbacks "
        "pathItems mediaTypes"
    ),
}  # fmt: skip

#: Keywords of schemas that are compared, each in its own way.
_SCHEMA_KEYWORDS = """
    $ref $defs definitions type enum const nullable format pattern multipleOf minimum maximum exclusiveMinimum
    exclusiveMaximum minLength maxLength minItems maxItems uniqueItems minContains maxContains contains items
    prefixItems unevaluatedItems minProperties maxProperties required properties patternProperties
    additionalProperties unevaluatedProperties propertyNames dependentRequired dependentSchemas dependencies
    allOf anyOf oneOf not if then else discriminator readOnly writeOnly xml deprecated default title
    description example examples externalDocs $comment contentEncoding contentMediaType contentSchema
"""

SCHEMA_KEYWORDS = frozenset(_SCHEMA_KEYWORDS.split())

_IDENTITY = frozenset((
    "$id", "id", "$anchor", "$schema", "$vocabulary", "$dynamicRef", "$dynamicAnchor", "$recursiveRef",
    "$recursiveAnchor", "jsonSchemaDialect", "$self",
))  # fmt: skip

_POSITIONAL = frozenset({"prefixEncoding", "itemEncoding"})


def omission_of(word: str) -> Omitted:
    """Why a member that is not compared is not."""
    if word.startswith("x-"):
        return Omitted.EXTENSION
    if word in _POSITIONAL:
        return Omitted.ENCODING
    return Omitted.IDENTITY if word in _IDENTITY else Omitted.UNKNOWN


def omissions(
    before: Mapping[str, Json], after: Mapping[str, Json], compared: frozenset[str], pointers: tuple[str, str]
) -> Iterator[Omission]:
    """The members of two objects that differ and are not among the compared ones."""
    for word in dict.fromkeys((*before, *after)):
        if word in compared or (
            word in before and word in after and to_json(before[word]) == to_json(after[word])
        ):
            continue
        pointer = pointers[0] if word in before else pointers[1]
        yield Omission(omission_of(str(word)), f"{pointer}/{word}")


def compare_members(
    kind: str, before: Mapping[str, Json], after: Mapping[str, Json], pointers: tuple[str, str]
) -> Iterator[tuple[str, str, str] | Omission]:
    """The texts of two objects of one kind that differ (name, ours, theirs), and what is not compared."""
    construct = CONSTRUCTS[kind]
    for word in construct.texts:
        texts = [_text(node, word) for node in (before, after)]
        if texts[0] != texts[1]:
            yield word, texts[0], texts[1]
    yield from omissions(before, after, construct.compared | set(construct.texts), pointers)


def _text(node: Mapping[str, Json], word: str) -> str:
    if word not in node:
        return ""
    value = node[word]
    return value if isinstance(value, str) else to_json(value)
