"""An outcome: what became of one question that a suite asked."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

#: The suites of a whole run, in the order in which they are asked.
SUITES = ("document", "pacts", "lifecycle", "protection", "conformance")


class Status(StrEnum):
    """Three-valued, and skipped with a reason: what was not asked has not passed."""

    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"
    UNDETERMINED = "undetermined"


class Verdict(StrEnum):
    """What the gate says in the end."""

    CONFORMS = "conforms"
    BROKEN = "broken"
    UNDETERMINED = "undetermined"

    @property
    def exit_code(self) -> int:
        """0 conforms, 1 broken, 3 undetermined (2 is for wrong usage, which has no verdict)."""
        return {Verdict.CONFORMS: 0, Verdict.BROKEN: 1, Verdict.UNDETERMINED: 3}[self]


@dataclass(frozen=True)
class Outcome:
    """One question's answer. `seconds` is wall clock."""

    suite: str
    name: str
    status: Status
    reason: str = ""
    seconds: float = 0.0


@dataclass(frozen=True)
class NotVerified:
    """Something that the run could not look at, and why."""

    what: str
    reason: str
