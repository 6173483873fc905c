"""Two records beside each other: what is new, what is gone, what is no longer exercised, how answers look otherwise."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import pairwise
from statistics import median
from typing import Any

from storepact.record.causes import causes
from storepact.record.causes.subjects import FindingView
from storepact.record.coverage import percentile

FORMAT = 1

#: So many answers of one kind a run must have seen before their shape says anything.
ENOUGH = 3

#: A p95 has moved if it is so many times what it was, by so many milliseconds, and if chance cannot explain it.
TIMES, MILLISECONDS = 1.5, 2.0

#: So many answers a percentile needs to say anything.
_ENOUGH_FOR_P95 = 50

#: Standard deviations on both sides of a percentile's rank: what chance explains, once in a thousand.
_CHANCE = 3.3

#: What must be alike for two runs to be comparable as a whole.
_ASKED = ("target", "profile", "seed", "document", "contracts", "writes")

#: The member or parameter that a rule of the document is about.
_OWNER = re.compile(r".*/(?:properties|parameters)/[^/]+")


Past = Sequence[tuple[str, Collection[str]]]
"""What earlier runs found: when each began, and its fingerprints; the oldest first."""


def past_findings(bases: Sequence[Mapping[str, Any]]) -> Past:
    """What earlier runs found, of whole records."""
    return [(base["started"], {finding["fingerprint"] for finding in base["findings"]}) for base in bases]


def compare_runs(
    bases: Sequence[Mapping[str, Any]], run: Mapping[str, Any], past: Past = ()
) -> dict[str, Any]:
    """The comparison of a run with an earlier one: the last of `bases`, which are in order.

    What flaps is told by `past`, the last runs of a history, or by the other bases.
    """
    base = bases[-1]
    before = {finding["fingerprint"]: finding for finding in base["findings"]}
    now = {each["fingerprint"]: each for each in run["findings"]}
    histories = [*(found for _, found in past or past_findings(bases)), now.keys()]
    flapping = {name for name in now.keys() | before.keys() if _flaps([name in seen for seen in histories])}
    news = [each for name, each in now.items() if name not in before and name not in flapping]
    fresh = [new for new in news if not new.get("accepted")]
    back = [
        each
        for name, each in now.items()
        if name in flapping and name not in before and not each.get("accepted")
    ]
    behind, returned = causes(fresh), causes(back)
    lost, out_of_reach = _reachable(
        [each for each in _lost(base, run) if not _was_wrong(each, base, now.keys())], base, run
    )
    held = causes([each for each in now.values() if each.get("accepted")])
    lost = [
        each for each in lost if not any(_explains(cause, each) for cause in held)
    ]  # accepted with what it comes of
    if run.get("verdict") == "undetermined":
        lost = []  # a run that was cut short says nothing about what it did not come to
    apart = [each for each in lost if not any(_explains(cause, each) for cause in behind)]
    flapped = [name for name in sorted(flapping) if name not in {each["fingerprint"] for each in back}]
    gone = [each for name, each in before.items() if name not in now and name not in flapping]
    return {
        "format": FORMAT,
        "base": _head(base),
        "run": _head(run),
        "regression": bool(fresh or back or lost),
        "new": [_told(each) for each in fresh],
        "causes": [_cause(each, fresh, [one for one in lost if _explains(each, one)]) for each in behind],
        "back": [_cause(each, back, [one for one in lost if _explains(each, one)]) for each in returned],
        "flapped": causes([now.get(name) or before[name] for name in flapped]),
        "ended": causes(gone),
        "accepted": [_told(each) for each in news if each.get("accepted")],
        "still": [_told(each) for name, each in now.items() if name in before and name not in flapping],
        "gone": [_told(each) for each in gone],
        "flapping": [
            {**_told(now.get(name) or before[name]), "back": name not in flapped} for name in sorted(flapping)
        ],
        "lost": lost,
        "apart": apart,
        "out_of_reach": out_of_reach,
        "not_asked": sorted(_suites(base) - _suites(run)),
        "drift": list(_drift(base, run)),
        "slower": list(_moved(base, run)),
        "differs": [name for name in _ASKED if base.get(name) != run.get(name)]
        + ["suites"] * (_suites(base) != _suites(run)),
    }


def since(fingerprint: str, past: Past, started: str) -> dict[str, Any] | None:
    """How long a finding has been there: `runs` in a row with this one, the `first` of them, and whether it was gone before that.

    None where there is no earlier run.
    """
    if not past:
        return None
    runs, first = 1, started
    for began, found in reversed(past):
        if fingerprint not in found:
            break
        runs, first = runs + 1, began
    return {
        "runs": runs,
        "first": first,
        "flapping": any(fingerprint in found for _, found in past[: len(past) - runs + 1]),
    }


def _head(record: Mapping[str, Any]) -> dict[str, Any]:
    names = ("started", "target", "verdict", "seed", "profile", "document", "exchanges_total")
    why = record.get("reasons", ())[:1] if record.get("verdict") == "undetermined" else ()
    return {
        **{name: record.get(name) for name in names},
        "findings": len(record["findings"]),
        "why": "".join(why),
    }


def _told(finding: Mapping[str, Any]) -> dict[str, Any]:
    names = (
        "fingerprint",
        "code",
        "check",
        "severity",
        "source",
        "operation",
        "locus",
        "message",
        "consumers",
        "curl",
    )
    return {name: finding[name] for name in names}


def _cause(
    cause: Mapping[str, Any], findings: Sequence[Mapping[str, Any]], lost: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    """A cause, with the curl line that shows it and what could not be exercised because of it."""
    lead = next(finding for finding in findings if finding["fingerprint"] == cause["id"])
    return {
        **cause,
        "curl": lead["curl"],
        "expected": lead["expected"],
        "actual": lead["actual"],
        "lost": list(lost),
    }


#: Checks that speak of an answer's status, or of an answer as a whole: where they find something, other answers do not come.
_OF_ANSWERS = frozenset(
    {
        "SP101",
        "SP102",
        "SP103",
        "SP106",
        "SP201",
        "SP202",
        "SP203",
        "SP204",
        "SP205",
        "SP206",
        "SP207",
        "SP604",
    }
)


def _explains(cause: Mapping[str, Any], lost: Mapping[str, Any]) -> bool:
    """Whether a cause is why something is no longer exercised."""
    if lost["what"] == "member":
        place = lost["member"].removeprefix("/items/*")
        members = [member.rstrip("/") for member in cause["members"] if member.startswith("/")]
        return any(place == member or place.startswith(f"{member}/") for member in members)
    return lost["operation"] in cause["operations"] and bool(_OF_ANSWERS & set(cause["codes"]))


def _was_wrong(lost: Mapping[str, Any], base: Mapping[str, Any], now: Collection[str]) -> bool:
    """Whether what is no longer there should not have been there: a mended provider has lost nothing."""
    if lost["what"] == "status":
        rows = [
            row
            for row in base.get("rows", ())
            if (row["operation"], row["status"]) == (lost["operation"], lost["status"])
        ]
        return bool(rows) and all(each["outcome"] == "not described" for each in rows)
    mended = [
        FindingView(finding).member for finding in base["findings"] if finding["fingerprint"] not in now
    ]
    place = lost["member"].removeprefix("/items/*")
    return lost["what"] == "member" and any(
        member and (place == member or place.startswith(f"{member}/")) for member in mended
    )


def _suites(record: Mapping[str, Any]) -> set[str]:
    return {outcome["suite"] for outcome in record.get("outcomes", ())}


def _reachable(
    lost: list[dict[str, Any]], base: Mapping[str, Any], run: Mapping[str, Any]
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """What was lost, and apart from it what a live target cannot be brought to, where the base was the embedded mock."""
    if base.get("target") != "mock" or run.get("target") == "mock":
        return lost, []
    beyond = {
        (row["operation"], row["status"]) for row in run.get("rows", ()) if "only a mock" in row["reason"]
    }
    apart = [
        each for each in lost if each["what"] == "status" and (each["operation"], each["status"]) in beyond
    ]
    return [each for each in lost if each not in apart], apart


def _flaps(seen: Sequence[bool]) -> bool:
    """Whether something came and went more than once."""
    return sum(one != other for one, other in pairwise(seen)) > 1


def _moved(base: Mapping[str, Any], run: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Operations whose p95 has moved beyond what chance explains; what moved all of them alike is told once: it is the machine."""
    pairs = {
        name: (base["latency"][name], now)
        for name, now in run.get("latency", {}).items()
        if name in base.get("latency", {})
        and min(base["latency"][name]["count"], now["count"]) >= _ENOUGH_FOR_P95
    }
    if not pairs:
        return
    alike = median(now["p95"] / before["p95"] for before, now in pairs.values())
    for name, (before, now) in pairs.items():
        expected = before["p95"] * alike if len(pairs) > 2 else before["p95"]
        if _apart(before, now) and _far(expected, now["p95"]):
            yield {
                "operation": name,
                "before": before["p95"],
                "now": now["p95"],
                "slower": now["p95"] > before["p95"],
            }
    middle = sorted(pairs.values(), key=lambda pair: pair[0]["p95"])[len(pairs) // 2]
    if len(pairs) > 2 and _far(middle[0]["p95"], middle[0]["p95"] * alike):
        now_p95 = round(middle[0]["p95"] * alike, 2)
        yield {
            "operation": "every operation alike",
            "before": middle[0]["p95"],
            "now": now_p95,
            "slower": alike > 1,
        }


def _apart(before: Mapping[str, Any], now: Mapping[str, Any]) -> bool:
    (low, high), (lower, upper) = (_range_of_p95(each) for each in (before, now))
    return lower > high or upper < low


def _far(before: float, now: float) -> bool:
    slow, fast = max(before, now), min(before, now)
    return slow - fast >= MILLISECONDS and slow >= TIMES * fast


def _range_of_p95(told: Mapping[str, Any]) -> tuple[float, float]:
    """Where the 95th percentile lies, all but surely: by the ranks that chance can give it."""
    count = told["count"]
    spread = _CHANCE * (count * 0.95 * 0.05) ** 0.5 / count * 100
    return percentile(told["histogram"], 95 - spread), percentile(told["histogram"], min(95 + spread, 100))


def _lost(base: Mapping[str, Any], run: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """What the earlier run exercised and this one does not: operations, statuses, members of answers."""
    for operation, counts in base["coverage"].items():
        now = run["coverage"].get(operation, {})
        if not any(now.values()):
            yield {
                "what": "operation",
                "operation": operation,
                "status": "",
                "member": "",
                "was": sum(counts.values()),
            }
            continue
        for status, count in counts.items():
            if count and not now.get(status):
                yield {"what": "status", "operation": operation, "status": status, "member": "", "was": count}
            elif count:
                yield from _lost_members(base, run, operation, status)
        yield from _lost_of_requests(base, run, operation)


def _lost_of_requests(
    base: Mapping[str, Any], run: Mapping[str, Any], operation: str
) -> Iterator[dict[str, Any]]:
    """Members of requests that the earlier run sent, kept or broken, and this one did not, though the document still has them."""
    before, after = (_sent_members(record, operation) for record in (base, run))
    for place, sent in before.items():
        if sent and after.get(place) is False:
            yield {"what": "request member", "operation": operation, "status": "", "member": place, "was": 0}


def _sent_members(record: Mapping[str, Any], operation: str) -> dict[str, bool]:
    """Whether any rule of each member or parameter of an operation was tried, by the pointer of the member in the document."""
    found: dict[str, bool] = {}
    for keyword in record.get("keywords", ()):
        match = _OWNER.match(keyword["pointer"])
        if keyword["operation"] == operation and match:
            found[match.group(0)] = found.get(match.group(0), False) or keyword["kept"] or keyword["broken"]
    return found


def _lost_members(
    base: Mapping[str, Any], run: Mapping[str, Any], operation: str, status: str
) -> Iterator[dict[str, Any]]:
    before, after = (record.get("observed", {}).get(f"{operation} {status}") for record in (base, run))
    if not before or not after or after["answers"] < ENOUGH:
        return
    for pointer, told in before["members"].items():
        if (
            pointer not in after["members"]
            and pointer.rpartition("/")[0] in after["members"]
            and told["seen"] >= ENOUGH
        ):
            yield {
                "what": "member",
                "operation": operation,
                "status": status,
                "member": pointer,
                "was": told["seen"],
            }


def _drift(base: Mapping[str, Any], run: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """How answers look otherwise than before, each change once: with every operation and status that shows it."""
    found: dict[tuple[str, str, str], list[str]] = {}
    for place, after in run.get("observed", {}).items():
        before = base.get("observed", {}).get(place)
        if before is None or min(before["answers"], after["answers"]) < ENOUGH:
            continue
        for change in (*_headers(before, after), *_members(before, after)):
            found.setdefault(change, []).append(place)
    yield from _folded(
        [
            {"what": what, "where": where, "detail": detail, "places": places}
            for (what, where, detail), places in found.items()
        ]
    )


def _folded(changes: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Headers of one family that came or went together, as one change."""
    families: dict[tuple[Any, ...], list[dict[str, Any]]] = {}
    for change in changes:
        family = (
            "-".join(change["where"].split("-")[:2])
            if change["what"].endswith(("header", "header gone"))
            else change["where"]
        )
        families.setdefault((change["what"], family, change["detail"], tuple(change["places"])), []).append(
            change
        )
    for (_, family, _, _), members in families.items():
        yield (
            {**members[0], "where": f"{family}-* ({len(members)} headers)"}
            if len(members) > 1
            else members[0]
        )


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
            yield (
                "new type",
                where,
                f"{', '.join(sorted(types))}, before {', '.join(sorted(olds[pointer]['types']))}",
            )
        values, known = (each["values"] or [] for each in (told, olds[pointer]))
        if known and set(values) - set(known):
            yield "new value", where, ", ".join(sorted(set(values) - set(known)))
        if _always(pointer, olds) and not _always(pointer, news):
            yield "no longer always there", where, ""


def _always(pointer: str, members: Mapping[str, Any]) -> bool:
    """Whether every object that could have it has the member."""
    above = members.get(pointer.rpartition("/")[0])
    return bool(pointer) and above is not None and members[pointer]["seen"] == above["types"].get("object")
