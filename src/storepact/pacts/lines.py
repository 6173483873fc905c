"""The lines of a pact's file: each interaction is looked through when something in it is located."""

from __future__ import annotations

import json
import re
from bisect import bisect_left
from functools import cached_property
from pathlib import Path

from storepact.model.whole_numbers import read_whole_number
from storepact.openapi.pointers import escape

_SPACE = re.compile(r"[ \t\r\n]*")
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+')
_DECODER = json.JSONDecoder()


class PactLines:
    """The lines of the JSON pointers of one pact."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._offsets: dict[str, int] = {}
        self._index = -1

    def line(self, pointer: str) -> int | None:
        """The line of a pointer, or of the nearest above that is there; None if the file cannot be read."""
        if not self._text:
            return None
        tokens = pointer.split("/")
        index = read_whole_number(tokens[2]) if len(tokens) > 2 and tokens[1] == "interactions" else None
        if index is None:
            return 1
        if index >= len(self._interactions):
            return 1
        start = self._interactions[index]
        first = bisect_left(self._breaks, start)
        if self._is_one_line(index, first):
            return first + 1
        if index != self._index:
            here = "/".join(tokens[:3])
            self._index, self._offsets = index, scan_offsets(self._text, start, here)
        nearest = pointer
        while nearest not in self._offsets:
            nearest = nearest.rpartition("/")[0]
        return bisect_left(self._breaks, self._offsets[nearest]) + 1

    def _is_one_line(self, index: int, breaks: int) -> bool:
        """Whether an interaction, before which there are so many line breaks, has none in it."""
        if index + 1 >= len(self._interactions):
            return breaks >= len(self._breaks)
        end = self._interactions[index + 1]
        return breaks >= len(self._breaks) or "\n" not in self._text[self._interactions[index] : end].rstrip(
            " \t\r\n,"
        )

    @cached_property
    def _text(self) -> str:
        try:
            return self._path.read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError):
            return ""

    @cached_property
    def _breaks(self) -> list[int]:
        return [match.start() for match in re.finditer("\n", self._text)]

    @cached_property
    def _interactions(self) -> list[int]:
        """Where each interaction begins."""
        text = self._text
        position = _skip(text, _skip(text, 0) + 1)
        starts: list[int] = []
        while text[position : position + 1] == '"':
            name, position = _DECODER.raw_decode(text, position)
            position = _skip(text, _skip(text, position) + 1)
            if name == "interactions" and text[position] == "[":
                starts, position = _elements(text, position)
            else:
                _, position = _DECODER.raw_decode(text, position)
            position = _skip(text, _skip(text, position) + 1)
        return starts


def _elements(text: str, position: int) -> tuple[list[int], int]:
    """Where the elements of an array begin, and where the array ends."""
    starts: list[int] = []
    position = _skip(text, position + 1)
    while text[position] != "]":
        starts.append(position)
        _, position = _DECODER.raw_decode(text, position)
        position = _skip(text, position)
        if text[position] == ",":
            position = _skip(text, position + 1)
    return starts, position + 1


def _skip(text: str, position: int) -> int:
    match = _SPACE.match(text, position)
    return match.end() if match else position


def scan_offsets(text: str, start: int, pointer: str) -> dict[str, int]:
    """Where each value of a JSON value begins, by pointer; of a member, where its name does."""
    offsets: dict[str, int] = {}
    stack: list[
        tuple[str, int]
    ] = []  # the pointer of an object or array, and the next index; -1 of an object
    name: tuple[str, int] | None = None
    for match in _TOKEN.finditer(text, start):
        lexeme, offset = match.group(), match.start()
        if lexeme in "}]":
            stack.pop()
        elif lexeme == ",":
            if stack[-1][1] >= 0:
                stack[-1] = (stack[-1][0], stack[-1][1] + 1)
        elif lexeme != ":":
            if stack and stack[-1][1] < 0 and name is None:
                name = (_name(lexeme), offset)
                continue
            here, offset = _place(pointer, stack, name, offset)
            name = None
            offsets[here] = offset
            if lexeme in "{[":
                stack.append((here, -1 if lexeme == "{" else 0))
        if not stack:
            break
    return offsets


def _name(lexeme: str) -> str:
    """The name of a member as a token of a pointer."""
    plain = json.loads(lexeme, strict=False) if "\\" in lexeme else lexeme[1:-1]
    return escape(plain) if "~" in plain or "/" in plain else plain


def _place(
    pointer: str, stack: list[tuple[str, int]], name: tuple[str, int] | None, offset: int
) -> tuple[str, int]:
    """The pointer of a value, and where it begins."""
    if not stack:
        return pointer, offset
    above, index = stack[-1]
    return (f"{above}/{index}", offset) if name is None else (f"{above}/{name[0]}", name[1])
