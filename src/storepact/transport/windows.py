"""Strings of one length that are searched for in a text all at once."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence

#: Characters from one piece of a text to the next.
_STRIDE = 4

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
    """A set of strings of `size` characters of ASCII; a text is looked at in strides, not at every place.

    Pieces of a text are read as numbers, which takes a fraction of the time of cutting it. Any `size`
    characters in a row contain a piece that begins at a multiple of the stride: only where such a piece is a
    part of a registered string, the text is compared in full.
    """

    def __init__(self, size: int) -> None:
        """`size` is at least 7."""
        self.size = size
        self._width = 8 if size >= 8 + _STRIDE - 1 else 4
        self._format = "Q" if self._width == 8 else "I"
        self._windows: set[str] = set()
        self._pieces: set[int] = set()

    def __len__(self) -> int:
        return len(self._windows)

    def update(self, windows: Collection[str]) -> list[int]:
        """Register strings, each of `size` characters; returns their pieces."""
        width = self._width
        parts = [window[offset : offset + width] for window in windows for offset in range(_STRIDE)]
        pieces = self._numbers("".join(parts).encode())
        self._windows.update(windows)
        self._pieces.update(pieces)
        return pieces

    def cut(self, text: str) -> list[int]:
        """The pieces of a text; all windows of the same size can be searched for in them."""
        raw = text.encode()
        if self._width == _STRIDE:
            return self._numbers(raw)
        return self._numbers(raw) + self._numbers(raw[_STRIDE:])

    def _numbers(self, raw: bytes) -> list[int]:
        """Bytes as numbers; what is left at the end is none."""
        excess = len(raw) % self._width
        whole = memoryview(raw[:-excess] if excess else raw)
        return whole.cast("I").tolist() if self._width == _STRIDE else whole.cast("Q").tolist()

    def may_occur_in(self, pieces: Sequence[int]) -> bool:
        """Whether any of these pieces of a text is a part of a registered string."""
        return not self._pieces.isdisjoint(pieces)

    def occur_in(self, text: str, pieces: Sequence[int] | None = None) -> bool:
        """Whether any of the strings is in the text; `pieces` is what `cut` makes of it."""
        return next(self.places_in(text, pieces), None) is not None

    def places_in(self, text: str, pieces: Sequence[int] | None = None) -> Iterator[int]:
        """Where any of the strings begins in the text, in order; `pieces` is what `cut` makes of it."""
        pieces = self.cut(text) if pieces is None else pieces
        if self._pieces.isdisjoint(pieces):
            return
        registered, size, windows, next_place = self._pieces, self.size, self._windows, 0
        places = (place for first in range(0, self._width, _STRIDE) for place in self._places(text, first))
        hits = sorted([place for place, piece in zip(places, pieces, strict=True) if piece in registered])
        for place in hits:
            for start in range(max(place - _STRIDE + 1, next_place), place + 1):
                if text[start : start + size] in windows:
                    yield start
            next_place = place + 1

    def _places(self, text: str, first: int) -> range:
        """The places in a text of the pieces that are cut from here on."""
        return range(first, len(text) - self._width + 1, self._width)


def extend(text: str, index: int, size: int, form: str, offset: int) -> tuple[int, int]:
    """The longest run of the text around a window that agrees with the form."""
    low, place = index, offset
    while low > 0 and place > 0 and text[low - 1] == form[place - 1]:
        low, place = low - 1, place - 1
    high, place = index + size, offset + size
    while high < len(text) and place < len(form) and text[high] == form[place]:
        high, place = high + 1, place + 1
    return low, high
