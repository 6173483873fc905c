"""Results of `storepact contracts impact`; fields are named as in the JSON."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec

from storepact.model.errors import NothingTested
from storepact.openapi.document import Document
from storepact.pacts.contract import Contract
from storepact.pacts.impact import Impact, Place

FORMAT = 1


class PlaceConsumers(msgspec.Struct, frozen=True):
    """A part of a response, the consumers that rely on it and the others, by name."""

    operation: str
    status: str
    member: str
    consumers: tuple[str, ...]
    others: tuple[str, ...]


class ImpactMap(msgspec.Struct, frozen=True):
    """The consumers of each part of a response, and the parts that no consumer uses."""

    consumers: tuple[str, ...]
    places: tuple[PlaceConsumers, ...]
    unused: tuple[Place, ...]
    format: int = FORMAT


def map_impact(
    contracts: Sequence[tuple[Contract, Path]], document: Document, words: Sequence[str]
) -> ImpactMap:
    """Map each part of a response to the consumers that rely on it; `words` select parts.

    Raises:
        NothingTested: nothing of that name is described or relied on.

    """
    impact = Impact(tuple(contract for contract, _ in contracts), document)
    unused = (*impact.unused_places, *impact.unused_in_requests)
    unmatched = [
        word for word in words if not any(_has_name(place, word) for place in (*impact.by_place, *unused))
    ]
    if unmatched:
        names = ", ".join(unmatched)
        raise NothingTested(
            f"nothing that is described or relied on is called {names}; try a member such as /version"
        )
    return ImpactMap(
        consumers=impact.consumers,
        places=tuple(
            PlaceConsumers(
                place.operation,
                place.status,
                place.member,
                consumers,
                impact.unaffected_consumers(place.operation, f"{place.status} {place.member}", consumers),
            )
            for place, consumers in impact.by_place.items()
            if place.member != "/" and (not words or any(_has_name(place, word) for word in words))
        ),
        unused=tuple(place for place in unused if any(_has_name(place, word) for word in words)),
    )


def _has_name(place: Place, word: str) -> bool:
    """Whether a word names a place: by operation, status, header, or member (the pointer or its end)."""
    member, name = place.member.lower(), word.lower()
    if name in (place.operation.lower(), place.status):
        return True
    return member in (name, f"header {name}") or member.endswith("/" + name.lstrip("/"))
