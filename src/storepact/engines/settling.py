"""Settling: a read that shows an earlier state is repeated for a short time, to tell late from wrong."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import TypeVar

from storepact.model.network import Traffic
from storepact.model.values import lean_value

T = TypeVar("T")


@lean_value(frozen=True)
class Clock:
    """How time is read and spent."""

    now: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep


#: The clock of this machine.
SYSTEM_CLOCK = Clock()

#: Seconds between reads where the user has given no time: enough to find out that reads are late.
_PROBING = (0.1, 0.1, 0.2, 0.3, 0.5, 0.8)

#: Seconds between reads within the given time: the first pause, which is doubled, and the longest one.
_FIRST, _LONGEST = 0.05, 1.0

#: After so many reads that stay wrong for the whole time, further ones of a provider whose reads were never
#: late are judged at once.
_MOST_FRUITLESS = 3


class Settling:
    """Repeats reads of one process; `limit` are the seconds that the user allows, None without `--settle`."""

    def __init__(self, traffic: Callable[[], Traffic], limit: float | None, *, is_live: bool) -> None:
        """Only reads of a live target (`is_live`) are repeated; `traffic` is where late ones are counted."""
        self._traffic, self._limit, self._is_live = traffic, limit, is_live
        self._clock = SYSTEM_CLOCK
        self._late = self._fruitless = 0
        self._wrong: set[str] = set()

    @property
    def forgives(self) -> bool:
        """Whether a late read is no finding."""
        return bool(self._limit)

    @property
    def has_late_reads(self) -> bool:
        """Whether a read was late in this process."""
        return bool(self._late)

    @property
    def pause(self) -> float:
        """Seconds after which reads show what was written, as far as is known."""
        return self._limit or (self._traffic().stale_s if self._late else 0.0)

    def wait(self) -> None:
        """Wait until reads show what was written, where they are known to be late."""
        if self._is_live and self.pause:
            self._clock.sleep(self.pause)

    def repeat(self, what: str, read: Callable[[], T], is_new: Callable[[T], bool]) -> T | None:
        """The first reading that is new; None if none is in time, or if it is not tried.

        `what` names the place that shows an earlier state; one that stayed wrong is not waited for again.
        """
        is_settled = self._fruitless >= _MOST_FRUITLESS and not self._late
        if not self._is_live or what in self._wrong or is_settled:
            return None
        began = self._clock.now()
        for pause in self._pauses():
            self._clock.sleep(pause)
            reading = read()
            if is_new(reading):
                self._late += 1
                self._traffic().add_stale(self._clock.now() - began)
                return reading
        self._fruitless += 1
        self._wrong.add(what)
        return None

    def _pauses(self) -> Iterator[float]:
        if not self._limit:
            yield from _PROBING
            return
        left, pause = self._limit, _FIRST
        while left > 0:
            yield min(pause, left)
            left, pause = left - pause, min(2 * pause, _LONGEST)
