"""Checks of an answer against its description: status, content type, body, headers, errors."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from storepact.checks.evidence import OF_HTTP, Evidence, Observation
from storepact.model.exchange import CUT_OFF, NOT_JSON
from storepact.model.expectation import Promise
from storepact.openapi.document import Document, Operation, ResponseSpec, is_json
from storepact.openapi.pointers import escape
from storepact.openapi.validators import Violation, compile_schema


def server_does_not_fail(evidence: Evidence) -> Iterator[Observation]:
    """No request, however wrong, makes the provider answer 5xx or hang up."""
    if evidence.status == CUT_OFF:
        yield Observation(
            "no answer", "the connection was cut without an answer, twice", "an HTTP response", "nothing"
        )
    elif evidence.status >= 500:
        flaw = evidence.expectation.rule.partition(" ")[
            0
        ]  # a crash over what is wrong in one place is not one over another
        locus = f"{evidence.status} {flaw}".strip()
        yield Observation(
            locus, f"the provider failed with {evidence.status}", "no 5xx", str(evidence.status)
        )


def status_is_documented(evidence: Evidence) -> Iterator[Observation]:
    """Every status is one that the document describes for the operation."""
    status, expectation = evidence.status, evidence.expectation
    if status == CUT_OFF or status >= 500 or evidence.operation.response(status) is not None:
        return
    refused = 400 <= status < 500
    if refused and (
        status in expectation.statuses or (expectation.promise is not Promise.ACCEPT and status in OF_HTTP)
    ):
        return
    if not refused and expectation.promise is Promise.REFUSE:
        return  # it should not have succeeded at all: that is another check's to say
    known = ", ".join(evidence.operation.responses)
    yield Observation(
        str(status),
        f"{status} is not described for this operation",
        f"one of {known}",
        str(status),
        f"{evidence.operation.pointer}/responses",
    )


def content_type_is_documented(evidence: Evidence) -> Iterator[Observation]:
    """An answer with a body declares it as JSON."""
    described, response = evidence.documented_response, evidence.exchange.response
    if described is None or not described.content or not response.body:
        return
    media = response.header("Content-Type")
    plain = (media or "").partition(";")[0].strip().lower()
    if plain not in [each.lower() for each in described.content]:
        yield Observation(
            f"{evidence.status} Content-Type",
            f"the content type is {media or 'missing'}",
            " or ".join(described.content),
            media or "no Content-Type",
            f"{described.pointer}/content",
        )


def body_fits_schema(evidence: Evidence) -> Iterator[Observation]:
    """A body has every required member, each of the type and within the bounds described."""
    for violation in _violations(evidence):
        if violation.keyword != "additionalProperties":
            expected = violation.member or (
                "" if violation.expected is None else f"{violation.keyword}: {violation.expected}"
            )
            actual = f"no {violation.member}" if violation.member else _short(violation.value)
            yield Observation(
                f"{evidence.status} {violation.locus}",
                f"{_at(violation)}: {violation.message}",
                expected,
                actual,
                violation.pointer,
            )


def members_are_documented(evidence: Evidence) -> Iterator[Observation]:
    """A body holds no member that is not described: in a beta API that is how changes announce themselves."""
    for violation in _violations(evidence):
        if violation.keyword == "additionalProperties":
            yield Observation(
                f"{evidence.status} {violation.locus}",
                f"{_at(violation)}: {violation.message}",
                "only described members",
                f"{violation.member}: {_short(violation.value)}",
                violation.pointer,
            )


def body_is_there_or_not(evidence: Evidence) -> Iterator[Observation]:
    """A body comes exactly where one is described, and it is JSON."""
    described, response = evidence.documented_response, evidence.exchange.response
    if described is None:
        return
    if not described.content:
        length = response.header("Content-Length") or "0"
        if response.body or (length.isdigit() and int(length) > 0 and evidence.status == 204):
            size = len(response.body) or int(length)
            yield Observation(
                f"{evidence.status} body",
                f"{evidence.status} carries a body of {size} bytes",
                "no body",
                f"{size} bytes",
                described.pointer,
            )
    elif not response.body:
        yield Observation(
            f"{evidence.status} body", "the body is missing", "a JSON body", "nothing", described.pointer
        )
    elif response.json is NOT_JSON:
        start = response.body[:60].decode("utf-8", "backslashreplace")
        yield Observation(
            f"{evidence.status} body", "the body is not JSON", "a JSON body", start, described.pointer
        )


def headers_fit(evidence: Evidence) -> Iterator[Observation]:
    """Described headers, where they are sent, have the described form; required ones are sent."""
    sent = {name.lower(): value for name, value in reversed(evidence.exchange.response.headers)}
    for pointer, name, header in _described_headers(
        evidence.document, evidence.operation, evidence.documented_response
    ):
        value = sent.get(name.lower())
        if value is None:
            if header.get("required"):
                yield Observation(
                    f"{evidence.status} {name}", f"the header {name} is missing", name, "absent", pointer
                )
            continue
        schema = evidence.document.resolve(header.get("schema", {}))
        if not compile_schema(evidence.document, f"{pointer}/schema").fits(_typed(value, schema.get("type"))):
            yield Observation(
                f"{evidence.status} {name}",
                f"the header {name} is malformed",
                _described_header(schema),
                value,
                f"{pointer}/schema",
            )


def _described_headers(
    document: Document, operation: Operation, described: ResponseSpec | None
) -> tuple[tuple[str, str, Any], ...]:
    """The headers of this status, then those of success: what is said of limits there holds for every answer."""
    return _headers_of(document, operation.id, None if described is None else described.pointer)


@lru_cache(maxsize=512)
def _headers_of(document: Document, identifier: str, pointer: str | None) -> tuple[tuple[str, str, Any], ...]:
    operation = document.operations[identifier]
    found: dict[str, tuple[str, str, Any]] = {}
    specs = [*operation.responses.values()]
    own = next((spec for spec in specs if spec.pointer == pointer), None)
    for each in (own, *(operation.response(status) for status in sorted(operation.success))):
        for name, header in each.headers.items() if each is not None else ():
            place = document.settle(f"{each.pointer}/headers/{escape(name)}") if each is not None else ""
            found.setdefault(name.lower(), (place, name, header))
    return tuple(found.values())


def refused_verb_names_others(evidence: Evidence) -> Iterator[Observation]:
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
            ", ".join(sorted(evidence.document.methods_of(evidence.operation.path))),
            allow,
        )


def error_is_consistent(evidence: Evidence) -> Iterator[Observation]:
    """The code in an error's body belongs to its status."""
    if 400 <= evidence.status < 500:
        contradiction = evidence.error_contradiction(evidence.status, evidence.exchange.response.json)
        if contradiction:
            yield Observation(
                f"{evidence.status} /code", contradiction, "a code of this status", contradiction
            )


