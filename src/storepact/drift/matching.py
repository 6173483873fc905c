"""Which alternatives of two schemas describe the same thing, and are compared with each other."""

from __future__ import annotations

from collections.abc import Callable

from storepact.drift.alternatives import Alternatives
from storepact.drift.branches import Branch

#: Alternatives that are less alike do not describe the same thing. Members in common / members of either.
_ALIKE = 0.3

Group = tuple[list[int], list[int]]
"""Indexes of alternatives of ours and of theirs."""

Relation = Callable[[Alternatives, Alternatives], bool]
"""Whether two schemas do not differ, in the values that they allow or in their text."""


def match_alternatives(
    ours: Alternatives, theirs: Alternatives, is_equal: Relation, has_same_text: Relation
) -> list[Group]:
    """Groups of alternatives that describe the same thing; one side is empty where there is no match.

    One group of all alternatives if there is nothing to tell them apart by.
    """
    mine, others = list(range(len(ours.branches))), list(range(len(theirs.branches)))
    has_structure = any(
        _is_structure(schema, branch) for schema in (ours, theirs) for branch in schema.branches
    )
    if not mine or not others or len(mine) + len(others) == 2 or not has_structure:
        return [(mine, others)]
    if len(mine) == 1 or len(others) == 1:
        return _match_single(ours, theirs, is_equal)
    return _match_several(ours, theirs, has_same_text)


def _match_several(ours: Alternatives, theirs: Alternatives, has_same_text: Relation) -> list[Group]:
    """Those of the same text first; a single one that is left is compared with the one of the others."""
    mine, others = list(range(len(ours.branches))), list(range(len(theirs.branches)))
    groups: list[Group] = []
    for left in tuple(mine):
        same = (right for right in others if has_same_text(ours.only([left]), theirs.only([right])))
        right = next(same, None)
        if right is not None:
            mine.remove(left)
            others.remove(right)
            groups.append(([left], [right]))
    if len(mine) == len(others) == 1:
        features = ours.traits[mine[0]].features, theirs.traits[others[0]].features
        if _share(*features) >= _ALIKE:
            return [*groups, (mine, others)]
    return [*groups, *_match_alike(ours, theirs, mine, others)]


def _match_single(ours: Alternatives, theirs: Alternatives, is_equal: Relation) -> list[Group]:
    """A single schema is one of several alternatives if it equals one of them; else it may stand for all."""
    mine, others = list(range(len(ours.branches))), list(range(len(theirs.branches)))
    for left in mine:
        for right in others:
            if is_equal(ours.only([left]), theirs.only([right])):
                rest: list[Group] = [([index], []) for index in mine if index != left]
                rest += [([], [index]) for index in others if index != right]
                return [([left], [right]), *rest]
    return [(mine, others)]


def _match_alike(ours: Alternatives, theirs: Alternatives, mine: list[int], others: list[int]) -> list[Group]:
    if not mine or not others:
        return [*(([left], []) for left in mine), *(([], [right]) for right in others)]
    likeness = {(left, right): _likeness(ours, theirs, left, right) for left in mine for right in others}
    bonds = {max(((left, right) for right in others), key=likeness.__getitem__) for left in mine}
    bonds |= {max(((left, right) for left in mine), key=likeness.__getitem__) for right in others}
    group_of: dict[tuple[str, int], Group] = {("ours", left): ([left], []) for left in mine}
    group_of |= {("theirs", right): ([], [right]) for right in others}
    for left, right in sorted(bond for bond in bonds if likeness[bond] >= _ALIKE):
        first, second = group_of["ours", left], group_of["theirs", right]
        if first is not second:
            merged = (sorted(first[0] + second[0]), sorted(first[1] + second[1]))
            group_of |= {("ours", index): merged for index in merged[0]}
            group_of |= {("theirs", index): merged for index in merged[1]}
    return sorted({id(group): group for group in group_of.values()}.values())


def _is_structure(schema: Alternatives, branch: Branch) -> bool:
    return bool(schema.names_of(branch)) or bool(
        (schema.types_of(branch) or frozenset()) & {"object", "array"}
    )


def _likeness(ours: Alternatives, theirs: Alternatives, left: int, right: int) -> float:
    """How much two alternatives have in common: members first, then names of schemas, then their order."""
    mine, counterpart = ours.traits[left], theirs.traits[right]
    likeness = _share(mine.features, counterpart.features)
    for name in mine.values.keys() & counterpart.values.keys():
        values, others = mine.values[name], counterpart.values[name]
        likeness *= 1.0 if values == others else 0.9 if values & others else 0.1
    names, other_names = (
        {pointer.rpartition("/")[2] for pointer in schema.branches[index]}
        for schema, index in ((ours, left), (theirs, right))
    )
    return likeness + (0.01 if names & other_names else 0.0) - abs(left - right) * 0.0001


def _share(features: frozenset[str], others: frozenset[str]) -> float:
    union = features | others
    return len(features & others) / len(union) if union else 1.0


def discriminators(schema: Alternatives) -> frozenset[str]:
    """The members that tell alternatives apart: each alternative allows other values there."""
    values = [traits.values for traits in schema.traits]
    names = set()
    for name in {name for by_member in values for name in by_member}:
        sets = list(dict.fromkeys(by_member[name] for by_member in values if name in by_member))
        if len(sets) > 1 and len(frozenset.union(*sets)) == sum(map(len, sets)):
            names.add(name)
    return frozenset(names)
