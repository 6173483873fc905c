"""The HTTP server of the mock: connections on loopback, until a signal or the end of stdin."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import threading
from collections.abc import Callable, Mapping
from functools import partial

from storepact.mock.app import MockApp
from storepact.mock.connection import Connection
from storepact.model.errors import UsageError

#: Connections that wait to be accepted.
BACKLOG = 2048

#: Seconds that responses have at the end.
_GRACE = 2.0


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


def url_of(listener: socket.socket) -> str:
    """The URL of a socket that is bound."""
    return "http://{}:{}".format(*listener.getsockname())


def run(
    apps: Mapping[socket.socket, MockApp], *, ready: Callable[..., None], until_stdin_ends: bool = False
) -> None:
    """Serve each application at its socket until SIGINT or SIGTERM, or until stdin ends, if so chosen.

    `ready` gets the URLs, in the order of the sockets.
    """
    asyncio.run(_serve_until_signal(apps, ready, until_stdin_ends=until_stdin_ends))


async def _serve_until_signal(
    apps: Mapping[socket.socket, MockApp], ready: Callable[..., None], *, until_stdin_ends: bool
) -> None:
    loop, stop = asyncio.get_running_loop(), asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    if until_stdin_ends:
        threading.Thread(target=_stop_with_stdin, args=(loop, stop), daemon=True).start()
    await serve(apps, stop, ready)


async def serve(
    apps: Mapping[socket.socket, MockApp], stop: asyncio.Event, ready: Callable[..., None]
) -> None:
    """Serve each application at its socket until `stop` is set; `ready` gets the URLs."""
    loop, clients = asyncio.get_running_loop(), set[Connection]()
    servers = [
        await loop.create_server(partial(Connection, app, clients), sock=listener, backlog=BACKLOG)
        for listener, app in apps.items()
    ]
    ready(*map(url_of, apps))
    await stop.wait()
    for server in servers:
        server.close()
    for client in [*clients]:
        client.close_when_idle()
    end = loop.time() + _GRACE
    await asyncio.sleep(0)
    while clients and loop.time() < end:
        await asyncio.sleep(0.01)


def _stop_with_stdin(loop: asyncio.AbstractEventLoop, stop: asyncio.Event) -> None:
    while os.read(0, 65_536):
        pass
    loop.call_soon_threadsafe(stop.set)
