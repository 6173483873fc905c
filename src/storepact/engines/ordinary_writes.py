"""Ordinary writes, which nothing judges, and how many of them the provider counts: its limits show it.

A provider that does each write twice counts it once; where something on the way sends it twice, it counts
two.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from storepact.engines.inventory import Inventory
from storepact.engines.prepare import Preparer
from storepact.model.case import NOTHING, Case
from storepact.model.errors import PrerequisiteMissing, ResponseLost
from storepact.model.values import lean_value
from storepact.transport.limit_headers import Window, windows_of

if TYPE_CHECKING:
    from storepact.transport.client import Target

#: So often ordinary writes are sent, and reads; each time they have to count as they did the first time.
_TRIALS = 3

#: More requests than these are no second delivery of a create, an update and a delete.
_MOST_EXTRA = 3

#: Seconds by which two statements of the same reset may differ.
_SAME_RESET = 0.5


@lean_value(frozen=True)
class OrdinaryWrites:
    """Sends them to one target."""

    target: Target
    preparer: Preparer
    inventory: Inventory

    def are_counted_twice(self) -> bool:
        """Whether more of them are counted each time than were sent, and reads are counted once.

        False where no limit of the provider counts the requests of all operations.
        """
        try:
            by_writes = [self._extra(self.send) for _ in range(_TRIALS)]
            by_reads = [self._extra(self._read) for _ in range(_TRIALS)]
        except (PrerequisiteMissing, ResponseLost):
            return False
        return any(
            all(1 <= extra.get(name, 0) <= _MOST_EXTRA for extra in by_writes)
            and all(extra.get(name) == 0 for extra in by_reads)
            for name in by_writes[0]
        )

    def send(self) -> None:
        """Create, change and delete a resource.

        Raises:
            PrerequisiteMissing: the run may create nothing more.
            ResponseLost: a write has no answer.

        """
        family = self.preparer.family
        patch = family.ordinary_patch(self.preparer.run_marker)

        def change(identifier: str) -> None:
            if patch is not NOTHING and self.preparer.has_operation("update"):
                case = Case(self.preparer.operation("update").id, family.kinds[0], "setup", body=patch)
                self.target.send(self.preparer.prepare(case, identifier, self.preparer.scope))

        self.inventory.try_create(self.preparer.scope, family.kinds[0], change)

    def _read(self) -> None:
        self._windows()

    def _extra(self, send: Callable[[], None]) -> dict[str, int]:
        """By how much each limit has counted more than was sent; without those that began anew in between."""
        extra: dict[str, int] = {}
        for _ in range(_TRIALS):
            before, sent_before = self._windows(), self.target.delivery.traffic.sent
            send()
            after = self._windows()
            sent = self.target.delivery.traffic.sent - sent_before
            extra = {
                name: before[name].remaining - window.remaining - sent
                for name, window in after.items()
                if name in before and abs(window.reset - before[name].reset) < _SAME_RESET
            }
            if extra or not after:
                break
        return extra

    def _windows(self) -> dict[str, Window]:
        case = Case(self.preparer.operation("list").id, source="setup")
        exchange = self.target.send(self.preparer.prepare(case, scope=self.preparer.scope))
        values = {name.lower(): value for name, value in exchange.response.headers}
        return dict(windows_of(values, time.time()))
