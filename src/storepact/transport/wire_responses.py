"""Responses as they come over the wire: most are short, and whole when they arrive."""

from __future__ import annotations

import re
from collections.abc import Iterable
from io import BytesIO

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

_LENGTH = b"content-length"

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
        self.has_head = False
        """Whether the head is whole, and that of a response."""
        self.size = 0
        """Bytes that the response will have, as far as is known."""
        self._text = b""
        """What has come, up to the body once the head is whole."""
        self._body = BytesIO()
        self._missing = 0
        """Bytes of the body that have not come."""
        self._status = self._length = self._parsed = 0
        """The status, the stated length of the body, and how much of it the parser has read."""
        self._headers: list[tuple[bytes, bytes]] = []
        self._is_plain, self._is_complete = True, False
        self._parser: httptools.HttpResponseParser | None = httptools.HttpResponseParser(self)

    @property
    def data(self) -> bytes:
        """What has come."""
        return self._text + self._body.getvalue()

    def feed(self, data: bytes) -> bool:
        """Read the next part; returns whether there may be more of a plain response."""
        if self._missing:
            self._add_to_body(data)
        else:
            self._parse(data)
        is_open = self._is_plain and not self._is_complete
        if not is_open or self._missing:
            self._parser = None  # it refers to this reader: what both hold would be kept until a collection
        return is_open

    def _add_to_body(self, data: bytes) -> None:
        """Read what can be nothing but the body: the parser would copy it."""
        self._body.write(data)
        self._missing -= len(data)
        self._is_plain &= bool(data) and self._missing >= 0
        self._is_complete = self._missing == 0

    def _parse(self, data: bytes) -> None:
        text = self._text = self._text + data
        self._is_plain &= bool(data) and text.startswith(_BEGINNING[: len(text)])
        if self._is_plain and self._parser is not None:
            try:
                self._parser.feed_data(data)
            except (httptools.HttpParserError, httptools.HttpParserUpgrade):
                self._is_plain = False
        self.size = len(text)
        if self.has_head and self._is_plain:
            self._measure()

    def _measure(self) -> None:
        """Note how long the response is, when its head has come, and what is missing of it."""
        head = self._text.find(_END_OF_HEAD) + len(_END_OF_HEAD)
        self.size = head + self._length
        self._is_plain = len(self._text) == head + self._parsed
        if self._is_plain:
            self._body.write(self._text[head:])
            self._text, self._missing = self._text[:head], self._length - self._parsed

    @property
    def response(self) -> RawResponse | None:
        """The response; None if it is not whole, or not plain."""
        if not (self._is_plain and self._is_complete):
            return None
        return RawResponse(self._status, decode_headers(self._headers), self._body.getvalue())

    # from the parser

    def on_status(self, phrase: bytes) -> None:
        """A part of the text behind the status."""
        self._is_plain &= _PHRASE.fullmatch(phrase) is not None

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header."""
        self._headers.append((name, value))

    def on_headers_complete(self) -> None:
        """The head is complete."""
        status = self._status = 0 if self._parser is None else self._parser.get_status_code()
        headers = [(name.lower(), value) for name, value in self._headers]
        names = [header[0] for header in headers if header != _KEPT]
        lengths = [] if status in _WITHOUT_BODY else [value for name, value in headers if name == _LENGTH]
        self.has_head = status >= _FINAL
        is_stated = len(lengths) == 1 or status in _WITHOUT_BODY
        self._is_plain &= self.has_head and is_stated and _NOT_PLAIN.isdisjoint(names)
        self._length = int(lengths[0]) if self._is_plain and lengths else 0

    def on_body(self, data: bytes) -> None:
        """A part of the body."""
        self._parsed += len(data)

    def on_message_complete(self) -> None:
        """The response is complete; a second one is not plain."""
        self._is_plain &= not self._is_complete
        self._is_complete = True


def decode_headers(headers: Iterable[tuple[bytes, bytes]]) -> Headers:
    """Headers as text, in which each character is a byte; blanks around values are not part of them."""
    return tuple(
        [(name.decode("latin-1"), value.strip(_BLANKS).decode("latin-1")) for name, value in headers]
    )
