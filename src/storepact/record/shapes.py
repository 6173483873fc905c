"""The shapes of a run's responses, member by member, as counts that add up over processes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from storepact.openapi.members import json_type
from storepact.openapi.pointers import escape
from storepact.record.values import ObservedMember, ObservedShape

#: How many elements of an array are read, and how many texts of a member are kept: more are free text.
ELEMENTS, VALUES = 5, 8
_LONGEST_VALUE = 40

#: How often each text of a member must have come, on average, for its texts to be a closed list.
REPEATED = 3

#: Headers that depend on transport and time, and say nothing about the API.
_TRANSPORT = frozenset(
    {
        "age",
        "connection",
        "content-length",
        "date",
        "keep-alive",
        "server",
        "transfer-encoding",
        "vary",
        "via",
    }
)


@dataclass
class Member:
    """One place in responses: how often it was there, with which types and, while they are few, texts."""

    seen: int = 0
    types: Counter[str] = field(default_factory=Counter)
    values: set[str] | None = field(default_factory=set)

    def add(self, value: object) -> None:
        """Count one value."""
        self.seen += 1
        self.types[json_type(value)] += 1
        if isinstance(value, str) and self.values is not None:
            self.values.add(value)
            if len(self.values) > VALUES or len(value) > _LONGEST_VALUE:
                self.values = None

    def merge(self, observed: ObservedMember) -> None:
        """Add the counts of another process."""
        self.seen += observed.seen
        self.types.update(observed.types)
        if self.values is not None:
            values = None if observed.values is None else self.values | set(observed.values)
            self.values = None if values is None or len(values) > VALUES else values

    def to_value(self, *, closed_lists_only: bool) -> ObservedMember:
        """Return the counts; `closed_lists_only` leaves out texts that are too varied for a closed list."""
        values = self.values
        if closed_lists_only and values is not None and len(values) * REPEATED > self.seen:
            values = None
        return ObservedMember(
            seen=self.seen,
            types=dict(sorted(self.types.items())),
            values=None if values is None else tuple(sorted(values)),
        )


@dataclass
class Shape:
    """The responses of one operation with one status."""

    answers: int = 0
    headers: Counter[str] = field(default_factory=Counter)
    members: dict[str, Member] = field(default_factory=dict)

    def observe(self, headers: Iterable[str], body: object) -> None:
        """Count one response; `body` is its JSON value, or None where it has none."""
        self.answers += 1
        self.headers.update({name.lower() for name in headers} - _TRANSPORT)
        self._walk("", body)

    def _walk(self, pointer: str, value: object) -> None:
        self.members.setdefault(pointer, Member()).add(value)
        if isinstance(value, dict):
            for name, member in value.items():
                self._walk(f"{pointer}/{escape(name)}", member)
        elif isinstance(value, list):
            for element in value[:ELEMENTS]:
                self._walk(f"{pointer}/*", element)

    def merge(self, observed: ObservedShape) -> None:
        """Add the counts of another process."""
        self.answers += observed.answers
        self.headers.update(observed.headers)
        for pointer, member in observed.members.items():
            self.members.setdefault(pointer, Member()).merge(member)

    def snapshot(self) -> ObservedShape:
        """Return everything that was counted, for another process."""
        return self._to_value(closed_lists_only=False)

    def to_record(self) -> ObservedShape:
        """Return the shape for run.json: texts only of closed lists, so that ids and free text stay out."""
        return self._to_value(closed_lists_only=True)

    def _to_value(self, *, closed_lists_only: bool) -> ObservedShape:
        return ObservedShape(
            answers=self.answers,
            headers=dict(sorted(self.headers.items())),
            members={
                pointer: member.to_value(closed_lists_only=closed_lists_only)
                for pointer, member in sorted(self.members.items())
            },
        )
