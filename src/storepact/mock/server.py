"""The HTTP server: uvicorn on loopback, with limits on heads and time, and without upgrades.

Half-closed clients get responses.
"""

from __future__ import annotations

import asyncio
import json
import re
import signal
import socket
import sys
import threading
from collections.abc import Callable
from typing import Any, cast

import httptools
import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from storepact.mock.joined_writes import JoinedWrites
from storepact.model.errors import UsageError

#: Bytes of a request line, bytes of a line with its headers, number of headers: beyond them 414, 431 and 431.
LONGEST_LINE, LONGEST_HEAD, MOST_HEADERS = 16_384, 65_536, 200

#: Seconds that a client may take to send a request: 408 afterwards.
SLOWEST_REQUEST = 30.0


#: A host with or without a port, a URL that ends with one, and headers that offer another protocol.
_HOST = re.compile(rb"[A-Za-z0-9._~%!$&'()*+,;=:\[\]-]*")
_WITHOUT_PATH = re.compile(rb"^(https?://[^/?#]+)(?![^?#])", re.IGNORECASE)
_OFFERS = frozenset({b"upgrade", b"http2-settings"})


class _Refusal(Exception):
    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status, self.message = status, message


class _Parser:
    """httptools' parser for a server that ignores offers of another protocol (RFC 9110 7.8).

    httptools ends a message with such an offer behind its head. The head is parsed again without the offer,
    and what followed it is the body.
    """

    def __init__(self, protocol: MockProtocol) -> None:
        self._protocol = protocol
        self._begin()

    def _begin(self) -> None:
        self._parser = httptools.HttpRequestParser(self._protocol)
        # as uvicorn does: a second request behind one with `Connection: close` is no error
        self._parser.set_dangerous_leniencies(lenient_data_after_close=True)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._parser, name)

    def feed_data(self, data: bytes) -> None:
        """Parse bytes; callbacks go to the protocol."""
        while True:
            try:
                self._parser.feed_data(data)
            except httptools.HttpParserUpgrade as offer:
                if not self._protocol.is_offer:
                    raise
                head = self._protocol.head_without_offer()
                self._begin()
                data = head + data[offer.args[0] :]
                continue
            return


