"""Faults of how requests are read: spellings of JSON and of paths, queries, headers that are given twice."""

from __future__ import annotations

import json
import re
from dataclasses import replace

from storepact.families.persistent_store.api import BASE
from storepact.families.persistent_store.provider.faults.layers import (
    LayerFactory,
    change_requests,
    error_response,
    fault,
)
from storepact.mock.exchange import MockRequest, MockResponse, Responder
from storepact.mock.faults import Layer

_C = "readings of requests"
_CRASH = error_response(500, "internal_error", "something went wrong")
_UNREADABLE = error_response(400, "invalid_request", "the body is not JSON")
_NOT_FOUND = error_response(404, "not_found", "there is nothing at this path")
_WITH_BODY = ("create", "update")
_EVERY = ("list", "create", "get", "update", "delete")

#: Percent-encoded letters and digits, and an escape of JSON that stands for one.
_ENCODED_LETTER = re.compile(r"%(3[0-9]|[46][1-9A-Fa-f]|[57][0-9Aa])")
_ESCAPED_LETTER = re.compile(rb"\\u00[46][1-9A-Fa-f]")


def _refuse_bodies(pattern: bytes) -> LayerFactory:
    """Refuse bodies in which something stands that JSON allows."""
    found = re.compile(pattern)
    return change_requests(_WITH_BODY, lambda request: _UNREADABLE if found.search(request.body) else request)


def _keep_escapes(request: MockRequest) -> MockRequest:
    """Read escapes of letters as the six characters that they are written with."""
    return replace(request, body=_ESCAPED_LETTER.sub(rb"\\\g<0>", request.body))


def _read_as_latin_1(request: MockRequest) -> MockRequest:
    """Read each byte of a body as a character."""
    try:
        body = json.loads(request.body.decode("latin-1"))
    except (ValueError, RecursionError):
        return request
    return replace(request, body=json.dumps(body).encode())


class _EveryPath(Layer):
    """Answers requests that meet a condition, whatever operation their path is of."""

    def __init__(self, pattern: str, answer: MockResponse) -> None:
        self._pattern, self._answer = re.compile(pattern), answer

    def respond(self, request: MockRequest, inner: Responder) -> MockResponse:
        return self._answer if self._pattern.search(request.path) else inner(request)


def _trim(request: MockRequest, position: int) -> MockRequest:
    """Take a blank away from the end of a key of the path."""
    keys = request.path.removeprefix(f"{BASE}/").split("/")
    keys[position] = keys[position].removesuffix("%20")
    return replace(request, path="/".join([BASE, *keys]))


def _fail_over_two_tokens(request: MockRequest) -> MockRequest | MockResponse:
    tokens = [value for name, value in request.headers if name == "authorization"]
    return _CRASH if len(tokens) > 1 else request


FAULTS = (
    fault(
        "escaped-slashes-refused", _C, "SP201", "a body with a slash that is escaped is refused",
        _refuse_bodies(rb"\\/"),
    ),
    fault(
        "escaped-capitals-refused", _C, "SP201", "a body with an escape in capitals is refused",
        _refuse_bodies(rb"\\u[0-9A-F]*[A-F]"),
    ),
    fault(
        "letters-escaped", _C, "SP201", "an escape of a letter is not undone",
        change_requests(_WITH_BODY, _keep_escapes),
    ),
    fault(
        "bodies-as-latin-1", _C, "SP601", "bodies are read byte by byte: what is in UTF-8 becomes other text",
        change_requests(_WITH_BODY, _read_as_latin_1),
    ),
    fault(
        "blanks-refused", _C, "SP201", "a body that begins with a line break is refused",
        _refuse_bodies(rb"\A\s"),
    ),
    fault(
        "exponents-refused", _C, "SP201", "a body with a number that has an exponent is refused",
        _refuse_bodies(rb"(?<=[\[:,\s])-?[0-9]+(?:\.[0-9]+)?[eE][+-]?[0-9]+"),
    ),
    fault(
        "encoded-letters-unknown", _C, "SP601", "a path with percent-encoded letters is not found",
        lambda _: _EveryPath(_ENCODED_LETTER.pattern, _NOT_FOUND),
    ),
    fault(
        "projects-trimmed", _C, "SP607", "a get reads the key of a project without the blank behind it",
        change_requests(("get",), lambda request: _trim(request, 0)),
    ),
    fault(
        "kinds-trimmed", _C, "SP607", "a get reads a kind of store without the blank behind it",
        change_requests(("get",), lambda request: _trim(request, 2)),
    ),
    fault(
        "encoded-delimiters-500", _C, "SP101", "a key with an encoded question mark gets 500",
        lambda _: _EveryPath("%3[Ff]", _CRASH),
    ),
    fault(
        "queries-500", _C, "SP101", "a request with a query gets 500",
        change_requests(_EVERY, lambda request: _CRASH if request.query else request),
    ),
    fault(
        "two-tokens-500", _C, "SP101", "a request with two tokens gets 500",
        change_requests(_EVERY, _fail_over_two_tokens),
    ),
)  # fmt: skip
