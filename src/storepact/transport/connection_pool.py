"""The pool of connections to a target: what is plain is sent and read without h11, which takes longer for it.

httpcore opens the connections, and sends the first request on each. Later requests that are plain are written
here; where the response is not plain, httpcore goes on with the bytes that were received.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import httpcore

from storepact.transport.streams import Stream
from storepact.transport.wire_requests import write_plain
from storepact.transport.wire_responses import PlainReader, RawResponse

#: Seconds after which an idle connection is not used again: servers close theirs a little later.
IDLE_SECONDS = 2.0

#: Bytes of the longest head that is read here, and that one read returns at most.
_LONGEST_HEAD, _AT_ONCE = 65_536, 262_144


class PooledConnection(httpcore.ConnectionInterface):
    """A connection of httpcore that can also be used without it while it is idle."""

    def __init__(self, connection: httpcore.ConnectionInterface) -> None:
        self._connection = connection
        self._lock, self._is_taken = threading.Lock(), False
        self._stream: Stream | None = None
        self._is_plain = False
        """Whether the last exchange was plain; else httpcore may hold more than it has parsed."""
        self._last_used = 0.0

    @contextmanager
    def _take(self) -> Iterator[None]:
        """Keep other threads from the connection.

        Raises:
            ConnectionNotAvailable: another one has it.

        """
        with self._lock:
            if self._is_taken:
                raise httpcore.ConnectionNotAvailable
            self._is_taken = True
        try:
            yield
        finally:
            self._is_taken = False

    def exchange(self, request: httpcore.Request, largest: int) -> RawResponse | httpcore.Response:
        """Send a request on the idle connection; the response is raw if it is plain, and read as a whole.

        A response of more than `largest` bytes is not read as a whole.

        Raises:
            ConnectionNotAvailable: it is in use.

        """
        data = None if self._stream is None else write_plain(request)
        with self._take():
            if data is None or self._stream is None or not self._is_drained(self._stream):
                return self._exchange(request)
            if not self._connection.is_idle():
                raise httpcore.ConnectionNotAvailable
            try:
                reader = _exchange_plain(self._stream, data, largest)
            except BaseException:
                self._connection.close()
                raise
            response = reader.response
            if response is None:
                self._stream.repeat(reader.data)
                return self._exchange(request)
            self._is_plain, self._last_used = True, time.monotonic()
            return response

    def _is_drained(self, stream: Stream) -> bool:
        """Whether all that has come on the connection is read: the last response was plain."""
        if self._is_plain:
            return True
        reader = PlainReader()
        reader.feed(stream.response)
        return reader.response is not None

    def handle_request(self, request: httpcore.Request) -> httpcore.Response:
        """Send a request by httpcore."""
        with self._take():
            return self._exchange(request)

    def _exchange(self, request: httpcore.Request) -> httpcore.Response:
        self._is_plain = False
        response = self._connection.handle_request(request)
        stream = response.extensions.get("network_stream")
        self._stream = stream if isinstance(stream, Stream) else None
        return response

    def has_expired(self) -> bool:
        """Whether it was idle for too long, or the server has closed it."""
        if self._is_taken:
            return False
        if not self._is_plain or self._stream is None:
            return self._connection.has_expired()
        is_old = time.monotonic() > self._last_used + IDLE_SECONDS
        return is_old or bool(self._stream.get_extra_info("is_readable"))

    def close_idle(self) -> None:
        """Close it unless a thread uses it."""
        with suppress(httpcore.ConnectionNotAvailable), self._take():
            if self._connection.is_idle():
                self._connection.close()

    def close(self) -> None:
        """Close it, also while it is in use."""
        self._connection.close()

    def info(self) -> str:
        """The origin, the state and the number of requests, for a log."""
        return self._connection.info()

    def can_handle_request(self, origin: httpcore.Origin) -> bool:
        """Whether it leads to this origin."""
        return self._connection.can_handle_request(origin)

    def is_available(self) -> bool:
        """Whether the pool may send a request on it."""
        return not self._is_taken and self._connection.is_available()

    def is_idle(self) -> bool:
        """Whether nothing is sent on it."""
        return not self._is_taken and self._connection.is_idle()

    def is_closed(self) -> bool:
        """Whether it is closed."""
        return self._connection.is_closed()


def _exchange_plain(stream: Stream, data: bytes, largest: int) -> PlainReader:
    """Send a request, and read what comes until the response is whole, too large, or not plain."""
    stream.write(data)
    reader = PlainReader()
    while reader.feed(stream.read(_AT_ONCE)):
        if reader.size > (largest if reader.has_head else _LONGEST_HEAD):
            break
        if reader.has_head:
            stream.end_head()
    return reader


class ConnectionPool(httpcore.ConnectionPool):
    """Connections without a proxy."""

    def create_connection(self, origin: httpcore.Origin) -> httpcore.ConnectionInterface:
        """A connection that is not open yet."""
        return PooledConnection(super().create_connection(origin))
