"""Strings of one length that are searched for in a text all at once."""

from __future__ import annotations

from collections.abc import Iterable


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

    def __len__(self) -> int:
        return len(self._windows)

    def update(self, windows: Iterable[str]) -> None:
        """Register strings; each has `size` characters."""
        piece, offsets = self._piece, range(self._stride)
        for window in windows:
            self._windows.add(window)
            self._pieces.update([window[offset : offset + piece] for offset in offsets])

    def occur_in(self, text: str) -> bool:
        """Whether any of the strings is in the text."""
        size, piece, last = self.size, self._piece, len(text)
        if not self._windows or last < size:
            return False
        places = range(0, last - piece + 1, self._stride)
        if self._pieces.isdisjoint([text[place : place + piece] for place in places]):
            return False
        return not self._windows.isdisjoint([text[place : place + size] for place in range(last - size + 1)])
