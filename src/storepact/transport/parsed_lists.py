"""Large lists: of one that resembles an earlier one, only the part that differs is parsed."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cached_property
from typing import Any

import msgspec

from storepact.model.api import Api
from storepact.model.tree import Json
from storepact.model.values import lean_value

#: Bytes of the longest part of a list that is parsed alone, and of the pieces in which lists are compared.
_LONGEST_CHANGE, _PIECE = 1024 * 1024, 1 << 16


@lean_value(frozen=True)
class ParsedList:
    """A list as it was sent, its members, and its resources: as bytes, and by id and place."""

    body: bytes
    members: Mapping[str, msgspec.Raw]
    items: list[msgspec.Raw]
    stubs: list[Json]
    change: tuple[int, int, int] | None = None
    """Of the list that it was compared with, the place of the first resource that differs, that of the first
    one behind the change, and how far it is shifted; None if the list was parsed as a whole."""

    @cached_property
    def rest(self) -> int:
        """Bytes beside the resources."""
        return len(self.body) - sum(memoryview(item).nbytes for item in self.items)

    @cached_property
    def places(self) -> tuple[list[int], list[int]] | None:
        """Where each resource begins, and the list ends; where each ends. None if that is not certain.

        The same bytes may also be beside the list: not all of them, if the list is most of the body, and
        between two resources there is a comma only.
        """
        starts: list[int] = []
        ends: list[int] = []
        place = 0
        for item in self.items:
            text = bytes(item)
            start = self.body.find(text, place)
            if start < 0 or (ends and self.body[place:start].strip() != b","):
                return None
            place = start + len(text)
            starts.append(start)
            ends.append(place)
        end = self.body.find(b"]", place)
        if 3 * self.rest > len(self.body) or end < 0 or self.body[place:end].strip():
            return None
        return [*starts, end], ends


class ListParser:
    """Parses the lists of one target; keeps one of them, with which later ones are compared."""

    def __init__(self, api: Api) -> None:
        """`api` names the members of a list and of its resources."""
        self._member = api.list_member
        names = [api.id_member, *api.scope_parameters, *filter(None, [api.kind_parameter])]
        fields = ["identifier", *(f"place{index}" for index in range(len(names) - 1))]
        renamed = dict(zip(fields, names, strict=True))
        stub: Any = msgspec.defstruct("Stub", [(name, str) for name in fields], rename=renamed)
        self._stubs = msgspec.json.Decoder(list[stub])
        self._members = msgspec.json.Decoder(dict[str, msgspec.Raw])
        self._items = msgspec.json.Decoder(list[msgspec.Raw])
        self._reference: ParsedList | None = None

    def parse(self, body: bytes) -> ParsedList:
        """Parse a list.

        Raises:
            MsgspecError, UnicodeDecodeError, RecursionError: it is none.

        """
        members = self._members.decode(body)
        content = members.get(self._member, msgspec.Raw(b"null"))
        return ParsedList(body, members, self._items.decode(content), self._stubs.decode(content))

    def keep(self, parsed: ParsedList) -> None:
        """Compare later lists with this one."""
        self._reference = parsed

    def parse_change(self, body: bytes) -> ParsedList | None:
        """A list that differs from the one that is kept in one short part, or in nothing; else None."""
        reference = self._reference
        if reference is None:
            return None
        if body == reference.body:
            return replace(reference, change=(len(reference.items), len(reference.items), 0))
        cut = _find_change(reference, body)
        if cut is None:
            return None
        first, last, change = cut
        has_end = last == len(reference.items)
        try:
            added = self._items.decode(b"[{}" + change + (b"]" if has_end else b"{}]"))
            added = added[1:] if has_end else added[1:-1]
            stubs = self._stubs.decode(b"[" + b",".join(map(bytes, added)) + b"]")
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            return None
        return ParsedList(
            body,
            reference.members,
            [*reference.items[:first], *added, *reference.items[last:]],
            [*reference.stubs[:first], *stubs, *reference.stubs[last:]],
            (first, last, len(added) - (last - first)),
        )


def _find_change(reference: ParsedList, body: bytes) -> tuple[int, int, bytes] | None:
    """How many resources are the same before a change, the first one after it, and what is between them.

    None where none is the same before it, or the change is long.
    """
    if reference.places is None:
        return None
    starts, ends = reference.places
    low, length = 0, min(len(body), len(reference.body))
    for size in _sizes():
        while low + size <= length and body[low : low + size] == reference.body[low : low + size]:
            low += size
    high = 0
    for size in _sizes():
        while high + size <= length - low and _piece(body, high, size) == _piece(reference.body, high, size):
            high += size
    first, last = bisect_right(ends, low), bisect_left(starts, len(reference.body) - high)
    if not first or last == len(starts):
        return None
    begin, end = ends[first - 1], len(body) - (len(reference.body) - starts[last])
    return (first, last, body[begin:end]) if end - begin <= _LONGEST_CHANGE else None


def _sizes() -> Iterator[int]:
    """Yield the sizes of the pieces that are compared: large ones first."""
    size = _PIECE
    while size:
        yield size
        size //= 2


def _piece(body: bytes, place: int, size: int) -> bytes:
    """So many bytes, counted from the end."""
    return body[len(body) - place - size : len(body) - place]
