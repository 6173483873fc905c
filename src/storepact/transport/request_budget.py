"""The requests that a run may send, `--max-requests`: never more of them, those of its clean-up included."""

from __future__ import annotations

from typing import Protocol

from storepact.model.errors import BudgetExhausted

#: Requests that are kept back for what a create may leave: its delete, and a look for it with another delete.
CLEAN_UP = 3


class Spent(Protocol):
    """The part of the shared state that counts requests."""

    requests: int
    """Those that were sent."""
    kept_back: int
    """Those that all processes together keep for their clean-up."""


class Allowance(Protocol):
    """Hands out a budget in portions, to processes that share no file."""

    def take(self) -> int:
        """Return the size of a further portion; 0 if nothing is left."""


class RequestBudget:
    """What one process may send of the requests of a run."""

    def __init__(self, most: int | None, reserve: int = 0, allowance: Allowance | None = None) -> None:
        """`most` for all processes; the last `reserve` of them are for the look at the run's end only.

        With an `allowance` this process may send what that hands out, and `most` is for messages.
        """
        self._most, self._reserve, self._allowance = most, reserve, allowance
        self._granted = 0
        self._kept_back = 0

    @property
    def is_limited(self) -> bool:
        """Whether there is a limit at all."""
        return self._most is not None

    def check(self, spent: Spent, further: int = 1) -> None:
        """Make sure that so many further requests may be sent or kept back.

        Raises:
            BudgetExhausted: they may not.

        """
        if self._most is None:
            return
        needed = spent.requests + spent.kept_back + further
        if needed > self._limit(needed):
            raise BudgetExhausted(f"--max-requests {self._most} is used up: raise it, or test less at once")

    def _limit(self, needed: int) -> int:
        """How many requests this process may have counted; of an allowance it takes no more than needed."""
        if self._allowance is None:
            return (self._most or 0) - self._reserve
        while self._granted < needed and (portion := self._allowance.take()):
            self._granted += portion
        return self._granted

    def keep_back(self, spent: Spent, number: int, before: int = 1) -> None:
        """Keep so many requests for the clean-up of this process, in place of what it has kept until now.

        `before` requests are about to be sent beside them.

        Raises:
            BudgetExhausted: not so many are left.

        """
        change = number - self._kept_back
        if change > 0:
            self.check(spent, change + before)
        self._change(spent, number)

    def let_go(self, spent: Spent, number: int) -> None:
        """Keep no more than so many requests for the clean-up of this process."""
        self._change(spent, min(number, self._kept_back))

    def _change(self, spent: Spent, number: int) -> None:
        spent.kept_back += number - self._kept_back
        self._kept_back = number

    def draw(self, spent: Spent) -> None:
        """Take the next request of the clean-up from what is kept back; without any it leaves, too."""
        self._change(spent, max(0, self._kept_back - 1))
