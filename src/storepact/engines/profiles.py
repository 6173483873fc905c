"""Profiles: how much is generated."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from storepact.model.errors import UnknownName
from storepact.model.values import lean_value

_T = TypeVar("_T")

#: The seed of a run that is given no other.
DEFAULT_SEED = 20_261_123


@lean_value(frozen=True)
class Profile:
    """How much is generated."""

    name: str
    examples: int
    """Fuzzed cases for each operation, variant and mode."""
    journeys: int
    """Stories of each journey."""
    steps: int
    """The longest story of a journey."""
    boundaries: int | None = None
    """The most boundary cases of one question; None for all."""
    stride: int = 1
    """Of the tables of values in scenarios every so many-th value is sent; the seed decides which."""
    probe_stride: int = 1
    """Of the probes of one question every so many-th is sent; the seed decides which."""
    requests: int | None = None
    """The most requests of a run that is given no other number."""
    pinned: bool = False
    """Whether the pinned cases are sent in place of generated ones."""
    fresh: int = 1
    """Fuzzed cases beside pinned ones, for each operation, variant and mode."""


PROFILES = {
    profile.name: profile
    for profile in (
        Profile("gate", 10, 18, 14, pinned=True),
        Profile("live", 2, 4, 14, boundaries=12, stride=3, probe_stride=2, requests=2_500),
        Profile("explore", 250, 500, 30),
    )
}


def get_profile(name: str) -> Profile:
    """The profile of a name.

    Raises:
        UnknownName: there is none; the nearest is named.

    """
    if name not in PROFILES:
        raise UnknownName("profile", name, PROFILES)
    return PROFILES[name]


def without_cases(name: str) -> Profile:
    """The profile of a run that sends no case: one on recorded traffic, or on a store."""
    return Profile(name, examples=0, journeys=0, steps=0)


def sample(values: Sequence[_T], stride: int, seed: int) -> Sequence[_T]:
    """All values, or every so many-th from the seed on: as many seeds as the stride send each value once."""
    return values[seed % stride :: stride] if stride > 1 else values
