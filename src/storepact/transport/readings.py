"""Readings of a text in which secrets are searched for: escapes undone, letters folded, places kept."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from functools import cache, lru_cache
from html.entities import html5
from itertools import compress

from storepact.model.values import lean_value

#: An escape may be escaped again: so often is it undone.
_ROUNDS = 3

_ESCAPE = re.compile(
    r"\\u\{([0-9a-fA-F]{1,6})\}|\\u([0-9a-fA-F]{4})|\\U([0-9a-fA-F]{8})|\\x([0-9a-fA-F]{2})"
    r"|%([0-9a-fA-F]{2})|&#[xX]0*([0-9a-fA-F]{1,6});?|&#0*([0-9]{1,7});?|&([A-Za-z]{2,8};)"
    r"|\\([0-7]{3})|\\([^uUx0-7])",
    re.DOTALL,
)
_HEXADECIMAL, _DECIMAL, _NAME, _OCTAL, _LITERAL = range(1, 7), 7, 8, 9, 10
_BLANKS = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f"}

_NOT_LETTERS = re.compile(r"[^0-9a-z]+")
_INVISIBLE = re.compile("[\\s\x00-\x1f\x7f\u00ad\u034f\u180e\u200b-\u200f\u2028-\u202e\u2060-\u2064\ufeff]+")
_NOT_ASCII = re.compile(r"[^\x00-\x7f]+")

#: The same readings of texts in ASCII, as tables of bytes: in lower case, and without these characters.
_ASCII = bytes(range(128))
_LOWER = bytes(range(256)).lower()
_DASHED = _LOWER.replace(b"_", b"-")
_NO_LETTERS = bytes(code for code in _ASCII if _NOT_LETTERS.match(chr(code).lower()))
_NO_INK = bytes(code for code in _ASCII if _INVISIBLE.match(chr(code)))


def _character(match: re.Match[str]) -> str:
    """The character that an escape stands for; the escape itself where there is none."""
    if match[_LITERAL]:
        return _BLANKS.get(match[_LITERAL], match[_LITERAL])
    if match[_NAME]:
        return html5.get(match[_NAME], match[0])
    digits = next((match[group] for group in _HEXADECIMAL if match[group]), None)
    number = (
        int(digits, 16) if digits else int(match[_DECIMAL] or match[_OCTAL], 10 if match[_DECIMAL] else 8)
    )
    return chr(number) if number < 0x110000 else match[0]


def has_escapes(text: str) -> bool:
    """Whether a text has characters with which escapes begin."""
    return "\\" in text or "%" in text or "&" in text


def decode(text: str) -> str:
    """The text with the escapes of JSON, URLs, HTML and programming languages undone, nested ones too."""
    for _ in range(_ROUNDS):
        if not has_escapes(text):
            break
        text = _ESCAPE.sub(_character, text)
    return text


def fold(text: str) -> str:
    """The text in lower case, with the plain form of each character that is a variant of another."""
    if text.isascii():
        return text.lower()
    return _NOT_ASCII.sub(_plain_forms, text).lower()


def _plain_forms(match: re.Match[str]) -> str:
    """The plain form of each of these characters."""
    run = match[0]
    return _plain_form(run[0]) * len(run) if run == run[0] * len(run) else "".join(map(_plain_form, run))


@lru_cache(1_024)
def _plain_form(character: str) -> str:
    return unicodedata.normalize("NFKC", character)


def _exact(decoded: str) -> str:
    return decoded


def _squeeze(decoded: str) -> str:
    if decoded.isascii():
        return decoded.encode().translate(_DASHED, _NO_INK).decode()
    return _INVISIBLE.sub("", fold(decoded)).replace("_", "-")


def _letters(decoded: str) -> str:
    if decoded.isascii():
        return decoded.encode().translate(_LOWER, _NO_LETTERS).decode()
    return _NOT_LETTERS.sub("", fold(decoded))


#: A way to read a decoded text. Each reads a text character by character.
View = Callable[[str], str]

EXACT: View = _exact
"""Every character as it is."""
SQUEEZED: View = _squeeze
"""In lower case, without blanks and invisible characters, `-` for `_`."""
LETTERS: View = _letters
"""The letters and digits of ASCII alone, in lower case."""


@lean_value(frozen=True)
class Reading:
    """A text as a view reads it: the n-th character stands at `starts[n]` to `ends[n]` of the original."""

    text: str
    starts: Sequence[int]
    ends: Sequence[int]


def _decode_with_places(text: str) -> Reading:
    starts, ends = list(range(len(text))), list(range(1, len(text) + 1))
    for _ in range(_ROUNDS):
        if not has_escapes(text):
            break
        characters: list[str] = []
        new_starts: list[int] = []
        new_ends: list[int] = []
        position = 0
        for match in _ESCAPE.finditer(text):
            low, high = match.span()
            value = _character(match)
            characters += [text[position:low], value]
            first, last = starts[low], ends[high - 1]
            new_starts += [*starts[position:low], *([first] * len(value))]
            new_ends += [*ends[position:low], *([last] * len(value))]
            position = high
        text = "".join([*characters, text[position:]])
        starts, ends = [*new_starts, *starts[position:]], [*new_ends, *ends[position:]]
    return Reading(text, starts, ends)


def read_with_places(text: str, view: View) -> Reading:
    """The text as a view reads it once it is decoded, with the place of each character in the original."""
    decoded = _decode_with_places(text)
    if decoded.text.isascii():
        kept = decoded.text.encode().translate(_kept_by(view))
        return Reading(
            view(decoded.text), list(compress(decoded.starts, kept)), list(compress(decoded.ends, kept))
        )
    characters: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    for character, start, end in zip(decoded.text, decoded.starts, decoded.ends, strict=True):
        replacement = view(character)
        characters.append(replacement)
        starts += [start] * len(replacement)
        ends += [end] * len(replacement)
    return Reading("".join(characters), starts, ends)


@cache
def _kept_by(view: View) -> bytes:
    """For each character of ASCII, 1 if a view keeps it, and 0 if it leaves it out."""
    return bytes(len(view(chr(code))) for code in _ASCII).ljust(256, b"\0")
