"""What a relay reports of the requests that pass it: the bytes as they came, read where they are judged."""

from __future__ import annotations

import pickle
import threading
import time
from collections import deque
from functools import cached_property
from multiprocessing.connection import Connection

from storepact.model.exchange import Headers, Request, Response
from storepact.model.traffic import TrafficRequest, TrafficResponse
from storepact.model.values import lean_value
from storepact.transport.content import BodyTooLarge, CodingUnknown, read_body

#: Bytes of a body that are copied; what is longer passes, and is not judged.
LONGEST_COPY = 16 * 1024 * 1024

#: Bytes of copies that may wait to be read; of further exchanges only the heads of requests are copied.
MOST_WAITING = 128 * 1024 * 1024

#: Seconds in which copies are collected before they are handed over.
_PAUSE = 0.02

#: Name and value of each header, as bytes.
RawHeaders = list[tuple[bytes, bytes]]


@lean_value(frozen=True)
class RelayStarted:
    """The relay listens."""

    port: int


@lean_value(frozen=True)
class RelayFailed:
    """The relay cannot listen."""

    problem: str


@lean_value(frozen=True, repr=False)
class SentCopy:
    """A request as it came. `body` is None where there is none, or `has_body` is false."""

    origin: str
    method: bytes
    path: bytes
    headers: RawHeaders
    body: bytes | None = None
    has_body: bool = True

    def to_request(self) -> TrafficRequest:
        """The request as it is judged."""
        request = Request(_text(self.method), _text(self.path), _texts(self.headers), self.body)
        return TrafficRequest(self.origin, request, has_body=self.has_body)


@lean_value(frozen=True, repr=False)
class ReceivedCopy:
    """A response as it came. `body` is None where it was too long to be copied."""

    status: int
    headers: RawHeaders
    body: bytes | None
    seconds: float

    def to_response(self, sent: TrafficRequest) -> TrafficResponse:
        """The response as it is judged, its body decoded."""
        headers, body = _texts(self.headers), self.body
        encoding = ", ".join(value for name, value in headers if name.lower() == "content-encoding")
        accepted = sent.request.header("Accept-Encoding")
        try:
            decoded, flaw = read_body(body or b"", encoding, accepted)
        except (CodingUnknown, BodyTooLarge):
            body, decoded, flaw = None, b"", None
        response = Response(self.status, headers, decoded, self.seconds, flaw)
        return TrafficResponse(response, body is not None)


@lean_value(frozen=True, repr=False)
class RequestBegan:
    """A request was passed on."""

    number: int
    sent: SentCopy

    @cached_property
    def request(self) -> TrafficRequest:
        """The request, without its body."""
        return self.sent.to_request()


@lean_value(frozen=True, repr=False)
class RequestEnded:
    """Its response has come to its end; None where there was none. `request` has the whole body."""

    number: int
    sent: SentCopy
    received: ReceivedCopy | None
    problem: str = ""
    skipped: bool = False
    """Whether there was a response that was not copied, because judging had fallen behind."""

    @cached_property
    def request(self) -> TrafficRequest:
        """The request with its body."""
        return self.sent.to_request()

    @cached_property
    def response(self) -> TrafficResponse | None:
        """The response, if there was one."""
        return None if self.received is None else self.received.to_response(self.request)


Event = RelayStarted | RelayFailed | RequestBegan | RequestEnded


class Copies:
    """The events on their way to the reader: handed over in a thread, in order. They never delay a client."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._events: deque[tuple[Event, int]] = deque()
        self._waiting = 0
        self._wake, self._ended = threading.Event(), False
        self._thread = threading.Thread(target=self._write, daemon=True)
        self._thread.start()

    @property
    def is_full(self) -> bool:
        """Whether bodies are not copied at the moment."""
        return self._waiting > MOST_WAITING

    def add(self, event: Event, size: int = 0) -> None:
        """Hand over an event; `size` is that of its bodies."""
        self._waiting += size
        self._events.append((event, size))
        self._wake.set()

    def close(self) -> None:
        """Hand over what is left, and close the connection."""
        self._ended = True
        self._wake.set()
        self._thread.join()
        self._connection.close()

    def _write(self) -> None:
        while True:
            self._wake.wait()
            self._wake.clear()
            is_last = self._ended
            batch = [self._events.popleft() for _ in range(len(self._events))]
            if batch:
                try:
                    self._connection.send_bytes(pickle.dumps([event for event, _ in batch]))
                except OSError:  # the reader has closed the connection
                    return
                self._waiting -= sum(size for _, size in batch)
            if is_last:
                return
            time.sleep(_PAUSE)


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "surrogateescape")


def _texts(headers: RawHeaders) -> Headers:
    return tuple((_text(name), _text(value)) for name, value in headers)
