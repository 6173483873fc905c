"""The flaws of request bodies: media type, JSON, the body of a create, characters and size."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import unquote

from storepact.families.persistent_store.api import role_of
from storepact.families.persistent_store.json_body import JsonBody, is_damaged_json, is_wide_json, read_json
from storepact.families.persistent_store.patch_rules import find_patch_flaws
from storepact.families.persistent_store.unspecified import find_unusual_members
from storepact.families.persistent_store.violations import BAD_BODY, UNEDITABLE, to_flaw
from storepact.model.case import NOTHING, PreparedRequest
from storepact.model.expectation import Flaw
from storepact.openapi.document import Document
from storepact.openapi.operation import Operation
from storepact.openapi.validators import compile_schema
from storepact.openapi.variants import Variant

BAD_MEDIA = frozenset({400, 406, 415, 422})

_LARGE = 16_384
_TOO_MUCH = frozenset({400, 413, 422})

_PLAIN_JSON = re.compile(r"application/json(\s*;\s*charset=(utf-8|\"utf-8\"))?", re.IGNORECASE)

#: Members that the provider sets.
_READ_ONLY = frozenset(
    {"_id", "_links", "_status", "_access", "version", "projectKey", "environmentKey", "integrationKey"}
    | {"kind", "id"}
)


def find_body_flaws(
    prepared: PreparedRequest, operation: Operation, document: Document, variant: Variant
) -> Iterator[Flaw]:
    """The flaws of a request's body and content type."""
    media = next((value for name, value in prepared.headers if name.lower() == "content-type"), None)
    role = role_of(operation)
    if role not in ("create", "update"):
        if media is not None or prepared.body is not None:
            yield Flaw("it has a body or a content type", BAD_MEDIA, certain=False, rule="media")
        return
    if media is None or not _is_plain_json(media):
        yield Flaw("its content type is not JSON", BAD_MEDIA, certain=False, rule="media")
    if prepared.body is None:
        yield Flaw("there is no body", BAD_MEDIA, rule="body")
        return
    if len(prepared.body) > _LARGE:
        yield Flaw("the body is large (D12)", _TOO_MUCH, certain=False, rule="size")
    body = read_json(prepared.body)
    if body.is_deep:
        yield Flaw("it is nested deeply (D38)", _TOO_MUCH, certain=False, rule="nesting")
        return
    if body.repeated:
        why = "an object has a name twice, and which value counts is not documented (D38)"
        yield Flaw(why, BAD_BODY, certain=False, rule="repeated")
        return
    value = body.value
    if value is NOTHING:
        is_decided = not (is_wide_json(prepared.body) or is_damaged_json(prepared.body))
        yield Flaw("the body is not JSON in UTF-8", BAD_MEDIA, certain=is_decided, rule="json")
        return
    yield from _find_open_json(body)
    if not _is_printable(value):
        why = "it contains control characters or the like (D13)"
        yield Flaw(why, BAD_BODY, certain=False, rule="characters")
    kind = variant.value or unquote(prepared.parameters.get("integrationKey", ""))
    if role == "create":
        yield from _find_create_flaws(value, kind, operation, document, variant)
    else:
        yield from find_patch_flaws(value, kind, document)


def _find_open_json(body: JsonBody) -> Iterator[Flaw]:
    """What parsers may refuse though it is JSON (D38)."""
    if body.has_extreme_number:
        yield Flaw("a number is out of the usual range (D38)", BAD_BODY, certain=False, rule="number")
    if body.has_inherited_name:
        why = "a member has a name that parsers of JavaScript refuse (D38)"
        yield Flaw(why, BAD_BODY, certain=False, rule="inherited")


def _is_plain_json(media: str) -> bool:
    """Whether a content type is `application/json` in any spelling, its charset UTF-8 (RFC 9110 8.3.1)."""
    return _PLAIN_JSON.fullmatch(media.strip()) is not None


def _find_create_flaws(
    value: Any, kind: str, operation: Operation, document: Document, variant: Variant
) -> Iterator[Flaw]:
    if operation.body_pointer is not None:
        schema = compile_schema(document, operation.body_pointer, variant.overrides)
        for violation in schema.violations(value):
            yield to_flaw(violation, f"{violation.place or '/'}: {violation.message}")
    if isinstance(value, Mapping):
        for name in sorted(_READ_ONLY & value.keys()):
            yield Flaw(f"{name} is set by the provider", UNEDITABLE, certain=False)
        for why in find_unusual_members(value, kind):
            yield Flaw(why, BAD_BODY, certain=False)


def _is_printable(value: Any) -> bool:
    """Whether every string, keys included, is made of assigned, visible characters and ordinary blanks."""
    if isinstance(value, str):
        return value.isprintable()
    if isinstance(value, Mapping):
        return all(_is_printable(name) and _is_printable(member) for name, member in value.items())
    if isinstance(value, list):
        return all(_is_printable(element) for element in value)
    return True
