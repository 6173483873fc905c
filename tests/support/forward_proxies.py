"""Proxies of a few lines in this process: HTTP with CONNECT, and SOCKS 5."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

#: What a proxy does with one connection; it notes in the list what it was asked for.
Serve = Callable[[socket.socket, list[str]], None]


@contextmanager
def proxy_server(serve: Serve) -> Iterator[tuple[int, list[str]]]:
    """A proxy on loopback: its port, and what it was asked for."""
    listener, asked = socket.create_server(("127.0.0.1", 0)), []

    def accept() -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = listener.accept()
                threading.Thread(target=run, args=(connection,), daemon=True).start()

    def run(connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError, ValueError):
            serve(connection, asked)

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield listener.getsockname()[1], asked
    finally:
        with contextlib.suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()


def http_proxy(connection: socket.socket, asked: list[str]) -> None:
    """Forward requests with absolute URLs, and open tunnels for CONNECT."""
    head = read_head(connection)
    method, target, _ = head.split(b" ", 2)
    asked.append(f"{method.decode()} {target.decode()}")
    if method == b"CONNECT":
        host, _, port = target.decode().rpartition(":")
        with socket.create_connection((host.strip("[]"), int(port))) as other:
            connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
            join(connection, other)
        return
    parts = urlsplit(target.decode())
    with socket.create_connection((parts.hostname, parts.port)) as other:
        other.sendall(head.replace(target, f"{parts.path}?{parts.query}".rstrip("?").encode(), 1))
        join(connection, other)


def socks_proxy(connection: socket.socket, asked: list[str]) -> None:
    """Connect as a SOCKS 5 proxy without credentials."""
    connection.recv(1024)
    connection.sendall(b"\x05\x00")
    request = connection.recv(1024)
    if request[3] == 1:
        host, port = socket.inet_ntoa(request[4:8]), struct.unpack("!H", request[8:10])[0]
    else:
        host = request[5 : 5 + request[4]].decode()
        port = struct.unpack("!H", request[5 + request[4] :][:2])[0]
    asked.append(f"{host}:{port}")
    with socket.create_connection((host, port)) as other:
        connection.sendall(b"\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00")
        join(connection, other)


def answering(*parts: bytes, seconds: float = 0.0, is_reset: bool = False) -> Serve:
    """A proxy that sends these bytes, each part after something was received, and ends some seconds later."""

    def serve(connection: socket.socket, asked: list[str]) -> None:
        for part in parts or (b"",):
            asked.append(connection.recv(4096).decode("latin-1"))
            connection.sendall(part)
        time.sleep(seconds)
        if is_reset:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    return serve


def read_head(connection: socket.socket) -> bytes:
    """What comes up to the end of a head."""
    data = b""
    while b"\r\n\r\n" not in data:
        part = connection.recv(4096)
        if not part:
            raise ValueError
        data += part
    return data


def join(one: socket.socket, two: socket.socket) -> None:
    """Copy bytes both ways until one side ends."""

    def copy(source: socket.socket, drain: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                drain.sendall(data)
        with contextlib.suppress(OSError):
            drain.shutdown(socket.SHUT_WR)

    thread = threading.Thread(target=copy, args=(two, one), daemon=True)
    thread.start()
    copy(one, two)
    thread.join(5)
