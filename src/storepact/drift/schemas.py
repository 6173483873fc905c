"""Schemas beside each other, member by member, through references and compositions."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from storepact.drift.rules import BOUNDS
from storepact.spec.members import ELEMENT, Described
from storepact.spec.yaml import escape

#: Deeper than any answer is.
_DEEPEST = 40


@dataclass(frozen=True)
class Step:
    """One difference of two schemas: the change, as the table of rules calls it, where in the value, and between what."""

    change: str
    member: str
    ours: str = ""
    theirs: str = ""
    pointer: str = ""
    """Where our document says it."""


def compared(ours: Described, theirs: Described, hidden: str = "") -> Iterator[Step]:
    """Every difference of two places, and of what is below them.

    `hidden` is the word that takes a member out of what is compared: `readOnly` of requests, `writeOnly` of answers.
    """
    yield from _compared(ours, theirs, "", hidden, frozenset())


def _compared(ours: Described, theirs: Described, member: str, hidden: str, above: frozenset[tuple[str, str]]) -> Iterator[Step]:
    pair = (ours.pointer, theirs.pointer)
    if pair in above or member.count("/") > _DEEPEST:
        return
    for look in (_types, _values, _bounds, _words, _shape):
        for change, before, after in look(ours, theirs):
            yield Step(change, member, before, after, ours.pointer)
    above |= {pair}
    for name in dict.fromkeys((*ours.names, *theirs.names)):
        place = f"{member}/{name if name == ELEMENT else escape(name)}"
        one, other = (_member(each, name, hidden) for each in (ours, theirs))
        if one is not None and other is not None:
            if name != ELEMENT and ours.requires(name) != theirs.requires(name):
                yield Step(f"member-became-{_need(theirs, name)}", place, "", "", one.pointer)
            yield from _compared(one, other, place, hidden, above)
        elif name == ELEMENT:  # elements that nobody describes may be anything
            known = one or other
            if known is not None and known.kinds is not None and "array" in (ours.kinds or ()) and "array" in (theirs.kinds or ()):
                change = "type-widened" if other is None else "type-narrowed"
                yield Step(
                    change, place, *((_short(known), "any type") if other is None else ("any type", _short(known))), ours.pointer
                )
        elif other is not None:
            yield Step(f"member-added-{_need(theirs, name)}", place, "", _short(other), ours.pointer)
        elif one is not None:
            gone = "member-removed" if ours.requires(name) else "optional-member-removed"
            yield Step("member-forbidden" if theirs.closed else gone, place, _short(one), "", one.pointer)


def _need(place: Described, name: str) -> str:
    return "required" if place.requires(name) else "optional"


def _member(place: Described, name: str, hidden: str) -> Described | None:
    """A member as it is described, by its name or as one of any name; None if it is not, or not for this direction."""
    found = place.member(name)
    return None if found is None or (hidden and found.rule(hidden) is True) else found


Change = tuple[str, str, str]


def _types(ours: Described, theirs: Described) -> Iterator[Change]:
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


def _kinds(kinds: frozenset[str] | None) -> str:
    if kinds is None:
        return "any type"
    shown = kinds - {"integer"} if "number" in kinds else kinds
    return " or ".join(sorted(shown)) or "nothing"


def _values(ours: Described, theirs: Described) -> Iterator[Change]:
    before, after = ours.values, theirs.values
    if before is None and after is None:
        return
    if before is None or after is None:
        yield ("enum-introduced" if before is None else "enum-lifted"), _listed(before), _listed(after)
        return
    for value in before:
        if value not in after:
            yield "enum-value-removed", _text(value), ""
    for value in after:
        if value not in before:
            yield "enum-value-added", "", _text(value)


def _bounds(ours: Described, theirs: Described) -> Iterator[Change]:
    for keyword, (name, more_allows_more) in BOUNDS.items():
        before, after = ours.rule(keyword), theirs.rule(keyword)
        if isinstance(before, bool) or isinstance(after, bool):
            before, after = (int(each) if isinstance(each, bool) else each for each in (before, after))
        if before == after or (keyword.startswith("min") and (before or 0) == (after or 0) and keyword != "minimum"):
            continue
        loosened = after is None if before is None or after is None else (after > before) == more_allows_more
        yield f"{name}-{'loosened' if loosened else 'tightened'}", _text(before), _text(after)


def _words(ours: Described, theirs: Described) -> Iterator[Change]:
    for keyword, name in (("pattern", "pattern"), ("format", "format"), ("multipleOf", "multiple-of")):
        before, after = ours.rule(keyword), theirs.rule(keyword)
        if before == after:
            continue
        change = "added" if before is None else "removed" if after is None else "changed"
        yield f"{name}-{change}", _text(before), _text(after)
    before, after = bool(ours.rule("uniqueItems")), bool(theirs.rule("uniqueItems"))
    if before != after:
        yield f"unique-items-{'added' if after else 'removed'}", _text(before), _text(after)
    before, after = _default(ours), _default(theirs)
    if before != after:
        yield "default-changed", _text(before), _text(after)


def _default(place: Described) -> Any:
    """What is told as the default: the same in every alternative that tells one; None if there is none, or several."""
    told = {_text(each): each for _, _, each in place.told("default")}
    return next(iter(told.values())) if len(told) == 1 else None


def _shape(ours: Described, theirs: Described) -> Iterator[Change]:
    if "object" in (ours.kinds or ()) and "object" in (theirs.kinds or ()) and ours.closed != theirs.closed:
        yield ("object-closed" if theirs.closed else "object-opened"), "", ""
    before, after = (_alternatives(each) for each in (ours, theirs))
    if before != after and before and after:
        yield ("alternative-added" if after > before else "alternative-removed"), str(before), str(after)
    said, says = (_said(each) for each in (ours, theirs))
    if said and says and said != says:
        yield "description-changed", said, says
    shown, shows = (_example(each) for each in (ours, theirs))
    if shown and shows and shown != shows:
        yield "example-changed", shown, shows


def _alternatives(place: Described) -> int:
    """How many alternatives the outermost schema has; 0 where it has none."""
    node = place.fragment.at(place.parts[0][0]) if place.parts else {}
    count = len(node.get("oneOf") or node.get("anyOf") or ())
    return count if count > 1 else 0


def _said(place: Described) -> str:
    return next((str(told) for _, _, told in place.told("description")), "")


def _example(place: Described) -> str:
    return next((_text(told) for _, _, told in place.told("example")), "")


def _short(place: Described) -> str:
    return _kinds(place.kinds)


def _listed(values: tuple[Any, ...] | None) -> str:
    return "" if values is None else ", ".join(map(_text, values))


def _text(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True, default=str)
