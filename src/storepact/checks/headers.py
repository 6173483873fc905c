"""Checks of a response's headers: content type, described headers, Allow, and those of limits."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import Any

from storepact.checks.evidence import Evidence, Observation
from storepact.model.flaw import FlawKind
from storepact.model.tree import Json
from storepact.model.values import lean_value
from storepact.openapi.document import Document
from storepact.openapi.media import parse_media
from storepact.openapi.operation import Operation, ResponseSpec
from storepact.openapi.pointers import escape
from storepact.openapi.validators import SchemaValidator, compile_schema


def check_content_type(evidence: Evidence) -> Iterator[Observation]:
    """An answer with a body declares it as JSON."""
    described, response = evidence.documented_response, evidence.exchange.response
    if described is None or not described.content or not response.body:
        return
    media = response.header("Content-Type")
    essence = (media or "").partition(";")[0].strip().lower()
    if essence not in [name.lower() for name in described.content]:
        actual = media or "missing"
    elif media and not _names_encoding_of_json(media, response.body):
        actual = f"{media}, and JSON is in UTF-8 (RFC 8259)"
    else:
        return
    yield Observation(
        f"{evidence.status} Content-Type",
        f"the content type is {actual}",
        FlawKind.MEDIA,
        " or ".join(described.content),
        media or "no Content-Type",
        f"{described.pointer}/content",
        member="content-type",
        value=essence,
    )


def _names_encoding_of_json(media: str, body: bytes) -> bool:
    """Whether the charset of a content type, if it has one, is an encoding that the body is in."""
    if "charset" not in media.lower():
        return True
    charset = dict(parse_media(media).parameters).get("charset", "utf-8")
    return charset in _UTF_8 or (charset in _ASCII and body.isascii())


#: Names of UTF-8, and of what is a part of it.
_UTF_8, _ASCII = ("utf-8", "utf8"), ("us-ascii", "ascii")


@lean_value(frozen=True)
class _DescribedHeader:
    """A header that a response is described with; `key` is its name in lower case."""

    pointer: str
    name: str
    key: str
    required: bool
    schema: Json
    validator: SchemaValidator


def check_headers(evidence: Evidence) -> Iterator[Observation]:
    """Described headers, where they are sent, have the described form; required ones are sent."""
    sent = evidence.exchange.response.first_values
    for header in _described_headers(evidence.document, evidence.operation, evidence.documented_response):
        value = sent.get(header.key)
        if value is None:
            if header.required:
                yield Observation(
                    f"{evidence.status} {header.name}",
                    f"the header {header.name} is missing",
                    FlawKind.MISSING,
                    header.name,
                    "absent",
                    header.pointer,
                    member=header.key,
                )
            continue
        number: Json = _parse_header(value, header.schema.get("type"))
        if header.key == "retry-after" and (date := _parse_date(value)) is not None:
            # RFC 9110 10.2.3 allows a date wherever it allows a number
            present = _parse_date(sent.get("date", "")) or date
            number = round(abs(date - present).total_seconds())
        if not header.validator.fits(number):
            yield Observation(
                f"{evidence.status} {header.name}",
                f"the header {header.name} is malformed",
                FlawKind.PATTERN,
                _described_header(header.schema),
                value,
                f"{header.pointer}/schema",
                member=header.key,
                value=value,
            )


def _parse_date(value: str) -> datetime | None:
    """The time of a header's value in one of the forms of RFC 9110 5.6.7; None if it is no date."""
    try:
        date = parsedate_to_datetime(value)
    except (ValueError, TypeError):
        return None
    if date.tzinfo is None and value.count(" ") < 4:
        return None
    return date if date.tzinfo is not None else date.replace(tzinfo=UTC)


def _described_headers(
    document: Document, operation: Operation, described: ResponseSpec | None
) -> tuple[_DescribedHeader, ...]:
    """The headers of this status, then those of success: its headers of limits belong to every response."""
    return _headers_of(document, operation.id, None if described is None else described.pointer)


@lru_cache(maxsize=512)
def _headers_of(document: Document, identifier: str, pointer: str | None) -> tuple[_DescribedHeader, ...]:
    operation = document.operations[identifier]
    headers: dict[str, _DescribedHeader] = {}
    own = next((spec for spec in operation.responses.values() if spec.pointer == pointer), None)
    for spec in (own, *(operation.response(status) for status in sorted(operation.success))):
        if spec is None:
            continue
        for name, header in spec.headers.items():
            place = document.settle(f"{spec.pointer}/headers/{escape(name)}")
            described = _DescribedHeader(
                place,
                name,
                name.lower(),
                bool(header.get("required")),
                document.resolve(header.get("schema", {})),
                compile_schema(document, f"{place}/schema"),
            )
            headers.setdefault(described.key, described)
    return tuple(headers.values())


def check_allow_header(evidence: Evidence) -> Iterator[Observation]:
    """A 405 that has an Allow header names the verbs that the path does have, and not the refused one."""
    allow = evidence.exchange.response.header("Allow")
    if evidence.status != 405 or allow is None:
        return
    named = {verb.strip().upper() for verb in allow.split(",") if verb.strip()}
    missing = evidence.document.methods_of(evidence.operation.path) - named
    if missing or evidence.prepared.method in named:
        yield Observation(
            "405 Allow",
            "the header Allow contradicts the document",
            FlawKind.CONTRADICTION,
            ", ".join(sorted(evidence.document.methods_of(evidence.operation.path))),
            allow,
            member="allow",
        )


def check_limit_headers(evidence: Evidence) -> Iterator[Observation]:
    """A 429 carries the headers of the limit that was hit."""
    if evidence.status != 429:
        return
    names = {name.lower() for name, _ in evidence.exchange.response.headers}
    if not any(name == "retry-after" or name.startswith("x-ratelimit-") for name in names):
        yield Observation(
            "429 headers",
            "the 429 does not say which limit was hit, nor until when",
            FlawKind.MISSING,
            "X-Ratelimit-… or Retry-After",
            "none of them",
            f"{evidence.operation.pointer}/responses/429",
        )


def _parse_header(value: str, kind: Any) -> Any:
    if kind == "integer":
        return int(value) if re.fullmatch(r"-?[0-9]{1,30}", value) else value
    return value


def _described_header(schema: Any) -> str:
    return ", ".join(
        f"{name} {value}"
        for name, value in schema.items()
        if name in ("type", "minimum", "maximum", "pattern")
    )
