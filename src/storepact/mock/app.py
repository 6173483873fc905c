"""The mock as an application: a handler responds to requests, and its responses are encoded."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from typing import Protocol

import msgspec

from storepact.mock.exchange import MockRefusal, MockRequest, MockResponse
from storepact.model.tree import Json
from storepact.model.values import lean_value

#: The media type of a body, where a response names no other one.
MEDIA_TYPE = "application/json"

log = logging.getLogger("storepact.mock")

Log = Callable[[MockRequest, MockResponse, float], None]


class Handler(Protocol):
    """Responds to requests."""

    def on_request(self, request: MockRequest) -> float:
        """Observe a request that was received; returns the seconds to wait before `respond` is called."""

    def respond(self, request: MockRequest) -> MockResponse:
        """Return the response to a request."""


@lean_value(frozen=True)
class MockApp:
    """The application around one handler. `latency` is in seconds; `log` gets the seconds of a response."""

    handler: Handler
    latency: float = 0.0
    log: Log | None = None

    def on_request(self, request: MockRequest) -> float:
        """Return the seconds to wait before `respond` is called."""
        return self.latency + self.handler.on_request(request)

    def respond(
        self, request: MockRequest, refusal: MockResponse | None = None
    ) -> tuple[MockResponse, bytes]:
        """Return the response to a request, or its refusal, and the content of that.

        A defect of the mock itself is a 500.
        """
        try:
            response = refusal or self.handler.respond(request)
            return response, encode_content(response)
        except Exception as error:  # a defect of the mock must not look like an error of the client
            log.error("the mock itself failed: %s", type(error).__name__)
            response = MockRefusal(500, "internal_error", "the mock itself failed").response()
            return response, encode_content(response)


def encode_content(response: MockResponse) -> bytes:
    """Return the content of a response."""
    body = response.body
    return body if isinstance(body, bytes) else b"" if body is None else encode_body(body)


def header_fields(response: MockResponse, content: bytes) -> dict[str, str]:
    """Return the headers of a response, with those about its content."""
    headers = dict(response.headers)
    if response.body is not None and "Content-Type" not in headers:
        headers = {"Content-Type": MEDIA_TYPE, **headers}
    if response.status != 204:
        headers["Content-Length"] = str(len(content))
    if response.unread:
        headers["Connection"] = "close"
    return headers


def encode_body(body: Json) -> bytes:
    """Encode a JSON body: UTF-8, lone surrogates escaped."""
    try:
        return msgspec.json.encode(body)
    except (UnicodeEncodeError, OverflowError):
        return json.dumps(body, separators=(",", ":")).encode()
