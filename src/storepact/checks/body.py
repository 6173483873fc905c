"""Checks of a response's body: whether there is one, whether it is JSON, and whether it fits its schema."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from storepact.checks.evidence import Evidence, Observation
from storepact.model.exchange import NOT_JSON, BodyFlaw, Response, json_text
from storepact.model.flaw import FlawKind
from storepact.model.whole_numbers import read_whole_number
from storepact.openapi.pointers import escape

#: The flaw that a violated keyword means; all others mean another value.
_FLAW_OF_KEYWORD = {
    "required": FlawKind.MISSING,
    "additionalProperties": FlawKind.UNDESCRIBED,
    "type": FlawKind.TYPE,
    "enum": FlawKind.ENUM,
    "pattern": FlawKind.PATTERN,
    "format": FlawKind.PATTERN,
    "minimum": FlawKind.MINIMUM,
    "exclusiveMinimum": FlawKind.MINIMUM,
    "minLength": FlawKind.MINIMUM,
    "minItems": FlawKind.MINIMUM,
    "maximum": FlawKind.MAXIMUM,
    "exclusiveMaximum": FlawKind.MAXIMUM,
    "maxLength": FlawKind.MAXIMUM,
    "maxItems": FlawKind.MAXIMUM,
    "not": FlawKind.EXCLUDED,
}


def check_schema(evidence: Evidence) -> Iterator[Observation]:
    """A body has every required member, each of the type and within the bounds described."""
    for violation in evidence.violations:
        if violation.keyword == "additionalProperties":
            continue
        bound = "" if violation.expected is None else f"{violation.keyword}: {violation.expected}"
        allowed = violation.expected if violation.keyword == "enum" else ()
        yield Observation(
            f"{evidence.status} {violation.locus}",
            f"{violation.place or 'body'}: {violation.message}",
            _FLAW_OF_KEYWORD.get(violation.keyword, FlawKind.VALUE),
            violation.member or bound,
            f"no {violation.member}" if violation.member else _short(violation.value),
            violation.pointer,
            member=evidence.api.within_resource(violation.locus),
            value="" if violation.member else json_text(violation.value),
            allowed=tuple(json_text(value) for value in allowed),
        )


def check_members(evidence: Evidence) -> Iterator[Observation]:
    """A body holds no member that is not described: in a beta API that is how changes announce themselves."""
    for violation in evidence.violations:
        if violation.keyword != "additionalProperties":
            continue
        member, value = evidence.api.within_resource(violation.locus), violation.value
        yield Observation(
            f"{evidence.status} {violation.locus}",
            f"{violation.place or 'body'}: {violation.message}",
            FlawKind.UNDESCRIBED,
            "only described members",
            f"{violation.member}: {_short(value)}",
            violation.pointer,
            member=member,
            members=tuple(f"{member}/{escape(name)}" for name in value) if isinstance(value, dict) else (),
            value=json_text(value),
        )


def check_body(evidence: Evidence) -> Iterator[Observation]:
    """A body comes exactly where one is described, and it is JSON."""
    described, response = evidence.documented_response, evidence.exchange.response
    if described is None:
        return
    locus = f"{evidence.status} body"
    if not described.content:
        length = read_whole_number(response.header("Content-Length") or "0") or 0
        if response.body or (length > 0 and evidence.status == 204):
            size = len(response.body) or length
            message = f"{evidence.status} carries a body of {size} bytes"
            yield Observation(locus, message, FlawKind.EXTRA, "no body", f"{size} bytes", described.pointer)
    elif not response.body:
        yield Observation(
            locus, "the body is missing", FlawKind.MISSING, "a JSON body", "nothing", described.pointer
        )
    else:
        yield from _judge_bytes(response, locus, described.pointer)


def _judge_bytes(response: Response, locus: str, pointer: str) -> Iterator[Observation]:
    """A body whose bytes are not JSON as they were sent."""
    actual = response.body[:60].decode("utf-8", "backslashreplace")
    if response.flaw is not None:
        message, expected = _BODY_FLAWS[response.flaw]
        if response.flaw in _CODING_FLAWS:
            actual = response.header("Content-Encoding") or "no Content-Encoding"
        yield Observation(
            f"{locus} {response.flaw}",
            message,
            FlawKind.MEDIA,
            expected,
            actual,
            pointer,
            value=str(response.flaw),
        )
    elif response.json is NOT_JSON:
        message = f"the body is not JSON{_explain(response.body)}"
        yield Observation(locus, message, FlawKind.MEDIA, "a JSON body", actual, pointer)


#: What is wrong with the bytes of a body, and what is expected.
_BODY_FLAWS = {
    BodyFlaw.NOT_ENCODED: (
        "the body is not in the content coding that it is declared in",
        "what Content-Encoding names",
    ),
    BodyFlaw.CODING: (
        "the body is declared in a content coding that does not exist, or that was not asked for",
        "a coding that the request accepts",
    ),
    BodyFlaw.UNLABELLED: ("the body is in gzip, and no header says so", "Content-Encoding: gzip"),
    BodyFlaw.BYTE_ORDER_MARK: ("the body is not JSON: it begins with a byte order mark", "JSON in UTF-8"),
    BodyFlaw.CHARSET: ("the body is not JSON: it is in UTF-16 or UTF-32", "JSON in UTF-8"),
    BodyFlaw.CONSTANT: ("the body is not JSON: it has NaN or Infinity for a number", "a JSON number"),
}


_CODING_FLAWS = (BodyFlaw.NOT_ENCODED, BodyFlaw.CODING, BodyFlaw.UNLABELLED)


def _explain(body: bytes) -> str:
    """Where a body stops being JSON, in words; empty where it is none from the beginning."""
    try:
        text = body.decode().strip()
    except UnicodeDecodeError as error:
        return f": byte {error.start} is not UTF-8"
    if not text.startswith(("{", "[")):
        return ""
    try:
        json.JSONDecoder().raw_decode(text)
    except json.JSONDecodeError as error:
        return f": character {error.pos} is wrong" if text.endswith(("}", "]")) else ": it is cut off"
    except (ValueError, RecursionError):
        return ""
    return ": something follows the JSON value"


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 120 else f"{text[:117]}…"
