"""The kinds of difference between the answers of two releases, and whom they break: one table."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from storepact.model.api import Api
from storepact.record.values.twin import Breaks, TwinCause, TwinPlace
from storepact.run.transcript import Transcript
from storepact.run.transcript_differences import align_steps, compare_steps

_MOST_EXAMPLES = 3
_BREAKING: Breaks = "breaking"
_COMPATIBLE: Breaks = "compatible"
_COSMETIC: Breaks = "cosmetic"
_ORDER = (_BREAKING, _COMPATIBLE, _COSMETIC)

#: What each rule says; `{where}` is the member, `{a}` and `{b}` are the answers of against and target.
RULES = {
    "status-failed": (_BREAKING, "answers {b} instead of {a}: it fails"),
    "status-refused": (_BREAKING, "answers {b} instead of {a}: what was accepted is refused"),
    "status-let-in": (_BREAKING, "answers {b} instead of {a}: a token is let in that was not"),
    "status-accepted": (_COMPATIBLE, "answers {b} instead of {a}: what was refused is accepted"),
    "status-changed": (_BREAKING, "answers {b} instead of {a}"),
    "refusal-changed": (_COMPATIBLE, "refuses with {b} instead of {a}"),
    "member-removed": (_BREAKING, "{where} is no longer there"),
    "member-added": (_COMPATIBLE, "{where} is new"),
    "header-changed": (_COMPATIBLE, "{where} was {a}, is {b}"),
    "type-changed": (_BREAKING, "{where} was {a}, is {b}: another type"),
    "value-changed": (_BREAKING, "{where} was {a}, is {b}"),
    "provider-value-changed": (_COMPATIBLE, "{where} was {a}, is {b}"),
    "text-changed": (_COSMETIC, "{where} was {a}, is {b}"),
}


@dataclass
class _Group:
    """The occurrences of one cause."""

    against: str
    target: str
    places: dict[tuple[str, str, str], int] = field(default_factory=dict)
    examples: dict[str, None] = field(default_factory=dict)


#: (role, status, member) → the consumers that rely on the place.
Consumers = Callable[[str, str, str], Sequence[str]]


def group_differences(
    against: Transcript, target: Transcript, api: Api, consumers_of: Consumers
) -> list[TwinCause]:
    """Every difference of two transcripts, grouped by rule and member, the worst first."""
    groups: dict[tuple[str, str, str], _Group] = {}
    for name in sorted(against.keys() & target.keys()):
        for before, after in align_steps(against[name], target[name]):
            for member, old, new in compare_steps(before, after):
                rule = _rule_of(member, before.status, old, new, api)
                place = api.within_resource(member) if member.startswith("/") else member
                key = (rule, place, "" if member else f"{old} {new}")
                group = groups.setdefault(key, _Group(old, new))
                where = (before.role, str(before.status) if member else "", member)
                group.places[where] = group.places.get(where, 0) + 1
                if len(group.examples) < _MOST_EXAMPLES:
                    group.examples.setdefault(f"{name}: {before.does}")
    causes = [_cause(rule, place, group, consumers_of) for (rule, place, _), group in groups.items()]
    return sorted(
        causes, key=lambda cause: (_ORDER.index(cause.breaks), -cause.times, cause.rule, cause.what)
    )


def _cause(rule: str, place: str, group: _Group, consumers_of: Consumers) -> TwinCause:
    breaks, sentence = RULES[rule]
    consumers = sorted({
        name
        for role, status, member in group.places
        for name in consumers_of(role, status or group.against, member)
    })  # fmt: skip
    if breaks is _COMPATIBLE and consumers and rule in ("refusal-changed", "header-changed"):
        breaks = _BREAKING  # a consumer distinguishes these
    return TwinCause(
        rule=rule,
        breaks=breaks,
        what=sentence.format(where=place, a=group.against, b=group.target),
        against=group.against,
        target=group.target,
        places=tuple(
            TwinPlace(operation=role, status=status, member=member, times=times)
            for (role, status, member), times in group.places.items()
        ),
        times=sum(group.places.values()),
        examples=tuple(group.examples),
        consumers=tuple(consumers),
    )


def _rule_of(member: str, status: int, old: str, new: str, api: Api) -> str:
    if not member:
        return _rule_of_status(int(old), int(new))
    if not member.startswith("/"):
        return "header-changed"
    if new == "absent":
        return "member-removed"
    if old == "absent":
        return "member-added"
    if _type_of(old) != _type_of(new):
        return "type-changed"
    if status >= 400:
        return "text-changed"
    names = set(member.split("/"))
    is_kept = names & {*api.state_members, api.version_member, api.id_member} - {""}
    return "value-changed" if is_kept else "provider-value-changed"


def _rule_of_status(old: int, new: int) -> str:
    if new >= 500 or old >= 500:
        return "status-failed" if new >= 500 else "status-accepted"
    was_accepted, is_accepted = old < 400, new < 400
    if was_accepted and is_accepted:
        return "status-changed"
    if was_accepted:
        return "status-refused"
    if is_accepted:
        return "status-let-in" if old in (401, 403) else "status-accepted"
    return "refusal-changed"


def _type_of(text: str) -> str:
    """The JSON type of a value as a transcript writes it; what stands for a volatile one has none."""
    try:
        value = json.loads(text)
    except ValueError:
        return "text" if text.startswith('"') else ""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return "number" if is_number else "text" if isinstance(value, str) else type(value).__name__


def lone_stories(against: Transcript, target: Transcript) -> Iterator[str]:
    """The stories that ran on one of the two only."""
    yield from sorted(against.keys() ^ target.keys())
