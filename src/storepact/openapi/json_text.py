"""Where the values of a JSON text stand: looked up one by one, as a map of all takes longer than parsing."""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from functools import cached_property

from storepact.openapi.pointers import unescape

_SPACE = re.compile(r"[ \t\r\n]*")

_DECODER = json.JSONDecoder()

Members = dict[str, tuple[int, int]]
"""By name of a member, or index of an element: the offsets of its name (an element has none) and value."""


class JsonText:
    """A JSON text, and the offsets of the members that were looked at."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._members: dict[int, Members] = {}

    def line(self, pointer: str) -> int:
        """The line (from 1) of the value at a JSON pointer, or of its nearest parent in the text."""
        start = place = self._skip(0)
        for token in pointer.split("/")[1:]:
            members = self._members_at(place)
            if unescape(token) not in members:
                break
            start, place = members[unescape(token)]
        return bisect_right(self._lines, start)

    @cached_property
    def _lines(self) -> list[int]:
        """The offsets at which lines start."""
        return [0, *(match.end() for match in re.finditer("\n", self._text))]

    def _skip(self, offset: int) -> int:
        match = _SPACE.match(self._text, offset)
        return match.end() if match else offset

    def _members_at(self, offset: int) -> Members:
        if offset not in self._members:
            opening = self._text[offset : offset + 1]
            self._members[offset] = self._scan(offset + 1, opening) if opening in ("{", "[") else {}
        return self._members[offset]

    def _scan(self, offset: int, opening: str) -> Members:
        """The members of an object, or the elements of an array, that begins before `offset`."""
        members: Members = {}
        offset = self._skip(offset)
        while self._text[offset] not in "}]":
            start = offset
            name = str(len(members))
            if opening == "{":
                name, offset = _DECODER.raw_decode(self._text, offset)
                offset = self._skip(self._skip(offset) + 1)  # the colon
            members[name] = (start, offset)
            _, offset = _DECODER.raw_decode(self._text, offset)
            offset = self._skip(offset)
            if self._text[offset] == ",":
                offset = self._skip(offset + 1)
        return members
