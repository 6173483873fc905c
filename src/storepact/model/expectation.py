"""Expectations: the responses to one request that the documents allow."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from functools import lru_cache

from storepact.model.flaw import FlawKind
from storepact.model.values import lean_value


class Promise(StrEnum):
    """How much the documents promise."""

    ACCEPT = "accept"
    """They promise success."""
    REFUSE = "refuse"
    """They promise a refusal."""
    SILENT = "silent"
    """They leave it open: success and refusal are both allowed."""


@lean_value(frozen=True)
class Flaw:
    """One thing about a request that may or must lead to a refusal.

    `certain` flaws must be refused; the others may be (see DECISIONS.md: the documents are silent).
    """

    why: str
    statuses: frozenset[int]
    certain: bool = True
    rule: str = "body"
    """What it breaks: body, json, auth, permission, version, path, verb, id; part of a finding's locus."""
    accepted: FlawKind = FlawKind.ACCEPTED
    """The flaw of a response that accepts the request all the same."""
    members: tuple[str, ...] = ()
    """JSON pointers into the resource: the path of a failed test, the place that a patch needs."""


@lean_value(frozen=True)
class Expectation:
    """The statuses that a response may have, and why."""

    promise: Promise
    why: str
    statuses: frozenset[int]
    """Every status that keeps the promise, success included where it is allowed."""
    rule: str = ""
    flaws: tuple[Flaw, ...] = ()
    """All flaws of the request."""

    @classmethod
    def of(cls, flaws: Sequence[Flaw], success: frozenset[int]) -> Expectation:
        """The expectation that the flaws of a request make; a provider may look at them in any order."""
        return _expectation(tuple(flaws), success)

    @property
    def deciding_flaw(self) -> Flaw | None:
        """The flaw whose rule decided the promise; None where no single flaw decided it."""
        return next((flaw for flaw in self.flaws if flaw.certain and flaw.rule == self.rule), None)


@lru_cache(2_000)
def _expectation(flaws: tuple[Flaw, ...], success: frozenset[int]) -> Expectation:
    if not flaws:
        return Expectation(Promise.ACCEPT, "nothing is wrong with the request", success)
    refusals = frozenset().union(*(flaw.statuses for flaw in flaws))
    certain = [flaw for flaw in flaws if flaw.certain]
    if certain:
        why = "; ".join(flaw.why for flaw in certain)
        return Expectation(Promise.REFUSE, why, refusals, certain[0].rule, flaws)
    why = "; ".join(flaw.why for flaw in flaws)
    return Expectation(Promise.SILENT, why, refusals | success, flaws[0].rule, flaws)
