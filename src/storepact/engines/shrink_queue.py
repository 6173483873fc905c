"""The findings of a process that can be shown by less, once all tests are done."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from storepact.engines.shrink_budget import Grant, Offer, offer_of
from storepact.model.errors import StorepactError
from storepact.model.finding import Finding
from storepact.model.flaw import Subject

#: Returns the finding, with a smaller request or a shorter story if the granted exchanges lead to one.
Shrink = Callable[[Grant], Finding]


class ShrinkQueue:
    """Keeps one finding of each cause: the first in the order of offers, whenever its test was run."""

    def __init__(self) -> None:
        self._waiting: dict[Subject, tuple[Offer, Finding, Shrink]] = {}

    def add(self, finding: Finding, test: str, shrink: Shrink) -> None:
        """Add a finding of a test, unless one of its cause comes before it."""
        offer = offer_of(finding, test)
        kept = self._waiting.get(offer.subject)
        if kept is None or offer < kept[0]:
            self._waiting[offer.subject] = (offer, finding, shrink)

    @property
    def offers(self) -> list[Offer]:
        """What can be shrunk."""
        return [offer for offer, _, _ in self._waiting.values()]

    def shrink(self, offer: Offer, exchanges: int) -> Finding | None:
        """Shrink what is offered with so many exchanges; None where that shows it by nothing less."""
        _, finding, shrink = self._waiting.pop(offer.subject)
        with suppress(StorepactError):  # the target does not answer any more, or a budget is used up
            smaller = shrink(Grant(exchanges))
            return None if smaller is finding else smaller
        return None
