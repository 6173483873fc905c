"""The side of a relay that clients talk to: requests are parsed as they come, and passed on in order."""

from __future__ import annotations

import asyncio
from collections import deque

import httptools

from storepact.transport.relay_connection import RelayConnection
from storepact.transport.relay_exchange import CLIENT_GONE, Hub, RelayedExchange
from storepact.transport.relay_heads import header_of, own_failure

#: Headers that offer another protocol; the offer is not taken up.
_OFFERS = frozenset({b"upgrade", b"http2-settings"})

_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


class ClientConnection(RelayConnection):
    """One connection of a client. Its requests are passed on one after the other."""

    def __init__(self, relay: Hub) -> None:
        super().__init__()
        self._relay = relay
        self._parser = httptools.HttpRequestParser(self)
        self._exchanges: deque[RelayedExchange] = deque()
        """Those that are not answered yet; the first one is passed on."""
        self._incoming: RelayedExchange | None = None
        self._is_offer = False

    @property
    def is_idle(self) -> bool:
        """Whether no request awaits its response."""
        return not self._exchanges

    # from the event loop

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A client has connected."""
        super().connection_made(transport)
        self._relay.join(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """The client is gone; what it has sent whole is done all the same."""
        self.is_lost = True
        self._relay.leave(self)
        for exchange in tuple(self._exchanges):
            if exchange.target is not None:
                exchange.target.resume_reading()
            if exchange.is_complete:
                continue
            if exchange.number == 0:
                self._exchanges.remove(exchange)
            elif exchange.target is not None:
                exchange.target.fail(CLIENT_GONE)

    def data_received(self, data: bytes) -> None:
        """Parse what a client has sent."""
        while data:
            try:
                self._parser.feed_data(data)
            except httptools.HttpParserUpgrade as offer:
                if not self._is_offer or self._incoming is None:
                    self._refuse("no tunnel is opened", 501)
                    return
                data = self._head_without_offer(self._incoming) + data[offer.args[0] :]
                self._exchanges.pop()
                self._parser = httptools.HttpRequestParser(self)
                continue
            except httptools.HttpParserError:
                self._refuse("the request is malformed", 400)
            return

    def pause_writing(self) -> None:
        """The client reads slowly."""
        if self._exchanges and self._exchanges[0].target is not None:
            self._exchanges[0].target.pause_reading()

    def resume_writing(self) -> None:
        """The client has read."""
        if self._exchanges and self._exchanges[0].target is not None:
            self._exchanges[0].target.resume_reading()

    # from the parser

    def on_message_begin(self) -> None:
        """A request begins."""
        self._incoming = RelayedExchange(self)
        self._exchanges.append(self._incoming)
        self._head_size = 0

    def on_url(self, url: bytes) -> None:
        """A part of its path."""
        if self._incoming is not None:
            self._incoming.url += url
            self._count_head(len(url))

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header."""
        if self._incoming is not None and not self._incoming.has_head:  # else it is a trailer
            self._incoming.headers.append((name, value))
            self._count_head(len(name) + len(value))

    def on_headers_complete(self) -> None:
        """Its head is complete: pass it on, unless an earlier request is not answered yet."""
        exchange = self._incoming
        if exchange is None:
            return
        exchange.method = self._parser.get_method()
        exchange.version = self._parser.get_http_version()
        self._is_offer = self._parser.should_upgrade() and header_of(exchange.headers, b"upgrade") is not None
        if self._parser.should_upgrade():
            return
        exchange.has_head = True
        exchange.keeps_alive = self._parser.should_keep_alive()
        coding = header_of(exchange.headers, b"transfer-encoding") or b""
        exchange.is_chunked = b"chunked" in coding.lower()
        if self._exchanges[0] is exchange:
            self._start(exchange)
        else:
            self.pause_reading()

    def on_body(self, data: bytes) -> None:
        """A part of its body."""
        if self._incoming is not None:
            self._incoming.add_body(data)

    def on_message_complete(self) -> None:
        """It is complete."""
        if self._incoming is not None and not self._parser.should_upgrade():
            self._incoming.end_body()
            self._incoming = None

    # for the relay

    def _start(self, exchange: RelayedExchange) -> None:
        expected = header_of(exchange.headers, b"expect") or b""
        if b"100-continue" in expected.lower():
            self.write(_CONTINUE)
        self._relay.start(exchange)

    def _head_without_offer(self, exchange: RelayedExchange) -> bytes:
        headers = [pair for pair in exchange.headers if pair[0].lower() not in _OFFERS]
        lines = (b"%b: %b\r\n" % pair for pair in headers if pair[0].lower() != b"connection")
        version = exchange.version.encode()
        return b"".join((exchange.method, b" ", exchange.url, b" HTTP/", version, b"\r\n", *lines, b"\r\n"))

    def finish(self, exchange: RelayedExchange, *, closes: bool = False) -> None:
        """An exchange has ended: close the connection, or go on with the next request."""
        exchange.is_answered = True
        if exchange in self._exchanges:
            self._exchanges.remove(exchange)
        if closes or not exchange.keeps_alive:
            self.close()
        elif self._exchanges and self._exchanges[0].has_head:
            self._start(self._exchanges[0])
        self.resume_reading()

    def close(self) -> None:
        """Close the connection once everything is sent."""
        if not self.is_lost:
            self._transport.close()

    def abort(self) -> None:
        """Cut the connection: the client has to see that an answer is not whole."""
        if not self.is_lost:
            self._transport.abort()

    def _refuse(self, problem: str, status: int) -> None:
        if self.is_idle or self._exchanges[0].number == 0:
            self.write(own_failure(problem, status))
        self.close()
