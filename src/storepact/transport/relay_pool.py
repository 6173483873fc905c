"""The connections of a relay to its target: used again while they are fresh, opened directly or by proxy."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import cast

from storepact.transport.relay_exchange import CLIENT_GONE, Hub, RelayedExchange
from storepact.transport.relay_heads import Address
from storepact.transport.relay_target import TargetConnection
from storepact.transport.route import Route

#: Seconds after which a connection that is not used is closed: before most servers close it.
_IDLE_SECONDS = 3.0


class TargetPool:
    """The connections to one target."""

    def __init__(self, relay: Hub, address: Address, route: Route, connect_seconds: float) -> None:
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

    def keep(self, connection: TargetConnection) -> None:
        """Keep a connection for the next request."""
        self._idle.append(connection)

    def forget(self, connection: TargetConnection) -> None:
        """A connection is lost."""
        self._all.discard(connection)

    def sweep(self, silent_seconds: float) -> None:
        """Give up answers that have stopped, and close connections without use for a while."""
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
