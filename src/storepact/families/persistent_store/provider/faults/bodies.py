"""Faults of bodies as bytes: content codings, character encodings, what is not JSON, and large ones."""

from __future__ import annotations

import gzip
import json
from dataclasses import replace
from typing import Any

from storepact.families.persistent_store.provider.faults.layers import (
    RENDERING,
    ResponseEdit,
    change_responses,
    change_successes,
    error_response,
    fault,
    items_of,
    with_response_headers,
)
from storepact.mock.app import encode_body
from storepact.mock.exchange import MockRequest, MockResponse

_C = "bodies"

#: Bytes beyond which a body fails, as in a buffer of a proxy.
_BUFFER = 65_536


def _encode(response: MockResponse) -> bytes:
    body = response.body
    return body if isinstance(body, bytes) else encode_body(body)


def _accepts_gzip(request: MockRequest) -> bool:
    return "gzip" in (request.header("accept-encoding") or "")


def _compress_without_label(request: MockRequest, response: MockResponse) -> MockResponse:
    if response.body is None or not _accepts_gzip(request):
        return response
    return replace(response, body=gzip.compress(_encode(response), mtime=0))


def _label_without_compression(request: MockRequest, response: MockResponse) -> MockResponse:
    if response.body is None or not _accepts_gzip(request):
        return response
    return with_response_headers(response, {"Content-Encoding": "gzip"})


def _label(value: str) -> ResponseEdit:
    return lambda _, response: with_response_headers(response, {"Content-Encoding": value})


def _compress_otherwise(request: MockRequest, response: MockResponse) -> MockResponse:
    """Answer in a coding that the client did not ask for."""
    if response.body is None or not _accepts_gzip(request):
        return response
    body = b"\x0b\x02\x80" + _encode(response) + b"\x03"
    return with_response_headers(replace(response, body=body), {"Content-Encoding": "br"})


def _begin_with_mark(request: MockRequest, response: MockResponse) -> MockResponse:
    return replace(response, body=b"\xef\xbb\xbf" + _encode(response))


def _recode(encoding: str) -> ResponseEdit:
    def apply(request: MockRequest, response: MockResponse) -> MockResponse:
        return replace(response, body=_encode(response).decode().encode(encoding))

    return apply


def _append(text: bytes) -> ResponseEdit:
    return lambda _, response: replace(response, body=_encode(response) + text)


def _never_as_not_a_number(request: MockRequest, response: MockResponse) -> MockResponse:
    return _with_times(response, float("nan"))


def _never_as_infinity(request: MockRequest, response: MockResponse) -> MockResponse:
    return _with_times(response, float("-inf"))


def _with_times(response: MockResponse, value: float) -> MockResponse:
    """Write lastError as a Python program does that has not forbidden it."""
    body: Any = json.loads(_encode(response))
    for item in items_of(body):
        item["_status"] = {**item["_status"], "lastError": value}
    return replace(response, body=json.dumps(body).encode())


def _fail_when_large(request: MockRequest, response: MockResponse) -> MockResponse:
    is_large = response.body is not None and len(_encode(response)) > _BUFFER
    return error_response(502, "internal_error", "upstream sent too big a body") if is_large else response


def _cut_when_large(request: MockRequest, response: MockResponse) -> MockResponse:
    return response if response.body is None else replace(response, body=_encode(response)[:_BUFFER])


FAULTS = (
    fault(
        "gzip-without-label", _C, "SP106", "a client that accepts gzip gets it without Content-Encoding",
        change_responses((), _compress_without_label),
    ),
    fault(
        "gzip-label-wrong", _C, "SP106", "a client that accepts gzip gets plain JSON, declared as gzip",
        change_responses((), _label_without_compression),
    ),
    fault(
        "charset-as-coding", _C, "SP106", "the list has Content-Encoding: UTF-8",
        change_successes(("list",), _label("UTF-8")),
    ),
    fault(
        "brotli-not-asked", _C, "SP106", "a client that accepts gzip alone gets br",
        change_responses(("get",), _compress_otherwise),
    ),
    fault(
        "list-with-byte-order-mark", _C, "SP106", "the list begins with a byte order mark",
        change_successes(("list",), _begin_with_mark),
    ),
    fault(
        "list-in-utf-16", _C, "SP106", "the list is in UTF-16",
        change_successes(("list",), _recode("utf-16")),
    ),
    fault(
        "get-in-utf-16-without-mark", _C, "SP106", "the response to a get is in UTF-16 without a mark",
        change_successes(("get",), _recode("utf-16-le")),
    ),
    fault(
        "last-error-nan", _C, "SP106", "lastError is NaN in the response to a get",
        change_successes(("get",), _never_as_not_a_number),
    ),
    fault(
        "last-error-infinity", _C, "SP106", "lastError is -Infinity in every response",
        change_successes(RENDERING, _never_as_infinity),
    ),
    fault(
        "get-followed-by-text", _C, "SP106", "a line of a log follows the response to a get",
        change_successes(("get",), _append(b"\nconnection 7 returned\n")),
    ),
    fault(
        "large-bodies-fail", _C, "SP101", "responses beyond 64 kB are 502",
        change_successes((), _fail_when_large),
    ),
    fault(
        "large-bodies-cut", _C, "SP106", "responses are cut off at 64 kB",
        change_successes((), _cut_when_large),
    ),
)  # fmt: skip
