"""Comparison of two schemas, member by member; alternatives are compared with their counterparts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from storepact.drift.alternatives import Alternatives
from storepact.drift.branches import Branch
from storepact.drift.constraints import (
    Change,
    compare_constraints,
    compare_types,
    compare_values,
    describe_types,
)
from storepact.drift.matching import discriminators, match_alternatives
from storepact.openapi.members import ELEMENT
from storepact.openapi.pointers import escape

#: Members nested more deeply are not compared.
_DEEPEST = 40

#: How many members of an alternative are listed where it was added or removed.
_LISTED_MEMBERS = 6


@dataclass(frozen=True)
class SchemaChange:
    """One difference of two schemas.

    `change` is the rule's id without the part, `member` a JSON pointer into the value (`*` for elements),
    `pointer` the place in our document.
    """

    change: str
    member: str
    ours: str = ""
    theirs: str = ""
    pointer: str = ""


@dataclass(frozen=True)
class _Comparison:
    """Two schemas that describe the same member."""

    ours: Alternatives
    theirs: Alternatives
    member: str
    hidden: str
    above: frozenset[tuple[tuple[Branch, ...], tuple[Branch, ...]]] = frozenset()
    """The pairs of schemas on the way here, which end a recursion."""
    separate: frozenset[str] = frozenset()
    """Members whose own rules are compared elsewhere."""

    def change(self, name: str, before: str = "", after: str = "", *, member: str = "") -> SchemaChange:
        """A difference of this member, or of one below it."""
        return SchemaChange(name, member or self.member, before, after, self.ours.pointer)

    def below(self, name: str) -> tuple[str, Alternatives | None, Alternatives | None]:
        """A member of both: its pointer, and each schema that is described and travels in this direction."""
        pointer = f"{self.member}/{name if name == ELEMENT else escape(name)}"
        return pointer, self._visible(self.ours, name), self._visible(self.theirs, name)

    def _visible(self, schema: Alternatives, name: str) -> Alternatives | None:
        member = schema.member(name)
        flags = member.keyword(self.hidden) if member is not None and self.hidden else []
        return None if flags and all(flag is True for flag in flags) else member


def compare_schemas(ours: Alternatives, theirs: Alternatives, hidden: str = "") -> Iterator[SchemaChange]:
    """Every difference of two schemas and of their members, each once.

    `hidden` is the keyword that excludes a member: `readOnly` in requests, `writeOnly` in responses.
    """
    yield from dict.fromkeys(_compare(_Comparison(ours, theirs, "", hidden)))


def _compare(pair: _Comparison) -> Iterator[SchemaChange]:
    ours, theirs = pair.ours, pair.theirs
    branches = (ours.branches, theirs.branches)
    if branches in pair.above or pair.member.count("/") > _DEEPEST:
        return
    pair = replace(pair, above=pair.above | {branches}, separate=frozenset())
    groups = match_alternatives(ours, theirs)
    if len(groups) == 1:
        yield from _compare_group(pair)
        return
    separate = discriminators(ours) | discriminators(theirs)
    for mine, others in groups:
        left, right = ours.only(mine), theirs.only(others)
        if not others:
            change = pair.change("alternative-removed", _describe_alternative(left))
            yield replace(change, pointer=left.pointer)
        elif not mine:
            yield pair.change("alternative-added", "", _describe_alternative(right))
        else:
            yield from _compare_group(replace(pair, ours=left, theirs=right, separate=separate))
    for name in sorted(separate):  # what tells alternatives apart is compared across all of them
        before, after = ours.member(name), theirs.member(name)
        if before is not None and after is not None:
            yield from _at(compare_values(before, after), f"{pair.member}/{escape(name)}", before.pointer)


def _compare_group(pair: _Comparison) -> Iterator[SchemaChange]:
    ours, theirs = pair.ours, pair.theirs
    yield from _at(compare_types(ours, theirs), pair.member, ours.pointer)
    if _are_disjoint(ours, theirs):
        return  # what else is required of one type has no counterpart
    yield from _at(compare_constraints(ours, theirs), pair.member, ours.pointer)
    for name in dict.fromkeys((*ours.names, *theirs.names)):
        yield from _compare_elements(pair) if name == ELEMENT else _compare_member(pair, name)


def _at(changes: Iterator[Change], member: str, pointer: str) -> Iterator[SchemaChange]:
    for change, before, after in changes:
        yield SchemaChange(change, member, before, after, pointer)


def _are_disjoint(ours: Alternatives, theirs: Alternatives) -> bool:
    """Whether no value but null fits both."""
    return ours.types is not None and theirs.types is not None and not (ours.types & theirs.types) - {"null"}


def _compare_member(pair: _Comparison, name: str) -> Iterator[SchemaChange]:
    ours, theirs = pair.ours, pair.theirs
    member, before, after = pair.below(name)
    need = "required" if theirs.requires(name) else "optional"
    if before is None and after is None:
        return
    if before is None:
        yield pair.change(f"member-added-{need}", "", _describe(after), member=member)
        return
    pointer = before.pointer or ours.pointer
    if after is None:
        removed = "member-removed" if ours.requires(name) else "optional-member-removed"
        change = "member-forbidden" if theirs.is_closed else removed
        yield SchemaChange(change, member, _describe(before), "", pointer)
        return
    if ours.requires(name) != theirs.requires(name):
        yield SchemaChange(f"member-became-{need}", member, "", "", pointer)
    if name not in pair.separate:
        yield from _compare(replace(pair, ours=before, theirs=after, member=member))


def _compare_elements(pair: _Comparison) -> Iterator[SchemaChange]:
    """The elements of arrays; those that one document does not describe may be anything."""
    member, before, after = pair.below(ELEMENT)
    if before is not None and after is not None:
        if ELEMENT not in pair.separate:
            yield from _compare(replace(pair, ours=before, theirs=after, member=member))
        return
    described = before or after
    are_arrays = all("array" in (schema.types or ()) for schema in (pair.ours, pair.theirs))
    if described is None or described.types is None or not are_arrays:
        return
    if after is None:
        yield pair.change("type-widened", _describe(described), "any type", member=member)
    else:
        yield pair.change("type-narrowed", "any type", _describe(described), member=member)


def _describe(schema: Alternatives | None) -> str:
    return describe_types(None if schema is None else schema.types)


def _describe_alternative(schema: Alternatives) -> str:
    names = ", ".join([name for name in schema.names if name != ELEMENT][:_LISTED_MEMBERS])
    return f"{_describe(schema)} with {names}" if names else _describe(schema)
