"""The side of a relay that talks to the target: connections are used again, answers pass as they come."""

from __future__ import annotations

from typing import Protocol

import httptools

from storepact.transport.relay_connection import RelayConnection
from storepact.transport.relay_events import LONGEST_COPY, RawHeaders
from storepact.transport.relay_exchange import Hub, RelayedExchange
from storepact.transport.relay_heads import header_of, lines_of

#: Methods whose request may be sent again where a connection that was used before turns out to be closed.
_REPEATABLE = frozenset({b"GET", b"HEAD", b"OPTIONS"})

_WITHOUT_BODY = frozenset({204, 304})


class Pool(Protocol):
    """The connections to one target."""

    head: tuple[bytes, bytes]
    """What precedes and follows the path of a request."""

    def dispatch(self, exchange: RelayedExchange, *, fresh: bool = False) -> None:
        """Send a request through a connection that is free, or a new one."""

    def keep(self, connection: TargetConnection) -> None:
        """Keep a connection for the next request."""

    def forget(self, connection: TargetConnection) -> None:
        """Drop a connection that was lost."""


class TargetConnection(RelayConnection):
    """One connection to the target, with at most one exchange at a time."""

    def __init__(self, relay: Hub, pool: Pool) -> None:
        super().__init__()
        self._relay, self._pool = relay, pool
        self._parser = httptools.HttpResponseParser(self)
        self.exchange: RelayedExchange | None = None
        self.last_used = 0.0
        self.was_used = False
        self._begin_answer()

    def _begin_answer(self) -> None:
        self._reason = b""
        self._headers: RawHeaders = []
        self._status = self._head_size = 0
        self._has_bytes = self._is_chunked = self._until_end = self._is_over = False
        self._parts: list[bytes] = []
        self._size = 0
        self._out: list[bytes] = []

    def send(self, exchange: RelayedExchange) -> None:
        """Send a request, as far as it has come."""
        self.exchange, exchange.target = exchange, self
        self._begin_answer()
        self.last_used = self._relay.loop.time()
        unsent, exchange.unsent = exchange.unsent, []
        self._transport.write(b"".join((exchange.head(*self._pool.head), *unsent)))
        exchange.client.resume_reading()

    def write(self, data: bytes) -> None:
        """Send a part of the request's body."""
        self.last_used = self._relay.loop.time()
        super().write(data)

    def close(self) -> None:
        """Close the connection."""
        if not self.is_lost:
            self._transport.abort()

    # from the event loop

    def connection_lost(self, exc: Exception | None) -> None:
        """The target has closed it: that ends an answer without a length."""
        self.is_lost = True
        self._pool.forget(self)
        exchange = self.exchange
        if exchange is None:
            return
        if self._until_end and exc is None:
            self._end_answer()
            self._flush(exchange)
            self._finish(exchange)
        elif self.was_used and not self._has_bytes and self._can_repeat(exchange):
            self.exchange = exchange.target = None
            self._pool.dispatch(exchange, fresh=True)
        else:
            self.fail("the connection was closed" if exc is None else "the connection was reset")

    def _can_repeat(self, exchange: RelayedExchange) -> bool:
        return exchange.method in _REPEATABLE and exchange.is_complete and not exchange.has_body

    def data_received(self, data: bytes) -> None:
        """Pass on what has come of an answer."""
        exchange = self.exchange
        if exchange is None:  # nothing was asked
            self.close()
            return
        self.last_used = self._relay.loop.time()
        self._has_bytes = True
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError:
            if not self._is_over:
                self._flush(exchange)
                self.fail("its answer is malformed")
                return
        self._flush(exchange)
        if self._is_over:
            self._finish(exchange)

    def _flush(self, exchange: RelayedExchange) -> None:
        if self._out:
            exchange.client.write(b"".join(self._out))
            self._out = []

    def pause_writing(self) -> None:
        """The target reads slowly."""
        if self.exchange is not None:
            self.exchange.client.pause_reading()

    def resume_writing(self) -> None:
        """The target has read."""
        if self.exchange is not None:
            self.exchange.client.resume_reading()

    # from the parser

    def on_status(self, reason: bytes) -> None:
        """The reason phrase."""
        self._reason += reason
        self._count_head(len(reason))

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header."""
        if not self._status:  # else it is a trailer
            self._headers.append((name, value))
            self._count_head(len(name) + len(value))

    def on_headers_complete(self) -> None:
        """The head is complete: pass it on."""
        exchange, status = self.exchange, self._parser.get_status_code()
        if exchange is None or status < 200:  # informational: another head follows
            self._reason, self._headers = b"", []
            return
        self._status = status
        is_empty = exchange.method == b"HEAD" or status in _WITHOUT_BODY
        lines = lines_of(self._headers, of_request=False)
        if not is_empty and header_of(self._headers, b"content-length") is None:
            coding = header_of(self._headers, b"transfer-encoding") or b""
            self._until_end = b"chunked" not in coding.lower()
            self._is_chunked = exchange.version != "1.0"
            exchange.keeps_alive &= self._is_chunked
            lines += [b"Transfer-Encoding: chunked\r\n"] if self._is_chunked else []
        if not exchange.keeps_alive:
            lines.append(b"Connection: close\r\n")
        elif exchange.version == "1.0":
            lines.append(b"Connection: keep-alive\r\n")
        self._out += (b"HTTP/1.1 %d %b\r\n" % (status, self._reason), *lines, b"\r\n")
        if is_empty:
            self._is_over = True

    def on_body(self, data: bytes) -> None:
        """A part of the body."""
        if self._is_over:
            return
        self._size += len(data)
        if self._size <= LONGEST_COPY:
            self._parts.append(data)
        else:
            self._parts.clear()
        self._out.append(b"%x\r\n%b\r\n" % (len(data), data) if self._is_chunked else data)

    def on_message_complete(self) -> None:
        """The answer is complete, unless it was an informational one."""
        if self._status and not self._is_over:
            self._end_answer()

    def _end_answer(self) -> None:
        self._is_over = True
        if self._is_chunked:
            self._out.append(b"0\r\n\r\n")

    # the end of an exchange

    def _finish(self, exchange: RelayedExchange) -> None:
        body = b"".join(self._parts) if self._size <= LONGEST_COPY else None
        self.exchange = exchange.target = None
        self._relay.end(exchange, (self._status, self._headers, body))
        can_stay = exchange.is_complete and not self._until_end and not self.is_lost
        if can_stay and self._parser.should_keep_alive():
            if exchange.method == b"HEAD":  # the parser waits for a body
                self._parser = httptools.HttpResponseParser(self)
            self.was_used = True
            self._pool.keep(self)
        else:
            self.close()
        exchange.client.finish(exchange)

    def fail(self, problem: str) -> None:
        """End the exchange without a whole answer."""
        exchange, self.exchange = self.exchange, None
        self.close()
        if exchange is not None:
            exchange.target = None
            self._relay.fail(exchange, problem, has_begun=bool(self._status))
