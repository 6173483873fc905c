"""What one process works out about an exchange, for another process that has read the same traffic."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from storepact.engines.traffic.reception import MaskedExchange
from storepact.model.exchange import Exchange, Forms, Headers, Leak, Request, Response, json_of
from storepact.model.expectation import Expectation
from storepact.model.tree import Json
from storepact.transport.shared_elements import SharedElements

#: The bytes of the bodies whose JSON value is cached.
_MOST_CACHED = 2_000_000

#: Expectations that are sent by their number.
_MOST_EXPECTATIONS = 4_000


class Content(NamedTuple):
    """What the body of a response shows without its secrets."""

    body: bytes | None
    """None where it is as it was recorded."""
    forms: Forms
    redactions: Forms


class Message(NamedTuple):
    """A masked exchange; None stands for what is as it was recorded."""

    path: str | None
    sent_headers: Headers
    sent_body: bytes | None
    headers: Headers | None
    content: Content | int
    """What the body of the response shows; the number of what was sent before."""
    leaks: tuple[Leak, ...]
    sent: Forms
    expectation: Expectation | int
    """The number of one that was sent before."""


@dataclass
class Sent:
    """The last of what bodies show, by numbers that both processes count in the same way."""

    _contents: dict[int, Content] = field(default_factory=dict)
    _size: int = 0
    _count: int = 0

    def __len__(self) -> int:
        return len(self._contents)

    def __getitem__(self, number: int) -> Content:
        return self._contents[number]

    def add(self, content: Content, size: int) -> int:
        """Add what a body of so many bytes shows, in the place of all others where there is no room.

        Returns its number.
        """
        self._size += size
        if self._size > _MOST_CACHED:
            self._contents.clear()
            self._size = size
        self._count += 1
        self._contents[self._count] = content
        return self._count


@dataclass
class Packer:
    """Makes messages of masked exchanges."""

    _expectations: dict[Expectation, int] = field(default_factory=dict)
    _sent: Sent = field(default_factory=Sent)
    _numbers: dict[bytes, tuple[int, Content]] = field(default_factory=dict)
    """What was sent, by its body, with the number that it has in `_sent`."""

    def pack(self, masked: MaskedExchange, sent: Request, received: Response) -> Message:
        """A masked exchange of a recorded request and response, without what these show already."""
        exchange = masked.exchange
        request, response = exchange.request, exchange.response
        return Message(
            None if request.path == sent.path else request.path,
            request.headers,
            None if request.body == sent.body else request.body,
            None if response.headers == received.headers else response.headers,
            self._shown_by(exchange, received),
            exchange.leaks,
            exchange.sent,
            self._number_of(masked.expectation),
        )

    def _shown_by(self, exchange: Exchange, received: Response) -> Content | int:
        """What a response shows; its number, if it was sent before."""
        body, forms, redactions = exchange.response.body, exchange.forms, exchange.redactions
        if body == received.body:
            return Content(None, forms, redactions)
        number, earlier = self._numbers.get(body, (-1, None))
        if earlier is not None and earlier.forms == forms and earlier.redactions == redactions:
            return number
        content = Content(body, forms, redactions)
        self._numbers[body] = self._sent.add(content, len(body)), content
        if len(self._sent) == 1:  # the others were dropped
            self._numbers = {body: self._numbers[body]}
        return content

    def _number_of(self, expectation: Expectation) -> Expectation | int:
        """The number of an expectation that was sent before; an expectation that was not."""
        number = self._expectations.get(expectation)
        if number is not None:
            return number
        if len(self._expectations) >= _MOST_EXPECTATIONS:
            self._expectations.clear()
        self._expectations[expectation] = len(self._expectations)
        return expectation


@dataclass
class Unpacker:
    """Makes masked exchanges of messages; equal elements of lists become one object again."""

    _expectations: list[Expectation] = field(default_factory=list)
    _contents: Sent = field(default_factory=Sent)
    _values: dict[bytes, Json] = field(default_factory=dict)
    _size: int = 0
    _elements: SharedElements = field(default_factory=SharedElements)

    def unpack(self, message: Message, sent: Request, received: Response) -> MaskedExchange:
        """The masked exchange of a recorded request and response."""
        request = Request(
            sent.method,
            sent.path if message.path is None else message.path,
            message.sent_headers,
            sent.body if message.sent_body is None else message.sent_body,
        )
        content = message.content
        if isinstance(content, int):
            content = self._contents[content]
        elif content.body is not None:
            self._contents.add(content, len(content.body))
        body = received.body if content.body is None else content.body
        headers = received.headers if message.headers is None else message.headers
        response = Response(received.status, headers, body, received.seconds, received.flaw)
        return MaskedExchange(
            Exchange(
                request,
                response.with_json(self._value_of(body)),
                message.leaks,
                content.forms,
                content.redactions,
                message.sent,
            ),
            self._expectation(message.expectation),
        )

    def _expectation(self, sent: Expectation | int) -> Expectation:
        if isinstance(sent, int):
            return self._expectations[sent]
        if len(self._expectations) >= _MOST_EXPECTATIONS:
            self._expectations.clear()
        self._expectations.append(sent)
        return sent

    def _value_of(self, body: bytes) -> Json:
        if body in self._values:
            return self._values[body]
        value = self._elements.share(json_of(body))
        self._size += len(body)
        if self._size > _MOST_CACHED:
            self._values.clear()
            self._size = len(body)
        self._values[body] = value
        return value
