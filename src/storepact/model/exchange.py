"""An exchange: one request and its response as they went over the wire, secrets already masked."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from enum import StrEnum
from functools import cache, cached_property

from storepact.model.tree import Json
from storepact.model.values import lean_value

#: The status of an exchange whose request was sent and whose connection was then cut without an answer.
CUT_OFF = 0

#: What stands in the place of a secret, wherever one was.
MASK = "********"

#: Bytes of a body of which only the beginning is kept once it was judged.
LARGE_BODY = 1024 * 1024

Headers = tuple[tuple[str, str], ...]

#: Where a secret is, and its form: equal forms were equal texts.
Forms = tuple[tuple[str, str], ...]


class BodyFlaw(StrEnum):
    """What is wrong with the bytes of a body, though its contents can be read."""

    NOT_ENCODED = "not_encoded"
    """It is not in the content coding that Content-Encoding names."""
    CODING = "coding"
    """Content-Encoding names a coding that does not exist, or that the request does not accept."""
    UNLABELLED = "unlabelled"
    """It is in gzip, and Content-Encoding does not say so."""
    BYTE_ORDER_MARK = "byte_order_mark"
    """It begins with a byte order mark."""
    CHARSET = "charset"
    """It is in UTF-16 or UTF-32."""
    CONSTANT = "constant"
    """It has NaN or Infinity for a number."""


class NotJson:
    """The value of a body that is not JSON; there is one, `NOT_JSON`."""

    def __repr__(self) -> str:
        return "NOT_JSON"


NOT_JSON = NotJson()


@cache
def _decoder() -> Callable[[bytes], Json]:
    """What reads JSON in a third of the time; it does not read lone surrogates, `NaN` and UTF-16."""
    import msgspec  # a wrong call has no bodies to read

    read = msgspec.json.Decoder().decode

    def decode(body: bytes) -> Json:
        try:
            return read(body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return json.loads(body)

    return decode


def json_of(body: bytes) -> Json:
    """The JSON value of a body, or `NOT_JSON`."""
    try:
        return _decoder()(body)
    except (ValueError, RecursionError):
        return NOT_JSON


@lean_value(frozen=True)
class Request:
    """What was sent. `path` is absolute and percent-encoded; `body` is None where none was sent."""

    method: str
    path: str
    headers: Headers
    body: bytes | None = None

    def header(self, name: str) -> str | None:
        """The first value of a header, or None."""
        lowered = name.lower()
        return next((value for key, value in self.headers if key.lower() == lowered), None)

    @cached_property
    def json(self) -> Json:
        """The parsed body, or `NOT_JSON`."""
        return NOT_JSON if self.body is None else json_of(self.body)


@lean_value(frozen=True)
class Response:
    """What came back. `seconds` counts from the first byte sent to the last byte read.

    `body` is without content codings and in UTF-8; `flaw` is what was wrong with it as it was sent.
    """

    status: int
    headers: Headers
    body: bytes
    seconds: float = 0.0
    flaw: BodyFlaw | None = None
    timed_out: bool = False
    """Whether the status is `CUT_OFF` because nothing came within the limit of time."""
    problem: str = ""
    """Why the status is `CUT_OFF`, as a clause; empty where the connection was only cut."""
    attempts: int = 1
    """How often the request was sent, each time with this result, while others were answered."""

    def header(self, name: str) -> str | None:
        """The first value of a header, or None."""
        return self.first_values.get(name.lower())

    @cached_property
    def first_values(self) -> dict[str, str]:
        """The first value of each header, by its name in lower case."""
        return {name.lower(): value for name, value in reversed(self.headers)}

    @cached_property
    def json(self) -> Json:
        """The parsed body, or `NOT_JSON`."""
        return json_of(self.body)

    def with_json(self, value: Json) -> Response:
        """The same response; `value` is what its body is parsed to, where that is known already."""
        self.__dict__["json"] = value  # where `cached_property` looks first
        return self


@lean_value(frozen=True)
class Leak:
    """A secret that a response shows: `place` is a JSON pointer into the body, `body`, or a header's name."""

    place: str
    secret: str
    """Which secret, in words; never its value."""


@lean_value(frozen=True)
class Exchange:
    """One request and response. `leaks` and `forms` were determined before secrets were masked."""

    request: Request
    response: Response
    leaks: tuple[Leak, ...] = ()
    forms: tuple[tuple[str, str], ...] = ()
    """(JSON pointer, form) of every secret member: equal forms were equal texts, an empty text has none."""
    redactions: tuple[tuple[str, str], ...] = ()
    """(JSON pointer, how it is shown) of every secret member that is not empty, as `form.redaction_of`."""
    sent: Forms = ()
    """(path as a JSON array, form) of every text of the request's body that is masked as a whole."""

    def abridge(self) -> Exchange:
        """Return the exchange as it is kept: of a response above a megabyte only its first characters."""
        response = self.response
        if len(response.body) <= LARGE_BODY:
            return self
        return replace(self, response=replace(response, body=text_of(response.body).encode()))

    @cached_property
    def forms_by_object(self) -> dict[str, dict[str, str]]:
        """The forms of secret members, by the pointer of the object that has them, and by their names."""
        by_object: dict[str, dict[str, str]] = {}
        for pointer, form in self.forms:
            place, _, name = pointer.rpartition("/")
            by_object.setdefault(place, {})[name] = form
        return by_object


#: Characters of a body that a record keeps.
BODY_LIMIT = 4_000

#: How a body ends that was cut.
_LONGEST_CUT = 40
_CUT = re.compile(r"… \([\d,]+ characters in all\)\Z")


def text_of(body: bytes | None, limit: int = BODY_LIMIT) -> str:
    """A body as readable text, cut at `limit` characters."""
    if not body:
        return ""
    text = body.decode("utf-8", "backslashreplace")
    is_short = len(text) <= limit or (len(text) <= limit + _LONGEST_CUT and _CUT.search(text))
    return text if is_short else f"{text[:limit]}… ({len(text):,} characters in all)"


def is_whole(text: str) -> bool:
    """Whether a body of a record was not cut by `text_of`."""
    return not _CUT.search(text)


def json_text(value: Json, limit: int = 200) -> str:
    """A value as JSON with sorted keys, cut at `limit` characters, so that equal values have equal texts."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False, default=str)[:limit]


def mask_values(text: str, values: Iterable[str]) -> str:
    """A text with these values masked; the longest first, as one may contain another."""
    for value in sorted(filter(None, values), key=len, reverse=True):
        text = text.replace(value, MASK)
    return text
