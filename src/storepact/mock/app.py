"""The mock as an ASGI application: reads a request, lets a handler respond, writes the response."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from dataclasses import dataclass
from typing import Any, Protocol

import msgspec

from storepact.mock.exchange import MockRefusal, MockRequest, MockResponse
from storepact.model.tree import Json

#: Larger bodies (in bytes) get 413 …
LARGEST_BODY = 1_000_000
#: … and are read up to this many bytes, so that the client receives the response.
LARGEST_DRAIN = 64_000_000

log = logging.getLogger("storepact.mock")

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Log = Callable[[MockRequest, MockResponse, float], None]


class Handler(Protocol):
    """Responds to requests."""

    def on_request(self, request: MockRequest) -> float:
        """Observe a request that was received; returns the seconds to wait before `respond` is called."""

    def respond(self, request: MockRequest) -> MockResponse:
        """Return the response to a request."""


@dataclass(frozen=True)
class MockApp:
    """The application around one handler. `latency` is in seconds; `log` gets the seconds of a response."""

    handler: Handler
    latency: float = 0.0
    log: Log | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            return
        started = time.perf_counter()
        request, refusal = await _read(scope, receive)
        if request is None:
            return
        if refusal is None:
            pause = self.latency + self.handler.on_request(request)
            if pause:
                await asyncio.sleep(pause)
        response = refusal or self._respond(request)
        await _write(response, send)
        if self.log is not None:
            self.log(request, response, time.perf_counter() - started)

    def _respond(self, request: MockRequest) -> MockResponse:
        try:
            return self.handler.respond(request)
        except Exception as error:  # a defect of the mock must not look like an error of the client
            log.error("the mock itself failed: %s", type(error).__name__)
            return MockRefusal(500, "internal_error", "the mock itself failed").response()


@dataclass(frozen=True)
class AppsByPort:
    """Several applications in one process: a request belongs to that of the port that received it."""

    apps: Mapping[int, MockApp]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] == "http":
            await self.apps[scope["server"][1]](scope, receive, send)


async def _read(scope: Scope, receive: Receive) -> tuple[MockRequest | None, MockResponse | None]:
    """Return the request, and the refusal if its body is too large; no request if the client disconnected."""
    headers = tuple([(name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"]])
    path, query = scope["raw_path"].decode("latin-1"), scope.get("query_string", b"").decode("latin-1")
    request = MockRequest(scope["method"], path, headers, b"", query)
    declared = request.header("content-length")
    if declared is None and request.header("transfer-encoding") is None:
        return request, None
    waiting = (request.header("expect") or "").lower() == "100-continue"
    if waiting and declared is not None and declared.isdigit() and int(declared) > LARGEST_BODY:
        return request, _too_large(unread=True)
    chunks: list[bytes] = []
    size, is_whole = 0, False
    while not is_whole:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None, None
        chunk = message.get("body", b"")
        size += len(chunk)
        if size <= LARGEST_BODY:
            chunks.append(chunk)
        elif size > LARGEST_DRAIN:
            return request, _too_large(unread=True)
        is_whole = not message.get("more_body")
    if size > LARGEST_BODY:
        return request, _too_large(unread=False)
    return MockRequest(request.method, path, headers, b"".join(chunks), query), None


def _too_large(*, unread: bool) -> MockResponse:
    refusal = MockRefusal(
        413, "invalid_request", f"the body is larger than {LARGEST_BODY:,} bytes"
    ).response()
    return MockResponse(refusal.status, refusal.body, refusal.headers, unread)


async def _write(response: MockResponse, send: Send) -> None:
    body = response.body
    content = body if isinstance(body, bytes) else b"" if body is None else encode_body(body)
    headers = [
        (name.encode("latin-1"), value.encode("latin-1", "replace"))
        for name, value in response.headers.items()
    ]
    if response.body is not None and "Content-Type" not in response.headers:
        headers.append((b"Content-Type", b"application/json"))
    if response.status != 204:
        headers.append((b"Content-Length", str(len(content)).encode()))
    if response.unread:
        headers.append((b"Connection", b"close"))
    await send({"type": "http.response.start", "status": response.status, "headers": headers})
    await send({"type": "http.response.body", "body": content})


def encode_body(body: Json) -> bytes:
    """Encode a JSON body: UTF-8, lone surrogates escaped."""
    try:
        return msgspec.json.encode(body)
    except (UnicodeEncodeError, OverflowError):
        return json.dumps(body, separators=(",", ":")).encode()
