"""Responses as they come over the wire: most are short, and whole when they arrive."""

from __future__ import annotations

import re
from collections.abc import Iterable

import httptools

from storepact.model.exchange import Headers
from storepact.model.values import lean_value

_BEGINNING, _END_OF_HEAD = b"HTTP/1.1 ", b"\r\n\r\n"

#: Headers with which the length of a response, or what follows it, is more than a number.
_NOT_PLAIN = frozenset({b"connection", b"transfer-encoding", b"upgrade"})

#: What many servers say of each connection that they keep, as all do that say nothing.
_KEPT = (b"connection", b"keep-alive")

_BLANKS = b" \t"

#: A part of the text behind a status; the parser also accepts controls there.
_PHRASE = re.compile(rb"[\t -~\x80-\xff]*")

_WITHOUT_BODY = frozenset({204, 304})

#: The first status that is not of an interim response.
_FINAL = 200


@lean_value(frozen=True)
class RawResponse:
    """A response as it was sent: `body` is in its content codings."""

    status: int
    headers: Headers
    body: bytes


class PlainReader:
    """Reads a response as it comes, if nothing about it is unusual.

    It is in HTTP/1.1, its length is stated once, and its connection is kept. Everything else, be it another
    part of HTTP or malformed, is for a parser that keeps states and explains what is wrong.
    """

    def __init__(self) -> None:
        self.data = b""
        """What has come."""
        self.has_head = False
        """Whether the head is whole, and that of a response."""
        self._headers: list[tuple[bytes, bytes]] = []
        self._body: list[bytes] = []
        self._is_plain, self._is_complete = True, False
        self._parser = httptools.HttpResponseParser(self)

    def feed(self, data: bytes) -> bool:
        """Read the next part; returns whether there may be more of a plain response."""
        self.data += data
        self._is_plain = self._is_plain and bool(data) and self.data.startswith(_BEGINNING[: len(self.data)])
        if self._is_plain:
            try:
                self._parser.feed_data(data)
            except (httptools.HttpParserError, httptools.HttpParserUpgrade):
                self._is_plain = False
        return self._is_plain and not self._is_complete

    @property
    def response(self) -> RawResponse | None:
        """The response; None if it is not whole, or not plain."""
        body = b"".join(self._body)
        size = self.data.find(_END_OF_HEAD) + len(_END_OF_HEAD) + len(body)
        if not (self._is_plain and self._is_complete) or len(self.data) != size:
            return None
        return RawResponse(self._parser.get_status_code(), decode_headers(self._headers), body)

    # from the parser

    def on_status(self, phrase: bytes) -> None:
        """A part of the text behind the status."""
        self._is_plain &= _PHRASE.fullmatch(phrase) is not None

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header."""
        self._headers.append((name, value))

    def on_headers_complete(self) -> None:
        """The head is complete."""
        status = self._parser.get_status_code()
        headers = [(name.lower(), value) for name, value in self._headers]
        names = [header[0] for header in headers if header != _KEPT]
        is_stated = names.count(b"content-length") == 1 or status in _WITHOUT_BODY
        self.has_head = status >= _FINAL
        self._is_plain &= self.has_head and is_stated and _NOT_PLAIN.isdisjoint(names)

    def on_body(self, data: bytes) -> None:
        """A part of the body."""
        self._body.append(data)

    def on_message_complete(self) -> None:
        """The response is complete; a second one is not plain."""
        self._is_plain &= not self._is_complete
        self._is_complete = True


def decode_headers(headers: Iterable[tuple[bytes, bytes]]) -> Headers:
    """Headers as text, in which each character is a byte; blanks around values are not part of them."""
    return tuple(
        [(name.decode("latin-1"), value.strip(_BLANKS).decode("latin-1")) for name, value in headers]
    )
