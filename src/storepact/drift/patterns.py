"""Whether one pattern matches all that another one does, for patterns that are sequences of characters."""

from __future__ import annotations

import re
from functools import lru_cache
from math import inf

from storepact.model.values import lean_value

#: Characters that sets are probed with: all of ASCII, and a few others that stand for the rest.
_PROBES = (*map(chr, range(128)), "é", "ß", "Ω", "漢", "\u00a0", "\u2028", "\U0001f331")

_EVERY = frozenset(_PROBES)

#: One set of characters, and how often it may repeat.
_PART = re.compile(
    r"(?P<set>\[\^?\]?[^\]\\]*(?:\\.[^\]\\]*)*\]|\\[dDwWsS]|\\[^\w\s]|[^\\\[\](){}|*+?^$])"
    r"(?P<times>\{\d+(?:,\d*)?\}|[*+?])?"
)

_TIMES = {"": (1.0, 1.0), "*": (0.0, inf), "+": (1.0, inf), "?": (0.0, 1.0)}


@lean_value(frozen=True)
class _Part:
    characters: frozenset[str]
    least: float
    most: float


def includes(wide: str, tight: str) -> bool:
    """Whether `wide` certainly matches every text that `tight` matches; False if that cannot be shown."""
    outer, inner = _parse(wide), _parse(tight)
    if outer is None or inner is None:
        return False
    if len(outer) == 1:
        (part,) = outer
        return (
            all(item.characters <= part.characters for item in inner)
            and sum(item.least for item in inner) >= part.least
            and sum(item.most for item in inner) <= part.most
        )
    return _covers(outer, inner)


def _covers(outer: tuple[_Part, ...], inner: tuple[_Part, ...]) -> bool:
    """Whether the parts of `outer` match all that those of `inner` do, in this order."""
    reached = {0}  # numbers of inner parts that are matched so far
    for part in outer:
        following = set(reached) if not part.least else set()
        for start in reached:
            if start < len(inner) and _contains(part, inner[start]):
                following.add(start + 1)
            if part.most == inf:
                following |= _absorb(part, inner, start)
        reached = following
    return len(inner) in reached


def _contains(part: _Part, item: _Part) -> bool:
    return part.characters >= item.characters and part.least <= item.least and part.most >= item.most


def _absorb(part: _Part, inner: tuple[_Part, ...], start: int) -> set[int]:
    """The ends of runs of inner parts that a part without an upper limit matches."""
    ends, least = set(), 0.0
    for end in range(start, len(inner)):
        if not part.characters >= inner[end].characters:
            break
        least += inner[end].least
        if least >= part.least:
            ends.add(end + 1)
    return ends


@lru_cache(maxsize=1_024)
def _parse(pattern: str) -> tuple[_Part, ...] | None:
    """The parts of a pattern; None if it has groups, alternatives or assertions."""
    start, end = pattern.startswith("^"), pattern.endswith("$") and not pattern.endswith("\\$")
    text = pattern[start : len(pattern) - end if end else None]
    anything = _Part(_EVERY, 0, inf)
    parts = [] if start else [anything]
    position = 0
    while position < len(text):
        match = _PART.match(text, position)
        if match is None:
            return None
        parts.append(_Part(_characters(match["set"]), *_times(match["times"] or "")))
        position = match.end()
    return tuple(parts if end else [*parts, anything])


def _characters(text: str) -> frozenset[str]:
    try:
        pattern = re.compile(text)
    except re.error:
        return frozenset()
    return frozenset(character for character in _PROBES if pattern.fullmatch(character))


def _times(text: str) -> tuple[float, float]:
    if text in _TIMES:
        return _TIMES[text]
    least, comma, most = text.strip("{}").partition(",")
    return float(least), float(most) if most else inf if comma else float(least)
