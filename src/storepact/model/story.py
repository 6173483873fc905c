"""Stories: exchanges that belong together, as numbered steps, and responses that differ from predictions."""

from __future__ import annotations

from storepact.model.exchange import Exchange
from storepact.model.flaw import FlawKind
from storepact.model.values import lean_value


@lean_value(frozen=True)
class Divergence:
    """The response differs from what was predicted from earlier steps.

    `rule` is the name of the check that reports it; `member` is a JSON pointer into the body with `*` for
    indices, or empty.
    """

    rule: str
    member: str
    message: str
    expected: str = ""
    actual: str = ""
    detail: str = ""
    """Part of the finding's locus, where one member can be wrong in several ways."""
    flaw: FlawKind = FlawKind.VALUE
    members: tuple[str, ...] = ()
    """Pointers within the resource to all members that differ, where `member` is not the one that does."""
    value: str = ""
    """The value of the member as canonical JSON."""
    right: str = ""
    """The value that the member must have, as JSON; empty where no single value is right."""
    explanation: str = ""
    """Why the value must be another one; the second half of the finding's message."""


@lean_value(frozen=True)
class StoryStep:
    """One step for the reader: what was done, what the response was, and the line that repeats it."""

    does: str
    answered: str
    curl: str


@lean_value(frozen=True)
class SentRequest:
    """One of the requests that lead to a finding, with what is needed to send it again."""

    exchange: Exchange
    does: str = ""
    """What it does, for the reader."""
    role: str = ""
    """The role of its operation; empty where the request belongs to none."""
    kind: str = ""
    """The kind of the resource that it is aimed at."""
    created: str = ""
    """The id of the resource that it created."""
    mark: str = ""
    """A text that only its body contains."""
    absent: bool = False
    """Whether it is aimed at a resource that does not exist."""
    simultaneous: bool = False
    """Whether it was sent at the same moment as the requests beside it."""
