"""Comparison of two schemas: their own differences, and the pairs of schemas below them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from storepact.drift.alternatives import Alternatives
from storepact.drift.constraints import (
    Change,
    compare_constraints,
    compare_types,
    compare_values,
    describe_types,
)
from storepact.drift.constructs import Omission, Omitted
from storepact.drift.equality import to_json
from storepact.drift.matching import Group, discriminators, match_alternatives
from storepact.drift.overlap import overlaps
from storepact.drift.schema_pairs import Comparison, Judge, Pair, Result, SchemaChange, Step
from storepact.drift.values import MAP_VALUES, label, tokens_of, value_schemas
from storepact.openapi.members import ELEMENT

#: How many members of an alternative are listed where it was added or removed.
_LISTED_MEMBERS = 6

#: Alternatives that are looked through for one that allows all that a removed or added one does.
_MOST_CONTAINERS = 40


def compare_alternatives(pair: Comparison) -> Iterator[Result]:
    """The differences of what two schemas allow, alternatives compared with their counterparts."""
    ours, theirs = pair.ours, pair.theirs
    groups = match_alternatives(ours, theirs, pair.judge.is_equal, pair.judge.has_same_text)
    if len(groups) == 1:
        yield from _compare_group(pair)
    else:
        separate = _separate_members(pair, groups)
        for mine, others in groups:
            left, right = ours.only(mine), theirs.only(others)
            if not others:
                yield from _removed_alternative(pair, left)
            elif not mine:
                yield from _added_alternative(pair, right)
            else:
                yield from _compare_group(replace(pair, ours=left, theirs=right, separate=separate))
        for name in sorted(separate):  # what tells alternatives apart is compared across all of them
            yield from _compare_separate(pair, name)
    yield from _compare_overlaps(pair)


def _separate_members(pair: Comparison, groups: list[Group]) -> frozenset[str]:
    """The members that tell alternatives apart, so that their own rules are compared across all of them.

    They need not be looked for where all alternatives are the same text, and no member that refers to
    something else has values that are listed: then they are equal.
    """
    ours, theirs = pair.ours, pair.theirs
    pairs = [(ours.only(mine), theirs.only(others)) for mine, others in groups]
    if all(pair.judge.is_same_text(left, right) for left, right in pairs):
        members = (
            schema.member(name)
            for left, right in pairs
            for name in pair.judge.different_members(left, right)
            for schema in (left, right)
        )
        if all(member is None or member.values is None for member in members):
            return frozenset()
    return discriminators(ours) | discriminators(theirs)


def _removed_alternative(pair: Comparison, left: Alternatives) -> Iterator[SchemaChange]:
    if not _fits_within(left, pair.theirs, lambda wide: pair.judge.contains(wide, left, tight_is_ours=True)):
        yield replace(pair.change("alternative-removed", _describe_alternative(left)), pointer=left.pointer)


def _added_alternative(pair: Comparison, right: Alternatives) -> Iterator[SchemaChange]:
    if not _fits_within(right, pair.ours, lambda wide: pair.judge.contains(wide, right, tight_is_ours=False)):
        yield replace(
            pair.change("alternative-added", "", _describe_alternative(right)), their_pointer=right.pointer
        )


def _fits_within(tight: Alternatives, schema: Alternatives, contains: Callable[[Alternatives], bool]) -> bool:
    """Whether some alternative of a schema allows all that `tight` does."""
    return bool(tight.branches) and any(
        contains(schema.only([index])) for index in range(min(len(schema.branches), _MOST_CONTAINERS))
    )


def _compare_separate(pair: Comparison, name: str) -> Iterator[SchemaChange]:
    before, after = pair.ours.member(name), pair.theirs.member(name)
    if before is not None and after is not None:
        yield from _at(compare_values(before, after), before, after, f"/{label(name)}")


def _compare_overlaps(pair: Comparison) -> Iterator[SchemaChange]:
    """Whether `oneOf` forbids values that the other document allows, as several alternatives fit them."""
    if not (pair.ours.keyword("oneOf") or pair.theirs.keyword("oneOf")):
        return
    before, after = overlaps(pair.ours), overlaps(pair.theirs)
    if bool(before) == bool(after):
        return
    if after and _has_path(pair.ours, pair.theirs, after, pair.judge, are_ours=True):
        yield pair.change("alternatives-exclusive")
    if before and _has_path(pair.theirs, pair.ours, before, pair.judge, are_ours=False):
        yield pair.change("alternatives-overlap")


def _has_path(
    schema: Alternatives,
    exclusive: Alternatives,
    pairs: list[tuple[int, int]],
    judge: Judge,
    *,
    are_ours: bool,
) -> bool:
    """Whether a schema certainly allows values that fit two alternatives of an exclusive one."""
    for index in range(min(len(schema.branches), _MOST_CONTAINERS)):
        alone = schema.only([index])
        fitting = {
            number
            for number in {number for pair in pairs for number in pair}
            if judge.contains(exclusive.only([number]), alone, tight_is_ours=are_ours)
        }
        if any(left in fitting and right in fitting for left, right in pairs):
            return True
    matches = {
        number
        for number in {number for pair in pairs for number in pair}
        if any(
            judge.contains(schema.only([index]), exclusive.only([number]), tight_is_ours=not are_ours)
            for index in range(min(len(schema.branches), _MOST_CONTAINERS))
        )
    }
    return any(left in matches and right in matches for left, right in pairs)


def _compare_group(pair: Comparison) -> tuple[Result, ...]:
    """Compare alternatives with their counterparts, once: many schemas have a schema as an alternative."""
    key = Pair(pair.ours.branches, pair.theirs.branches, pair.separate)
    if key not in pair.groups:
        pair.groups[key] = tuple(_compare_counterparts(pair))
    return pair.groups[key]


def _compare_counterparts(pair: Comparison) -> Iterator[Result]:
    ours, theirs = pair.ours, pair.theirs
    if pair.judge.is_same_text(ours, theirs):
        names = pair.judge.different_members(ours, theirs)
    else:
        names = tuple(dict.fromkeys((*ours.names, *theirs.names)))
        yield from _at(compare_types(ours, theirs), ours, theirs)
        if _are_disjoint(ours, theirs) or (
            ours.types != theirs.types and (ours.is_anything or theirs.is_anything)
        ):
            return  # what else is required of one type has no counterpart
        yield from _at(compare_constraints(ours, theirs), ours, theirs)
    for name in names:
        yield from _compare_elements(pair) if name == ELEMENT else _compare_member(pair, name)
    yield from _compare_map_values(pair)
    yield from _compare_values(pair)


def _at(
    changes: Iterator[Change], ours: Alternatives, theirs: Alternatives, member: str = ""
) -> Iterator[SchemaChange]:
    for change, before, after in changes:
        yield SchemaChange(change, member, before, after, ours.pointer, theirs.pointer)


def _are_disjoint(ours: Alternatives, theirs: Alternatives) -> bool:
    """Whether no value but null fits both."""
    return ours.types is not None and theirs.types is not None and not (ours.types & theirs.types) - {"null"}


def _compare_member(pair: Comparison, name: str) -> Iterator[Result]:
    ours, theirs = pair.ours, pair.theirs
    member = f"/{label(name)}"
    before, after = pair.visible(ours, name), pair.visible(theirs, name)
    need = "required" if theirs.requires(name) else "optional"
    if before is None and after is None:
        yield from _compare_forbidden(pair, name)
        return
    if before is None:
        change = pair.change(f"member-added-{need}", "", _describe(after), member=member)
        yield replace(change, their_pointer=after.pointer if after else "")
        return
    pointers = (before.pointer or ours.pointer, theirs.pointer)
    if after is None:
        yield SchemaChange(_removal(ours, theirs, name), member, _describe(before), "", *pointers)
        return
    if ours.requires(name) != theirs.requires(name):
        yield SchemaChange(f"member-became-{need}", member, "", "", pointers[0], after.pointer or pointers[1])
    if name not in pair.separate:
        yield pair.step(member, before, after)


def _removal(ours: Alternatives, theirs: Alternatives, name: str) -> str:
    """The change of a member that is no longer described; one that was only required is still allowed."""
    if theirs.forbids(name):
        return "member-forbidden"
    if not ours.requires(name):
        return "optional-member-removed"
    return "member-removed" if ours.describes(name) else "member-became-optional"


def _compare_forbidden(pair: Comparison, name: str) -> Iterator[SchemaChange | Omission]:
    """A member that nothing fits in one of the documents, and that the other one does not describe."""
    members = pair.ours.member(name), pair.theirs.member(name)
    if any(member is not None and member.branches for member in members):
        yield from _compare_hidden(pair, name)
        return
    are_forbidden = [schema.forbids(name) for schema in (pair.ours, pair.theirs)]
    if are_forbidden[0] != are_forbidden[1]:
        rule = "member-forbidden" if are_forbidden[1] else "object-opened"
        yield pair.change(rule, member=f"/{label(name)}")


def _compare_hidden(pair: Comparison, name: str) -> Iterator[Omission]:
    """A member that only travels in the other direction, where it may be compared."""
    pointers = [
        sorted({item for branch in schema.branches for item in value_schemas(schema.document, branch, name)})
        for schema in (pair.ours, pair.theirs)
    ]
    texts = [
        [to_json(schema.document.at(pointer)) for pointer in some]
        for schema, some in zip((pair.ours, pair.theirs), pointers, strict=True)
    ]
    if texts[0] != texts[1]:
        yield Omission(Omitted.OTHER_DIRECTION, (pointers[0] or pointers[1])[0])


def _compare_elements(pair: Comparison) -> Iterator[Result]:
    """The elements of arrays; those that one document does not describe may be anything."""
    before, after = pair.visible(pair.ours, ELEMENT), pair.visible(pair.theirs, ELEMENT)
    if before is not None and after is not None:
        if ELEMENT not in pair.separate:
            yield pair.step(f"/{ELEMENT}", before, after)
        return
    are_arrays = all(schema.types is None or "array" in schema.types for schema in (pair.ours, pair.theirs))
    if are_arrays and (before is not None or after is not None):
        yield pair.step(f"/{ELEMENT}", before, after)


def _compare_map_values(pair: Comparison) -> Iterator[Step]:
    """The members that are not described by name, where both documents allow them."""
    words = ("additionalProperties", "unevaluatedProperties")
    if not any(pair.ours.keyword(word) or pair.theirs.keyword(word) for word in words):
        return
    if pair.ours.has_no_further_members or pair.theirs.has_no_further_members:
        return
    before, after = pair.ours.values_at(MAP_VALUES), pair.theirs.values_at(MAP_VALUES)
    if before is not None or after is not None:
        yield pair.step(f"/{label(MAP_VALUES)}", before, after)


def _compare_values(pair: Comparison) -> Iterator[Step]:
    """Patterns of members, elements by position, names of members, contained elements, contents of texts."""
    for token in dict.fromkeys((*tokens_of(pair.ours.nodes), *tokens_of(pair.theirs.nodes))):
        before, after = pair.ours.values_at(token), pair.theirs.values_at(token)
        if before is not None or after is not None:
            yield pair.step(f"/{label(token)}", before, after)


def _describe(schema: Alternatives | None) -> str:
    return describe_types(None if schema is None else schema.types)


def _describe_alternative(schema: Alternatives) -> str:
    names = ", ".join([name for name in schema.names if name != ELEMENT][:_LISTED_MEMBERS])
    return f"{_describe(schema)} with {names}" if names else _describe(schema)
