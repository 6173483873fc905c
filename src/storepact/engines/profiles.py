"""Profiles: how much is generated."""

from __future__ import annotations

from dataclasses import dataclass

from storepact.model.errors import UnknownName


@dataclass(frozen=True)
class Profile:
    """How much is generated."""

    name: str
    examples: int
    """Fuzzed cases for each operation, variant and mode."""
    journeys: int
    """Stories of each journey."""
    steps: int
    """The longest story of a journey."""


PROFILES = {
    profile.name: profile for profile in (Profile("gate", 10, 18, 14), Profile("explore", 250, 500, 30))
}


def get_profile(name: str) -> Profile:
    """The profile of a name.

    Raises:
        UnknownName: there is none; the nearest is named.

    """
    if name not in PROFILES:
        raise UnknownName("profile", name, PROFILES)
    return PROFILES[name]
