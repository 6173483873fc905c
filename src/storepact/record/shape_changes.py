"""How the responses of two runs look different: headers, members, types and values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from storepact.record.losses import ENOUGH
from storepact.record.values import ChangeKind, ObservedMember, ObservedShape, Record, ShapeChange


class _Change(NamedTuple):
    what: ChangeKind
    where: str
    detail: str


def find_shape_changes(base: Record, run: Record) -> tuple[ShapeChange, ...]:
    """Return each change once, with every operation and status that shows it."""
    places: dict[_Change, list[str]] = {}
    for place, after in run.observed.items():
        before = base.observed.get(place)
        if before is None or min(before.answers, after.answers) < ENOUGH:
            continue
        for change in (*_header_changes(before, after), *_member_changes(before, after)):
            places.setdefault(change, []).append(place)
    return tuple(_fold_headers(places))


def _fold_headers(places: Mapping[_Change, list[str]]) -> Iterator[ShapeChange]:
    """Yield headers of one family that came or went together as one change."""
    families: dict[tuple[str, str, str, tuple[str, ...]], list[_Change]] = {}
    for change, names in places.items():
        is_header = change.what in ("new header", "header gone")
        family = "-".join(change.where.split("-")[:2]) if is_header else change.where
        families.setdefault((change.what, family, change.detail, tuple(names)), []).append(change)
    for (_, family, detail, shown_by), changes in families.items():
        count = len(changes)
        where = f"{family}-* ({count} headers)" if count > 1 else changes[0].where
        yield ShapeChange(what=changes[0].what, where=where, detail=detail, places=shown_by)


def _header_changes(before: ObservedShape, after: ObservedShape) -> Iterator[_Change]:
    for name, count in after.headers.items():
        if name not in before.headers:
            yield _Change("new header", name, "always" if count == after.answers else "sometimes")
    for name, count in before.headers.items():
        if name not in after.headers and count == before.answers:
            yield _Change("header gone", name, "it always came")


def _member_changes(before: ObservedShape, after: ObservedShape) -> Iterator[_Change]:
    for pointer, member in after.members.items():
        where = pointer.removeprefix("/items/*")
        earlier = before.members.get(pointer)
        is_always_there = _is_always_there(pointer, after.members)
        if earlier is None:
            if pointer.rpartition("/")[0] in before.members:
                yield _Change("new member", where, "always" if is_always_there else "sometimes")
            continue
        yield from _value_changes(where, earlier, member)
        if _is_always_there(pointer, before.members) and not is_always_there:
            yield _Change("no longer always there", where, "")


def _value_changes(where: str, before: ObservedMember, after: ObservedMember) -> Iterator[_Change]:
    types = after.types.keys() - before.types.keys()
    if types:
        detail = f"{', '.join(sorted(types))}, before {', '.join(sorted(before.types))}"
        yield _Change("new type", where, detail)
    values = set(after.values or ()) - set(before.values or ())
    if before.values and values:
        yield _Change("new value", where, ", ".join(sorted(values)))


def _is_always_there(pointer: str, members: Mapping[str, ObservedMember]) -> bool:
    """Whether every object that could have the member has it."""
    parent = members.get(pointer.rpartition("/")[0])
    return bool(pointer) and parent is not None and members[pointer].seen == parent.types.get("object")
