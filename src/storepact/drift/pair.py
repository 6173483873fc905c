"""An operation in both documents."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from storepact.drift.constructs import Omission, compare_members
from storepact.drift.differences import Change, Place, change
from storepact.drift.endpoints import Endpoint
from storepact.model.tree import Json
from storepact.model.values import lean_value
from storepact.openapi.document import Document


@lean_value(frozen=True)
class OperationPair:
    """One operation as our document (`before`) and the published one (`after`) describe it."""

    before: Endpoint
    after: Endpoint
    owner: Endpoint
    """Our operation: `before` itself, or the one that it is a callback of."""
    prefix: str = ""
    """Where a callback or webhook is named in places; empty for an operation that consumers call."""

    @property
    def ours(self) -> Document:
        """Our document."""
        return self.before.document

    @property
    def theirs(self) -> Document:
        """The published document."""
        return self.after.document

    @property
    def is_received(self) -> bool:
        """Whether the provider sends the request, to the consumer."""
        return bool(self.prefix)

    @property
    def request_part(self) -> str:
        """The part that a request belongs to: what the provider sends is like a response."""
        return "response" if self.is_received else "request"

    @property
    def response_part(self) -> str:
        """The part that a response belongs to."""
        return "request" if self.is_received else "response"

    def place(self, part: str, status: str = "", member: str = "") -> Place:
        """A place in this operation, which has the id of ours."""
        status = " ".join(text for text in (self.prefix, status) if text)
        return Place(self.owner.id, part, status, member, self.owner.title)


def compare_texts(
    kind: str,
    place: Place,
    nodes: tuple[Mapping[str, Json], Mapping[str, Json]],
    pointers: tuple[str, str],
) -> Iterator[Change | Omission]:
    """The texts of two objects of one kind, and what is not compared in them."""
    for item in compare_members(kind, *nodes, pointers):
        if isinstance(item, Omission):
            yield item
            continue
        word, before, after = item
        rule = "example-changed" if word.startswith("example") else "description-changed"
        yield change(rule, place, before, after, *pointers)
