"""A raw HTTP server in front of a mock that can do to each exchange what networks do."""

from __future__ import annotations

import contextlib
import http.client
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit

#: Seconds between the bytes of what drips.
DRIP = 0.05


@dataclass
class Exchange:
    """One request as it came, and the means to answer it."""

    number: int
    """Counts from 1, over all connections."""
    method: str
    path: str
    headers: list[tuple[str, str]]
    body: bytes
    connection: socket.socket
    upstream: str

    def forward(self) -> bytes:
        """Have the mock do it; the bytes of its response."""
        parts = urlsplit(self.upstream)
        client = http.client.HTTPConnection(parts.hostname, parts.port, timeout=10)
        dropped = {"host", "connection", "content-length"}
        try:
            client.putrequest(self.method, self.path, skip_host=False, skip_accept_encoding=True)
            for name, value in self.headers:  # the same name may come twice
                if name.lower() not in dropped:
                    client.putheader(name, value)
            if self.body or self.method not in ("GET", "DELETE"):
                client.putheader("Content-Length", str(len(self.body)))
            client.endheaders(self.body or None)
            response = client.getresponse()
            body = response.read()
        finally:
            client.close()
        kept = [
            item for item in response.getheaders() if item[0].lower() not in {"content-length", "connection"}
        ]
        length = [] if response.status == 204 else [("Content-Length", str(len(body)))]
        return head(response.status, *kept, *length) + body

    def send(self, data: bytes) -> None:
        """Send bytes as they are."""
        self.connection.sendall(data)

    def drip(self, data: bytes, size: int = 1) -> None:
        """Send bytes one after the other, until the client has closed the connection."""
        for start in range(0, len(data), size):
            self.send(data[start : start + size])
            time.sleep(DRIP)

    def reset(self) -> None:
        """Have the connection reset, not closed."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def head(status: int, *headers: tuple[str, str]) -> bytes:
    """The head of a response."""
    lines = [f"HTTP/1.1 {status} X", *(f"{name}: {value}" for name, value in headers)]
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n"


def response(status: int, body: bytes, *headers: tuple[str, str], media: str = "text/html") -> bytes:
    """A whole response."""
    return head(status, ("Content-Type", media), ("Content-Length", str(len(body))), *headers) + body


#: What answers an exchange: returns whether the connection stays open.
Effect = Callable[[Exchange], bool]


def passing(exchange: Exchange) -> bool:
    """Answer as the mock does."""
    exchange.send(exchange.forward())
    return True


@dataclass
class FaultProxy:
    """Answers exchanges with what `choose` picks for each; counts requests by method."""

    upstream: str
    choose: Callable[[Exchange], Effect] = lambda exchange: passing
    tls: ssl.SSLContext | None = None
    requests: list[tuple[str, str]] = field(default_factory=list)
    connections: int = 0
    url: str = ""

    def __post_init__(self) -> None:
        self._lock = threading.Lock()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=50)
        scheme = "http" if self.tls is None else "https"
        self.url = f"{scheme}://127.0.0.1:{self._listener.getsockname()[1]}"
        self._open: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self) -> FaultProxy:
        return self

    def __exit__(self, *details: object) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for connection in self._open:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            self._open.append(connection)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError, ValueError):
            if self.tls is not None:
                connection = self.tls.wrap_socket(connection, server_side=True)
                self._open.append(connection)
            with connection, connection.makefile("rb") as stream:
                while (exchange := self._read(stream, connection)) is not None:
                    if not self.choose(exchange)(exchange):
                        return

    def _read(self, stream, connection: socket.socket) -> Exchange | None:
        line = stream.readline()
        if not line:
            return None
        method, path, _ = line.decode("latin-1").split(" ", 2)
        headers = []
        while (line := stream.readline().strip()) != b"":
            name, _, value = line.decode("latin-1").partition(":")
            headers.append((name, value.strip()))
        length = next((int(value) for name, value in headers if name.lower() == "content-length"), 0)
        body = stream.read(length)
        with self._lock:
            self.requests.append((method, path))
            number = len(self.requests)
        return Exchange(number, method, path, headers, body, connection, self.upstream)


@contextlib.contextmanager
def fault_proxy(upstream: str, choose=lambda exchange: passing, **how) -> Iterator[FaultProxy]:
    """A running proxy."""
    with FaultProxy(upstream, choose, **how) as proxy:
        yield proxy
