"""Bodies with their JSON values and the texts in which secrets are searched for."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import NamedTuple

from storepact.model.exchange import NOT_JSON, json_of
from storepact.model.tree import Json
from storepact.transport.json_strings import LONGEST_SPLIT, joined_strings
from storepact.transport.masked_bodies import UNREAD


class ReadBody(NamedTuple):
    """A body in which secrets are searched for."""

    body: bytes
    text: str
    value: Json
    """Its JSON value; `UNREAD` if it is none, or nested too deeply."""
    joined: Sequence[str]
    """Its strings, one after the other, unless it is too long: a secret may be split over them."""

    @property
    def texts(self) -> tuple[str, ...]:
        """All texts that are searched."""
        return (self.text, *self.joined)


class SentBody(NamedTuple):
    """The body of a request whose secret members are masked already."""

    read: ReadBody
    whole: Json
    """The JSON value before; `UNREAD` if there is none, or if nothing was masked."""


NOTHING_READ = ReadBody(b"", "", UNREAD, ())


def read_body(body: bytes, parsed: Json = UNREAD) -> ReadBody:
    """A body to be searched; `parsed` is its JSON value, if it is known."""
    text = body.decode("utf-8", "replace")
    value = json_of(body) if parsed is UNREAD else parsed
    if value is not NOT_JSON:
        with suppress(RecursionError):
            joined = joined_strings(text, value) if len(body) <= LONGEST_SPLIT else ()
            return ReadBody(body, text, value, joined)
    return ReadBody(body, text, UNREAD, ())
