"""A relay on loopback: passes requests to a target and its answers back unchanged, and copies both.

It runs in a process of its own, so that the judging of the copies never delays a client.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sys
from collections.abc import Callable
from dataclasses import field
from multiprocessing.connection import Connection

from storepact.model.values import lean_value
from storepact.transport.relay_client import ClientConnection
from storepact.transport.relay_events import Copies, RelayFailed, RelayStarted, RequestBegan, RequestEnded
from storepact.transport.relay_exchange import Answer, Client, RelayedExchange
from storepact.transport.relay_heads import Address, own_failure
from storepact.transport.relay_pool import TargetPool
from storepact.transport.route import Route

#: Seconds between looks for answers that have stopped.
_SWEEP = 1.0

#: Seconds that exchanges have to end in, once the relay is to end.
_LAST_SECONDS = 5.0


@lean_value(frozen=True)
class RelayOptions:
    """Where a relay listens, and what it passes requests to."""

    target: str
    """The base URL, without a trailing slash."""
    port: int
    route: Route = field(default_factory=Route)
    connect_seconds: float = 10.0
    silent_seconds: float = 120.0
    """How long an answer may stop."""


def run_relay(options: RelayOptions, events: Connection) -> None:
    """Relay until a message comes through `events` or the other end is closed; send events meanwhile."""
    for number in (signal.SIGINT, signal.SIGTERM):  # the process that started the relay ends it
        signal.signal(number, signal.SIG_IGN)
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        runner.run(Relay(options, events).run())


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """The faster event loop, where the platform has it."""
    if sys.platform == "win32":
        return None
    import uvloop

    return uvloop.new_event_loop


class Relay:
    """One relay."""

    def __init__(self, options: RelayOptions, events: Connection) -> None:
        self._options, self._events = options, events
        self._copies = Copies(events)
        self._number = 0
        self._pool: TargetPool
        self.loop: asyncio.AbstractEventLoop
        self._clients: set[ClientConnection] = set()

    async def run(self) -> None:
        """Listen until the end of the connection, or a message."""
        self.loop = asyncio.get_running_loop()
        try:
            await self._listen()
        finally:
            await asyncio.to_thread(self._copies.close)

    async def _listen(self) -> None:
        options = self._options
        address = Address.of(options.target, options.route.proxy_for(options.target))
        self._pool = TargetPool(self, address, options.route, options.connect_seconds)
        try:
            server = await self.loop.create_server(
                lambda: ClientConnection(self), "127.0.0.1", options.port, backlog=1024
            )
        except OSError as error:
            self._copies.add(RelayFailed(error.strerror or str(error)))
            return
        self._copies.add(RelayStarted(server.sockets[0].getsockname()[1]))
        sweeping = self.loop.create_task(self._sweep())
        await asyncio.to_thread(self._wait)
        server.close()
        await self._end_exchanges()
        sweeping.cancel()
        self._pool.close()
        for client in tuple(self._clients):
            client.abort()

    async def _end_exchanges(self) -> None:
        """Let the exchanges that are on their way end."""
        last = self.loop.time() + _LAST_SECONDS
        while self.loop.time() < last and not all(client.is_idle for client in self._clients):
            await asyncio.sleep(0.01)

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(_SWEEP)
            self._pool.sweep(self._options.silent_seconds)

    def _wait(self) -> None:
        """Wait for the message that ends the relay; it is read, for unread ones reset the connection."""
        with contextlib.suppress(EOFError, OSError):
            self._events.recv_bytes()

    # for the connections

    def join(self, client: Client) -> None:
        """A client has connected."""
        assert isinstance(client, ClientConnection)
        self._clients.add(client)

    def leave(self, client: Client) -> None:
        """A client is gone."""
        assert isinstance(client, ClientConnection)
        self._clients.discard(client)

    def start(self, exchange: RelayedExchange) -> None:
        """Pass a request on, whose head has come."""
        self._number += 1
        exchange.start(self._number)
        copy = exchange.sent_copy(self._options.target, with_body=False)
        self._copies.add(RequestBegan(self._number, copy))
        self._pool.dispatch(exchange)

    def end(self, exchange: RelayedExchange, answer: Answer) -> None:
        """Report an exchange with its whole answer: status, headers and body."""
        is_full = self._copies.is_full
        copy = exchange.sent_copy(self._options.target, with_body=not is_full)
        if is_full:
            self._copies.add(RequestEnded(exchange.number, copy, None, skipped=True))
            return
        received = exchange.received_copy(*answer)
        size = len(copy.body or b"") + len(received.body or b"")
        self._copies.add(RequestEnded(exchange.number, copy, received), size + 2_000)

    def fail(self, exchange: RelayedExchange, problem: str, *, has_begun: bool) -> None:
        """Report an exchange without a whole answer; a client that has got nothing gets the relay's own."""
        copy = exchange.sent_copy(self._options.target, with_body=True)
        self._copies.add(RequestEnded(exchange.number, copy, None, problem), len(copy.body or b""))
        if has_begun:
            exchange.client.abort()
        else:
            exchange.client.write(own_failure(f"the target did not answer ({problem})"))
        exchange.client.finish(exchange, closes=True)
