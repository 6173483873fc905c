"""What a writer of one store can do, and how it fails."""

from __future__ import annotations

from dataclasses import field
from pathlib import Path
from typing import Protocol

from storepact.model.values import lean_value


@lean_value(frozen=True)
class Patch:
    """A change of one segment: the keys of contexts that it includes and excludes from now on, or no more."""

    reference: str
    """The segment and its generation, such as `beta.g1`."""
    included: tuple[str, ...] = ()
    not_included: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    not_excluded: tuple[str, ...] = ()


@lean_value(frozen=True)
class StoreAccess:
    """How stores are reached, beside what the config of an integration says."""

    dynamodb: str | None = None
    """The URL of DynamoDB; None for AWS itself, or what AWS_ENDPOINT_URL_DYNAMODB says."""
    ca_file: Path | None = None
    """Certificates to trust in place of the usual ones."""
    only_loopback: bool = False
    """Whether nothing but this machine is contacted."""
    timeout: float = field(default=2.0)
    """Seconds for a connection and for each response."""


class StoreFailed(Exception):
    """A store could not be read or written. The message holds neither secret nor address."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status, self.message = status, message


class VersionMoved(Exception):
    """Another writer has changed the store since its version was read; nothing was written."""


class StoreWriter(Protocol):
    """A connection to one store.

    Each method may raise `StoreFailed`.
    """

    def read_version(self) -> str | None:
        """Return the version of the last patch; None for a store without one."""

    def apply(self, patch: Patch, version: str, expected: str | None) -> None:
        """Apply a patch whole, if `expected` is the version of the last one.

        Raises:
            VersionMoved: it is not, or was not at the end.

        """

    def write_heartbeat(self, milliseconds: int) -> None:
        """Write that the store is in step, at this time since 1970."""

    def remove_all(self) -> None:
        """Remove everything below the prefix. No conformant provider does this; a fault does."""

    def close(self) -> None:
        """Close the connections."""
