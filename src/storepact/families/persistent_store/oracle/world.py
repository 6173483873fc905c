"""What the oracle knows: which integrations exist, how each must be shown, and what happened since it was."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import field
from enum import StrEnum
from typing import Any, TypeVar

from storepact.model.api import Scope
from storepact.model.tree import Json
from storepact.model.values import lean_value


class _Unknown:
    """A value that the provider chooses and has not shown yet. There is a single one, `UNKNOWN`."""

    def __repr__(self) -> str:
        return "UNKNOWN"

    def __deepcopy__(self, memo: object) -> _Unknown:
        return self


UNKNOWN = _Unknown()


_Value = TypeVar("_Value")


def _copy(value: _Value, changes: Mapping[str, Json]) -> _Value:
    """A frozen value with some fields changed; for thousands of them `replace` takes too long."""
    copy = object.__new__(type(value))
    copy.__dict__.update(value.__dict__)
    copy.__dict__.update(changes)
    return copy


class Event(StrEnum):
    """What happened since an integration was last shown as predicted."""

    WRITE = "write"
    REFUSAL = "refusal"
    SIBLING_WRITE = "sibling write"
    """Another integration of the same scope was written."""
    CREATE_ELSEWHERE = "create elsewhere"
    """Another integration was created in another scope."""
    OTHER_SCOPE = "other scope"
    """Something was written in another scope, or this integration's id was used under another path."""


@lean_value(frozen=True)
class Secret:
    """A secret that was sent. Two with the same `number` are the same secret."""

    number: int


@lean_value(frozen=True)
class Integration:
    """One integration as it must be shown. `config` holds the written members, secrets as `Secret`."""

    id: str
    scope: Scope
    kind: str
    config: Mapping[str, Json]
    on: bool = False
    name: Json = UNKNOWN
    tags: tuple[str, ...] = ()
    version: int = 1
    provider_values: Mapping[str, Json] = field(default_factory=dict)
    """Members of config that were not written and are shown all the same: defaults, generated values."""
    absent: frozenset[str] = frozenset()
    """Members of config that were not written and that the last get did not show."""
    defaulted: frozenset[str] = frozenset()
    """Members of config that only an update wrote, with their default: a get may leave them out (D27)."""
    secret_forms: Mapping[tuple[str, str], str] = field(default_factory=dict)
    """How a secret was shown since it was last written: (place, member) → form; empty if absent or empty."""
    unconfirmed: frozenset[str] = frozenset()
    """Members that were written and not shown since."""
    previous: Integration | None = None
    """The integration before the last update."""
    was_read: bool = False
    """Whether a get has shown it since it was created."""
    events: tuple[Event, ...] = ()
    refused_values: tuple[tuple[str, Json], ...] = ()
    """What refused updates since then would have set: (member, value)."""
    reported_keys: Mapping[str, str] = field(default_factory=dict)
    """Keys that were shown with a wrong value: reported once, then expected."""

    def with_(self, **changes: Any) -> Integration:
        """A changed copy."""
        return _copy(self, changes)


@lean_value(frozen=True)
class World:
    """All integrations of a story. `foreign` are the ids of those that existed before the story began."""

    existing: Mapping[str, Integration] = field(default_factory=dict)
    deleted: frozenset[str] = frozenset()
    foreign: frozenset[str] = frozenset()
    refused_marks: frozenset[str] = frozenset()
    """Texts that only the bodies of refused creates contain."""
    accepted_marks: frozenset[str] = frozenset()
    """Texts that only the bodies of accepted creates contain."""

    given: frozenset[tuple[str, str]] = frozenset()
    """What creates have given that nobody has by default: (member, text); of a secret, how it was shown."""

    def with_integration(self, integration: Integration) -> World:
        """The world with one integration added or replaced."""
        if self.existing.get(integration.id) is integration:
            return self
        return _copy(self, {"existing": {**self.existing, integration.id: integration}})

    def with_all(self, integrations: Mapping[str, Integration]) -> World:
        """The world with these integrations in place of the present ones, which have the same ids."""
        pairs = zip(integrations.values(), self.existing.values(), strict=True)
        return self if all(new is old for new, old in pairs) else _copy(self, {"existing": integrations})

    def without(self, identifier: str) -> World:
        """The world with one integration deleted."""
        rest = {key: integration for key, integration in self.existing.items() if key != identifier}
        return _copy(self, {"existing": rest, "deleted": self.deleted | {identifier}})

    def forget(self, identifier: str) -> World:
        """The world with one integration of unknown contents: from here on it is like a foreign one."""
        rest = {key: integration for key, integration in self.existing.items() if key != identifier}
        return _copy(self, {"existing": rest, "foreign": self.foreign | {identifier}})

    def with_events(self, events: Iterable[tuple[str, Event]]) -> World:
        """The world with events noted once on their integrations: (id, event), an id at most once."""
        existing = self.existing
        changed = {
            key: integration.with_(events=(*integration.events, event))
            for key, event in events
            if event not in (integration := existing[key]).events
        }
        return _copy(self, {"existing": {**existing, **changed}}) if changed else self

    def in_scope(self, scope: Scope) -> list[Integration]:
        """The integrations of a project and environment."""
        return [integration for integration in self.existing.values() if integration.scope == scope]
