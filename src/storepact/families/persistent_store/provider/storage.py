"""The storage of integrations: in memory, or in a file that outlives the process."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from typing import Protocol

from storepact.families.persistent_store.provider.resource import Integration

#: How often this process has changed a storage, and how often others have.
StorageState = tuple[int, int]


class Storage(Protocol):
    """Integrations by id, in the order of their creation."""

    @property
    def failures(self) -> tuple[type[Exception], ...]:
        """What its methods raise when it fails."""

    def transaction(self) -> AbstractContextManager[None]:
        """Run the block in one transaction, rolled back after an exception; may be nested. Others wait."""

    def state(self) -> StorageState:
        """Return what changes with every change, by this process or by another one."""

    def all(self) -> Iterator[Integration]:
        """Yield every integration, oldest first."""

    def get(self, identifier: str) -> Integration | None:
        """Return the integration with that id."""

    def has_any(self, project: str, environment: str, kind: str | None) -> bool:
        """Whether an environment has any integration (of that kind)."""

    def add(self, new: Integration) -> None:
        """Store a new integration."""

    def replace(self, after: Integration) -> None:
        """Store the new state of an integration; it stays in its place."""

    def remove(self, identifier: str) -> None:
        """Delete an integration."""

    def clear(self) -> None:
        """Delete every integration, and every patch of memberships."""

    def book_id(self, new: str) -> str:
        """Return the id of the patches; `new` becomes it where there is none."""

    def patches(self) -> Iterator[tuple[str, str, str]]:
        """Yield project, environment and body of every patch of memberships, oldest first."""

    def add_patch(self, project: str, environment: str, body: str) -> None:
        """Store a patch of memberships."""


class MemoryStorage:
    """A storage that ends with the process. Implements `Storage`.

    One thread uses it, and the change is the last step of each transaction: there is nothing to roll back.
    """

    failures: tuple[type[Exception], ...] = ()

    def __init__(self) -> None:
        self._integrations: dict[str, Integration] = {}
        self._changes = 0
        self._book_id: str | None = None
        self._patches: list[tuple[str, str, str]] = []

    def transaction(self) -> AbstractContextManager[None]:
        """Run the block."""
        return _NO_TRANSACTION

    def state(self) -> StorageState:
        """Return the number of changes."""
        return self._changes, 0

    def all(self) -> Iterator[Integration]:
        """Yield every integration that there is at this moment, oldest first."""
        return iter([*self._integrations.values()])

    def get(self, identifier: str) -> Integration | None:
        """Return the integration with that id."""
        return self._integrations.get(identifier)

    def has_any(self, project: str, environment: str, kind: str | None) -> bool:
        """Whether an environment has any integration (of that kind)."""
        return any(
            (own.project, own.environment) == (project, environment) and kind in (None, own.kind)
            for own in self._integrations.values()
        )

    def add(self, new: Integration) -> None:
        """Store a new integration.

        Raises:
            ValueError: there is one with that id.

        """
        if new.id in self._integrations:
            raise ValueError("there is an integration with that id")
        self._integrations[new.id] = new
        self._changes += 1

    def replace(self, after: Integration) -> None:
        """Store the new state of an integration; it stays in its place."""
        before = self._integrations.get(after.id)
        if before is None:
            return
        if after.location != before.location:
            after = replace(after, project=before.project, environment=before.environment, kind=before.kind)
        self._integrations[after.id] = after
        self._changes += 1

    def remove(self, identifier: str) -> None:
        """Delete an integration."""
        if self._integrations.pop(identifier, None) is not None:
            self._changes += 1

    def clear(self) -> None:
        """Delete every integration, and every patch of memberships."""
        self._integrations, self._patches, self._book_id = {}, [], None
        self._changes += 1

    def book_id(self, new: str) -> str:
        """Return the id of the patches; `new` becomes it where there is none."""
        self._book_id = self._book_id or new
        return self._book_id

    def patches(self) -> Iterator[tuple[str, str, str]]:
        """Yield project, environment and body of every patch of memberships, oldest first."""
        return iter([*self._patches])

    def add_patch(self, project: str, environment: str, body: str) -> None:
        """Store a patch of memberships."""
        self._patches.append((project, environment, body))


_NO_TRANSACTION = nullcontext()
