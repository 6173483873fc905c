"""The shapes of a run's responses, member by member, as counts that add up over processes."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from storepact.model.exchange import MASK, NOT_JSON, Forms, Headers, Response
from storepact.model.form import FREE, NUMBER, form_of, generalize, is_general
from storepact.openapi.json_types import json_type
from storepact.openapi.pointers import escape
from storepact.record.values import ObservedMember, ObservedShape

#: How many elements of an array are read, and how many texts of a member are kept: more are free text.
ELEMENTS, VALUES = 5, 8
_LONGEST_VALUE = 40

#: An index in a JSON pointer.
_INDEX = re.compile(r"/\d+(?=/|$)")

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


#: Headers of proxies and caches on the way, and of sessions: their names count, their values do not.
_OPAQUE = frozenset({"alt-svc", "nel", "report-to", "server-timing", "set-cookie", "x-served-by", "x-timer"})
_OPAQUE_STARTS = ("cf-", "x-amz-", "x-cache")

#: Responses of a shape that are collected, so that equal ones are read once.
_MOST_WAITING = 200

#: How many forms of texts a member may have before their lengths are left out, and before they are.
FORMS = 6

#: Elements of lists by their pointer and identity, and how often they came.
_Elements = dict[tuple[str, int], tuple[object, int]]

_NONE = (None, 0)


@dataclass
class Member:
    """One place in responses: how often it was there, with which types and forms and, while few, texts."""

    seen: int = 0
    types: Counter[str] = field(default_factory=Counter)
    values: set[str] | None = field(default_factory=set)
    forms: Counter[str] = field(default_factory=Counter)
    negative: int | None = None
    digits: tuple[int, int] | None = None

    def add(self, value: object, count: int) -> None:
        """Count a value that so many bodies have."""
        self.seen += count
        self.types[json_type(value)] += count
        if isinstance(value, str):
            self._add_text(value)
            if value and value != MASK:  # how a secret is shown is added from what it was before masking
                self._add_form_of(value, count)
        elif isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
            self._add_number(count * (value < 0), len(str(abs(int(value)))) if abs(value) >= 1 else 0)

    def add_header(self, value: str, count: int) -> None:
        """Count the value of a header; texts that differ each time are not kept."""
        self.seen += count
        self.types["string"] += count
        form = self._add_form_of(value, count)
        if form in FREE or form == "*":
            self._add_text(value)
        else:
            self.values = None

    def add_form(self, form: str, count: int) -> None:
        """Count the form of a text; lengths are left out where there are many."""
        self.forms[form] += count
        if len(self.forms) > FORMS:
            self.forms = Counter(generalize(self.forms))

    def _add_text(self, text: str) -> None:
        if self.values is not None:
            self.values.add(text)
            if len(self.values) > VALUES or len(text) > _LONGEST_VALUE:
                self.values = None

    def _add_form_of(self, text: str, count: int) -> str:
        form = form_of(text)
        self.add_form(form, count)
        if form == NUMBER:
            self._add_number(count * text.startswith("-"), len(text.partition(".")[0].lstrip("+-0")))
        return form

    def _add_number(self, negative: int, digits: int) -> None:
        self.negative = (self.negative or 0) + negative
        if digits:
            low, high = self.digits or (digits, digits)
            if not low <= digits <= high or self.digits is None:
                self.digits = min(low, digits), max(high, digits)

    def merge(self, observed: ObservedMember) -> None:
        """Add the counts of another process."""
        self.seen += observed.seen
        self.types.update(observed.types)
        if self.values is not None:
            values = None if observed.values is None else self.values | set(observed.values)
            self.values = None if values is None or len(values) > VALUES else values
        self.forms.update(observed.forms or {})
        if len(self.forms) > FORMS:
            self.forms = Counter(generalize(self.forms))
        if observed.negative is not None:
            self.negative = (self.negative or 0) + observed.negative
        if observed.digits is not None:
            low, high = self.digits or observed.digits
            self.digits = min(low, observed.digits[0]), max(high, observed.digits[1])

    def to_value(self, *, closed_lists_only: bool) -> ObservedMember:
        """Return the counts; `closed_lists_only` leaves out texts and forms that are too varied."""
        values, forms = self.values, self.forms
        if closed_lists_only and values is not None and len(values) * REPEATED > self.seen:
            values = None
        if is_general(forms):
            forms = Counter(generalize(forms))
        if closed_lists_only and len(forms) > FORMS:
            forms = Counter()
        return ObservedMember(
            seen=self.seen,
            types=dict(sorted(self.types.items())),
            values=None if values is None else tuple(sorted(values)),
            forms=dict(sorted(forms.items())) or None,
            negative=self.negative,
            digits=self.digits,
        )


@dataclass
class Shape:
    """The responses of one operation with one status."""

    answers: int = 0
    headers: Counter[str] = field(default_factory=Counter)
    members: dict[str, Member] = field(default_factory=dict)
    header_values: dict[str, Member] = field(default_factory=dict)
    _heads: dict[Headers, int] = field(default_factory=dict)
    """The headers of responses that are not counted yet, and how often they came."""
    _waiting: dict[tuple[bytes, Forms], tuple[object, int]] = field(default_factory=dict)
    """Bodies that are not counted yet, with the forms of their secrets: the JSON value, and how often."""

    def observe(self, response: Response, redactions: Forms = ()) -> None:
        """Count one response.

        `redactions` are the pointers of secret members, and how these were shown before they were masked.
        """
        self.answers += 1
        self._heads[response.headers] = self._heads.get(response.headers, 0) + 1
        value = response.json
        body = b"" if value is NOT_JSON else response.body
        _, count = self._waiting.get((body, redactions), (None, 0))
        self._waiting[body, redactions] = (None if value is NOT_JSON else value), count + 1
        if len(self._waiting) > _MOST_WAITING or len(self._heads) > _MOST_WAITING:
            self._count_waiting()

    def _count_heads(self) -> None:
        for headers, count in self._heads.items():
            for name in {name.lower() for name, _ in headers} - _TRANSPORT:
                self.headers[name] += count
            for name, value in headers:
                key = _comparable_header(name)
                if key:
                    _member_of(self.header_values, key).add_header(value, count)
        self._heads.clear()

    def _count_waiting(self) -> None:
        self._count_heads()
        values = [("", value, count) for value, count in self._waiting.values()]
        while values:
            elements: _Elements = {}
            for pointer, value, count in values:
                self._walk(pointer, value, count, elements)
            values = [(pointer, value, count) for (pointer, _), (value, count) in elements.items()]
        for (_, redactions), (_, count) in self._waiting.items():
            for pointer, form in redactions:
                member = self.members.get(_without_indexes(pointer))
                if member is not None:
                    member.add_form(form, count)
        self._waiting.clear()

    def _walk(self, pointer: str, value: object, count: int, elements: _Elements) -> None:
        """Count a value and its members; the elements of its lists are added to those that come next."""
        _member_of(self.members, pointer).add(value, count)
        if isinstance(value, dict):
            for name, member in value.items():
                self._walk(_below(pointer, name), member, count, elements)
        elif isinstance(value, list):
            below = f"{pointer}/*"
            for element in value[:ELEMENTS]:
                key = below, id(element)  # equal elements are mostly one object
                elements[key] = element, elements.get(key, _NONE)[1] + count

    def merge(self, observed: ObservedShape) -> None:
        """Add the counts of another process."""
        self.answers += observed.answers
        self.headers.update(observed.headers)
        for pointer, member in observed.members.items():
            _member_of(self.members, pointer).merge(member)
        for name, value in observed.header_values.items():
            _member_of(self.header_values, name).merge(value)

    def snapshot(self) -> ObservedShape:
        """Return everything that was counted, for another process."""
        return self._to_value(closed_lists_only=False)

    def to_record(self) -> ObservedShape:
        """Return the shape for run.json: texts only of closed lists, so that ids and free text stay out."""
        return self._to_value(closed_lists_only=True)

    def _to_value(self, *, closed_lists_only: bool) -> ObservedShape:
        def convert(members: Mapping[str, Member]) -> dict[str, ObservedMember]:
            return {
                name: member.to_value(closed_lists_only=closed_lists_only)
                for name, member in sorted(members.items())
            }

        self._count_waiting()
        return ObservedShape(
            answers=self.answers,
            headers=dict(sorted(self.headers.items())),
            members=convert(self.members),
            header_values=convert(self.header_values),
        )


def _member_of(members: dict[str, Member], key: str) -> Member:
    """The member of a key, made where there is none yet."""
    member = members.get(key)
    if member is None:
        member = members[key] = Member()
    return member


@lru_cache(4_096)
def _below(pointer: str, name: str) -> str:
    """The pointer of a member of the object at a pointer."""
    return f"{pointer}/{escape(name)}"


@lru_cache(4_096)
def _without_indexes(pointer: str) -> str:
    """A pointer with `*` for every index."""
    return _INDEX.sub("/*", pointer)


@lru_cache(256)
def _comparable_header(name: str) -> str:
    """The name of a header in lower case; empty where its values say nothing about the API."""
    key = name.lower()
    return "" if key in _TRANSPORT or key in _OPAQUE or key.startswith(_OPAQUE_STARTS) else key
