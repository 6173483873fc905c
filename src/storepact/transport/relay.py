"""A relay on loopback: passes requests to a target and its answers back unchanged, and copies both.

It runs in a process of its own, so that the judging of the copies never delays a client.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import pickle
import signal
import sys
import threading
import time
from collections import deque
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from typing import TypedDict
from urllib.parse import urlsplit

from aiohttp import (
    BasicAuth,
    ClientError,
    ClientResponse,
    ClientSession,
    ClientTimeout,
    DummyCookieJar,
    TCPConnector,
    web,
)
from multidict import CIMultiDict
from yarl import URL

from storepact.model.exchange import Headers, Request, Response
from storepact.model.traffic import TrafficRequest, TrafficResponse
from storepact.transport.content import CodingUnknown, read_body
from storepact.transport.route import Route

#: Bytes of a body that are copied; what is longer passes, and is not judged.
LONGEST_COPY = 16 * 1024 * 1024

#: Bytes of copies that may wait to be read; then the relay waits, too.
_MOST_WAITING = 128 * 1024 * 1024

#: Seconds in which copies are collected before they are handed over.
_PAUSE = 0.02

_LONGEST_HEAD = 1024 * 1024

#: Headers of one connection.
_HOP_BY_HOP = frozenset(
    {
        "connection", "expect", "keep-alive", "proxy-authenticate", "proxy-authorization", "proxy-connection",
        "te", "trailer", "transfer-encoding", "upgrade",
    }
)  # fmt: skip

#: What a client sends by itself.
_NO_OWN_HEADERS = ("Accept", "Accept-Encoding", "Content-Type", "User-Agent")


@dataclass(frozen=True)
class RelayOptions:
    """Where a relay listens, and what it passes requests to."""

    target: str
    """The base URL, without a trailing slash."""
    port: int
    route: Route = field(default_factory=Route)
    connect_seconds: float = 10.0
    silent_seconds: float = 120.0
    """How long an answer may stop."""


@dataclass(frozen=True)
class RelayStarted:
    """The relay listens."""

    port: int


@dataclass(frozen=True)
class RelayFailed:
    """The relay cannot listen."""

    problem: str


@dataclass(frozen=True, repr=False)
class RequestBegan:
    """A request was passed on."""

    number: int
    request: TrafficRequest


@dataclass(frozen=True, repr=False)
class RequestEnded:
    """Its response has come to its end; None where there was none. `request` has the whole body."""

    number: int
    request: TrafficRequest
    response: TrafficResponse | None
    problem: str = ""


Event = RelayStarted | RelayFailed | RequestBegan | RequestEnded


def run_relay(options: RelayOptions, events: Connection) -> None:
    """Relay until a message comes through `events` or the other end is closed; send events meanwhile."""
    for number in (signal.SIGINT, signal.SIGTERM):  # whoever started the relay ends it
        signal.signal(number, signal.SIG_IGN)
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        runner.run(_Relay(options, events).run())


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """The faster event loop, where the platform has it."""
    if sys.platform == "win32":
        return None
    import uvloop

    return uvloop.new_event_loop


class _Copies:
    """The events on their way to the reader: handed over in a thread, in order."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._events: deque[tuple[Event, int]] = deque()
        self._waiting = 0
        self._wake, self._ended = threading.Event(), False
        self._thread = threading.Thread(target=self._write, daemon=True)
        self._thread.start()

    @property
    def is_full(self) -> bool:
        return self._waiting > _MOST_WAITING

    def add(self, event: Event, size: int = 0) -> None:
        self._waiting += size
        self._events.append((event, size))
        self._wake.set()

    def close(self) -> None:
        self._ended = True
        self._wake.set()
        self._thread.join()
        self._connection.close()

    def _write(self) -> None:
        while True:
            self._wake.wait()
            self._wake.clear()
            is_last = self._ended
            batch = [self._events.popleft() for _ in range(len(self._events))]
            if batch:
                try:
                    self._connection.send_bytes(pickle.dumps([event for event, _ in batch]))
                except OSError:  # nobody reads any more
                    return
                self._waiting -= sum(size for _, size in batch)
            if is_last:
                return
            time.sleep(_PAUSE)


