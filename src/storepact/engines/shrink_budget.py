"""The budget of a run for shrinking: how many exchanges it may take to show findings by less."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from storepact.model.finding import Finding
from storepact.model.flaw import Subject
from storepact.model.values import lean_value

#: Exchanges that may be spent on one cause.
MOST_PER_CAUSE = 40

#: Of so many exchanges of a run one may be spent on shrinking …
_SHARE = 3

#: … and so many where it has not sent much.
_LEAST = 2 * MOST_PER_CAUSE


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


@lean_value(frozen=True, order=True)
class Offer:
    """A finding that can be shown by less, in any process of the run. Their order is that of all offers."""

    severity: int
    code: str
    fingerprint: str
    test: str
    subject: Subject = field(compare=False)


def offer_of(finding: Finding, test: str) -> Offer:
    """The offer to shrink a finding of a test."""
    return Offer(finding.severity.rank, finding.code, finding.fingerprint, test, finding.subject)


def distribute(offers: Iterable[Offer], exchanges: int, least: int = _LEAST) -> Iterator[tuple[Offer, int]]:
    """Yield the offers that are accepted, each with the exchanges that may be spent on it.

    One of each cause is accepted, until a third of the run's `exchanges` is spent; at `least` so many. What
    is accepted does not depend on the process that makes an offer, and exchanges are counted, not seconds:
    equal runs have equal findings.
    """
    left, subjects = max(least, exchanges // _SHARE), set[Subject]()
    for offer in sorted(offers):
        if offer.subject in subjects:
            continue
        if left <= 0:
            return
        subjects.add(offer.subject)
        yield offer, min(MOST_PER_CAUSE, left)
        left -= MOST_PER_CAUSE
