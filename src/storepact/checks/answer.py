"""Checks of a response against its description: status, content type, body, headers, errors."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import Any

from storepact.checks.evidence import OF_HTTP, Evidence, Observation
from storepact.model.exchange import CUT_OFF, NOT_JSON, BodyFlaw, Response, json_text
from storepact.model.expectation import Promise
from storepact.model.flaw import FlawKind
from storepact.openapi.document import Document
from storepact.openapi.operation import Operation, ResponseSpec
from storepact.openapi.pointers import escape
from storepact.openapi.validators import compile_schema

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


def check_server(evidence: Evidence) -> Iterator[Observation]:
    """No request, however wrong, makes the provider answer 5xx or hang up."""
    rule, response = evidence.expectation.rule, evidence.exchange.response
    rate = f", {response.attempts} of {response.attempts} times" if response.attempts > 1 else ""
    if response.timed_out:
        seconds = f"{response.seconds:g} s"
        yield Observation(
            "timeout",
            f"no response within {seconds}{rate}, while other requests are answered",
            FlawKind.CUT_OFF,
            f"an HTTP response within {seconds}",
            "nothing",
            request_rule=rule,
        )
    elif evidence.status == CUT_OFF:
        yield Observation(
            "no answer",
            f"the connection was cut without a response{rate}",
            FlawKind.CUT_OFF,
            "an HTTP response",
            "nothing",
            request_rule=rule,
        )
    elif evidence.status >= 500:
        # a failure over what is wrong in one place is another one than over something else
        yield Observation(
            f"{evidence.status} {rule.partition(' ')[0]}".strip(),
            f"the provider failed with {evidence.status}{rate}",
            FlawKind.CRASH,
            "no 5xx",
            str(evidence.status),
            request_rule=rule,
        )


def check_status(evidence: Evidence) -> Iterator[Observation]:
    """Every status is one that the document describes for the operation."""
    status, expectation = evidence.status, evidence.expectation
    if status == CUT_OFF or status >= 500 or evidence.operation.response(status) is not None:
        return
    is_refusal = 400 <= status < 500
    if is_refusal and (
        status in expectation.statuses or (expectation.promise is not Promise.ACCEPT and status in OF_HTTP)
    ):
        return
    if not is_refusal and expectation.promise is Promise.REFUSE:
        return  # it should not have succeeded at all, which another check reports
    yield Observation(
        str(status),
        f"{status} is not described for this operation",
        FlawKind.STATUS,
        f"one of {', '.join(evidence.operation.responses)}",
        str(status),
        f"{evidence.operation.pointer}/responses",
    )


def check_content_type(evidence: Evidence) -> Iterator[Observation]:
    """An answer with a body declares it as JSON."""
    described, response = evidence.documented_response, evidence.exchange.response
    if described is None or not described.content or not response.body:
        return
    media = response.header("Content-Type")
    essence = (media or "").partition(";")[0].strip().lower()
    if essence not in [name.lower() for name in described.content]:
        yield Observation(
            f"{evidence.status} Content-Type",
            f"the content type is {media or 'missing'}",
            FlawKind.MEDIA,
            " or ".join(described.content),
            media or "no Content-Type",
            f"{described.pointer}/content",
            member="content-type",
            value=essence,
        )


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
        length = response.header("Content-Length") or "0"
        if response.body or (length.isdigit() and int(length) > 0 and evidence.status == 204):
            size = len(response.body) or int(length)
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


def check_headers(evidence: Evidence) -> Iterator[Observation]:
    """Described headers, where they are sent, have the described form; required ones are sent."""
    sent = {name.lower(): value for name, value in reversed(evidence.exchange.response.headers)}
    for pointer, name, header in _described_headers(
        evidence.document, evidence.operation, evidence.documented_response
    ):
        value, locus = sent.get(name.lower()), f"{evidence.status} {name}"
        if value is None:
            if header.get("required"):
                yield Observation(
                    locus,
                    f"the header {name} is missing",
                    FlawKind.MISSING,
                    name,
                    "absent",
                    pointer,
                    member=name.lower(),
                )
            continue
        if name.lower() == "retry-after" and _is_http_date(value):
            continue  # RFC 9110 10.2.3 allows a date wherever it allows a number
        schema = evidence.document.resolve(header.get("schema", {}))
        if not compile_schema(evidence.document, f"{pointer}/schema").fits(
            _parse_header(value, schema.get("type"))
        ):
            yield Observation(
                locus,
                f"the header {name} is malformed",
                FlawKind.PATTERN,
                _described_header(schema),
                value,
                f"{pointer}/schema",
                member=name.lower(),
                value=value,
            )


def _is_http_date(value: str) -> bool:
    """Whether a header's value is a date in one of the forms of RFC 9110 5.6.7."""
    try:
        return parsedate_to_datetime(value).tzinfo is not None or value.count(" ") >= 4
    except (ValueError, TypeError):
        return False


def _described_headers(
    document: Document, operation: Operation, described: ResponseSpec | None
) -> tuple[tuple[str, str, Any], ...]:
    """The headers of this status, then those of success: its headers of limits belong to every response."""
    return _headers_of(document, operation.id, None if described is None else described.pointer)


@lru_cache(maxsize=512)
def _headers_of(document: Document, identifier: str, pointer: str | None) -> tuple[tuple[str, str, Any], ...]:
    operation = document.operations[identifier]
    headers: dict[str, tuple[str, str, Any]] = {}
    own = next((spec for spec in operation.responses.values() if spec.pointer == pointer), None)
    for spec in (own, *(operation.response(status) for status in sorted(operation.success))):
        if spec is None:
            continue
        for name, header in spec.headers.items():
            place = document.settle(f"{spec.pointer}/headers/{escape(name)}")
            headers.setdefault(name.lower(), (place, name, header))
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


def check_error_code(evidence: Evidence) -> Iterator[Observation]:
    """The code in an error's body belongs to its status."""
    if 400 <= evidence.status < 500:
        body = evidence.exchange.response.json
        code = body.get("code") if isinstance(body, dict) else None
        statuses = evidence.api.error_statuses.get(code) if isinstance(code, str) else None
        if statuses and evidence.status not in statuses:
            contradiction = f"the code {code!r} does not belong to {evidence.status}"
            yield Observation(
                f"{evidence.status} /code",
                contradiction,
                FlawKind.CONTRADICTION,
                "a code of this status",
                contradiction,
                member="/code",
            )


def check_internals(evidence: Evidence) -> Iterator[Observation]:
    """An error says what was wrong with the request, and nothing about the provider's internals."""
    if evidence.status < 400:
        return
    text = evidence.exchange.response.body.decode("utf-8", "replace")
    for internals, pattern in _INTERNALS.items():
        match = pattern.search(text)
        if match:
            yield Observation(
                f"{evidence.status} {internals}",
                f"the error shows {internals}",
                FlawKind.EXPOSED,
                "no internals",
                match.group(0)[:80],
            )


_INTERNALS = {
    "a stack trace": re.compile(
        r"Traceback \(most recent call last\)|\bat [\w.$]+\([\w.]+:\d+\)|goroutine \d+ \["
    ),
    "a path of the server": re.compile(
        r"(?:/usr/|/home/|/var/|/opt/|/srv/|C:\\\\)[\w./\\-]+\.(?:py|go|js|java|rb)\b"
    ),
    "SQL": re.compile(
        r"\b(?:SELECT\s.+\sFROM|INSERT\s+INTO|UPDATE\s.+\sSET|DELETE\s+FROM)\s", re.IGNORECASE | re.DOTALL
    ),
}


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


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 120 else f"{text[:117]}…"


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
