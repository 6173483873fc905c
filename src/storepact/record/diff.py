"""Two records beside each other: what is new, what is gone, what is no longer exercised, how answers look otherwise."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

FORMAT = 1

#: So many answers of one kind a run must have seen before their shape says anything.
ENOUGH = 3

#: Checks that speak of the form of one member: what they find at one place has one cause.
_OF_FORM = frozenset({"SP104", "SP105", "SP401", "SP402"})

_PLACE = re.compile(r"^(?:\d{3} ?)?(.*)$")


def compared(bases: Sequence[Mapping[str, Any]], run: Mapping[str, Any]) -> dict[str, Any]:
    """The comparison of a run with an earlier one: the last of `bases`, which are in order; the others tell what flaps."""
    base = bases[-1]
    before = {each["fingerprint"]: each for each in base["findings"]}
    now = {each["fingerprint"]: each for each in run["findings"]}
    histories = [{each["fingerprint"] for each in record["findings"]} for record in (*bases, run)]
    flapping = {name for name in now.keys() | before.keys() if _flaps([name in seen for seen in histories])}
    new = [each for name, each in now.items() if name not in before and name not in flapping]
    lost = list(_lost(base, run))
    return {
        "format": FORMAT,
        "base": _head(base),
        "run": _head(run),
        "regression": bool(new or lost),
        "new": [_told(each) for each in new],
        "causes": _causes(new),
        "still": [_told(each) for name, each in now.items() if name in before and name not in flapping],
        "gone": [_told(each) for name, each in before.items() if name not in now and name not in flapping],
        "flapping": [_told(now.get(name) or before[name]) for name in sorted(flapping)],
        "lost": lost,
        "drift": list(_drift(base, run)),
        "differs": [name for name in ("target", "profile", "seed", "document", "contracts") if base.get(name) != run.get(name)],
    }


def _head(record: Mapping[str, Any]) -> dict[str, Any]:
    names = ("started", "target", "verdict", "seed", "profile", "document", "exchanges_total")
    return {**{name: record.get(name) for name in names}, "findings": len(record["findings"])}


def _told(finding: Mapping[str, Any]) -> dict[str, Any]:
    names = ("fingerprint", "code", "check", "severity", "source", "operation", "locus", "message", "consumers", "curl")
    return {name: finding[name] for name in names}


def _flaps(seen: Sequence[bool]) -> bool:
    """Whether something came and went more than once."""
    return sum(one != other for one, other in pairwise(seen)) > 1


def _causes(findings: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Findings of the same trouble together: a member that goes wrong does so in every operation and every suite."""
    found: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for each in findings:
        found.setdefault(cause_of(each), []).append(each)
    return [
        {
            "what": what,
            "about": about,
            "message": members[0]["message"],
            "operations": sorted({each["operation"] for each in members}),
            "codes": sorted({each["code"] for each in members}),
            "consumers": sorted({name for each in members for name in each["consumers"]}),
            "fingerprints": [each["fingerprint"] for each in members],
        }
        for (what, about), members in found.items()
    ]


def cause_of(finding: Mapping[str, Any]) -> tuple[str, str]:
    """What a finding is about, wherever it shows: the kind of trouble, and the place without operation, status and element."""
    of_form = finding["code"] in _OF_FORM
    match = _PLACE.match(finding.get("touches") or finding["locus"])
    place = match.group(1) if match else ""
    if of_form:
        place = place.partition(" ")[0]
    return ("form" if of_form else finding["code"]), place.removeprefix("/items/*")


def _lost(base: Mapping[str, Any], run: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """What the earlier run exercised and this one does not: operations, statuses, members of answers."""
    for operation, counts in base["coverage"].items():
        now = run["coverage"].get(operation, {})
        if not any(now.values()):
            yield {"what": "operation", "operation": operation, "status": "", "member": "", "was": sum(counts.values())}
            continue
        for status, count in counts.items():
            if count and not now.get(status):
                yield {"what": "status", "operation": operation, "status": status, "member": "", "was": count}
            elif count:
                yield from _lost_members(base, run, operation, status)


def _lost_members(base: Mapping[str, Any], run: Mapping[str, Any], operation: str, status: str) -> Iterator[dict[str, Any]]:
    before, after = (record.get("observed", {}).get(f"{operation} {status}") for record in (base, run))
    if not before or not after or after["answers"] < ENOUGH:
        return
    for pointer, told in before["members"].items():
        if pointer not in after["members"] and pointer.rpartition("/")[0] in after["members"] and told["seen"] >= ENOUGH:
            yield {"what": "member", "operation": operation, "status": status, "member": pointer, "was": told["seen"]}


def _drift(base: Mapping[str, Any], run: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """How answers look otherwise than before, each change once: with every operation and status that shows it."""
    found: dict[tuple[str, str, str], list[str]] = {}
    for place, after in run.get("observed", {}).items():
        before = base.get("observed", {}).get(place)
        if before is None or min(before["answers"], after["answers"]) < ENOUGH:
            continue
        for change in (*_headers(before, after), *_members(before, after)):
            found.setdefault(change, []).append(place)
    for (what, where, detail), places in found.items():
        yield {"what": what, "where": where, "detail": detail, "places": places}


def _headers(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    for name, count in after["headers"].items():
        if name not in before["headers"]:
            yield "new header", name, "always" if count == after["answers"] else "sometimes"
    for name, count in before["headers"].items():
        if name not in after["headers"] and count == before["answers"]:
            yield "header gone", name, "it always came"


def _members(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    olds, news = before["members"], after["members"]
    for pointer, told in news.items():
        where = pointer.removeprefix("/items/*")
        if pointer not in olds:
            if pointer.rpartition("/")[0] in olds:
                yield "new member", where, "always" if _always(pointer, news) else "sometimes"
            continue
        types = told["types"].keys() - olds[pointer]["types"].keys()
        if types:
            yield "new type", where, f"{', '.join(sorted(types))}, before {', '.join(sorted(olds[pointer]['types']))}"
        values, known = (each["values"] or [] for each in (told, olds[pointer]))
        if known and set(values) - set(known):
            yield "new value", where, ", ".join(sorted(set(values) - set(known)))
        if _always(pointer, olds) and not _always(pointer, news):
            yield "no longer always there", where, ""


def _always(pointer: str, members: Mapping[str, Any]) -> bool:
    """Whether every object that could have it has the member."""
    above = members.get(pointer.rpartition("/")[0])
    return bool(pointer) and above is not None and members[pointer]["seen"] == above["types"].get("object")
