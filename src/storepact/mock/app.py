"""The mock as an ASGI application: reads a call to its end, hands it on, writes the answer."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from typing import Any, Protocol

import msgspec

from storepact.mock.call import MockRefusal, MockRequest, MockResponse

#: Bodies beyond this many bytes are answered with 413 …
LARGEST_BODY = 1_000_000
#: … and read on, so that the answer arrives, up to this many.
LARGEST_DRAIN = 64_000_000

log = logging.getLogger("storepact.mock")

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
AccessLog = Callable[[MockRequest, MockResponse, float], None]


class Desk(Protocol):
    """Where calls are answered."""

    def arrived(self, call: MockRequest) -> float:
        """Take note of a call; returns how many seconds to wait before it is answered."""

    def answer(self, call: MockRequest) -> MockResponse:
        """Answer it."""


@dataclass(frozen=True)
class MockApp:
    """`latency` is in seconds."""

    desk: Desk
    latency: float = 0.0
    log: AccessLog | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            return
        started = time.perf_counter()
        call, refusal = await _read(scope, receive)
        if call is None:
            return
        if refusal is None:
            pause = self.latency + self.desk.arrived(call)
            if pause:
                await asyncio.sleep(pause)
            answer = self._answered(call)
        else:
            answer = refusal
        await _write(answer, send)
        if self.log is not None:
            self.log(call, answer, time.perf_counter() - started)

    def _answered(self, call: MockRequest) -> MockResponse:
        try:
            return self.desk.answer(call)
        except Exception as error:  # a fault of the mock itself must not look like one of the caller's
            log.error("the mock itself failed: %s", type(error).__name__)
            return MockRefusal(500, "internal_error", "the mock itself failed").answer()


async def _read(scope: Scope, receive: Receive) -> tuple[MockRequest | None, MockResponse | None]:
    """The call, and the refusal if its body is too large; no call if the client went away."""
    headers = tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"])
    call = MockRequest(
        scope["method"],
        scope["raw_path"].decode("latin-1"),
        headers,
        query=scope.get("query_string", b"").decode("latin-1"),
    )
    if not any(name in ("content-length", "transfer-encoding") for name, _ in headers):
        return call, None
    declared = call.header("content-length") or ""
    waiting = (call.header("expect") or "").lower() == "100-continue"
    if waiting and declared.isdigit() and int(declared) > LARGEST_BODY:
        return call, _too_large(unread=True)
    body = bytearray()
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None, None
        chunk = message.get("body", b"")
        size += len(chunk)
        if size <= LARGEST_BODY:
            body += chunk
        elif size > LARGEST_DRAIN:
            return call, _too_large(unread=True)
        if not message.get("more_body"):
            break
    if size > LARGEST_BODY:
        return call, _too_large(unread=False)
    return MockRequest(call.method, call.path, headers, bytes(body), call.query), None


def _too_large(*, unread: bool) -> MockResponse:
    refusal = MockRefusal(413, "invalid_request", f"the body is larger than {LARGEST_BODY:,} bytes").answer()
    return MockResponse(refusal.status, refusal.body, refusal.headers, unread)


async def _write(answer: MockResponse, send: Send) -> None:
    content = b"" if answer.body is None else encoded(answer.body)
    headers = [
        (name.encode("latin-1"), value.encode("latin-1", "replace")) for name, value in answer.headers.items()
    ]
    if answer.body is not None:
        headers.append((b"Content-Type", b"application/json"))
    if answer.status != 204:
        headers.append((b"Content-Length", str(len(content)).encode()))
    if answer.unread:
        headers.append((b"Connection", b"close"))
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": content})


def encoded(body: Any) -> bytes:
    """A JSON body; lone surrogates are escaped, all else is UTF-8."""
    try:
        return msgspec.json.encode(body)
    except (UnicodeEncodeError, OverflowError):
        return json.dumps(body, separators=(",", ":")).encode()
