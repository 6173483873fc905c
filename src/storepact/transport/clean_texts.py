"""A cache of texts that show no secret: bodies, the elements of lists and headers recur in traffic."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from storepact.transport.readings import LETTERS
from storepact.transport.short_tags import may_have_tag
from storepact.transport.text_changes import EarlierTexts

#: Characters of the longest text that is cached: longer ones seldom recur as a whole.
LONGEST = 4_000

#: Texts that are cached, and the characters of all together.
_MOST, _MOST_CHARACTERS = 4_000, 500_000

#: Where a long text is divided: between the elements of an array, however they are written.
_SEAMS = ("},{", "}, {")

#: Characters of a text that is worth dividing.
LONG = 2_000

#: A text, and whether it was searched thoroughly.
_Key = tuple[str, bool]

#: The pieces of a text, by the size of the windows that they are compared with.
Pieces = Mapping[int, Sequence[str]]


@dataclass
class CleanTexts:
    """The last texts without a secret.

    A new secret is in none of them if none of its parts is among the pieces of them all.
    """

    sizes: Sequence[int]
    generation: int = 0
    """How often the cache was cleared: what was concluded of a text holds within a generation only."""
    _ends: dict[_Key, tuple[str, str]] = field(default_factory=dict)
    """The first and the last letters of each text."""
    _pieces: dict[int, set[str]] = field(default_factory=dict)
    hinted: set[str] = field(default_factory=set)
    """Those of them that may show the beginning of a form that is searched for as a whole."""
    _later: list[Pieces] = field(default_factory=list)
    """Pieces that are to be added to the others before these are compared: seldom needed."""
    _characters: int = 0

    def __post_init__(self) -> None:
        self._pieces = {size: set() for size in self.sizes}
        self._end = max(self.sizes) - 1
        self.earlier = EarlierTexts(max(self.sizes))
        """Those of them with which similar texts are compared."""

    def __contains__(self, key: _Key) -> bool:
        return key in self._ends

    def ends_of(self, key: _Key) -> tuple[str, str] | None:
        """The first and the last letters of a text, as many as a part may have in common with it.

        None if the text is not cached, or has fewer letters.
        """
        ends = self._ends.get(key)
        return None if ends is None or len(ends[0]) < self._end else ends

    def add(self, key: _Key, letters: str, pieces: Pieces) -> None:
        """Cache a text without a secret; `pieces` are those of its letters, by the size of windows."""
        if len(key[0]) > LONGEST:
            return
        self._characters += len(letters)
        if len(self._ends) >= _MOST or self._characters > _MOST_CHARACTERS:
            self.clear()
            self._characters = len(letters)
        self._ends[key] = letters[: self._end], letters[-self._end :]
        self._later.append(pieces)

    def add_changed(self, text: str, pieces: Pieces) -> bool:
        """Cache a text; `pieces` are those of what an earlier one lacks. False if there is no room."""
        letters, added = LETTERS(text), sum(map(len, pieces[self.sizes[0]]))
        if len(self._ends) >= _MOST or self._characters + added > _MOST_CHARACTERS:
            return False
        self._characters += added
        self._ends[text, True] = letters[: self._end], letters[-self._end :]
        self._later.append(pieces)
        self.earlier.add(text)
        return True

    def share(self, size: int, pieces: Iterable[str]) -> bool:
        """Whether a text has one of these pieces of a secret's parts."""
        for added in self._later:
            for its_size, parts in added.items():
                self._pieces[its_size].update(parts)
        self._later.clear()
        return not self._pieces[size].isdisjoint(pieces)

    def clear(self) -> None:
        """Forget all texts."""
        self.generation += 1
        self._characters = 0
        self._ends.clear()
        self.earlier.clear()
        self.hinted.clear()
        self._later.clear()
        for pieces in self._pieces.values():
            pieces.clear()


@dataclass
class CleanHeaders:
    """The last headers without a secret: most of them recur in every response."""

    _headers: set[tuple[str, str]] = field(default_factory=set)
    _names: set[str] = field(default_factory=set)
    _generation: int = 0
    """The generation of the texts for which this holds."""

    def new_in(self, headers: Sequence[tuple[str, str]], generation: int) -> list[tuple[str, str]]:
        """Those headers that are not cached."""
        if generation != self._generation or len(self._headers) > _MOST:
            self._generation = generation
            self._headers.clear()
            self._names.clear()
        return [header for header in headers if header not in self._headers]

    def text_of(self, headers: Sequence[tuple[str, str]]) -> str:
        """The names that are not cached and the values of headers, a line each."""
        names = self._names
        return "\n".join(value if name in names else f"{name}\n{value}" for name, value in headers)

    def add(self, headers: Sequence[tuple[str, str]], text: str, generation: int) -> None:
        """Cache headers without a secret, unless they may be a short digest; `text` shows them all."""
        if generation != self._generation or len(text) > LONGEST:
            return
        for name, value in headers:
            self._names.add(name)
            if not may_have_tag(value):
                self._headers.add((name, value))


def divide(text: str) -> list[str]:
    """The elements of the array that a long text without escapes shows; else the text as a whole."""
    if len(text) < LONG:
        return [text]
    return next((parts for parts in (text.split(seam) for seam in _SEAMS) if len(parts) > 1), [text])


def may_span_seam(form: str) -> bool:
    """Whether a text that is divided at its seams may no longer show a form of a secret."""
    return "{" in form or "}" in form