class _Unchanged(web.StreamResponse):
    """A response with the headers of another one, and none of the server's own."""

    async def _prepare_headers(self) -> None:
        names = {name.lower() for name in self.headers}
        await super()._prepare_headers()
        for name in ("Content-Type", "Date", "Server"):
            if name.lower() not in names:
                self.headers.popall(name, None)


class _Relay:
    """One relay."""

    def __init__(self, options: RelayOptions, events: Connection) -> None:
        self._options, self._events = options, events
        self._copies = _Copies(events)
        self._number = 0
        self._session: ClientSession

    async def run(self) -> None:
        """Listen until the end of the connection, or a message."""
        try:
            await self._listen()
        finally:
            await asyncio.to_thread(self._copies.close)

    async def _listen(self) -> None:
        options = self._options
        tls = options.route.tls_context() if options.target.startswith("https:") else True
        self._session = ClientSession(
            connector=TCPConnector(limit=0, ssl=tls, keepalive_timeout=3.0),
            timeout=ClientTimeout(
                total=None, sock_connect=options.connect_seconds, sock_read=options.silent_seconds
            ),
            cookie_jar=DummyCookieJar(),
            auto_decompress=False,
            skip_auto_headers=_NO_OWN_HEADERS,
            **_proxy_of(options),
            max_line_size=_LONGEST_HEAD,
            max_field_size=_LONGEST_HEAD,
        )
        server = web.Server(
            self._handle, access_log=None, max_line_size=_LONGEST_HEAD, max_field_size=_LONGEST_HEAD
        )
        runner = web.ServerRunner(server, shutdown_timeout=5.0)
        try:
            await runner.setup()
            site = web.TCPSite(runner, "127.0.0.1", options.port, backlog=1024)
            await site.start()
        except OSError as error:
            self._copies.add(RelayFailed(error.strerror or str(error)))
        else:
            self._copies.add(RelayStarted(runner.addresses[0][1]))
            await asyncio.to_thread(self._wait)
        await runner.cleanup()
        await self._session.close()

    def _wait(self) -> None:
        """Wait for the message that ends the relay; it is read, for unread ones reset the connection."""
        with contextlib.suppress(EOFError, OSError):
            self._events.recv_bytes()

    async def _handle(self, incoming: web.BaseRequest) -> web.StreamResponse:
        while self._copies.is_full:
            await asyncio.sleep(_PAUSE)
        self._number += 1
        number = self._number
        if "100-continue" in incoming.headers.get("Expect", "").lower():
            await incoming.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            incoming.writer.output_size = 0
        sent = _Body(incoming)
        request = self._copy(incoming, None)
        self._copies.add(RequestBegan(number, request))
        outgoing, received, problem = None, None, ""
        started = time.perf_counter()
        try:
            headers = _forwarded_headers(incoming.raw_headers)
            async with self._session.request(
                incoming.method,
                URL(self._options.target + _path_of(incoming), encoded=True),
                headers=headers,
                data=sent.stream() if sent.exists else None,
                allow_redirects=False,
            ) as answer:
                outgoing = _Unchanged(
                    status=answer.status, reason=answer.reason, headers=_forwarded_headers(answer.raw_headers)
                )
                body = await _pass(answer, incoming, outgoing)
                received = _to_traffic_response(answer, body, time.perf_counter() - started)
                return outgoing
        except (ClientError, TimeoutError, OSError, ValueError) as error:
            problem = type(error).__name__
            if outgoing is not None:  # its beginning has left: the client has to see that it is cut
                if incoming.transport is not None:
                    incoming.transport.abort()
                return outgoing
            return _own_failure(problem)
        finally:
            whole = self._copy(incoming, sent)
            size = len(whole.request.body or b"") + (len(received.response.body) if received else 0)
            self._copies.add(RequestEnded(number, whole, received, problem), size + 2_000)

    def _copy(self, incoming: web.BaseRequest, sent: _Body | None) -> TrafficRequest:
        headers = _texts(incoming.raw_headers)
        body = sent.copy if sent is not None and sent.exists else None
        request = Request(incoming.method, _path_of(incoming), headers, body)
        return TrafficRequest(self._options.target, request, has_body=sent is None or sent.is_whole)


