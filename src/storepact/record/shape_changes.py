"""How the responses of two runs look different: headers, members, types and values."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import NamedTuple

from storepact.model.form import FREE, generalize, is_general
from storepact.record.losses import ENOUGH
from storepact.record.values import ChangeKind, ObservedMember, ObservedShape, Record, ShapeChange

#: The share of texts up to which a form is as good as new.
_RARE = 0.1

#: How many digits more or fewer a number has if it is of another size.
FAR = 3


#: How often a member or header is there.
_ALWAYS, _SOMETIMES, _NEVER = "always there", "sometimes there", "never there"


class _Change(NamedTuple):
    what: ChangeKind
    where: str
    detail: str
    before: str = ""
    now: str = ""


def find_shape_changes(base: Record, run: Record) -> tuple[ShapeChange, ...]:
    """Return each change once, with every operation and status that shows it."""
    places: dict[_Change, list[str]] = {}
    known_headers = {name for shape in base.observed.values() for name in shape.headers}
    for place, after in run.observed.items():
        before = base.observed.get(place)
        if before is None or min(before.answers, after.answers) < ENOUGH:
            continue
        for change in (*_header_changes(before, after, known_headers), *_member_changes(before, after)):
            places.setdefault(change, []).append(place)
    reported = {change.where for change in places}
    for change, names in _rare_header_changes(base, run):
        if change.where not in reported:
            places[change] = names
    return tuple(_fold_headers(places))


def _rare_header_changes(base: Record, run: Record) -> Iterator[tuple[_Change, list[str]]]:
    """Yield changed forms of headers that are in too few responses of one operation to be compared there."""
    before, after = _forms_of_headers(base), _forms_of_headers(run)
    for name in sorted(before.keys() & after.keys()):
        change = _form_change(name, before[name], after[name])
        if change is not None:
            yield change, [place for place, shape in run.observed.items() if name in shape.header_values]


def _forms_of_headers(record: Record) -> dict[str, dict[str, int]]:
    """The forms of each header in all responses."""
    forms: dict[str, dict[str, int]] = {}
    for shape in record.observed.values():
        for name, value in shape.header_values.items():
            counts = forms.setdefault(name, {})
            for form, count in (value.forms or {}).items():
                counts[form] = counts.get(form, 0) + count
    return forms


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
        first = changes[0]
        yield ShapeChange(
            what=first.what, where=where, detail=detail, places=shown_by, before=first.before, now=first.now
        )


def _header_changes(
    before: ObservedShape, after: ObservedShape, reported: Collection[str]
) -> Iterator[_Change]:
    """Headers that came or went; one that is rare is not new where other responses had it before."""
    for name, count in after.headers.items():
        is_always_there = count == after.answers
        if name not in before.headers and (is_always_there or name not in reported):
            yield _Change("new header", name, *_presence(is_always_there))
    for name, count in before.headers.items():
        if name not in after.headers and count == before.answers:
            yield _Change("header gone", name, "it always came", _ALWAYS, _NEVER)
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
                yield _Change("new member", where, *_presence(is_always_there))
            continue
        yield from _value_changes(where, earlier, member)
        if _is_always_there(pointer, before.members) and not is_always_there:
            yield _Change("no longer always there", where, "", _ALWAYS, _SOMETIMES)


def _value_changes(where: str, before: ObservedMember, after: ObservedMember) -> Iterator[_Change]:
    types = after.types.keys() - before.types.keys()
    if types:
        old, new = ", ".join(sorted(before.types)), ", ".join(sorted(types))
        yield _Change("new type", where, f"{new}, before {old}", old, new)
    values = set(after.values or ()) - set(before.values or ())
    if before.values and values:
        new = ", ".join(sorted(values))
        yield _Change("new value", where, new, now=new)
    elif not types:
        change = _form_change(where, before.forms or {}, after.forms or {})
        yield from () if change is None else (change,)
    yield from _number_changes(where, before, after)


def _form_change(where: str, forms: Mapping[str, int], new_forms: Mapping[str, int]) -> _Change | None:
    """Another form of most texts than before; free text has none."""
    if is_general((*forms, *new_forms)):
        forms, new_forms = generalize(forms), generalize(new_forms)
    usual, now = _usual(forms), _usual(new_forms)
    if not usual or not now or usual in FREE or usual == now:
        return None
    is_rare = forms.get(now, 0) < _RARE * sum(forms.values())
    return _Change("new form", where, f"{now}, before {usual}", usual, now) if is_rare else None


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
            yield _Change("new sign", where, "negative, never before", "never negative", "negative")
        elif before.negative * 2 > before.seen and not after.negative:
            detail = "never negative, before mostly"
            yield _Change("new sign", where, detail, "mostly negative", "never negative")
    if before.digits is not None and after.digits is not None:
        (low, high), (new_low, new_high) = before.digits, after.digits
        if new_high >= high + FAR or new_high <= low - FAR:
            old, new = _range(low, high), _range(new_low, new_high)
            yield _Change("new size", where, f"{new}, before {old}", old, new)


def _presence(is_always_there: bool) -> tuple[str, str, str]:
    """(detail, before, now) of what was not there before."""
    return ("always", _NEVER, _ALWAYS) if is_always_there else ("sometimes", _NEVER, _SOMETIMES)


def _range(low: int, high: int) -> str:
    return f"{low} digits" if low == high else f"{low} to {high} digits"


def _is_always_there(pointer: str, members: Mapping[str, ObservedMember]) -> bool:
    """Whether every object that could have the member has it."""
    parent = members.get(pointer.rpartition("/")[0])
    return bool(pointer) and parent is not None and members[pointer].seen == parent.types.get("object")
