"""Differences between a pact and the OpenAPI document, and the comparison that yields them."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from enum import StrEnum
from typing import Any
from urllib.parse import unquote

import msgspec

from storepact.model.exchange import MASK, mask_values
from storepact.model.tree import Json, walk, write_json
from storepact.openapi.document import Document
from storepact.openapi.operation import Operation
from storepact.pacts.contract import REQUEST, RESPONSE, Interaction

#: Characters of expected and actual values that are kept.
_LONGEST = 200

#: The rule of notes about what is not compared; they are always shown.
NOT_COMPARED = "not compared"

#: A secret shorter than this is not masked: it would match too much of a message.
_SHORTEST_SECRET = 3


class Level(StrEnum):
    """How bad a disagreement is, worst first."""

    ERROR = "error"
    """Document and pact contradict each other: no provider can satisfy both."""
    WARNING = "warning"
    """A provider that conforms to the document may break this consumer."""
    NOTE = "note"
    """They differ, and no consumer is affected."""

    @property
    def rank(self) -> int:
        """0 for the worst."""
        return _RANKS[self]


_RANKS = {level: rank for rank, level in enumerate(Level)}


class Mismatch(msgspec.Struct, frozen=True):
    """How a pact and the document differ at some position. `rule` is one word for the kind of difference."""

    level: Level
    rule: str
    message: str
    expected: Json = ""
    """What the document describes."""
    actual: Json = ""
    """What the pact has."""


class Position(msgspec.Struct, frozen=True):
    """Where a pact and the document differ."""

    pact_pointer: str
    """JSON pointer into the pact's file."""
    pointer: str
    """JSON pointer into the document."""
    locus: str
    """The part of request or response, with `*` for elements: `response /items/*/name`, `request ?limit`."""


class Disagreement(msgspec.Struct, frozen=True):
    """A mismatch of a pact and the document, with its position."""

    interaction: Interaction
    level: Level
    rule: str
    operation: str
    pact_pointer: str
    pointer: str
    message: str
    expected: str = ""
    actual: str = ""
    locus: str = ""
    reason: str = ""
    """The document's own description of the position: why it leaves it open."""


#: Headers that transport and clients add, and that no document describes.
TRANSPORT = frozenset(
    (
        "accept", "accept-charset", "accept-encoding", "accept-language", "cache-control", "connection",
        "content-encoding", "content-length", "content-type", "cookie", "date", "expires", "host",
        "keep-alive",
        "origin", "pragma", "referer", "server", "transfer-encoding", "user-agent", "vary", "via",
    )
)  # fmt: skip

#: Headers that servers and proxies add to responses, and that no document describes.
OF_RESPONSES = TRANSPORT - {
    "accept", "accept-charset", "accept-encoding", "accept-language", "cookie", "host", "origin", "referer",
    "user-agent",
}  # fmt: skip

#: Names of query parameters whose values are masked.
_SECRET_NAME = re.compile(r"token|secret|password|credential|api_?key", re.IGNORECASE)


class InteractionComparison:
    """One interaction compared with the document."""

    def __init__(
        self, interaction: Interaction, document: Document, shared: InteractionComparison | None = None
    ) -> None:
        if shared is not None:  # another comparison of the same two
            vars(self).update(vars(shared))
            return
        self.interaction, self.document = interaction, document
        is_http = interaction.is_http
        self.route = document.routes.find(interaction.method, interaction.path) if is_http else None
        self.operation: Operation | None = self.route.operation if self.route else None
        self.path_values = self.route.values(interaction.path) if self.route else ()
        self.parameters = {name: unquote(value) for name, value in self.path_values}
        self.succeeds = is_http and 200 <= interaction.status < 300
        self._secrets = (
            frozenset(_secrets_of(interaction, document.secret_members))
            if is_http and document.secret_members
            else frozenset[str]()
        )

    def disagreement(self, position: Position, mismatch: Mismatch, reason: str = "") -> Disagreement:
        """Make the disagreement for a mismatch; secrets of the interaction's examples are masked in it."""
        expected, actual = _text_of(mismatch.expected), _text_of(mismatch.actual)
        message = mismatch.message
        if self._is_secret(position.locus):
            message = message.replace(actual, MASK).replace(str(mismatch.actual), MASK)
            actual = MASK
        if self._secrets:
            message, actual = (mask_values(text, self._secrets) for text in (message, actual))
        return Disagreement(
            self.interaction,
            mismatch.level,
            mismatch.rule,
            self._operation_name(),
            position.pact_pointer,
            position.pointer,
            message,
            expected[:_LONGEST],
            actual[:_LONGEST],
            position.locus,
            reason,
        )

    def omission_note(self, position: Position, reason: str) -> Disagreement:
        """Say that a part of the interaction is not compared, and why."""
        return self.disagreement(position, Mismatch(Level.NOTE, NOT_COMPARED, f"not compared: {reason}"))

    def _is_secret(self, locus: str) -> bool:
        if self.document.secret_members and not self.document.secret_members.isdisjoint(locus.split("/")):
            return True
        return "?" in locus and _SECRET_NAME.search(locus.partition("?")[2]) is not None

    def _operation_name(self) -> str:
        if not self.interaction.is_http:
            return ""
        return self.operation.id if self.operation else f"{self.interaction.method} {self.interaction.path}"


def _text_of(value: Json) -> str:
    return value if isinstance(value, str) else write_json(value)


def _secrets_of(interaction: Interaction, names: Collection[str]) -> Iterator[str]:
    """The secret texts of both bodies of an interaction."""
    for side in (REQUEST, RESPONSE):
        yield from _secret_texts(interaction.body(side), names)


def _secret_texts(body: Any, names: Collection[str]) -> Iterator[str]:
    """The texts and numbers in an example body that are, or are within, members of these names."""
    for path, value in walk(body):
        is_text = isinstance(value, str | int | float) and not isinstance(value, bool)
        if is_text and any(token in names for token in path) and len(str(value)) >= _SHORTEST_SECRET:
            yield str(value)


def description_at(document: Document, *pointers: str) -> str:
    """The first `description` at one of these pointers, in one line; empty if there is none."""
    for pointer in pointers:
        node = document.at(pointer)
        if isinstance(node, Mapping) and isinstance(node.get("description"), str):
            return " ".join(node["description"].split())[:_LONGEST]
    return ""
