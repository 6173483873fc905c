"""An exchange in a relay, and what the parts of a relay have to do with each other."""

from __future__ import annotations

import asyncio
import time
from typing import Protocol

from storepact.transport.relay_events import LONGEST_COPY, RawHeaders, ReceivedCopy, SentCopy
from storepact.transport.relay_heads import lines_of, path_of

LONGEST_HEAD = 1024 * 1024

#: Why there is no whole answer to a request of which the target got a part.
CLIENT_GONE = "the client is gone"

#: Bytes of a body that wait for a connection to the target.
_MOST_WAITING = 256 * 1024

#: Status, headers and body of an answer; None for a body that is too long to be copied.
Answer = tuple[int, RawHeaders, bytes | None]


class Client(Protocol):
    """The connection that a request came through."""

    is_lost: bool

    def write(self, data: bytes) -> None:
        """Send bytes of the answer."""

    def pause_reading(self) -> None:
        """Read no more requests for now."""

    def resume_reading(self) -> None:
        """Read on."""

    def abort(self) -> None:
        """Cut the connection."""

    def finish(self, exchange: RelayedExchange, *, closes: bool = False) -> None:
        """Go on with the next request, or close the connection."""


class Target(Protocol):
    """The connection that a request is passed on through."""

    def write(self, data: bytes) -> None:
        """Send bytes of the request."""

    def pause_reading(self) -> None:
        """Read no more of the answer for now."""

    def resume_reading(self) -> None:
        """Read on."""

    def fail(self, problem: str) -> None:
        """Give the exchange up."""


class Hub(Protocol):
    """What starts exchanges, and reports how they end."""

    loop: asyncio.AbstractEventLoop

    def join(self, client: Client) -> None:
        """A client has connected."""

    def leave(self, client: Client) -> None:
        """A client is gone."""

    def start(self, exchange: RelayedExchange) -> None:
        """Pass a request on, whose head has come."""

    def end(self, exchange: RelayedExchange, answer: Answer) -> None:
        """Report an exchange with its whole answer."""

    def fail(self, exchange: RelayedExchange, problem: str, *, has_begun: bool) -> None:
        """Report an exchange without a whole answer."""


class RelayedExchange:
    """A request to the target and its response, both copied as they pass."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.url = b""
        self.headers: RawHeaders = []
        self.method, self.version, self.keeps_alive = b"", "1.1", True
        self.number = 0
        self.is_chunked = self.has_head = self.is_complete = self.is_answered = False
        self.target: Target | None = None
        self.unsent: list[bytes] = []
        """The parts of the body that wait for a connection."""
        self.has_body = False
        self._parts: list[bytes] = []
        self._size = 0
        self._started = 0.0

    def start(self, number: int) -> None:
        """Note when it is passed on."""
        self.number, self._started = number, time.perf_counter()

    @property
    def path(self) -> bytes:
        """Path and query."""
        return path_of(self.url)

    def head(self, before: bytes, behind: bytes) -> bytes:
        """The head of the request as the target gets it."""
        lines = lines_of(self.headers, of_request=True)
        if self.is_chunked:
            lines.append(b"Transfer-Encoding: chunked\r\n")
        return b"".join((self.method, b" ", before, self.path, behind, *lines, b"\r\n"))

    def add_body(self, data: bytes) -> None:
        """Pass a part of the body on, or keep it until there is a connection."""
        self.has_body = True
        self._size += len(data)
        if self._size <= LONGEST_COPY:
            self._parts.append(data)
        else:
            self._parts.clear()
        self._send(b"%x\r\n%b\r\n" % (len(data), data) if self.is_chunked else data)

    def end_body(self) -> None:
        """The request is complete."""
        self.is_complete = True
        if self.is_chunked:
            self._send(b"0\r\n\r\n")

    def _send(self, data: bytes) -> None:
        if self.is_answered:  # before all of it was sent: the rest is not read
            return
        if self.target is not None:
            self.target.write(data)
            return
        self.unsent.append(data)
        if self._size > _MOST_WAITING:
            self.client.pause_reading()

    def sent_copy(self, origin: str, *, with_body: bool) -> SentCopy:
        """The request as it came; `with_body` is false for one that has only begun."""
        has_whole = self.is_complete and self._size <= LONGEST_COPY
        body = b"".join(self._parts) if with_body and self.has_body and has_whole else None
        return SentCopy(origin, self.method, self.path, self.headers, body, has_whole or not with_body)

    def received_copy(self, status: int, headers: RawHeaders, body: bytes | None) -> ReceivedCopy:
        """The response to it."""
        return ReceivedCopy(status, headers, body, time.perf_counter() - self._started)