def error_shows_no_internals(evidence: Evidence) -> Iterator[Observation]:
    """An error tells what was wrong with the request, and nothing about the provider's insides."""
    if evidence.status < 400:
        return
    text = evidence.exchange.response.body.decode("utf-8", "replace")
    for what, pattern in _INTERNALS.items():
        found = pattern.search(text)
        if found:
            yield Observation(
                f"{evidence.status} {what}", f"the error shows {what}", "no internals", found.group(0)[:80]
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


def limit_is_told(evidence: Evidence) -> Iterator[Observation]:
    """A 429 carries the headers of the limit that was hit."""
    if evidence.status != 429:
        return
    names = {name.lower() for name, _ in evidence.exchange.response.headers}
    if not any(name == "retry-after" or name.startswith("x-ratelimit-") for name in names):
        yield Observation(
            "429 headers",
            "the 429 does not say which limit was hit, nor until when",
            "X-Ratelimit-… or Retry-After",
            "none of them",
            f"{evidence.operation.pointer}/responses/429",
        )


def _violations(evidence: Evidence) -> list[Violation]:
    described, response = evidence.documented_response, evidence.exchange.response
    if described is None or not described.content or response.json is NOT_JSON:
        return []
    pointer = next((each for media, each in described.content.items() if is_json(media)), None)
    if pointer is None:
        return []
    return _first_of_each_place(compile_schema(evidence.document, pointer).violations(response.json))


def _first_of_each_place(violations: list[Violation]) -> list[Violation]:
    by_place: dict[str, Violation] = {}
    for violation in violations:
        by_place.setdefault(violation.locus, violation)
    return list(by_place.values())


def _at(violation: Violation) -> str:
    return violation.place or "body"


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 120 else f"{text[:117]}…"


def _typed(value: str, kind: Any) -> Any:
    if kind == "integer":
        return int(value) if re.fullmatch(r"-?[0-9]{1,30}", value) else value
    return value


def _described_header(schema: Any) -> str:
    return ", ".join(
        f"{name} {value}"
        for name, value in schema.items()
        if name in ("type", "minimum", "maximum", "pattern")
    )
