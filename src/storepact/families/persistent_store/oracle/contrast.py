"""Two JSON values in words: where they differ, and short texts of both that show it."""

from __future__ import annotations

import json

from storepact.families.persistent_store.oracle.comparison import Phrase
from storepact.model.tree import Json
from storepact.openapi.pointers import escape

#: Characters of a text that is shown whole; of a longer one so many are shown, and so many of them before the
#: first difference.
_WHOLE, _SHOWN, _BEFORE = 120, 80, 30


def narrow(actual: Json, expected: Json) -> tuple[str, Json, Json]:
    """The pointer to the only place where two values differ, below them, and what is there in both.

    The pointer is empty where they differ in more than one place, in their members or in the number of their
    elements: then both are returned as they are.
    """
    if isinstance(actual, dict) and isinstance(expected, dict) and actual.keys() == expected.keys():
        names: list[Json] = [name for name in actual if _text(actual[name]) != _text(expected[name])]
    elif isinstance(actual, list) and isinstance(expected, list) and len(actual) == len(expected):
        names = [index for index, element in enumerate(actual) if _text(element) != _text(expected[index])]
    else:
        return "", actual, expected
    if len(names) != 1:
        return "", actual, expected
    below, inner_actual, inner_expected = narrow(actual[names[0]], expected[names[0]])
    return f"/{escape(str(names[0]))}{below}", inner_actual, inner_expected


def short_texts(actual: Json, expected: Json) -> tuple[str, str]:
    """Both values as JSON, or as they are described; of long ones what is around their first difference."""
    texts = _text(actual), _text(expected)
    shorter = min(map(len, texts))
    first = next((place for place in range(shorter) if texts[0][place] != texts[1][place]), shorter)
    return _shorten(texts[0], first), _shorten(texts[1], first)


def _text(value: Json) -> str:
    return str(value) if isinstance(value, Phrase) else json.dumps(value, ensure_ascii=False, default=str)


def _shorten(text: str, place: int) -> str:
    if len(text) <= _WHOLE:
        return text
    start = max(place - _BEFORE, 0) if place > _SHOWN - _BEFORE else 0
    end = start + _SHOWN
    beginning, rest = "…" if start else "", "…" if end < len(text) else ""
    return f"{beginning}{text[start:end]}{rest} ({len(text)} characters)"
