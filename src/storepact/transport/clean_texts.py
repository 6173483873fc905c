"""A cache of texts that show no secret: bodies, the elements of lists and headers recur in traffic."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from storepact.transport.readings import LETTERS
from storepact.transport.short_tags import may_have_tag

#: Characters of the longest text that is cached: longer ones seldom recur as a whole.
LONGEST = 4_000

#: Texts that are cached, and the pieces of all together, of the first size.
_MOST, _MOST_PIECES = 4_000, 125_000

#: Where a long text is divided: between the elements of an array, however they are written.
_SEAMS = ("},{", "}, {")

#: Characters of a text that is worth dividing.
LONG = 2_000

#: A text, and whether it was searched thoroughly.
_Key = tuple[str, bool]

#: The pieces of a text, by the size of the windows that they are compared with.
Pieces = Mapping[int, Sequence[int]]


@dataclass
class CleanTexts:
    """The last texts without a secret.

    A new secret is in none of them if none of its parts is among the pieces of them all.
    """

    sizes: Sequence[int]
    generation: int = 0
    """How often the cache was cleared: what was concluded of a text holds within a generation only."""
    _keys: set[_Key] = field(default_factory=set)
    _pieces: dict[int, set[int]] = field(default_factory=dict)
    hinted: set[str] = field(default_factory=set)
    """Those of them that may show the beginning of a form that is searched for as a whole."""
    _later: list[Pieces] = field(default_factory=list)
    """Pieces that are to be added to the others before these are compared: seldom needed."""
    _count: int = 0

    def __post_init__(self) -> None:
        self._pieces = {size: set() for size in self.sizes}
        self._end = max(self.sizes) - 1

    def __contains__(self, key: _Key) -> bool:
        return key in self._keys

    def ends_of(self, key: _Key) -> tuple[str, str] | None:
        """The first and the last letters of a text without escapes, as many as a part may share with it.

        None if the text is not cached, or has fewer letters.
        """
        letters = LETTERS(key[0]) if key in self._keys else ""
        return None if len(letters) < self._end else (letters[: self._end], letters[-self._end :])

    def add(self, keys: Sequence[_Key], pieces: Pieces, *, may_clear: bool = True) -> bool:
        """Cache texts without a secret; False if there is no room, and no other may be dropped for them.

        `pieces` are those of all their letters.
        """
        added = len(pieces[self.sizes[0]])
        if len(self._keys) >= _MOST or self._count + added > _MOST_PIECES:
            if not may_clear:
                return False
            self.clear()
        self._count += added
        self._keys.update(keys)
        self._later.append(pieces)
        return True

    def share(self, size: int, pieces: Iterable[int]) -> bool:
        """Whether a text has one of these pieces of a secret's parts."""
        for added in self._later:
            for its_size, parts in added.items():
                self._pieces[its_size].update(parts)
        self._later.clear()
        return not self._pieces[size].isdisjoint(pieces)

    def clear(self) -> None:
        """Forget all texts."""
        self.generation += 1
        self._count = 0
        self._keys.clear()
        self.hinted.clear()
        self._later.clear()
        for pieces in self._pieces.values():
            pieces.clear()


class NewHeaders(NamedTuple):
    """What a head has in which secrets are searched for."""

    headers: Sequence[tuple[str, str]]
    text: str
    """The path and the values of the headers, and the names of those that are new, too; a line each."""


@dataclass
class CleanHeaders:
    """The last headers without a secret: most of them recur in every response."""

    _headers: set[tuple[str, str]] = field(default_factory=set)
    _names: set[str] = field(default_factory=set)
    _generation: int = 0
    """The generation of the texts for which this holds."""

    def new_in(self, headers: Iterable[tuple[str, str]], generation: int, path: str = "") -> NewHeaders:
        """What a head has that is not cached: its path, and headers."""
        if generation != self._generation or len(self._headers) > _MOST:
            self._generation = generation
            self._headers.clear()
            self._names.clear()
        new = [header for header in headers if header not in self._headers]
        names = self._names
        lines = [value if name in names else f"{name}\n{value}" for name, value in new]
        return NewHeaders(new, "\n".join([path, *lines] if path else lines))

    def add(self, new: NewHeaders, generation: int) -> None:
        """Cache headers without a secret, unless they may be a short digest."""
        if generation != self._generation or len(new.text) > LONGEST:
            return
        for name, value in new.headers:
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
