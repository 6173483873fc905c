"""A live target whose every request is checked by the guard before it is sent."""

from __future__ import annotations

from typing import Any

from storepact.engines.guard import Guard
from storepact.model.case import PreparedRequest
from storepact.model.exchange import Exchange
from storepact.transport.client import Target


class GuardedTarget(Target):
    """A target with a guard. `guard` is None until the workspace is complete, and nothing is sent before."""

    guard: Guard | None = None

    def send(self, prepared: PreparedRequest, **options: Any) -> Exchange:
        """Send a request that the guard allows; see `Target.send`.

        Raises:
            PrerequisiteMissing: the guard refuses it, or the target is read-only and it would write.

        """
        if self.guard is None:
            return super().send(prepared, **options)
        self.guard.check(prepared)
        exchange = super().send(prepared, **options)
        self.guard.observe(prepared, exchange)
        return exchange
