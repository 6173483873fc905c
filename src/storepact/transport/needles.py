"""The needles of a run: every form of every secret, found in a text however it is escaped, cut or spaced."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from storepact.transport.clean_texts import LONGEST, CleanTexts, divide, may_span_seam
from storepact.transport.encodings import (
    CANARY_BEGINNINGS,
    CANARY_LETTERS,
    HALF_CANARY,
    MIN_LENGTH,
    MIN_VARIETY,
    PADDED,
    PASSWORD,
    TINY,
    digests,
    encoded_forms,
    halves,
    is_compound,
    is_distinctive,
    is_wordlike,
    letters_of,
)
from storepact.transport.readings import (
    EXACT,
    LETTERS,
    SQUEEZED,
    View,
    decode,
    has_escapes,
    read_with_places,
)
from storepact.transport.short_tags import ShortTags
from storepact.transport.whole_forms import Needle, WholeForms, adjoins_word, forms_by_view, forms_occur
from storepact.transport.windows import Windows, extend, parts_of, shorten_runs

#: A run of so many letters and digits of a secret gives it away: of a long one, and of a shorter one.
WINDOW, SHORT_WINDOW = 12, 8

#: A part of a secret begins at every so-manieth character.
_STEP = 6

#: Runs of hexadecimal digits.
_DIGITS = re.compile(f"[0-9a-f]{{{SHORT_WINDOW},}}")

#: Parts of forms, each with the form that it is in and its place there.
_Entries = dict[str, tuple[Needle, int]]

#: The pieces of a text, by the size of the windows that they are compared with.
_Pieces = Mapping[int, Sequence[str]]


def _windows_by_size() -> dict[int, Windows]:
    return {size: Windows(size) for size in (WINDOW, SHORT_WINDOW)}


@dataclass(frozen=True)
class Match:
    """Where a text shows a secret, from `start` to `end`, and which; `is_whole` if all of that form."""

    start: int
    end: int
    label: str
    is_whole: bool = True


@dataclass
class Needles:
    """What is searched for. `add` registers a value, `find` returns where a text shows one."""

    _windows: dict[int, _Entries] = field(default_factory=lambda: {WINDOW: {}, SHORT_WINDOW: {}})
    """Parts of forms, by their length."""
    _sets: dict[int, Windows] = field(default_factory=_windows_by_size)
    """The same parts, to be searched for all at once."""
    _parts: dict[int, Windows] = field(default_factory=_windows_by_size)
    """Those of values that the run did not make up."""
    _texts: dict[View, WholeForms] = field(default_factory=forms_by_view)
    """Forms that are searched for as a whole."""
    _short_texts: dict[View, WholeForms] = field(default_factory=forms_by_view)
    """Those of them with few letters and digits."""
    _hints: dict[int, Windows] = field(default_factory=_windows_by_size)
    """Runs of letters and digits, one of each of the others: a text without any shows none of them."""
    _tags: ShortTags = field(default_factory=ShortTags)
    """Digests of eight digits."""
    _clean: CleanTexts = field(default_factory=lambda: CleanTexts((WINDOW, SHORT_WINDOW)))
    """The last texts without any secret."""
    _added: dict[int, list[str]] = field(default_factory=lambda: {WINDOW: [], SHORT_WINDOW: []})
    """The pieces of the parts that are being added, by the size of windows."""
    _spans_seams: bool = False
    """Whether a text that is divided may no longer show a form."""

    @property
    def generation(self) -> int:
        """A number that stays the same as long as no text without a secret can have become one with one."""
        return self._clean.generation

    def add(self, value: str, label: str, *, made_up: bool = False, is_new: bool = False) -> None:
        """Register a value. Only the digests of one that ordinary texts may contain are searched for.

        What is `made_up` by the run counts as distinctive; no earlier text shows one that `is_new`.
        """
        self._add_digests(value, label)
        self._tags.add(value, label)
        is_long = len(value) >= MIN_LENGTH and len(set(value)) >= MIN_VARIETY
        if is_long:
            self._add_encodings(value, label, made_up=made_up)
        if not (is_long and self._add_parts(value, label, made_up=made_up)) or halves(value):
            self._add_text(value, label, is_long=is_long, made_up=made_up)
        self._forget_texts_with_added_parts(is_new=is_new)

    def _forget_texts_with_added_parts(self, *, is_new: bool) -> None:
        """Clear the cache if a text in it may show a part that was added; none shows what `is_new`."""
        for size, pieces in self._added.items():
            if not is_new and self._clean.share(size, pieces):
                self._clean.clear()
            pieces.clear()

    def _add_digests(self, value: str, label: str) -> None:
        beginnings = {
            form[:WINDOW]: (Needle(form, f"the {name} of {label}"), 0) for form, name in digests(value)
        }
        self._add_entries(WINDOW, beginnings)

    def _add_encodings(self, value: str, label: str, *, made_up: bool) -> None:
        is_canary = made_up and CANARY_LETTERS in letters_of(value)
        entries: dict[int, _Entries] = {WINDOW: {}, SHORT_WINDOW: {}}
        for form, how in encoded_forms(value):
            size = WINDOW if len(form) >= WINDOW else SHORT_WINDOW
            needle = Needle(form, f"{label}, {how},")
            for offset in ((len(form) + 1) // 2 - size, len(form) - size):
                part = form[offset : offset + size]
                if offset >= 0 and (made_up or len(set(part)) >= MIN_VARIETY - 1):
                    entries[size][part] = needle, offset
        for size, parts in entries.items():
            self._add_entries(size, parts)
            if not is_canary:
                self._parts[size].update(parts)

    def _add_entries(self, size: int, entries: _Entries) -> None:
        """Register parts of forms."""
        self._windows[size].update(entries)
        self._added[size] += self._sets[size].update(entries)

    def _add_parts(self, value: str, label: str, *, made_up: bool) -> bool:
        """Register the parts of a value, and return whether that will do: whether each is distinctive."""
        letters = letters_of(value)
        size = WINDOW if len(letters) >= 2 * WINDOW else SHORT_WINDOW
        if len(letters) < size:
            return False
        offsets = [*range(0, len(letters) - size, _STEP), len(letters) - size]
        return self._add_windows(Needle(letters, label), offsets, size, made_up=made_up)

    def _add_windows(self, needle: Needle, offsets: Iterable[int], size: int, *, made_up: bool) -> bool:
        parts = {needle.form[offset : offset + size]: offset for offset in offsets if offset >= 0}
        distinctive = {part for part in parts if len(part) == size and (made_up or is_distinctive(part))}
        self._add_entries(size, {part: (needle, parts[part]) for part in distinctive})
        if not made_up:
            self._parts[size].update(distinctive)
        return len(distinctive) == len(parts)

    def _add_text(self, value: str, label: str, *, is_long: bool, made_up: bool) -> None:
        """Register the value as a whole, unless it is short and might turn up by chance."""
        if is_wordlike(value) and not (is_long and is_compound(value)):
            if is_long:
                self._add_form(EXACT, value, label)
            return
        is_searched = made_up or (len(set(value)) >= TINY and value.isascii() and value.isprintable())
        if len(value) <= TINY or not (is_long or is_searched):
            return
        raw = value.encode("utf-8", "surrogatepass")
        for text, description in (
            (value, label),
            (value[::-1], f"{label}, written backwards,"),
            (raw.hex(), f"{label}, in hexadecimal,"),
        ):
            self._add_form(SQUEEZED, SQUEEZED(decode(text)), description, is_bounded=not is_long)
        for half in halves(value):
            self._add_form(SQUEEZED, SQUEEZED(decode(half)), label, is_bounded=True, is_part=True)
        if not is_long:
            encoded = b64encode(raw).decode().rstrip("=")
            self._add_form(EXACT, encoded, f"{label}, in base64,", is_bounded=True)

    def _add_form(
        self, view: View, form: str, label: str, *, is_bounded: bool = False, is_part: bool = False
    ) -> None:
        needle = Needle(form, label, is_bounded, is_part)
        self._texts[view].add(needle)
        self._spans_seams |= may_span_seam(SQUEEZED(form))
        letters = LETTERS(form)
        size = next((size for size in self._hints if len(letters) >= size), None)
        if size is None:
            self._short_texts[view].add(needle)
            self._clean.clear()
            return
        if self._clean.share(size, self._hints[size].update([letters[:size]])):
            self._clean.clear()

    # searching

    def occur_in(self, text: str, *, thoroughly: bool = False) -> bool:
        """Whether a text shows any secret; `thoroughly` also compares parts of encoded forms."""
        if (text, thoroughly) in self._clean:
            return False
        segments = [text] if self._spans_seams or has_escapes(text) else divide(text)
        if len(segments) > 1 and self._are_clean(segments):
            return forms_occur(self._short_texts, text)
        return self._search(text, thoroughly=thoroughly)

    def _are_clean(self, segments: Sequence[str]) -> bool:
        """Whether neither the segments of a text show a secret nor the letters beside each seam."""
        earlier = None
        for segment in segments:
            if self.occur_in(segment, thoroughly=True):
                return False
            ends = self._clean.ends_of((segment, True))
            if ends is None or (earlier is not None and self.occur_in(earlier[1] + ends[0], thoroughly=True)):
                return False
            earlier = ends
        return True

    def _search(self, text: str, *, thoroughly: bool) -> bool:
        decoded = decode(text)
        letters = LETTERS(decoded)
        if len(letters) > LONGEST:
            letters = shorten_runs(letters)
        if CANARY_LETTERS in letters and HALF_CANARY.search(letters):
            return True
        hints, pieces = False, {}
        for part in parts_of(letters):
            pieces = {size: windows.cut(part) for size, windows in self._sets.items()}
            if self._windows_occur(text, part, pieces, thoroughly=thoroughly):
                return True
            hints |= any(windows.occur_in(part, pieces[size]) for size, windows in self._hints.items())
        if forms_occur(self._texts if hints else self._short_texts, decoded):
            return True
        self._clean.add((text, thoroughly), letters, pieces)
        return False

    def _windows_occur(self, text: str, letters: str, pieces: _Pieces, *, thoroughly: bool) -> bool:
        """Whether a text shows a part of a secret; of encoded forms, where it is worth while to compare."""
        possible = [windows for size, windows in self._sets.items() if windows.may_occur_in(pieces[size])]
        if not possible:
            return False
        if thoroughly or self._hints_at_part(text, letters, pieces):
            return any(windows.occur_in(letters, pieces[windows.size]) for windows in possible)
        return any(windows.occur_in(run) for run in _DIGITS.findall(letters) for windows in possible)

    def _hints_at_part(self, text: str, letters: str, pieces: _Pieces) -> bool:
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
        return [*self._find_windows(text), *self._find_texts(text)]

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

    def _find_texts(self, text: str) -> Iterator[Match]:
        for view, forms in self._texts.items():
            present = forms.in_text(view(decode(text)))
            if not present:
                continue
            reading = read_with_places(text, view)
            for needle in present:
                for match in re.finditer(re.escape(needle.form), reading.text):
                    low, high = reading.starts[match.start()], reading.ends[match.end() - 1]
                    place = Match(low, high, needle.label, not needle.is_part)
                    if not (needle.is_bounded and adjoins_word(text, place.start, place.end)):
                        yield place
