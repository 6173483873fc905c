"""Shapes: what the answers of a run looked like, member by member, as counts that add up over processes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from storepact.openapi.members import json_type
from storepact.openapi.pointers import escape

#: Elements of one array that are looked at, and different texts of one member that are kept: more are free text.
ELEMENTS, VALUES = 5, 8
_LONGEST_VALUE = 40

#: So often a text of a list of few has come, on average.
REPEATED = 3

#: Headers that differ by transport and moment, and say nothing about the API.
_TRANSPORT = frozenset(
    {
        "date",
        "server",
        "content-length",
        "connection",
        "keep-alive",
        "transfer-encoding",
        "vary",
        "age",
        "via",
    }
)


@dataclass
class Member:
    """One place in the answers: how often it was there, with which types, and which texts, while they are few."""

    seen: int = 0
    types: Counter[str] = field(default_factory=Counter)
    values: set[str] | None = field(default_factory=set)

    def take(self, value: Any) -> None:
        """One more value."""
        self.seen += 1
        self.types[json_type(value)] += 1
        if isinstance(value, str) and self.values is not None:
            self.values.add(value)
            if len(self.values) > VALUES or len(value) > _LONGEST_VALUE:
                self.values = None


@dataclass
class Shape:
    """The answers of one operation with one status."""

    answers: int = 0
    headers: Counter[str] = field(default_factory=Counter)
    members: dict[str, Member] = field(default_factory=dict)

    def observe(self, headers: Iterator[str], body: Any) -> None:
        """One more answer; `body` is its JSON value, or something that is none."""
        self.answers += 1
        self.headers.update({name.lower() for name in headers} - _TRANSPORT)
        self._walk("", body)

    def _walk(self, pointer: str, value: Any) -> None:
        self.members.setdefault(pointer, Member()).take(value)
        if isinstance(value, dict):
            for name, each in value.items():
                self._walk(f"{pointer}/{escape(name)}", each)
        elif isinstance(value, list):
            for each in value[:ELEMENTS]:
                self._walk(f"{pointer}/*", each)

    def as_data(self) -> dict[str, Any]:
        """Plain data, sorted."""
        return {
            "answers": self.answers,
            "headers": dict(sorted(self.headers.items())),
            "members": {
                pointer: {
                    "seen": each.seen,
                    "types": dict(sorted(each.types.items())),
                    "values": None if each.values is None else sorted(each.values),
                }
                for pointer, each in sorted(self.members.items())
            },
        }

    def as_record(self) -> dict[str, Any]:
        """Plain data for run.json: texts only where they come from a list of few, so that ids and free text stay out."""
        data = self.as_data()
        for told in data["members"].values():
            if told["values"] is not None and len(told["values"]) * REPEATED > told["seen"]:
                told["values"] = None
        return data

    def merge(self, data: Mapping[str, Any]) -> None:
        """Add what another process saw."""
        self.answers += data["answers"]
        self.headers.update(data["headers"])
        for pointer, told in data["members"].items():
            mine = self.members.setdefault(pointer, Member())
            mine.seen += told["seen"]
            mine.types.update(told["types"])
            values = (
                None if mine.values is None or told["values"] is None else mine.values | set(told["values"])
            )
            mine.values = None if values is None or len(values) > VALUES else values
