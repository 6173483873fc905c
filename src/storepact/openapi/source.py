"""The text of a document: lines and columns of its values."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cached_property
from itertools import takewhile
from pathlib import Path
from typing import NamedTuple

from storepact.openapi.json_text import JsonText
from storepact.openapi.yaml_positions import Positions, read_positions


class Excerpt(NamedTuple):
    """Some lines of a document. `line` and `column` count from 1."""

    line: int
    column: int
    lines: tuple[str, ...]


class SourceText:
    """A document's file, read when something in it is looked up for the first time."""

    def __init__(self, path: Path, content: bytes | None = None) -> None:
        """`content` is what was read from the path, which may also be a URL."""
        self.path = path
        self._content = content

    def line(self, pointer: str) -> int | None:
        """The line of a JSON pointer, or of its nearest parent in the file; None if there is none."""
        if self._json is not None:
            return self._json.line(pointer)
        place = self._positions.places.get(self._nearest(pointer))
        return place[0] if place else None

    def excerpt(self, pointer: str, most: int) -> Excerpt | None:
        """The value at a JSON pointer, or its nearest parent in the file, in at most so many lines."""
        pointer = self._nearest(pointer)
        if pointer not in self._positions.places:
            return None
        line, column = self._positions.places[pointer]
        first, *others = self._lines[line - 1 : line - 1 + most]
        indent = _indent(first)
        below = takewhile(lambda text: not text.strip() or _indent(text) > indent, others)
        return Excerpt(line, column, (first, *below))

    def _nearest(self, pointer: str) -> str:
        while pointer and pointer not in self._positions.places:
            pointer = pointer.rpartition("/")[0]
        return pointer

    @cached_property
    def content(self) -> bytes:
        """The bytes of the file.

        Raises:
            OSError: it cannot be read.

        """
        return self.path.read_bytes() if self._content is None else self._content

    @property
    def repeated(self) -> Mapping[str, int]:
        """The pointers of nodes whose name stands twice, each with the line of the one before the last."""
        return self._positions.repeated

    @cached_property
    def _json(self) -> JsonText | None:
        """The text, if it is JSON."""
        try:
            text = self.content.decode("utf-8-sig")
            if not text.lstrip().startswith("{"):
                return None
            json.loads(text)
        except (OSError, ValueError, RecursionError):
            return None
        return JsonText(text)

    @cached_property
    def _positions(self) -> Positions:
        try:
            return read_positions(self.content)
        except OSError:
            return Positions({}, {})

    @cached_property
    def _lines(self) -> tuple[str, ...]:
        return tuple(self.content.decode("utf-8", errors="replace").split("\n"))


def _indent(text: str) -> int:
    return len(text) - len(text.lstrip())
