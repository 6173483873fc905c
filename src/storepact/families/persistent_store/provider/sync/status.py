"""`_status` of an integration that is synchronized: what happened to its store, newest last."""

from __future__ import annotations

from dataclasses import replace

from storepact.families.persistent_store.provider.sync.writer import StoreFailed
from storepact.model.tree import Json
from storepact.model.values import lean_value

#: Errors that are kept, and heartbeats after which a store may be stale.
_MOST_ERRORS, _STALE_HEARTBEATS = 10, 4


@lean_value(frozen=True)
class SyncStatus:
    """What is known of a store. Times are in epoch milliseconds, 0 for never."""

    available: bool = False
    """Whether the last access was successful."""
    last_sync: int = 0
    errors: tuple[tuple[int, str, int], ...] = ()
    """Status, message and time of each failure."""

    def after_success(self, now: int) -> SyncStatus:
        """Return the status after the store was brought in step."""
        return replace(self, available=True, last_sync=now)

    def after_failure(self, failure: StoreFailed, now: int) -> SyncStatus:
        """Return the status after a failure; one that repeats the last one only moves its time."""
        errors = self.errors
        if errors and not self.available and errors[-1][:2] == (failure.status, failure.message):
            errors = errors[:-1]
        errors = (*errors, (failure.status, failure.message, now))[-_MOST_ERRORS:]
        return replace(self, available=False, errors=errors)

    def after_stop(self) -> SyncStatus:
        """Return the status once nothing is written any more: the store is out of step until it is again."""
        return replace(self, available=False)

    def render(self, now: int, interval: float, *, on: bool) -> dict[str, Json]:
        """Return the status as a response shows it; `interval` is the time between heartbeats in seconds."""
        is_old = now - self.last_sync > _STALE_HEARTBEATS * interval * 1000
        return {
            "available": on and self.available and not is_old,
            "potentiallyStale": is_old,
            "lastSync": self.last_sync,
            "lastError": self.errors[-1][2] if self.errors else 0,
            "errors": [
                {"statusCode": status, "message": message, "timestamp": time}
                for status, message, time in self.errors
            ],
        }
