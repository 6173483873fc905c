"""Strings of one length that are searched for in a text all at once."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence

#: Places in a text that are kept for the next text.
_MOST_SLICES = 20_000


#: Characters of a text in which a long run is looked for, at so many places; a run keeps so many of its own.
_STRETCH, _KEPT_RUN = 4_096, 64

#: Characters of the longest text whose pieces are made all at once.
_PART = 500_000


def shorten_runs(text: str) -> str:
    """A long text with long runs of one character made shorter: it has the same strings of few characters."""
    starts = range(0, len(text) - _KEPT_RUN, _STRETCH)
    long = {text[start] for start in starts if text[start : start + _KEPT_RUN] == text[start] * _KEPT_RUN}
    for character in sorted(long):
        text = re.sub(f"{re.escape(character)}{{{_KEPT_RUN},}}", character * _KEPT_RUN, text)
    return text


def parts_of(text: str) -> Iterator[str]:
    """The text, or if it is very long, parts of it that overlap: each string of few characters is in one.

    The pieces of a text take many times its memory.
    """
    for start in range(0, max(len(text), 1), _PART):
        yield text if len(text) <= _PART else text[start : start + _PART + _KEPT_RUN]


class Windows:
    """A set of strings of `size` characters; `occur_in` looks at a text in strides, not at every place.

    Any `size` characters in a row of a text contain one of its pieces that begin at a multiple of the
    stride: only where such a piece is a part of a registered string, the text is compared in full.
    """

    def __init__(self, size: int) -> None:
        """`size` is at least 2."""
        self.size = size
        self._piece = max(size * 2 // 3, 1)
        self._stride = size - self._piece + 1
        self._windows: set[str] = set()
        self._pieces: set[str] = set()
        self._slices: list[slice] = []
        """Where the pieces of a text are: of the longest text so far, up to a limit."""

    def __len__(self) -> int:
        return len(self._windows)

    def update(self, windows: Collection[str]) -> list[str]:
        """Register strings, each of `size` characters; returns their pieces."""
        pieces = self._pieces_of(windows)
        self._windows.update(windows)
        self._pieces.update(pieces)
        return pieces

    def _pieces_of(self, windows: Iterable[str]) -> list[str]:
        """The pieces of strings of this size: `cut` makes one of them of every text that has a string."""
        piece, offsets = self._piece, range(self._stride)
        return [window[offset : offset + piece] for window in windows for offset in offsets]

    def cut(self, text: str) -> list[str]:
        """The pieces of a text; all windows of the same size can be searched for in them."""
        if len(text) < self.size:
            return []
        count = (len(text) - self._piece) // self._stride + 1
        if count > _MOST_SLICES:
            return [*map(text.__getitem__, self._cut_places(0, count))]
        if count > len(self._slices):
            self._slices += self._cut_places(len(self._slices), count)
        return [*map(text.__getitem__, self._slices[:count])]

    def _cut_places(self, first: int, last: int) -> Iterator[slice]:
        piece, stride = self._piece, self._stride
        return (slice(number * stride, number * stride + piece) for number in range(first, last))

    def may_occur_in(self, pieces: Sequence[str]) -> bool:
        """Whether any of these pieces of a text is a part of a registered string."""
        return not self._pieces.isdisjoint(pieces)

    def occur_in(self, text: str, pieces: Sequence[str] | None = None) -> bool:
        """Whether any of the strings is in the text; `pieces` is what `cut` makes of it."""
        return next(self.places_in(text, pieces), None) is not None

    def places_in(self, text: str, pieces: Sequence[str] | None = None) -> Iterator[int]:
        """Where any of the strings begins in the text, in order; `pieces` is what `cut` makes of it."""
        if not self._windows:
            return
        pieces = self.cut(text) if pieces is None else pieces
        hits = self._pieces.intersection(pieces)
        if not hits:
            return
        size, windows, next_place = self.size, self._windows, 0
        for place, piece in zip(range(0, len(text), self._stride), pieces, strict=False):
            if piece in hits:
                for start in range(max(place - self._stride + 1, next_place), place + 1):
                    if text[start : start + size] in windows:
                        yield start
                next_place = place + 1


def extend(text: str, index: int, size: int, form: str, offset: int) -> tuple[int, int]:
    """The longest run of the text around a window that agrees with the form."""
    low, place = index, offset
    while low > 0 and place > 0 and text[low - 1] == form[place - 1]:
        low, place = low - 1, place - 1
    high, place = index + size, offset + size
    while high < len(text) and place < len(form) and text[high] == form[place]:
        high, place = high + 1, place + 1
    return low, high
