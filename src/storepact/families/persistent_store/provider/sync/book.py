"""The memberships that the mock was given: patches by environment, in the order in which they came."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from typing import Protocol

import msgspec

from storepact.families.persistent_store.provider.sync.writer import Patch

#: Project and environment.
Place = tuple[str, str]


class PatchStorage(Protocol):
    """What keeps the patches over restarts."""

    def book_id(self, new: str) -> str:
        """Return the id of the stored patches; `new` becomes it where there is none."""

    def patches(self) -> Iterator[tuple[str, str, str]]:
        """Yield project, environment and body of every patch, oldest first."""

    def add_patch(self, project: str, environment: str, body: str) -> None:
        """Store a patch."""


class SegmentBook:
    """Patches in memory and in a storage. Writers of other threads read it while patches are added.

    A version is the id of the book and a number, so that a store that another mock has written is recognised.
    """

    def __init__(self, storage: PatchStorage) -> None:
        """Read the patches of a storage."""
        self._storage = storage
        self._patches: dict[Place, list[Patch]] = {}
        self.begin()

    def begin(self) -> None:
        """Read the storage again, as after everything was deleted."""
        self._id = self._storage.book_id(secrets.token_hex(4))
        self._patches = {}
        for project, environment, body in self._storage.patches():
            self._patches.setdefault((project, environment), []).append(msgspec.json.decode(body, type=Patch))

    def add(self, place: Place, patch: Patch) -> str:
        """Keep a patch and return its version."""
        self._storage.add_patch(*place, msgspec.json.encode(patch).decode())
        patches = self._patches.setdefault(place, [])
        patches.append(patch)
        return f"{self._id}.{len(patches)}"

    def after(self, place: Place, version: str | None) -> Iterator[tuple[str, Patch]]:
        """Yield the patches after a version; all of them, if the version is not of this book."""
        patches = self._patches.get(place, [])
        book, _, number = (version or "").rpartition(".")
        is_own = book == self._id and number.isascii() and number.isdigit() and int(number) <= len(patches)
        index = int(number) if is_own else 0
        while index < len(patches):
            yield f"{self._id}.{index + 1}", patches[index]
            index += 1
