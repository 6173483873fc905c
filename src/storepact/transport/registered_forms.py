"""Every form of every secret that is searched for, registered in the ways in which a text is searched."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable
from dataclasses import dataclass, field

from storepact.transport.clean_texts import CleanTexts, may_span_seam
from storepact.transport.encodings import (
    CANARY,
    MIN_LENGTH,
    MIN_VARIETY,
    TINY,
    digests,
    encoded_forms,
    halves,
    is_compound,
    is_distinctive,
    is_wordlike,
    letters_of,
)
from storepact.transport.readings import EXACT, LETTERS, SQUEEZED, View, decode
from storepact.transport.short_tags import ShortTags
from storepact.transport.whole_forms import Needle, WholeForms, forms_by_view
from storepact.transport.windows import Windows

#: A run of so many letters and digits of a secret gives it away: of a long one, and of a shorter one.
WINDOW, SHORT_WINDOW = 12, 8

#: A part of a secret begins at every so-manieth character.
_STEP = 6

#: Parts of forms, each with the form that it is in and its place there.
_Entries = dict[str, tuple[Needle, int]]


def _windows_by_size() -> dict[int, Windows]:
    return {size: Windows(size) for size in (WINDOW, SHORT_WINDOW)}


@dataclass
class RegisteredForms:
    """What is searched for; `add` registers a value."""

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
    _added: dict[int, list[int]] = field(default_factory=lambda: {WINDOW: [], SHORT_WINDOW: []})
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
        is_canary = made_up and CANARY in value
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
