"""A finding: one disagreement between two of OpenAPI document, pacts and provider."""

from __future__ import annotations

import hashlib
from dataclasses import field, replace
from enum import StrEnum
from typing import Any

from storepact.model.exchange import Exchange
from storepact.model.flaw import FlawKind, Subject
from storepact.model.story import SentRequest, StoryStep
from storepact.model.values import lean_value


class Severity(StrEnum):
    """How bad a finding is, worst first. Each severity breaks the verdict; the order is for the reader."""

    CRITICAL = "critical"
    """A secret is exposed, or a request is let in that must not be."""
    ERROR = "error"
    """A documented promise is broken."""
    WARNING = "warning"
    """Something is undocumented, and affects no known consumer."""

    @property
    def rank(self) -> int:
        """0 for the worst."""
        return list(Severity).index(self)


def fingerprint_of(source: str, operation: str, check: str, locus: str) -> str:
    """12 hex digits that stand for these parts of a finding."""
    stable = "\x1f".join((source, operation, check, locus))
    return hashlib.sha256(stable.encode()).hexdigest()[:12]


@lean_value(frozen=True)
class Finding:
    """What is wrong, where, and the smallest exchange that shows it.

    `locus` is the stable place (a JSON pointer with `*` for indices, a header, a status); together with
    source, operation and check it is the finding's identity. Nothing that is generated may be part of it.
    """

    code: str
    check: str
    severity: Severity
    source: str
    operation: str
    locus: str
    message: str
    expected: str = ""
    actual: str = ""
    rule: str = ""
    """The rule of the check, as a sentence."""
    pointer: str = ""
    """JSON pointer into the document."""
    line: int | None = None
    mutation: str | None = None
    case_source: str = ""
    exchange: Exchange | None = None
    curl: str = ""
    creates: bool = False
    """Whether the curl lines create what they need, so that they show it on a fresh target."""
    consumers: tuple[str, ...] = ()
    """The consumers that it affects: their pacts rely on the place."""
    spared: tuple[str, ...] = ()
    """The consumers that do not rely on it."""
    others: tuple[str, ...] = ()
    """For a mismatch of one consumer's pact: those that rely on the same place, with their own verdict."""
    touches: str = ""
    """The part of a response that it is about (`200 /name`), where the locus does not begin with it."""
    former_locus: str = ""
    """The locus that earlier versions gave it, where that was another one."""
    seen: int = 1
    """How many exchanges showed it."""
    story: tuple[StoryStep, ...] = ()
    """The steps up to the exchange, where they are needed to understand it."""
    requests: tuple[SentRequest, ...] = ()
    """Every request that shows it, the last one with the exchange; empty where no request was sent."""
    scenario: str = ""
    """The name of the scenario that it was found in."""
    stale: bool = False
    """Whether the same read showed the new state a little later."""
    flaw: FlawKind = FlawKind.VALUE
    """In which way the response is wrong."""
    subject: Subject = field(default_factory=Subject)
    """What it is about, wherever it shows; given by the check's row in CHECKS."""
    member: str = ""
    """JSON pointer within the resource or the error, or a header's name in lower case; empty: the whole."""
    members: tuple[str, ...] = ()
    """Pointers to further members: those that are stale together, those inside an undescribed object."""
    value: str = ""
    """What the member holds, as JSON with sorted keys, cut at 200 characters; empty if it holds nothing."""
    allowed: tuple[str, ...] = ()
    """The values that are allowed, in the same form, where the flaw is that it is none of them."""
    right: str = ""
    """The value that the member must have, as JSON; empty where no single value is right."""
    statuses: tuple[int, ...] = ()
    """The statuses that the response may have."""
    refusal: str = ""
    """The error message in the response, where it is about a refusal."""
    request_flaws: tuple[str, ...] = ()
    """The documented rules that the request breaks."""
    repetitions: int = 1
    """How often its story has to be sent until it shows the finding; the lines are a loop of as many."""
    pact: tuple[str, str] | None = None
    """The file name of the pact that is one of the sides, and a JSON pointer into it."""

    @property
    def fingerprint(self) -> str:
        """12 hex digits of stable parts only: the same finding has the same fingerprint in every run."""
        return fingerprint_of(self.source, self.operation, self.check, self.locus)

    @property
    def former_fingerprint(self) -> str:
        """The fingerprint that earlier versions gave it; empty where it is the same."""
        if self.former_locus in ("", self.locus):
            return ""
        return fingerprint_of(self.source, self.operation, self.check, self.former_locus)

    @property
    def weight(self) -> int:
        """The size of the exchange and of the steps before it: the smaller, the better the evidence.

        Lines whose repetitions have been counted are better evidence than those of an equal story.
        """
        if self.exchange is None:
            return 0
        request, response = self.exchange.request, self.exchange.response
        steps = sum(1_000 + len(step.curl) for step in self.story)
        steps -= 500 if self.repetitions > 1 else 0
        return steps + len(request.body or b"") + len(request.path) + len(response.body)

    def with_(self, **changes: Any) -> Finding:
        """A changed copy."""
        return replace(self, **changes)
