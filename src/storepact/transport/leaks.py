"""Where a response shows a secret: the leaks that are reported."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping

from storepact.model.exchange import Leak
from storepact.model.tree import Path
from storepact.transport.json_strings import JsonString
from storepact.transport.needles import Match

#: Where a response shows a secret (a JSON pointer, `body`, a header's name), and what is shown.
LeakPlace = tuple[str, Match]


def to_leaks(places: Iterable[LeakPlace]) -> tuple[Leak, ...]:
    """The leaks at these places; a part of what a place shows whole is none of its own."""
    places = list(places)
    whole = {(place, match.label) for place, match in places if match.is_whole}
    leaks = [
        Leak(place, match.label if match.is_whole else f"most of {match.label}")
        for place, match in places
        if match.is_whole or (place, match.label) not in whole
    ]
    return tuple(dict.fromkeys(leaks))


def find_whole_values(
    texts: Iterable[tuple[Path, str]], values: Collection[str], labels: Mapping[str, str]
) -> Iterator[LeakPlace]:
    """The secret members that are, as a whole, one of these passwords of few characters."""
    for path, text in texts:
        if text in values:
            yield JsonString(path, text).pointer, Match(0, len(text), labels[text])
