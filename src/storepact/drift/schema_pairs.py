"""Two schemas to be compared, and what a comparison of them yields."""

from __future__ import annotations

from dataclasses import field
from typing import Protocol

from storepact.drift.alternatives import Alternatives
from storepact.drift.branches import Branch
from storepact.drift.constructs import Omission
from storepact.model.values import lean_value
from storepact.openapi.members import ELEMENT


@lean_value(frozen=True)
class SchemaChange:
    """One difference of two schemas.

    `change` is the rule's id without the part, `member` a JSON pointer from the pair of schemas on (`*` for
    elements), `pointer` the place in our document, `their_pointer` the place in theirs.
    """

    change: str
    member: str = ""
    ours: str = ""
    theirs: str = ""
    pointer: str = ""
    their_pointer: str = ""


@lean_value(frozen=True)
class Pair:
    """Two schemas that describe the same member, by their alternatives."""

    ours: tuple[Branch, ...]
    theirs: tuple[Branch, ...]
    separate: frozenset[str] = frozenset()
    """Members whose own rules are compared elsewhere."""


@lean_value(frozen=True)
class Step:
    """The way from one pair to another: the label of a member, with a slash before it, or nothing."""

    member: str
    pair: Pair


Result = SchemaChange | Step | Omission


class Judge(Protocol):
    """Decides how the values relate that two schemas allow."""

    def is_equal(self, ours: Alternatives, theirs: Alternatives) -> bool:
        """Whether they do not differ."""

    def contains(self, wide: Alternatives, tight: Alternatives, *, tight_is_ours: bool) -> bool:
        """Whether every value of `tight` is one of `wide`."""

    def is_same_text(self, ours: Alternatives, theirs: Alternatives) -> bool:
        """Whether both are the same text, though what they refer to may differ."""

    def has_same_text(self, ours: Alternatives, theirs: Alternatives) -> bool:
        """Whether two single alternatives are the same text."""

    def different_members(self, ours: Alternatives, theirs: Alternatives) -> tuple[str, ...]:
        """The members that differ in schemas of the same text, as they refer to something that differs."""


@lean_value(frozen=True)
class Comparison:
    """Two schemas, and what excludes a member: `readOnly` in requests, `writeOnly` in responses."""

    ours: Alternatives
    theirs: Alternatives
    hidden: str
    judge: Judge
    separate: frozenset[str] = frozenset()
    groups: dict[Pair, tuple[Result, ...]] = field(default_factory=dict)
    """The results of alternatives that were compared with their counterparts."""

    def change(self, name: str, before: str = "", after: str = "", *, member: str = "") -> SchemaChange:
        """A difference of this member, or of one below it."""
        return SchemaChange(name, member, before, after, self.ours.pointer, self.theirs.pointer)

    def step(self, member: str, ours: Alternatives | None, theirs: Alternatives | None) -> Step:
        """The way to a pair of schemas; those that are None allow everything."""
        before = ours if ours is not None else Alternatives.anything(self.ours.document)
        after = theirs if theirs is not None else Alternatives.anything(self.theirs.document)
        return Step(member, Pair(before.branches, after.branches))

    def visible(self, schema: Alternatives, name: str) -> Alternatives | None:
        """A member that is described, that some value fits, and that travels in this direction."""
        member = schema.member(name)
        if member is None or (not member.branches and name != ELEMENT):
            return None
        flags = member.keyword(self.hidden) if self.hidden else []
        return None if flags and all(flag is True for flag in flags) else member
