"""A finding: one disagreement between two of document, contracts and provider."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from storepact.model.exchange import Exchange
from storepact.model.flaw import FlawKind, Subject
from storepact.model.story import StoryStep


class Severity(StrEnum):
    """Worst first. Each of them breaks the verdict; the order is for the reader."""

    CRITICAL = "critical"
    """A secret is out, or a door that should be locked is open."""
    ERROR = "error"
    """A promise is broken."""
    WARNING = "warning"
    """Something undocumented, that no known consumer suffers from."""

    @property
    def rank(self) -> int:
        """0 for the worst."""
        return list(Severity).index(self)


@dataclass(frozen=True)
class Finding:
    """What was found, where, and the smallest exchange that shows it.

    `locus` is the stable place (a JSON pointer with `*` for indices, a header, a status); together with source,
    operation and check it is the finding's identity. Nothing generated may enter it.
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
    """The sentence of ours that was broken."""
    pointer: str = ""
    """JSON pointer into the document."""
    line: int | None = None
    mutation: str | None = None
    case_source: str = ""
    exchange: Exchange | None = None
    curl: str = ""
    consumers: tuple[str, ...] = ()
    """Whose pacts touch the place: whom it hurts."""
    spared: tuple[str, ...] = ()
    """The consumers that do not rely on it."""
    others: tuple[str, ...] = ()
    """For a mismatch of one consumer's pact: who relies on the same place, and has a verdict of its own."""
    touches: str = ""
    """The part of an answer that it is about (`200 /name`), where the locus does not begin with it."""
    seen: int = 1
    """How many exchanges showed it."""
    story: tuple[StoryStep, ...] = ()
    """What was done up to the exchange, where that is needed to understand it."""
    flaw: FlawKind = FlawKind.VALUE
    """In which way the response is wrong."""
    subject: Subject = Subject()
    """What it is about, wherever it shows; given by the check's row in CHECKS."""
    member: str = ""
    """JSON pointer of the member within the resource or the error, or the name of a header in lower case; empty for the whole."""
    members: tuple[str, ...] = ()
    """Pointers to further members that it is about: those that are stale together, those inside an undescribed object."""
    value: str = ""
    """What the member holds, as JSON with sorted keys, cut at 200 characters; empty where it holds nothing."""
    allowed: tuple[str, ...] = ()
    """The values that are allowed, in the same form, where the flaw is that it is none of them."""
    refusal: str = ""
    """The error message in the response, where it is about a refusal."""
    request_flaws: tuple[str, ...] = ()
    """The documented rules that the request breaks."""

    @property
    def fingerprint(self) -> str:
        """12 hex digits of stable parts only: the same trouble has the same fingerprint in every run."""
        stable = "\x1f".join((self.source, self.operation, self.check, self.locus))
        return hashlib.sha256(stable.encode()).hexdigest()[:12]

    @property
    def weight(self) -> int:
        """The size of the exchange and of what led to it: the smaller, the better the evidence."""
        if self.exchange is None:
            return 0
        told = sum(1_000 + len(step.curl) for step in self.story)
        return (
            told
            + len(self.exchange.request.body or b"")
            + len(self.exchange.request.path)
            + len(self.exchange.response.body)
        )

    def with_(self, **changes: Any) -> Finding:
        """A changed copy."""
        return replace(self, **changes)
