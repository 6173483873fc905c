"""Forms of secrets that are searched for as a whole, and how a text is looked through for many of them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from storepact.model.values import lean_value
from storepact.transport.readings import EXACT, SQUEEZED, View, decode, read_with_places

#: Of more forms than this only those are searched for whose beginning occurs in a text.
_FEW, _BEGINNING = 64, 3


@lean_value(frozen=True)
class Needle:
    """One form of a secret as a view reads it; `label` describes it in findings."""

    form: str
    label: str
    is_bounded: bool = False
    """Whether it counts only where no letter or digit adjoins it."""
    is_part: bool = False
    """Whether it is only a part of what the label names."""


@dataclass
class WholeForms:
    """Forms that one view of a text may show."""

    _needles: dict[str, Needle] = field(default_factory=dict)
    _beginnings: dict[str, list[Needle]] = field(default_factory=dict)
    """The same by their first characters."""

    def __len__(self) -> int:
        return len(self._needles)

    def add(self, needle: Needle) -> None:
        """Register a form."""
        self._needles[needle.form] = needle
        self._beginnings.setdefault(needle.form[:_BEGINNING], []).append(needle)

    def in_text(self, text: str) -> list[Needle]:
        """The forms that a text shows, as the view reads it."""
        return [needle for needle in self._candidates(text) if needle.form in text]

    def _candidates(self, text: str) -> Iterable[Needle]:
        if len(self._needles) <= _FEW:
            return self._needles.values()
        beginnings, count = self._beginnings, len(text)
        starts = set(map(text.__getitem__, map(slice, range(count), range(_BEGINNING, count + _BEGINNING))))
        return [needle for start in beginnings.keys() & starts for needle in beginnings[start]]


def forms_by_view() -> dict[View, WholeForms]:
    """No forms yet, for each view in which forms are searched for as a whole."""
    return {SQUEEZED: WholeForms(), EXACT: WholeForms()}


def forms_occur(forms_by_view: Mapping[View, WholeForms], decoded: str) -> bool:
    """Whether a text shows one of these forms, as one of the views reads it."""
    return any(forms.in_text(view(decoded)) for view, forms in forms_by_view.items() if forms)


def adjoins_word(text: str, start: int, end: int) -> bool:
    """Whether a part of a text belongs to a longer word."""
    before = start > 0 and text[start - 1].isalnum() and text[start].isalnum()
    after = end < len(text) and text[end].isalnum() and text[end - 1].isalnum()
    return before or after


def find_forms(forms_by_view: Mapping[View, WholeForms], text: str) -> Iterator[tuple[Needle, int, int]]:
    """Every place where a text shows one of these forms: which, and from where to where."""
    for view, forms in forms_by_view.items():
        present = forms.in_text(view(decode(text)))
        if not present:
            continue
        reading = read_with_places(text, view)
        for needle in present:
            for match in re.finditer(re.escape(needle.form), reading.text):
                start, end = reading.starts[match.start()], reading.ends[match.end() - 1]
                if not (needle.is_bounded and adjoins_word(text, start, end)):
                    yield needle, start, end