class _ProxyArguments(TypedDict, total=False):
    """The arguments of a session that goes through a proxy."""

    proxy: str
    proxy_auth: BasicAuth


def _proxy_of(options: RelayOptions) -> _ProxyArguments:
    """How the session reaches the target: the environment is not left to aiohttp, which reads .netrc, too."""
    proxy = options.route.proxy_for(options.target)
    if proxy is None:
        return {}
    if proxy.credentials is None:
        return {"proxy": proxy.url}
    return {"proxy": proxy.url, "proxy_auth": BasicAuth(*proxy.credentials)}


class _Body:
    """The body of a request: passed on as it comes, and copied."""

    def __init__(self, incoming: web.BaseRequest) -> None:
        self._content = incoming.content
        self.exists = incoming.body_exists
        self.is_whole = True
        self._parts: list[bytes] = []
        self._size = 0

    @property
    def copy(self) -> bytes:
        return b"".join(self._parts)

    async def stream(self) -> AsyncIterator[bytes]:
        async for part in self._content.iter_any():
            self._size += len(part)
            if self._size <= LONGEST_COPY:
                self._parts.append(part)
            else:
                self.is_whole = False
                self._parts.clear()
            yield part


def _path_of(incoming: web.BaseRequest) -> str:
    """Path and query as they were sent; of the URL that a client sends to a proxy its path."""
    path = incoming.raw_path
    if path.startswith("/"):
        return path
    parts = urlsplit(path)
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


def _forwarded_headers(headers: tuple[tuple[bytes, bytes], ...]) -> CIMultiDict[str]:
    """The headers without those of one connection, and without the relay's own name."""
    pairs = _texts(headers)
    named = ",".join(value for name, value in pairs if name.lower() == "connection")
    dropped = _HOP_BY_HOP | {"host"} | {name.strip().lower() for name in named.split(",")}
    return CIMultiDict((name, value) for name, value in pairs if name.lower() not in dropped)


def _texts(headers: tuple[tuple[bytes, bytes], ...]) -> Headers:
    return tuple(
        (name.decode("utf-8", "surrogateescape"), value.decode("utf-8", "surrogateescape"))
        for name, value in headers
    )


async def _pass(
    answer: ClientResponse, incoming: web.BaseRequest, outgoing: web.StreamResponse
) -> bytes | None:
    """Pass the body of an answer on as it comes; returns it, None if it is too long to be copied."""
    await outgoing.prepare(incoming)
    parts, size = list[bytes](), 0
    async for part in answer.content.iter_any():
        await outgoing.write(part)
        size += len(part)
        if size <= LONGEST_COPY:
            parts.append(part)
    await outgoing.write_eof()
    return b"".join(parts) if size <= LONGEST_COPY else None


def _to_traffic_response(answer: ClientResponse, body: bytes | None, seconds: float) -> TrafficResponse:
    headers = _texts(answer.raw_headers)
    accepted = answer.request_info.headers.get("Accept-Encoding")
    try:
        decoded, flaw = read_body(body or b"", answer.headers.get("Content-Encoding", ""), accepted)
    except CodingUnknown:
        body, decoded, flaw = None, b"", None
    response = Response(answer.status, headers, decoded, seconds, flaw)
    return TrafficResponse(response, body is not None)


def _own_failure(problem: str) -> web.Response:
    """The answer of the relay itself, where the target has none."""
    body = {"code": "bad_gateway", "message": f"storepact proxy: the target did not answer ({problem})"}
    return web.Response(
        status=502,
        body=json.dumps(body).encode(),
        content_type="application/json",
        headers={"X-Storepact-Proxy": "no answer"},
    )
