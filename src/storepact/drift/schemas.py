"""Schemas beside each other, member by member; alternatives that speak of the same thing are compared with each other."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from storepact.drift.alternatives import OTHER_RULES, Alternatives, Bound, Branch
from storepact.drift.rules import BOUNDS
from storepact.openapi.members import ELEMENT
from storepact.openapi.pointers import escape

#: Deeper than any answer is.
_DEEPEST = 40

#: Two alternatives with less in common do not speak of the same thing.
_ALIKE = 0.3

_NUMBERS = ("number", "integer")
_WORDS = (
    ("pattern", "pattern", ("string",)),
    ("format", "format", ("string", *_NUMBERS)),
    ("multipleOf", "multiple-of", _NUMBERS),
)
_CONCERNS = {"Length": ("string",), "Items": ("array",), "Properties": ("object",)}


@dataclass(frozen=True)
class Step:
    """One difference of two schemas: the change, as the table of rules calls it, where in the value, and between what."""

    change: str
    member: str
    ours: str = ""
    theirs: str = ""
    pointer: str = ""
    """Where our document says it."""


Above = frozenset[tuple[tuple[Branch, ...], tuple[Branch, ...]]]


def compare_schemas(ours: Alternatives, theirs: Alternatives, hidden: str = "") -> Iterator[Step]:
    """Every difference of two places, and of what is below them, each once.

    `hidden` is the word that takes a member out of what is compared: `readOnly` of requests, `writeOnly` of answers.
    """
    yield from dict.fromkeys(_compared(ours, theirs, "", hidden, frozenset()))


def _compared(
    ours: Alternatives, theirs: Alternatives, member: str, hidden: str, above: Above
) -> Iterator[Step]:
    pair = (ours.branches, theirs.branches)
    if pair in above or member.count("/") > _DEEPEST:
        return
    above |= {pair}
    groups = _groups(ours, theirs)
    if len(groups) == 1:
        yield from _whole(ours, theirs, member, hidden, above, frozenset())
        return
    telling = _telling(ours) | _telling(theirs)
    for mine, others in groups:
        if not others:
            yield Step("alternative-removed", member, _named(ours.only(mine)), "", ours.only(mine).pointer)
        elif not mine:
            yield Step("alternative-added", member, "", _named(theirs.only(others)), ours.pointer)
        else:
            yield from _whole(ours.only(mine), theirs.only(others), member, hidden, above, telling)
    for name in sorted(telling):  # what tells alternatives apart is compared over all of them
        one, other = ours.member(name), theirs.member(name)
        if one is not None and other is not None:
            yield from _steps(_values(one, other), f"{member}/{escape(name)}", one)


def _whole(
    ours: Alternatives, theirs: Alternatives, member: str, hidden: str, above: Above, telling: frozenset[str]
) -> Iterator[Step]:
    yield from _steps(_types(ours, theirs), member, ours)
    if _disjoint(ours, theirs):
        return  # what else is said of the one type says nothing of the other
    for look in (_values, _bounds, _words, _shape):
        yield from _steps(look(ours, theirs), member, ours)
    for name in dict.fromkeys((*ours.names, *theirs.names)):
        place = f"{member}/{name if name == ELEMENT else escape(name)}"
        one, other = (_member(each, name, hidden) for each in (ours, theirs))
        if one is not None and other is not None:
            if name != ELEMENT and ours.requires(name) != theirs.requires(name):
                yield Step(f"member-became-{_need(theirs, name)}", place, "", "", one.pointer or ours.pointer)
            if name not in telling:
                yield from _compared(one, other, place, hidden, above)
        elif name == ELEMENT:  # elements that nobody describes may be anything
            known = one or other
            if (
                known is not None
                and known.kinds is not None
                and "array" in (ours.kinds or ())
                and "array" in (theirs.kinds or ())
            ):
                change = "type-widened" if other is None else "type-narrowed"
                said = (_short(known), "any type")
                yield Step(change, place, *(said if other is None else said[::-1]), ours.pointer)
        elif other is not None:
            yield Step(f"member-added-{_need(theirs, name)}", place, "", _short(other), ours.pointer)
        elif one is not None:
            gone = "member-removed" if ours.requires(name) else "optional-member-removed"
            yield Step(
                "member-forbidden" if theirs.closed else gone,
                place,
                _short(one),
                "",
                one.pointer or ours.pointer,
            )


# alternatives


def _groups(ours: Alternatives, theirs: Alternatives) -> list[tuple[list[int], list[int]]]:
    """Which alternatives are compared with which, by their places; one group where nothing can be told apart."""
    every = (list(range(len(ours.branches))), list(range(len(theirs.branches))))
    if min(map(len, every)) < 2 or not any(
        _is_structure(each, branch) for each in (ours, theirs) for branch in each.branches
    ):
        return [every]
    likeness = {(one, other): _likeness(ours, theirs, one, other) for one in every[0] for other in every[1]}
    bonds = {max(((one, other) for other in every[1]), key=likeness.__getitem__) for one in every[0]}
    bonds |= {max(((one, other) for one in every[0]), key=likeness.__getitem__) for other in every[1]}
    groups: list[tuple[list[int], list[int]]] = [([one], []) for one in every[0]] + [
        ([], [other]) for other in every[1]
    ]
    for one, other in sorted(bond for bond in bonds if likeness[bond] >= _ALIKE):
        first = next(group for group in groups if one in group[0])
        second = next(group for group in groups if other in group[1])
        if first is not second:
            groups = [group for group in groups if group is not first and group is not second]
            groups.append((sorted(first[0] + second[0]), sorted(first[1] + second[1])))
    return sorted(groups)


def _is_structure(place: Alternatives, branch: Branch) -> bool:
    return bool(place.names_of(branch)) or bool((place.kinds_of(branch) or frozenset()) & {"object", "array"})


def _likeness(ours: Alternatives, theirs: Alternatives, one: int, other: int) -> float:
    """How much two alternatives have in common; their names and places decide where their members do not."""
    (mine, fixed), (others, set_there) = ours.traits[one], theirs.traits[other]
    like = len(mine & others) / len(mine | others) if mine | others else 1.0
    for name in fixed.keys() & set_there.keys():
        like *= 1.0 if fixed[name] == set_there[name] else 0.9 if fixed[name] & set_there[name] else 0.1
    names = [
        {branch.rpartition("/")[2] for branch in place.branches[at]}
        for place, at in ((ours, one), (theirs, other))
    ]
    return like + (0.01 if names[0] & names[1] else 0.0) - abs(one - other) * 0.0001


def _telling(place: Alternatives) -> frozenset[str]:
    """The members that tell alternatives apart: each alternative has values of its own there."""
    fixed = [values for _, values in place.traits]
    found = set()
    for name in {name for each in fixed for name in each}:
        sets = {each[name] for each in fixed if name in each}
        if len(sets) > 1 and all(one == other or not one & other for one in sets for other in sets):
            found.add(name)
    return frozenset(found)


def _named(place: Alternatives) -> str:
    names = ", ".join([name for name in place.names if name != ELEMENT][:6])
    return f"{_short(place)} with {names}" if names else _short(place)


# one place


Change = tuple[str, str, str]


def _steps(changes: Iterator[Change], member: str, ours: Alternatives) -> Iterator[Step]:
    for change, before, after in changes:
        yield Step(change, member, before, after, ours.pointer)


def _need(place: Alternatives, name: str) -> str:
    return "required" if place.requires(name) else "optional"


def _member(place: Alternatives, name: str, hidden: str) -> Alternatives | None:
    """A member as it is described; None if it is not, or not for this direction."""
    found = place.member(name)
    if found is None or (hidden and found.told(hidden) and all(each is True for each in found.told(hidden))):
        return None
    return found


def _types(ours: Alternatives, theirs: Alternatives) -> Iterator[Change]:
    before, after = ours.kinds, theirs.kinds
    if before == after:
        return
    nulls = ["null" in (each or ()) for each in (before, after)]
    if nulls[0] != nulls[1] and before is not None and after is not None:
        yield ("null-allowed" if nulls[1] else "null-forbidden"), _kinds(before), _kinds(after)
    one, other = (None if each is None else each - {"null"} for each in (before, after))
    if one == other:
        return
    if one is None or (other is not None and other < one):
        change = "type-narrowed"
    elif other is None or one < other:
        change = "type-widened"
    else:
        change = "type-changed"
    yield change, _kinds(one), _kinds(other)


def _disjoint(ours: Alternatives, theirs: Alternatives) -> bool:
    return ours.kinds is not None and theirs.kinds is not None and not (ours.kinds & theirs.kinds) - {"null"}


def _kinds(kinds: frozenset[str] | None) -> str:
    if kinds is None:
        return "any type"
    shown = kinds - {"integer"} if "number" in kinds else kinds
    return " or ".join(sorted(shown)) or "nothing"


def _values(ours: Alternatives, theirs: Alternatives) -> Iterator[Change]:
    before, after = ours.values, theirs.values
    if before is None and after is None:
        return
    if before is None or after is None:
        yield ("enum-introduced" if before is None else "enum-lifted"), _listed(before), _listed(after)
        return
    known, told = ([_text(value) for value in each] for each in (before, after))
    for value in known:
        if value not in told:
            yield "enum-value-removed", value, ""
    for value in told:
        if value not in known:
            yield "enum-value-added", "", value


def _bounds(ours: Alternatives, theirs: Alternatives) -> Iterator[Change]:
    for keyword, (name, more_allows_more) in BOUNDS.items():
        kinds = next((kinds for word, kinds in _CONCERNS.items() if keyword.endswith(word)), None)
        if kinds is not None:
            before, after = (each.limit(keyword, kinds, more_allows_more) for each in (ours, theirs))
            if before != after and (more_allows_more or (before or 0) != (after or 0)):
                loosened = (
                    after is None if before is None or after is None else (after > before) == more_allows_more
                )
                yield f"{name}-{'loosened' if loosened else 'tightened'}", _text(before), _text(after)
    for keyword in ("minimum", "maximum"):
        yield from _limits(keyword, ours.bound(keyword), theirs.bound(keyword))


def _limits(keyword: str, before: Bound | None, after: Bound | None) -> Iterator[Change]:
    if before == after:
        return
    if before is None or after is None:
        loosened = after is None
    elif keyword == "maximum":
        loosened = (after[0], not after[1]) > (before[0], not before[1])
    else:
        loosened = after < before
    tight = before if loosened else after
    name = f"exclusive-{keyword}" if tight is not None and tight[1] else keyword
    yield f"{name}-{'loosened' if loosened else 'tightened'}", _limit_text(before), _limit_text(after)


def _limit_text(bound: Bound | None) -> str:
    return "" if bound is None else f"{_text(bound[0])}{' itself not' if bound[1] else ''}"


def _words(ours: Alternatives, theirs: Alternatives) -> Iterator[Change]:
    for keyword, name, kinds in _WORDS:
        before, after = (each.words(keyword, kinds) for each in (ours, theirs))
        if before != after:
            change = "added" if before is None else "removed" if after is None else "changed"
            yield f"{name}-{change}", _either(before), _either(after)
    if ours.unique != theirs.unique:
        yield (
            f"unique-items-{'added' if theirs.unique else 'removed'}",
            _text(ours.unique),
            _text(theirs.unique),
        )
    for keyword in OTHER_RULES:
        before, after = ours.other(keyword), theirs.other(keyword)
        if before != after:
            change = "added" if before is None else "removed" if after is None else "changed"
            told = [f"{keyword} {_either(each)}" if each else "" for each in (before, after)]
            yield f"other-rule-{change}", told[0], told[1]
    said, says = _default(ours), _default(theirs)
    if said != says:
        yield "default-changed", _text(said), _text(says)


def _either(told: frozenset[str] | None) -> str:
    return " or ".join(sorted(told or ()))


def _default(place: Alternatives) -> Any:
    """What is told as the default: the same in every alternative that tells one; None if there is none, or several."""
    told = {_text(each): each for each in place.told("default")}
    return next(iter(told.values())) if len(told) == 1 else None


def _shape(ours: Alternatives, theirs: Alternatives) -> Iterator[Change]:
    if "object" in (ours.kinds or ()) and "object" in (theirs.kinds or ()) and ours.closed != theirs.closed:
        yield ("object-closed" if theirs.closed else "object-opened"), "", ""
    for word, change in (("description", "description-changed"), ("example", "example-changed")):
        said, says = (_text(next(iter(each.told(word)), None)) for each in (ours, theirs))
        if said and says and said != says:
            yield change, said, says


def _short(place: Alternatives) -> str:
    return _kinds(place.kinds)


def _listed(values: tuple[Any, ...] | None) -> str:
    return "" if values is None else ", ".join(map(_text, values))


def _text(value: Any) -> str:
    if value is None:
        return ""
    return (
        value
        if isinstance(value, str)
        else json.dumps(value, ensure_ascii=False, sort_keys=True, default=str)
    )
