"""The clock of a run: when it began, and how long it took."""

from __future__ import annotations

import time
from dataclasses import field
from datetime import UTC, datetime

from storepact.model.values import lean_value


@lean_value(frozen=True)
class Clock:
    """When a run began: as a time of day, and as a monotonic number of seconds."""

    started: datetime = field(default_factory=lambda: datetime.now(UTC))
    monotonic: float = field(default_factory=time.monotonic)
    duration: float | None = None
    """The seconds that it took, where it is over."""

    @property
    def seconds(self) -> float:
        """The seconds since then, up to its end."""
        return self.duration if self.duration is not None else time.monotonic() - self.monotonic

    def seconds_until(self, moment: float | None) -> float | None:
        """The seconds from the start to a moment of the epoch; None where parts of the run began apart."""
        if moment is None or self.duration is not None:
            return None
        return round(max(moment - self.started.timestamp(), 0.0), 3)
