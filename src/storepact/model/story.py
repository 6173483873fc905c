"""Stories: several exchanges that belong together, told as numbered steps, and where an answer left the oracle's path."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Divergence:
    """An answer that is not what all that was done before makes it.

    `rule` is the name of the check that speaks of it; `member` is a JSON pointer into the body with `*` for indices, or empty.
    """

    rule: str
    member: str
    message: str
    expected: str = ""
    actual: str = ""
    detail: str = ""
    """Told apart in the finding's locus, where one member can go wrong in several ways."""


@dataclass(frozen=True)
class StoryStep:
    """One step as a person reads it: what was done, what was answered, and the line that does it again."""

    does: str
    answered: str
    curl: str
