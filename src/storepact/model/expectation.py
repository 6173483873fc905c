"""What the documents say a provider may answer to one request."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from storepact.model.flaw import FlawKind


class Promise(StrEnum):
    """How much the documents say."""

    ACCEPT = "accept"
    """They promise success."""
    REFUSE = "refuse"
    """They promise a refusal."""
    SILENT = "silent"
    """They leave it open: either answer keeps them."""


@dataclass(frozen=True)
class Flaw:
    """One thing about a request that may or must lead to a refusal.

    `certain` flaws must be refused; the others may be (the documents are silent or disagree, see DECISIONS.md).
    """

    why: str
    statuses: frozenset[int]
    certain: bool = True
    rule: str = "body"
    """What it offends: body, json, auth, permission, version, path, verb, id; part of a finding's locus."""
    accepted: FlawKind = FlawKind.ACCEPTED
    """The flaw of a response that accepts the request all the same."""
    members: tuple[str, ...] = ()
    """JSON pointers into the resource, where it is about what is there: the path of a test, the place that a patch needs."""


@dataclass(frozen=True)
class Expectation:
    """What may be answered, and why."""

    promise: Promise
    why: str
    statuses: frozenset[int]
    """Every status that keeps the promise; success included where it is allowed."""
    rule: str = ""
    flaws: tuple[Flaw, ...] = ()
    """All that led to it."""

    @classmethod
    def of(cls, flaws: Sequence[Flaw], success: frozenset[int]) -> Expectation:
        """Weigh the flaws of a request: the order in which a provider looks at them is its own affair."""
        found = tuple(flaws)
        if not found:
            return cls(Promise.ACCEPT, "nothing is wrong with the request", success)
        refusals = frozenset().union(*(flaw.statuses for flaw in flaws))
        certain = [flaw for flaw in flaws if flaw.certain]
        if certain:
            why = "; ".join(flaw.why for flaw in certain)
            return cls(Promise.REFUSE, why, refusals, certain[0].rule, found)
        why = "; ".join(flaw.why for flaw in flaws)
        return cls(Promise.SILENT, why, refusals | success, flaws[0].rule, found)

    @property
    def deciding_flaw(self) -> Flaw | None:
        """The flaw whose rule decided the promise; None where nothing is wrong, or no single flaw decided it."""
        return next((flaw for flaw in self.flaws if flaw.certain and flaw.rule == self.rule), None)
