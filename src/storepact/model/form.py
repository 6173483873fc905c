"""The form of a text: what can be said about an id, a time or a redacted secret without repeating it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache

from storepact.model.values import lean_value

#: Forms of free text: nothing follows from them.
FREE = frozenset({"empty", "a word", "text"})

#: The form of a number that is written as a text.
NUMBER = "a number"

_FORMS = re.compile(
    r"""
    (?P<number>[-+]?\d+(?:\.\d+)?)
    |(?P<UUID>[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12})
    |(?P<UPPER_UUID>[0-9A-F]{8}-(?:[0-9A-F]{4}-){3}[0-9A-F]{12})
    |(?P<hexadecimal>[0-9a-f]{8,})
    |(?P<upper_hexadecimal>[0-9A-F]{8,})
    |(?P<time>\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(?:\.(?P<fraction>\d+))?(?P<zone>[Zz]|[+-]\d\d:?\d\d)?)
    |(?P<http_date>[A-Z][a-z]{2},\ \d\d\ [A-Z][a-z]{2}\ \d{4}\ \d\d:\d\d:\d\d\ GMT)
    |(?P<url>[a-z][a-z0-9+.-]*://\S+)
    |(?P<path>/\S*)
    |(?P<star>\*)
    |(?P<word>[A-Za-z_-]+)
    |(?P<token>[A-Za-z0-9_-]{8,})
    """,
    re.VERBOSE | re.ASCII,
)
_NAMES = {
    "number": NUMBER,
    "UUID": "a UUID",
    "UPPER_UUID": "a UUID in capitals",
    "http_date": "an HTTP date",
    "url": "a URL",
    "path": "a path",
    "star": "*",
    "word": "a word",
}
_COUNTED = {
    "hexadecimal": "hexadecimal digits",
    "upper_hexadecimal": "hexadecimal digits in capitals",
    "token": "letters and digits",
}

_QUOTED = re.compile(r'(W/)?"([^"]*)"')

#: What stands for hidden characters: a run of the same one.
_HIDDEN = re.compile(r"([*•●·#xX.…_-])\1{2,}")

_COUNT = re.compile(r"\d+")


@lru_cache(4096)
def form_of(text: str) -> str:
    """Return the form of a text; it repeats no letter of it."""
    if not text:
        return "empty"
    quoted = _QUOTED.fullmatch(text)
    if quoted is not None:
        return f"{'weak, ' if quoted[1] else ''}quoted, {form_of(quoted[2])}"
    match = _FORMS.fullmatch(text)
    if match is None:
        return "text"
    kind = next(name for name in (*_NAMES, *_COUNTED, "time") if match[name] is not None)
    if kind in _COUNTED:
        return f"{len(text)} {_COUNTED[kind]}"
    return _form_of_time(match) if kind == "time" else _NAMES[kind]


def _form_of_time(match: re.Match[str]) -> str:
    fraction = f" with {len(match['fraction'])} decimals" if match["fraction"] else ""
    zone = match["zone"]
    offset = "no offset" if not zone else "Z" if zone in "Zz" else "an offset"
    return f"a date and time{fraction} and {offset}"


@lru_cache(1024)
def redaction_of(text: str) -> str:
    """Return how a secret is shown: how many characters are visible and hidden, in their order."""
    parts, end = [], 0
    for match in _HIDDEN.finditer(text):
        parts += [_visible(match.start() - end), f"{len(match[0])} × {match[1]}"]
        end = match.end()
    parts.append(_visible(len(text) - end))
    return ", ".join(filter(None, parts))


def _visible(count: int) -> str:
    return f"{count} character{'s' * (count != 1)}" if count else ""


def generalize(forms: Mapping[str, int]) -> dict[str, int]:
    """Return counted forms without their lengths, where ids or secrets have many different ones."""
    general: dict[str, int] = {}
    for form, count in forms.items():
        name = _COUNT.sub("n", form)
        general[name] = general.get(name, 0) + count
    return general


def is_general(forms: Iterable[str]) -> bool:
    """Return whether one of some forms has lost its lengths."""
    return any(re.search(r"\bn\b", form) for form in forms)


@lean_value(frozen=True)
class Redacted:
    """In a body to be sent: a secret exactly as a response showed it. `form` comes from `Exchange.forms`."""

    form: str
