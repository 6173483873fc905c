"""How the responses of two runs look different: headers, members, types and values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from storepact.model.form import FREE, generalize, is_general
from storepact.record.losses import ENOUGH
from storepact.record.values import ChangeKind, ObservedMember, ObservedShape, Record, ShapeChange

#: The share of texts up to which a form is as good as new.
_RARE = 0.1

#: How many digits more or fewer a number has if it is of another size.
FAR = 3


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
    for name, value in after.header_values.items():
        earlier = before.header_values.get(name)
        if earlier is not None:
            yield from _value_changes(name, earlier, value)


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
    elif not types:
        yield from _form_changes(where, before, after)
    yield from _number_changes(where, before, after)


def _form_changes(where: str, before: ObservedMember, after: ObservedMember) -> Iterator[_Change]:
    """Another form of most texts than before; free text has none."""
    forms, new_forms = before.forms or {}, after.forms or {}
    if is_general((*forms, *new_forms)):
        forms, new_forms = generalize(forms), generalize(new_forms)
    usual, now = _usual(forms), _usual(new_forms)
    if not usual or not now or usual in FREE or usual == now:
        return
    if forms.get(now, 0) < _RARE * sum(forms.values()):
        yield _Change("new form", where, f"{now}, before {usual}")


def _usual(forms: Mapping[str, int]) -> str:
    """The form of most of enough texts; empty if there is none."""
    total = sum(forms.values())
    form = max(forms, key=lambda name: forms[name], default="")
    return form if total >= ENOUGH and forms[form] * 2 > total else ""


def _number_changes(where: str, before: ObservedMember, after: ObservedMember) -> Iterator[_Change]:
    """Another sign than before, and sizes that no earlier number is near to."""
    if min(before.seen, after.seen) < ENOUGH:
        return
    if before.negative is not None and after.negative is not None:
        if after.negative >= ENOUGH and not before.negative:
            yield _Change("new sign", where, "negative, never before")
        elif before.negative * 2 > before.seen and not after.negative:
            yield _Change("new sign", where, "never negative, before mostly")
    if before.digits is not None and after.digits is not None:
        (low, high), (new_low, new_high) = before.digits, after.digits
        if new_high >= high + FAR or new_high <= low - FAR:
            yield _Change("new size", where, f"{_range(new_low, new_high)}, before {_range(low, high)}")


def _range(low: int, high: int) -> str:
    return f"{low} digits" if low == high else f"{low} to {high} digits"


def _is_always_there(pointer: str, members: Mapping[str, ObservedMember]) -> bool:
    """Whether every object that could have the member has it."""
    parent = members.get(pointer.rpartition("/")[0])
    return bool(pointer) and parent is not None and members[pointer].seen == parent.types.get("object")
