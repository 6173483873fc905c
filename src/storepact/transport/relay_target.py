"""The side of a relay that talks to the target: connections are used again, answers pass as they come."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING, cast

import httptools

from storepact.transport.relay_client import CLIENT_GONE, LONGEST_HEAD, RelayedExchange
from storepact.transport.relay_events import LONGEST_COPY, RawHeaders
from storepact.transport.relay_heads import Address, header_of, lines_of
from storepact.transport.route import Route

if TYPE_CHECKING:
    from storepact.transport.relay import Relay

#: Seconds after which a connection that nobody uses is closed: before most servers close it.
_IDLE_SECONDS = 3.0

#: Methods whose request may be sent again where a connection that was used before turns out to be closed.
_REPEATABLE = frozenset({b"GET", b"HEAD", b"OPTIONS"})

_WITHOUT_BODY = frozenset({204, 304})


class TargetConnection(asyncio.Protocol):
    """One connection to the target, with at most one exchange at a time."""

    def __init__(self, relay: Relay, pool: TargetPool) -> None:
        self._relay, self._pool = relay, pool
        self._parser = httptools.HttpResponseParser(self)
        self._transport: asyncio.Transport
        self.exchange: RelayedExchange | None = None
        self.last_used = 0.0
        self.is_lost = self.was_used = False
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
        if not self.is_lost:
            self._transport.write(data)

    def pause_reading(self) -> None:
        """Read no more of the answer for now."""
        if not self.is_lost:
            self._transport.pause_reading()

    def resume_reading(self) -> None:
        """Read on."""
        if not self.is_lost:
            self._transport.resume_reading()

    def close(self) -> None:
        """Close the connection."""
        if not self.is_lost:
            self._transport.abort()

    # from the event loop

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The connection stands."""
        self._transport = cast("asyncio.Transport", transport)

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
        self._count(len(reason))

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header."""
        if not self._status:  # else it is a trailer
            self._headers.append((name, value))
            self._count(len(name) + len(value))

    def _count(self, size: int) -> None:
        self._head_size += size
        if self._head_size > LONGEST_HEAD:
            raise ValueError("the head is too long")  # the parser reports it as an error

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
            self._pool.put(self)
        else:
            self.close()
        exchange.client.finish(exchange)

    def fail(self, problem: str) -> None:
        """There is no whole answer to the exchange."""
        exchange, self.exchange = self.exchange, None
        self.close()
        if exchange is not None:
            exchange.target = None
            self._relay.fail(exchange, problem, has_begun=bool(self._status))


class TargetPool:
    """The connections to one target."""

    def __init__(self, relay: Relay, address: Address, route: Route, connect_seconds: float) -> None:
        self._relay, self._address = relay, address
        self._tls = route.tls_context() if address.uses_tls else None
        self._tls_of_proxy = route.tls_context() if _is_https(address) else None
        self._connect_seconds = connect_seconds
        self._idle: deque[TargetConnection] = deque()
        self._all: set[TargetConnection] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self.head = address.begin_head()

    def dispatch(self, exchange: RelayedExchange, *, fresh: bool = False) -> None:
        """Send a request through a connection that is free, or a new one."""
        now = self._relay.loop.time()
        while self._idle and not fresh:
            connection = self._idle.pop()
            if not connection.is_lost and now - connection.last_used < _IDLE_SECONDS:
                connection.send(exchange)
                return
            connection.close()
        task = self._relay.loop.create_task(self._connect(exchange))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _connect(self, exchange: RelayedExchange) -> None:
        try:
            async with asyncio.timeout(self._connect_seconds):
                connection = await self._open()
        except (OSError, TimeoutError, ConnectionError) as error:
            self._relay.fail(exchange, f"no connection: {type(error).__name__}", has_begun=False)
            return
        self._all.add(connection)
        if exchange.client.is_lost and not exchange.is_complete:
            connection.close()
            self._relay.fail(exchange, CLIENT_GONE, has_begun=False)
        else:
            connection.send(exchange)

    async def _open(self) -> TargetConnection:
        loop, address = self._relay.loop, self._address
        connection = TargetConnection(self._relay, self)
        if address.proxy is None:
            name = address.host if self._tls is not None else None
            await loop.create_connection(
                lambda: connection, address.host, address.port, ssl=self._tls, server_hostname=name
            )
            return connection
        proxy = _split(address.proxy.url)
        if self._tls is None:
            await loop.create_connection(lambda: connection, *proxy, ssl=self._tls_of_proxy)
            return connection
        transport, tunnel = await loop.create_connection(_Tunnel, *proxy, ssl=self._tls_of_proxy)
        await tunnel.open(address)
        wrapped = await loop.start_tls(transport, connection, self._tls, server_hostname=address.host)
        if wrapped is None:
            raise ConnectionError
        connection.connection_made(wrapped)
        return connection

    def put(self, connection: TargetConnection) -> None:
        """Keep a connection for the next request."""
        self._idle.append(connection)

    def forget(self, connection: TargetConnection) -> None:
        """A connection is lost."""
        self._all.discard(connection)

    def sweep(self, silent_seconds: float) -> None:
        """Give up answers that have stopped, and close connections that nobody has used for a while."""
        now = self._relay.loop.time()
        for connection in tuple(self._all):
            idle = now - connection.last_used
            if connection.exchange is not None and idle > silent_seconds:
                connection.fail("its answer has stopped")
            elif connection.exchange is None and idle > _IDLE_SECONDS:
                connection.close()

    def close(self) -> None:
        """Close all connections."""
        for task in tuple(self._tasks):
            task.cancel()
        for connection in tuple(self._all):
            connection.fail("the relay has ended")


class _Tunnel(asyncio.Protocol):
    """A connection to a proxy until the tunnel through it stands."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport
        self._head = b""
        self._done: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        self._head += data
        if b"\r\n\r\n" in self._head and not self._done.done():
            self._done.set_result(self._head)

    def connection_lost(self, exc: Exception | None) -> None:
        if not self._done.done():
            self._done.set_exception(exc or ConnectionError("the proxy has closed the connection"))

    async def open(self, address: Address) -> None:
        """Ask the proxy for a tunnel.

        Raises:
            OSError: it opens none.

        """
        host = f"[{address.host}]" if ":" in address.host else address.host
        place = f"{host}:{address.port}".encode()
        self._transport.write(
            b"CONNECT %b HTTP/1.1\r\nHost: %b\r\n%b\r\n" % (place, place, address.authorization)
        )
        status = (await self._done).split(b" ", 2)[1:2]
        if status != [b"200"]:
            self._transport.abort()
            raise ConnectionRefusedError


def _is_https(address: Address) -> bool:
    return address.proxy is not None and address.proxy.url.startswith("https:")


def _split(url: str) -> tuple[str, int]:
    host, _, port = url.partition("://")[2].rpartition(":")
    return host.strip("[]"), int(port)
