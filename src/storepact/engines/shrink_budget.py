"""The budget of a run for shrinking: how many exchanges it may take to show findings by less."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from storepact.model.finding import Finding
from storepact.model.flaw import Subject

#: Exchanges that may be spent on one cause.
MOST_PER_CAUSE = 40

#: Of so many exchanges of a run one may be spent on shrinking …
_SHARE = 3

#: … and so many before the run has sent much.
_FIRST = 2 * MOST_PER_CAUSE


@dataclass
class Grant:
    """Exchanges that may be spent on one finding."""

    left: int = MOST_PER_CAUSE

    def take(self, exchanges: int) -> bool:
        """Take so many exchanges; False, and nothing is taken, if fewer are left."""
        if exchanges > self.left:
            return False
        self.left -= exchanges
        return True


class ShrinkBudget:
    """Grants exchanges for shrinking: once for each cause, and about a third of the run's exchanges in all.

    It counts exchanges, not seconds, so that equal runs have equal findings.
    """

    def __init__(self, exchanges: Callable[[], int]) -> None:
        """`exchanges` counts those of the run so far, with those for shrinking."""
        self._exchanges = exchanges
        self._subjects: set[Subject] = set()
        self._spent = 0

    def spend(self, finding: Finding, shrink: Callable[[Grant], Finding]) -> Finding:
        """Return what `shrink` makes of a finding, with what it may spend.

        It is the finding itself if another one of its cause had that, or the run has no more to spend.
        """
        before = self._exchanges()
        left = min(MOST_PER_CAUSE, max(_FIRST, before // _SHARE) - self._spent)
        if left <= 0 or finding.subject in self._subjects:
            return finding
        self._subjects.add(finding.subject)
        smaller = shrink(Grant(left))
        self._spent += max(self._exchanges() - before, 0)
        return smaller
