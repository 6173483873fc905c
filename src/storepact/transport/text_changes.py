"""What a text has that an earlier one lacks: one resource mostly differs from its last state in a place."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from storepact.transport.readings import LETTERS

#: What a resource is mostly recognized by: the first opaque id that a text shows.
_ID = re.compile(r"[0-9a-f]{16,}|[0-9A-Za-z]{20,}")

#: Characters at the beginning of a text that are compared, too: of the text, of its strings, of its kind.
_BEGINNING = 6

#: Texts that are kept, and characters of the shortest and of the longest one.
_MOST, _SHORTEST, _LONGEST = 2_000, 100, 4_000

#: Characters around an array's element, or an object, that none of their parts has.
_BRACKETS = "{}[], "

#: Characters around a change that are looked at together with it.
_AROUND = 48


@dataclass
class EarlierTexts:
    """The last texts that show no secret and no beginning of one, by the resource that they are about."""

    window: int
    """Letters of the longest part of a secret that is searched for."""
    _texts: dict[str, str] = field(default_factory=dict)

    def change_in(self, text: str) -> str | None:
        """The part of a text without which it is in the one before, with the letters around it.

        A part of a secret that the text shows is in the part that is returned. None if it is not known.
        """
        if not _SHORTEST < len(text) <= _LONGEST:
            return None
        text = text.strip(_BRACKETS)
        earlier = self._texts.get(_key_of(text))
        if earlier is None:
            return None
        if earlier == text:
            return ""
        shorter = min(len(text), len(earlier))
        first = _count_equal(text, earlier, shorter)
        last = len(text) - _count_equal_at_end(text, earlier, shorter - first)
        before, after = text[max(first - _AROUND, 0) : first], text[last : last + _AROUND]
        if first > _AROUND and len(LETTERS(before)) < self.window:
            before = text[:first]
        if last < len(text) - _AROUND and len(LETTERS(after)) < self.window:
            after = text[last:]
        return before + text[first:last] + after

    def add(self, text: str) -> None:
        """Keep a text without escapes that shows no secret and no beginning of one."""
        if _SHORTEST < len(text) <= _LONGEST:
            if len(self._texts) >= _MOST:
                self._texts.clear()
            text = text.strip(_BRACKETS)
            self._texts[_key_of(text)] = text

    def clear(self) -> None:
        """Forget all texts."""
        self._texts.clear()


def _key_of(text: str) -> str:
    """What texts about one resource have in common."""
    match = _ID.search(text)
    return text[:_BEGINNING] + (match[0] if match else "")


def _count_equal(text: str, other: str, most: int) -> int:
    """How many characters two texts have in common at the beginning; at most `most`."""
    low, high = 0, most
    while low < high:
        middle = (low + high + 1) // 2
        if text[low:middle] == other[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def _count_equal_at_end(text: str, other: str, most: int) -> int:
    """How many characters two texts have in common at the end; at most `most`."""
    low, high, length, other_length = 0, most, len(text), len(other)
    while low < high:
        middle = (low + high + 1) // 2
        if text[length - middle : length - low] == other[other_length - middle : other_length - low]:
            low = middle
        else:
            high = middle - 1
    return low
