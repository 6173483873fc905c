"""Bodies without their secrets, cached by what they were: the same ones recur in traffic."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import dataclass, field, replace

import msgspec

from storepact.model.exchange import Forms, Headers, Leak, Response
from storepact.model.tree import Json
from storepact.model.values import lean_value
from storepact.transport.shared_elements import SharedElements

#: The bytes of all bodies together whose masked form is cached.
_MOST_CACHED = 2_000_000

#: The types of values that two libraries write in the same way.
_PLAIN = frozenset({str, int, bool, type(None)})

_FAST_ENCODER = msgspec.json.Encoder()
_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))

#: In place of a JSON value: the body is not parsed yet.
UNREAD = object()


@lean_value(frozen=True)
class MaskedBody:
    """A response's body without its secrets, its JSON value, and the forms of its secret members."""

    body: bytes
    value: Json
    forms: Forms
    redactions: Forms
    leaks: tuple[Leak, ...] = ()


NO_BODY = MaskedBody(b"", UNREAD, (), ())


@dataclass
class MaskedBodies:
    """The last bodies that showed no secret, and what they are masked to."""

    _bodies: dict[bytes, MaskedBody] = field(default_factory=dict)
    elements: SharedElements = field(default_factory=SharedElements)
    """The elements of their lists, and of those of longer bodies."""
    _size: int = 0
    _generation: int = 0
    """The generation of the needles for which this holds."""

    def get(self, body: bytes, generation: int) -> MaskedBody | None:
        """What a body is masked to; None if it is not cached."""
        if generation != self._generation:
            self._generation = generation
            self.clear()
        return self._bodies.get(body)

    def add(self, body: bytes, masked: MaskedBody) -> None:
        """Cache a body of the generation of the last `get`."""
        self._size += len(body)
        if self._size > _MOST_CACHED:
            self.clear()
            self._size = len(body)
        self._bodies[body] = masked

    def clear(self) -> None:
        """Forget all bodies."""
        self._bodies.clear()
        self._size = 0


def rebuild(response: Response, headers: Headers, body: bytes, value: Json) -> Response:
    """A response with these headers and this body, and with what the body is parsed to, unless `UNREAD`."""
    if headers == response.headers and body == response.body:
        return response if value is UNREAD else response.with_json(value)
    changed = replace(response, headers=headers, body=body)
    return changed if value is UNREAD else changed.with_json(value)


def compact(value: Json, original: bytes) -> bytes:
    """A value as JSON; a number of the original that is too large to be read stays one."""
    with suppress(UnicodeEncodeError, OverflowError, RecursionError):
        if _is_plain(value):
            return _FAST_ENCODER.encode(value)
    text = _ENCODER.encode(value).encode("utf-8", "surrogatepass")
    return text if b"Infinity" in original else text.replace(b"Infinity", b"1e999")


def _is_plain(value: Json) -> bool:
    """Whether a value is written in one way only: no part of it is a float, or has a name twice."""
    for member in value.values() if type(value) is dict else value if type(value) is list else (value,):
        kind = type(member)
        if not (_is_plain(member) if kind is dict or kind is list else kind in _PLAIN):
            return False
    return True
