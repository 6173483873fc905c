"""What the oracle knows: which integrations live, how each of them is, and what happened since it was last seen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from storepact.engines.family import Scope


class _Unknown:
    """The provider's to choose, and not yet seen; there is one, `UNKNOWN`."""

    def __repr__(self) -> str:
        return "UNKNOWN"

    def __deepcopy__(self, memo: object) -> _Unknown:
        return self


UNKNOWN = _Unknown()


class Happened(StrEnum):
    """What was done since an integration was last seen as it should be."""

    WRITTEN = "written"
    REFUSED = "refused"
    SIBLING = "sibling"
    ELSEWHERE = "elsewhere"


@dataclass(frozen=True)
class Secret:
    """A secret that was given. Two of one `number` are the same one."""

    number: int


@dataclass(frozen=True)
class Known:
    """One integration as it must be shown. `config` holds what was given, secrets as `Secret`."""

    id: str
    scope: Scope
    kind: str
    config: Mapping[str, Any]
    on: bool = False
    name: Any = UNKNOWN
    tags: tuple[str, ...] = ()
    version: int = 1
    learned: Mapping[str, Any] = field(default_factory=dict)
    """Members of config that were not given and have been shown all the same: defaults, generated values."""
    forms: Mapping[tuple[str, str], str] = field(default_factory=dict)
    """How a secret was shown since it was last written: (where, member) → form; empty for absent or empty."""
    unseen: frozenset[str] = frozenset()
    """Members that were written and not shown since."""
    before: Known | None = None
    """How it was before the last update."""
    happened: tuple[Happened, ...] = ()
    wanted: tuple[tuple[str, Any], ...] = ()
    """What updates that were refused since wanted: (member, value)."""
    called: Mapping[str, str] = field(default_factory=dict)
    """Keys that were answered otherwise than they are: told once, and believed."""

    def with_(self, **changes: Any) -> Known:
        """A changed copy."""
        return replace(self, **changes)


@dataclass(frozen=True)
class World:
    """All integrations of a story. `foreign` are ids that somebody else has made, seen before the story began."""

    living: Mapping[str, Known] = field(default_factory=dict)
    gone: frozenset[str] = frozenset()
    foreign: frozenset[str] = frozenset()
    refused_marks: frozenset[str] = frozenset()
    """What marked the bodies of creates that were refused."""
    marks: frozenset[str] = frozenset()
    """What marked the bodies of creates that were accepted."""

    def with_known(self, known: Known) -> World:
        """The world with one integration as it is now."""
        return replace(self, living={**self.living, known.id: known})

    def without(self, identifier: str) -> World:
        """The world with one integration gone."""
        rest = {name: known for name, known in self.living.items() if name != identifier}
        return replace(self, living=rest, gone=self.gone | {identifier})

    def with_event(self, event: Happened, identifiers: frozenset[str]) -> World:
        """The world in which something happened beside these integrations, or to them without success."""
        changed = {
            name: known.with_(happened=(*known.happened, event))
            for name, known in self.living.items()
            if name in identifiers
        }
        return replace(self, living={**self.living, **changed})

    def in_scope(self, scope: Scope) -> list[Known]:
        """What lives in a project and environment."""
        return [known for known in self.living.values() if known.scope == scope]
