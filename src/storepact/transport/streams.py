"""The streams to a target: reads and writes end at the deadline of their exchange, or at its largest head."""

from __future__ import annotations

import re
import ssl
import threading
import time
from contextlib import suppress

import httpcore

#: The largest head, in bytes as they are sent; it counts with the interim responses before it.
LARGEST_HEAD = 1024 * 1024

#: So many interim responses (1xx) may precede a response: those who send more send nothing else.
MOST_INTERIM = 100


#: How an interim response begins.
_INTERIM = re.compile(rb"HTTP/1\.. 1")

#: How what a proxy gets before it connects begins: for HTTP, for SOCKS 5, and the credentials for the latter.
_TUNNEL_REQUESTS = (b"CONNECT ", b"\x05", b"\x01")


#: How each head begins, and those behind another one.
_HEAD, _LATER_HEADS = b"HTTP/1.", (b"\n\r\nHTTP/1.", b"\n\nHTTP/1.")


#: The head of a response, with the interim ones before it; a switch of the protocol (101) is none of these.
_LINES = rb"(?:(?!\r?\n)[^\n]*\n)*\r?\n"
_HEADS = re.compile(rb"(?:HTTP/1\.. 1(?!01)%b)*%b" % (_LINES, _LINES))

#: The end of a response in chunks, and another response behind it.
_LAST_CHUNK_AND_HEAD = b"\n0\r\n\r\nHTTP/1."


class TooLarge(Exception):
    """More was sent than any answer has; `size` is how many bytes, where the head states it."""

    def __init__(self, size: int | None = None) -> None:
        super().__init__()
        self.size = size


class WireExchange(threading.local):
    """What happens on the wire during the exchange of this thread."""

    def __init__(self) -> None:
        self.begin(0.0)

    def begin(self, seconds: float, interim_seconds: float | None = None) -> None:
        """Start the clock and the counters.

        `interim_seconds` is how long there may be nothing but interim responses; None: as long as `seconds`.
        """
        began = time.monotonic()
        self._deadline = began + seconds
        self._interim_deadline = began + min(seconds, interim_seconds or seconds)
        self.received, self.first, self.last, self.heads = 0, b"", b"", 0
        self._beginning: list[bytes] = []
        """What came until the end of the head, and with it."""
        self.in_head, self.at_end, self.is_sent = True, False, False
        self.asks_proxy = self.has_passed_proxy = False
        """Whether a proxy was asked to connect, and whether what comes next is for the target."""
        self.opened: list[httpcore.NetworkStream] = []
        self.latest: httpcore.NetworkStream | None = None

    def pass_proxy(self) -> None:
        """What is sent from now on is for the target; what a proxy has sent until now is no response."""
        self.has_passed_proxy, self.received, self.first, self.heads = True, 0, b"", 0
        self._beginning = []

    def note_sending(self, data: bytes) -> None:
        """Note what these bytes are: the beginning of the request, or a proxy is asked to connect."""
        if self.is_sent or not data:
            return
        if data.startswith(_TUNNEL_REQUESTS):
            self.asks_proxy = True
        else:
            self.pass_proxy()
            self.is_sent = True

    def receives_more(self, seconds: float) -> bool:
        """Whether a byte arrives on the latest stream within this time; it is not read by anything else."""
        stream = self.latest
        if stream is None or self.at_end:
            return False
        try:
            return bool(stream.read(1, seconds))
        except (httpcore.NetworkError, httpcore.TimeoutException, OSError, ValueError):
            return False

    def note_bytes(self, data: bytes) -> None:
        """Note what was received.

        Raises:
            TooLarge: the head is, or too many interim responses precede it.

        """
        if not self.received:
            self.first = data[:16]
        self.received += len(data)
        self.last = data or self.last
        self.at_end = not data
        if self.in_head:
            self._beginning.append(data)
            self.heads += data.startswith(_HEAD) + sum(map(data.count, _LATER_HEADS))
            if self.received > LARGEST_HEAD or self.heads > MOST_INTERIM:
                raise TooLarge

    @property
    def is_stale(self) -> bool:
        """Whether it was sent on a connection of an earlier exchange, and nothing came back."""
        return self.is_sent and not self.opened and not self.received

    def close_connections(self) -> None:
        """Close what this exchange has opened: the library forgets some streams when it fails."""
        for stream in self.opened:
            stream.close()

    def has_excess(self, response: httpcore.Response, body: bytes) -> bool:
        """Whether the connection held more than the response, before or behind it.

        A length that is too small and a second response show this way; what remains would be read as the
        response to the next request.
        """
        if not self.received:
            return True
        if self.at_end:
            return False
        beginning = b"".join(self._beginning)
        head = _HEADS.match(beginning)
        if any(name.lower() == b"transfer-encoding" for name, _ in response.headers):
            is_followed = head is not None and _LAST_CHUNK_AND_HEAD in beginning[head.end() :]
            return is_followed or not self.last.endswith(b"\n")
        return head is None or self.received != head.end() + len(body)

    @property
    def is_interim(self) -> bool:
        """Whether only interim responses came until now."""
        return self.in_head and _INTERIM.match(self.first) is not None

    @property
    def deadline(self) -> float:
        """When what comes next has to be there, on the clock of `time.monotonic`."""
        return self._interim_deadline if self.is_interim else self._deadline

    @property
    def remaining_seconds(self) -> float:
        """Seconds until the deadline; a socket's timeout must not be zero."""
        return max(self.deadline - time.monotonic(), 0.001)


