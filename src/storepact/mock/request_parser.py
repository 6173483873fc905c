"""The requests of a connection, read by httptools, with limits on their heads and without upgrades."""

from __future__ import annotations

import re
from collections.abc import Callable

import httptools

from storepact.mock.incoming import Incoming

#: Bytes of a request line, bytes of a line with its headers, number of headers: beyond them 414, 431 and 431.
LONGEST_LINE, LONGEST_HEAD, MOST_HEADERS = 16_384, 65_536, 200

#: A host with or without a port, a URL that ends with one, and headers that offer another protocol.
_HOST = re.compile(rb"[A-Za-z0-9._~%!$&'()*+,;=:\[\]-]*")
_WITHOUT_PATH = re.compile(rb"^(https?://[^/?#]+)(?![^?#])", re.IGNORECASE)
_FRAMING = frozenset({b"host", b"transfer-encoding", b"expect"})
_OFFERS = frozenset({b"upgrade", b"http2-settings"})


class Excess(Exception):
    """A request that gets no further than its connection, which ends with it."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status, self.message = status, message


NO_HTTP = Excess(400, "this is not HTTP")
_NO_HOST = Excess(400, "HTTP/1.1 needs one valid header Host")
_CODING = Excess(400, "the only transfer coding is chunked")
_LONG_LINE = Excess(414, "the path is too long")
_LONG_HEAD = Excess(431, "the headers are too many or too long")


class RequestParser:
    """Reads requests; `begin` gets each of them when its head is complete.

    An offer of another protocol is ignored (RFC 9110 7.8): httptools ends a message with one behind its head,
    which is parsed again without the offer.
    """

    def __init__(self, begin: Callable[[Incoming], None]) -> None:
        self._begin = begin
        self._excess = NO_HTTP
        self._is_offer = False
        self.in_request = False
        """Whether a part of a request was received, and the rest was not."""
        self.count = 0
        """How many requests were received in full."""
        self._start()

    def _start(self) -> None:
        self._parser = httptools.HttpRequestParser(self)
        # a second request behind one with `Connection: close` is no error
        self._parser.set_dangerous_leniencies(lenient_data_after_close=True)

    def feed(self, data: bytes) -> None:
        """Parse bytes.

        Raises:
            Excess: they are no HTTP, or exceed a limit.

        """
        self.in_request = True
        try:
            self._feed(data)
        except httptools.HttpParserError:
            raise self._excess from None
        except httptools.HttpParserUpgrade:
            pass  # CONNECT, which no path has

    def _feed(self, data: bytes) -> None:
        while True:
            try:
                self._parser.feed_data(data)
            except httptools.HttpParserUpgrade as offer:
                if not self._is_offer:
                    raise
                head = self._head_without_offer()
                self._start()
                data = head + data[offer.args[0] :]
                continue
            return

    def on_message_begin(self) -> None:
        """Begin a request: count its head from zero."""
        self.in_request = True
        self._url, self._head = b"", 0
        self._fields: list[tuple[bytes, bytes]] = []
        self._hosts: list[bytes] = []
        self._codings: list[bytes] = []
        self._expects = False

    def on_url(self, url: bytes) -> None:
        """Limit the request line."""
        self._url += url
        self._head += len(url)
        if self._head > LONGEST_LINE:
            self._raise(_LONG_LINE)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Limit the headers; blanks around a value are no part of it (RFC 9110 5.5)."""
        name, value = name.lower(), value.strip(b" \t")
        self._fields.append((name, value))
        self._head += len(name) + len(value)
        if name in _FRAMING:
            self._note(name, value)
        if self._head > LONGEST_HEAD or len(self._fields) > MOST_HEADERS:
            self._raise(_LONG_HEAD)

    def on_headers_complete(self) -> None:
        """Check the head; a request begins unless its head is parsed again."""
        parser, version = self._parser, self._parser.get_http_version()
        self._check_framing(version)
        method = parser.get_method().decode("ascii")
        if not self._url.startswith(b"/"):
            self._url = _WITHOUT_PATH.sub(rb"\1/", self._url)
        self._is_offer = parser.should_upgrade() and method != "CONNECT"
        if self._is_offer:
            return
        url = httptools.parse_url(self._url)
        target = url.path.decode("ascii"), (url.query or b"").decode("latin-1")
        headers = tuple([(name.decode("latin-1"), value.decode("latin-1")) for name, value in self._fields])
        incoming = Incoming(method, target, headers)
        if self._expects:
            incoming.expect_body(version)
        incoming.keep_alive = version != "1.0" and parser.should_keep_alive()
        self._incoming = incoming
        self._begin(incoming)

    def on_body(self, chunk: bytes) -> None:
        """Receive a part of a body."""
        self._incoming.add(chunk)

    def on_message_complete(self) -> None:
        """End a request."""
        if not self._is_offer:
            self.in_request = False
            self.count += 1
            self._incoming.complete()

    def _note(self, name: bytes, value: bytes) -> None:
        """Note what decides how the request is read."""
        if name == b"host":
            self._hosts.append(value)
        elif name == b"transfer-encoding":
            self._codings.append(value.lower())
        else:
            self._expects = self._expects or value.lower() == b"100-continue"

    def _check_framing(self, version: str) -> None:
        hosts, codings = self._hosts, self._codings
        if len(hosts) > 1 or (version == "1.1" and not hosts) or not all(map(_HOST.fullmatch, hosts)):
            self._raise(_NO_HOST)
        if codings and codings != [b"chunked"]:
            self._raise(_CODING)

    def _raise(self, excess: Excess) -> None:
        self._excess = excess
        raise excess

    def _head_without_offer(self) -> bytes:
        """Return the head that was parsed last, without what offers another protocol."""
        method, version = self._parser.get_method(), self._parser.get_http_version().encode()
        lines = [b"%s %s HTTP/%s" % (method, self._url, version)]
        for name, value in self._fields:
            if name == b"connection":
                options = [option.strip() for option in value.split(b",")]
                value = b", ".join(option for option in options if option.lower() not in _OFFERS)
            if name not in _OFFERS:
                lines.append(name + b": " + value)
        return b"\r\n".join(lines) + b"\r\n\r\n"
