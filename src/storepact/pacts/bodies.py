"""Bodies: which described media type the body of an interaction has, and the value that is compared."""

from __future__ import annotations

import json
from collections.abc import Mapping
from email import message_from_bytes
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl

import msgspec

from storepact.model.tree import Json
from storepact.openapi.document import Document
from storepact.openapi.media import FORM, MULTIPART, MediaType, choose_media, parse_media
from storepact.openapi.members import SchemaView, schema_view
from storepact.openapi.pointers import escape
from storepact.openapi.serialization import read_members, readings
from storepact.pacts.contract import BINARY, NO_BODY, Interaction

_JSON = "application/json"


class DescribedBody(msgspec.Struct, frozen=True):
    """The described body that an interaction's body is compared with."""

    media: str = ""
    """The described media type; empty if none of them is that of the body."""
    content_type: str = ""
    """The media type of the body, as the pact has it or as its form suggests."""
    schema: str | None = None
    values: tuple[Json, ...] = ()
    """The values that the body may stand for; empty if it cannot be compared."""
    reason: str = ""
    """Why it cannot be compared."""


@lru_cache(maxsize=16_384)
def described_media(document: Document, pointer: str) -> Mapping[str, str | None]:
    """The media types of a request body or a response, each with the pointer of its schema."""
    content = document.at(pointer).get("content")
    types: dict[str, str | None] = {}
    for media, node in content.items() if isinstance(content, Mapping) else ():
        has_schema = isinstance(node, Mapping) and "schema" in node
        types[str(media)] = f"{pointer}/content/{escape(media)}/schema" if has_schema else None
    return types


def describe_body(
    interaction: Interaction, side: str, described: Mapping[str, str | None], document: Document
) -> DescribedBody:
    """Choose the described media type for the body of a side, and read the body as it says."""
    body = interaction.body(side)
    stated = interaction.content_type(side)
    content_type = stated or _guess(body, described)
    media = choose_media(described, content_type)
    if media is None:
        return DescribedBody(content_type=content_type)
    chosen = DescribedBody(media, content_type, described[media])
    if chosen.schema is None:
        return _with(chosen, reason=f"the document has no schema for {media}")
    if body is BINARY:
        return _with(chosen, reason="its body is binary")
    kind = parse_media(content_type)
    if kind.is_range or not kind.subtype:
        kind = parse_media(_JSON) if not isinstance(body, str) else kind
    values = _read(body, kind, content_type, schema_view(document, chosen.schema))
    if not values:
        return _with(chosen, reason=f"bodies of {kind.plain} are not compared with schemas")
    return _with(chosen, values=values)


def _with(chosen: DescribedBody, values: tuple[Json, ...] = (), reason: str = "") -> DescribedBody:
    return DescribedBody(chosen.media, chosen.content_type, chosen.schema, values, reason)


def _guess(body: Json, described: Mapping[str, str | None]) -> str:
    """The media type of a body whose pact names none, by its form."""
    types = [parse_media(media) for media in described]
    if body is BINARY:
        return next(iter(described), "application/octet-stream")
    is_text = isinstance(body, str)
    candidates = [media for media in types if media.is_json] if not is_text else types
    if is_text and any(media.is_text for media in types):
        candidates = [media for media in types if media.is_text]
    exact = next((media for media in candidates if not media.is_range), None)
    if exact is not None:
        return next(name for name in described if parse_media(name) == exact)
    return "text/plain" if is_text and not any(media.type == "*" for media in types) else _JSON


def _read(body: Json, kind: MediaType, content_type: str, view: SchemaView) -> tuple[Json, ...]:
    """The values that a body may stand for, none if its media type is not compared."""
    if kind.is_json:
        return _read_json(body)
    if kind.plain == FORM:
        if isinstance(body, str):
            return (read_members(view, parse_qsl(body, keep_blank_values=True)),)
        return (body,) if isinstance(body, Mapping) else ()
    if kind.plain == MULTIPART:
        return _read_multipart(body, content_type, view)
    if kind.is_text and isinstance(body, str):
        return tuple(readings(body))
    return ()


def _read_json(body: Json) -> tuple[Json, ...]:
    """JSON as it is; a text may also be JSON that was written as a text."""
    if not isinstance(body, str):
        return (body,)
    try:
        return (body, json.loads(body))
    except (ValueError, RecursionError):
        return (body,)


def _read_multipart(body: Json, content_type: str, view: SchemaView) -> tuple[Json, ...]:
    if isinstance(body, Mapping):
        return (body,)
    if not isinstance(body, str) or "boundary=" not in content_type.lower():
        return ()
    head = f"Content-Type: {content_type}\r\n\r\n".encode()
    message: Any = message_from_bytes(head + body.encode("utf-8", "surrogateescape"))
    parts = message.get_payload() if message.is_multipart() else []
    pairs = []
    for part in parts:
        name = part.get_param("name", header="content-disposition")
        payload = part.get_payload(decode=True) or b""
        if isinstance(name, str):
            pairs.append((name, payload.decode("utf-8", "replace")))
    return (read_members(view, pairs),) if pairs else ()


def has_body(body: Json) -> bool:
    """Whether there is a body that is not empty."""
    return body is not NO_BODY and body is not None and body != ""
