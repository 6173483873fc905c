"""The needles of a run: every form of every secret, found in a text however it is escaped, cut or spaced."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from storepact.model.values import lean_value
from storepact.transport.clean_texts import LONG, LONGEST, Pieces, divide
from storepact.transport.encodings import (
    CANARY_BEGINNINGS,
    CANARY_LETTERS,
    HALF_CANARY,
    PADDED,
    PASSWORD,
    TINY,
)
from storepact.transport.readings import LETTERS, decode, has_escapes, read_with_places
from storepact.transport.registered_forms import SHORT_WINDOW, RegisteredForms
from storepact.transport.whole_forms import find_forms, forms_occur
from storepact.transport.windows import extend, parts_of, shorten_runs

#: Runs of hexadecimal digits.
_DIGITS = re.compile(f"[0-9a-f]{{{SHORT_WINDOW},}}")


class _Look(NamedTuple):
    """What was seen in a text that shows no secret."""

    pieces: Pieces
    hinted: bool
    """Whether it may show the beginning of a form that is searched for as a whole."""


@lean_value(frozen=True)
class Match:
    """Where a text shows a secret, from `start` to `end`, and which; `is_whole` if all of that form."""

    start: int
    end: int
    label: str
    is_whole: bool = True


class Needles(RegisteredForms):
    """Searches texts for what is registered: `occur_in` whether one shows any, `find` where."""

    def occur_in(self, text: str, *, thoroughly: bool = False) -> bool:
        """Whether a text shows any secret; `thoroughly` also compares parts of encoded forms."""
        if (text, True) in self._clean or (text, thoroughly) in self._clean:
            return False
        if not has_escapes(text):
            segments = [text] if self._spans_seams else divide(text)
            if len(segments) > 1 and self._are_clean(segments):
                return forms_occur(self._short_texts, text)
            if len(text) <= LONGEST and self._note_clean([text]):
                return False
        if not self._search(text, thoroughly=True):
            return False
        return thoroughly or self._search(text, thoroughly=False)

    def occur_across(self, texts: Sequence[str]) -> bool:
        """Whether texts, read one after the other, show any secret."""
        joined = "".join(texts)
        if len(joined) >= LONG and not has_escapes(joined) and self._are_clean(texts, unhinted=True):
            return forms_occur(self._short_texts, joined)
        return self.occur_in(joined)

    def note_clean(self, texts: Iterable[str]) -> None:
        """Cache texts if none of them shows a secret, after one look at what is new in them all.

        It decides nothing: `occur_in` looks at each text that is not cached.
        """
        new = [text for text in texts if text and len(text) <= LONGEST and (text, True) not in self._clean]
        if new:
            self._note_clean(new)

    def _note_clean(self, texts: Sequence[str]) -> bool:
        """Cache texts, none of them long, if they show no secret; returns whether they are cached."""
        joined = "\n".join(texts)
        decoded = decode(joined)
        look = self._look(decoded, LETTERS(decoded), thoroughly=True)
        if look is None or look.hinted:
            return False
        return self._clean.add([(text, True) for text in texts], look.pieces, may_clear=False)

    def _are_clean(self, segments: Sequence[str], *, unhinted: bool = False) -> bool:
        """Whether neither the segments of a text show a secret nor the letters beside each seam.

        `unhinted` is whether none of them may show the beginning of a form, which could end in the next one.
        """
        generation = self.generation
        self.note_clean(segments)
        if any(self.occur_in(segment, thoroughly=True) for segment in segments):
            return False
        ends = [self._clean.ends_of((segment, True)) for segment in segments]
        seams = [before[1] + after[0] for before, after in pairwise(ends) if before and after]
        self.note_clean(seams)
        if None in ends or any(self.occur_in(seam, thoroughly=True) for seam in seams):
            return False
        if unhinted and not self._clean.hinted.isdisjoint((*segments, *seams)):
            return False
        return self.generation == generation  # else some were dropped to make room for others

    def _search(self, text: str, *, thoroughly: bool) -> bool:
        decoded = decode(text)
        letters = LETTERS(decoded)
        if len(letters) > LONGEST:
            letters = shorten_runs(letters)
        look = self._look(decoded, letters, thoroughly=thoroughly)
        if look is None:
            return True
        if len(text) <= LONGEST:
            self._clean.add([(text, thoroughly)], look.pieces)
        if look.hinted:
            self._clean.hinted.add(text)
        return False

    def _look(self, decoded: str, letters: str, *, thoroughly: bool) -> _Look | None:
        """What is seen in a decoded text that shows no secret; None if it shows one."""
        if CANARY_LETTERS in letters and HALF_CANARY.search(letters):
            return None
        hinted, pieces = False, {}
        for part in parts_of(letters):
            pieces = {size: windows.cut(part) for size, windows in self._sets.items()}
            if self._windows_occur(decoded, part, pieces, thoroughly=thoroughly):
                return None
            hinted |= any(
                windows.may_occur_in(pieces[size]) and windows.occur_in(part, pieces[size])
                for size, windows in self._hints.items()
            )
        is_whole = forms_occur(self._texts if hinted else self._short_texts, decoded)
        return None if is_whole else _Look(pieces, hinted)

    def _windows_occur(self, text: str, letters: str, pieces: Pieces, *, thoroughly: bool) -> bool:
        """Whether a text shows a part of a secret; of encoded forms, where it is worth while to compare."""
        possible = [windows for size, windows in self._sets.items() if windows.may_occur_in(pieces[size])]
        if not possible:
            return False
        if thoroughly or self._hints_at_part(text, letters, pieces):
            return any(windows.occur_in(letters, pieces[windows.size]) for windows in possible)
        return any(windows.occur_in(run) for run in _DIGITS.findall(letters) for windows in possible)

    def _hints_at_part(self, text: str, letters: str, pieces: Pieces) -> bool:
        """Whether it is worth while to compare all parts of a text; digits are compared anyway."""
        return (
            any(beginning in letters for beginning in CANARY_BEGINNINGS)
            or any(parts.occur_in(letters, pieces[size]) for size, parts in self._parts.items())
            or ("=" in text and PADDED.search(text) is not None)
        )

    def find(self, text: str) -> list[Match]:
        """Every place where a text shows a secret, in whatever form."""
        if len(text) <= TINY or not self.occur_in(text, thoroughly=True):
            return []
        whole = (
            Match(start, end, needle.label, not needle.is_part)
            for needle, start, end in find_forms(self._texts, text)
        )
        return [*self._find_windows(text), *whole]

    def find_tags(self, text: str) -> list[Match]:
        """Every tag of eight digits that is the digest of one of the last secrets."""
        return [Match(*span, label) for span, label in self._tags.find(text)]

    def _find_windows(self, text: str) -> Iterator[Match]:
        reading = read_with_places(text, LETTERS)
        for half in HALF_CANARY.finditer(reading.text):
            low, high = half.span()
            yield Match(reading.starts[low], reading.ends[high - 1], PASSWORD, is_whole=False)
        for size, windows in self._windows.items():
            behind = 0
            for index in self._sets[size].places_in(reading.text):
                if index < behind:
                    continue
                needle, offset = windows[reading.text[index : index + size]]
                low, high = extend(reading.text, index, size, needle.form, offset)
                is_whole = high - low == len(needle.form)
                yield Match(reading.starts[low], reading.ends[high - 1], needle.label, is_whole)
                behind = high