class MockProtocol(HttpToolsProtocol):
    """uvicorn's protocol with limits on heads, a deadline, and responses to half-closed clients."""

    is_offer = False
    """Whether the head that was parsed last offers another protocol."""

    _head = 0
    _excess: _Refusal | None = None
    _deadline: asyncio.TimerHandle | None = None
    _half_closed = False

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.parser: Any = _Parser(self)

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin with a client."""
        self._writer = JoinedWrites(transport, self._awaits_body)
        super().connection_made(cast(asyncio.Transport, self._writer))

    def _awaits_body(self) -> bool:
        """Whether what is sent now is the head of a response, and its body has still to come."""
        return self.cycle is not None and self.cycle.response_started and not self.cycle.response_complete

    def data_received(self, data: bytes) -> None:
        """Receive bytes; from the first one on the deadline of the request runs."""
        self._start_deadline()
        super().data_received(data)

    def on_message_begin(self) -> None:
        """Begin a request: count its head from zero."""
        self._head = 0
        self._start_deadline()
        super().on_message_begin()

    def _start_deadline(self) -> None:
        if self._deadline is None:
            self._deadline = self.loop.call_later(SLOWEST_REQUEST, self._time_out)

    def on_url(self, url: bytes) -> None:
        """Limit the request line."""
        super().on_url(url)
        self._count(len(url), _Refusal(414, "the path is too long"), LONGEST_LINE)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Limit the headers; blanks around a value are no part of it (RFC 9110 5.5)."""
        super().on_header(name, value.strip(b" \t"))
        excess = _Refusal(431, "the headers are too many or too long")
        self._count(len(name) + len(value), excess, LONGEST_HEAD if len(self.headers) <= MOST_HEADERS else 0)

    def on_headers_complete(self) -> None:
        """Check the head, and begin to respond unless it has to be parsed again without its offer."""
        hosts, codings = [], []
        for name, value in self.headers:
            if name == b"host":
                hosts.append(value)
            elif name == b"transfer-encoding":
                codings.append(value.lower())
        is_new = self.parser.get_http_version() == "1.1"
        if len(hosts) > 1 or (is_new and not hosts) or not all(map(_HOST.fullmatch, hosts)):
            self._excess = _Refusal(400, "HTTP/1.1 needs one valid header Host")
            raise self._excess
        if codings and codings != [b"chunked"]:
            self._excess = _Refusal(400, "the only transfer coding is chunked")
            raise self._excess
        # an older client sends its body without waiting, and takes a 100 for its response (RFC 9110 10.1.1)
        self.expect_100_continue = self.expect_100_continue and is_new
        self.url = _WITHOUT_PATH.sub(rb"\1/", self.url)
        self.is_offer = self.parser.should_upgrade() and self.parser.get_method() != b"CONNECT"
        if not self.is_offer:
            super().on_headers_complete()

    def head_without_offer(self) -> bytes:
        """Return the head that was parsed last, without what offers another protocol."""
        line = b"%s %s HTTP/%s" % (
            self.parser.get_method(),
            self.url,
            self.parser.get_http_version().encode(),
        )
        lines = [line]
        for name, value in self.headers:
            if name == b"connection":
                options = [option.strip() for option in value.split(b",")]
                value = b", ".join(option for option in options if option.lower() not in _OFFERS)
            if name not in _OFFERS:
                lines.append(name + b": " + value)
        return b"\r\n".join(lines) + b"\r\n\r\n"

    def _count(self, size: int, excess: _Refusal, limit: int) -> None:
        self._head += size
        if self._head > limit:
            self._excess = excess
            raise excess

    def on_message_complete(self) -> None:
        """End the deadline of a request that was received in full."""
        if self.is_offer:
            return
        self._cancel_deadline()
        super().on_message_complete()

    def send_400_response(self, msg: str) -> None:
        """Refuse what is not HTTP or exceeds a limit, in the common form of errors."""
        excess = self._excess or _Refusal(400, "this is not HTTP")
        body = json.dumps({"code": "invalid_request", "message": excess.message}).encode()
        reason = {
            400: "Bad Request",
            408: "Request Timeout",
            414: "URI Too Long",
            431: "Request Header Fields Too Large",
        }
        head = f"HTTP/1.1 {excess.status} {reason[excess.status]}\r\nContent-Type: application/json\r\n"
        head += f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        if self.cycle is None or self.cycle.response_complete or not self.cycle.response_started:
            self.transport.write(head.encode() + body)
        self._cancel_deadline()
        self.transport.close()

    def _time_out(self) -> None:
        if self.transport is not None and not self.transport.is_closing():
            self._excess = _Refusal(408, f"the request took longer than {SLOWEST_REQUEST:g} s")
            self.send_400_response("")

    def _cancel_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def eof_received(self) -> bool | None:  # type: ignore[override]
        """Keep the connection of a client that has finished sending until it has its responses."""
        waiting = self.cycle is not None and not self.cycle.response_complete and not self.cycle.more_body
        if waiting or self.pipeline:
            self._half_closed = True
            return True
        return None

    def on_response_complete(self) -> None:
        """Close a half-closed connection after its last response."""
        self._writer.flush()
        last = self._half_closed and not self.pipeline
        super().on_response_complete()
        if last and not self.transport.is_closing():
            self._unset_keepalive_if_required()
            self.transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        """Cancel the deadline."""
        self._cancel_deadline()
        super().connection_lost(exc)


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._ready()


def bind_socket(port: int) -> socket.socket:
    """Return a socket bound to a port of loopback; port 0 takes a free one.

    Raises:
        UsageError: the port is taken, or not allowed.

    """
    # asyncio sets TCP_NODELAY only where the protocol is named; without it every response waits 40 ms
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(("127.0.0.1", port))
    except (OSError, OverflowError) as error:
        listener.close()
        reason = getattr(error, "strerror", None) or error
        raise UsageError(
            f"cannot listen on port {port}: {reason}; choose another with --port, or 0 for a free one"
        ) from None
    return listener


def run(
    app: Any, *listeners: socket.socket, ready: Callable[..., None], until_stdin_ends: bool = False
) -> None:
    """Serve until SIGINT or SIGTERM, or until stdin ends, if so chosen; `ready` gets the URLs."""
    config = uvicorn.Config(
        app,
        http=MockProtocol,
        ws="none",
        log_config=None,
        log_level="critical",
        access_log=False,
        lifespan="off",
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=2,
        timeout_keep_alive=60,
    )
    urls = ["http://{}:{}".format(*listener.getsockname()) for listener in listeners]
    server = _Server(config, lambda: ready(*urls))
    if until_stdin_ends:
        threading.Thread(target=_stop_with_stdin, args=(server,), daemon=True).start()
    # uvicorn handles the signal while it serves, and raises it again afterwards
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    try:
        server.run(sockets=list(listeners))
    except KeyboardInterrupt:
        pass


def _stop_with_stdin(server: uvicorn.Server) -> None:
    sys.stdin.read()
    server.should_exit = True
