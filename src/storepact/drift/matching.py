"""Which alternatives of two schemas describe the same thing, and are compared with each other."""

from __future__ import annotations

from storepact.drift.alternatives import Alternatives
from storepact.drift.branches import Branch

#: Alternatives that are less alike do not describe the same thing. Members in common / members of either.
_ALIKE = 0.3

Group = tuple[list[int], list[int]]
"""Indexes of alternatives of ours and of theirs."""


def match_alternatives(ours: Alternatives, theirs: Alternatives) -> list[Group]:
    """Groups of alternatives that describe the same thing; one side is empty where there is no match.

    One group of all alternatives if there is nothing to tell them apart by.
    """
    mine, others = list(range(len(ours.branches))), list(range(len(theirs.branches)))
    has_structure = any(
        _is_structure(schema, branch) for schema in (ours, theirs) for branch in schema.branches
    )
    if min(len(mine), len(others)) < 2 or not has_structure:
        return [(mine, others)]
    likeness = {(left, right): _likeness(ours, theirs, left, right) for left in mine for right in others}
    bonds = {max(((left, right) for right in others), key=likeness.__getitem__) for left in mine}
    bonds |= {max(((left, right) for left in mine), key=likeness.__getitem__) for right in others}
    groups: list[Group] = [([left], []) for left in mine] + [([], [right]) for right in others]
    for left, right in sorted(bond for bond in bonds if likeness[bond] >= _ALIKE):
        first = next(group for group in groups if left in group[0])
        second = next(group for group in groups if right in group[1])
        if first is not second:
            groups = [group for group in groups if group is not first and group is not second]
            groups.append((sorted(first[0] + second[0]), sorted(first[1] + second[1])))
    return sorted(groups)


def _is_structure(schema: Alternatives, branch: Branch) -> bool:
    return bool(schema.names_of(branch)) or bool(
        (schema.types_of(branch) or frozenset()) & {"object", "array"}
    )


def _likeness(ours: Alternatives, theirs: Alternatives, left: int, right: int) -> float:
    """How much two alternatives have in common: members first, then names of schemas, then their order."""
    mine, counterpart = ours.traits[left], theirs.traits[right]
    union = mine.features | counterpart.features
    likeness = len(mine.features & counterpart.features) / len(union) if union else 1.0
    for name in mine.values.keys() & counterpart.values.keys():
        values, others = mine.values[name], counterpart.values[name]
        likeness *= 1.0 if values == others else 0.9 if values & others else 0.1
    names, other_names = (
        {pointer.rpartition("/")[2] for pointer in schema.branches[index]}
        for schema, index in ((ours, left), (theirs, right))
    )
    return likeness + (0.01 if names & other_names else 0.0) - abs(left - right) * 0.0001


def discriminators(schema: Alternatives) -> frozenset[str]:
    """The members that tell alternatives apart: each alternative allows other values there."""
    values = [traits.values for traits in schema.traits]
    names = set()
    for name in {name for by_member in values for name in by_member}:
        sets = {by_member[name] for by_member in values if name in by_member}
        is_disjoint = all(left == right or not left & right for left in sets for right in sets)
        if len(sets) > 1 and is_disjoint:
            names.add(name)
    return frozenset(names)