class Stream(httpcore.NetworkStream):
    """A stream whose reads and writes end at the deadline of the exchange."""

    def __init__(self, stream: httpcore.NetworkStream, exchange: WireExchange) -> None:
        self._stream, self._exchange = stream, exchange
        self._unsent: list[bytes] = []
        """What is to be sent before the next read: the head of a request and its body in one piece."""
        self._repeated: bytes | None = None
        """What has been read already, and is to be read again; what is written until then has been sent."""
        self._latest, self._reads = b"", 0
        """What came last, and in how many reads since the last request."""

    def repeat(self, data: bytes) -> None:
        """Let the next reader send what was sent already, without effect, and read this first."""
        self._repeated = data

    @property
    def response(self) -> bytes:
        """What came since the last request, if it came in one piece; else empty."""
        return self._latest if self._reads == 1 else b""

    def end_head(self) -> None:
        """What is read from now on is the body of the response."""
        self._exchange.in_head = False

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Read what comes next, at most so many bytes; it is empty at the end.

        Raises:
            NetworkError, TimeoutException: of httpcore.
            TooLarge: the head is too large.

        """
        repeated, self._repeated = self._repeated, None
        if repeated:
            return repeated
        exchange = self._exchange
        exchange.latest = self._stream
        with suppress(httpcore.WriteError):  # there may be a response all the same
            self._send()
        data = self._stream.read(max_bytes, exchange.remaining_seconds)
        self._latest, self._reads = data, self._reads + 1
        exchange.note_bytes(data)
        if time.monotonic() >= exchange.deadline:
            raise httpcore.ReadTimeout
        return data

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Send these bytes before the next read."""
        if self._repeated is not None:
            return
        self._exchange.note_sending(buffer)
        self._latest, self._reads = b"", 0
        self._unsent.append(buffer)

    def _send(self) -> None:
        if self._unsent:
            data = b"".join(self._unsent)
            self._unsent.clear()
            self._stream.write(data, self._exchange.remaining_seconds)

    def close(self) -> None:
        """Close it."""
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        """Go on with TLS."""
        self._send()
        if self._exchange.asks_proxy:
            self._exchange.pass_proxy()
        stream = self._stream.start_tls(ssl_context, server_hostname, self._exchange.remaining_seconds)
        self._exchange.opened.append(stream)
        return Stream(stream, self._exchange)

    def get_extra_info(self, info: str) -> object:
        """A property of the socket, by the name that httpcore has for it."""
        return self._stream.get_extra_info(info)


class DeadlineBackend(httpcore.NetworkBackend):
    """Opens streams that keep to the deadline of an exchange."""

    def __init__(self, exchange: WireExchange) -> None:
        self._exchange, self._backend = exchange, httpcore.SyncBackend()

    def connect_tcp(
        self, host: str, port: int, *arguments: object, **options: object
    ) -> httpcore.NetworkStream:
        """Open a stream, within what is left of the time."""
        options["timeout"] = self._exchange.remaining_seconds
        stream = self._backend.connect_tcp(host, port, **options)  # type: ignore[arg-type]
        self._exchange.opened.append(stream)
        return Stream(stream, self._exchange)
