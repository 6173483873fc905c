"""Causes: findings that one change of the provider has brought about, told once.

A member that goes wrong does so in every operation, every suite and every pact that relies on it; an integration that vanishes
is refused, not listed, and missed by everybody. Each finding has a *subject* (`signs`); findings of one subject are one group, and
groups that explain others take them in (`explanations`). What no rule joins stays apart: two causes told as two are a smaller harm
than two told as one.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import Any

from storepact.record.causes.clusters import CROWDS
from storepact.record.causes.merges import RULES
from storepact.record.causes.subjects import Finding, FindingView, Group, Subject

_WORST = ("critical", "error", "warning")


def causes(findings: Sequence[Finding]) -> list[dict[str, Any]]:
    """What is behind the findings, the worst first; every finding belongs to one cause."""
    signs: dict[Subject, list[FindingView]] = {}
    for finding in sorted(findings, key=lambda each: str(each["fingerprint"])):
        sign = FindingView(finding)
        signs.setdefault(sign.subject, []).append(sign)
    told = [
        _told(group) for group in _joined([Group(subject, tuple(each)) for subject, each in signs.items()])
    ]
    return sorted(
        told,
        key=lambda each: (
            _WORST.index(each["severity"]),
            -len(each["fingerprints"]),
            each["title"],
            each["id"],
        ),
    )


def _joined(groups: list[Group]) -> list[Group]:
    """Groups after all rules, each tried on every pair until it joins nothing more."""
    for common, least, by_operation in CROWDS:
        groups = _crowded(groups, common, least, by_operation=by_operation)
    for rule, kinds in RULES:
        joined = True
        while joined:
            joined = False
            for lead in (group for group in groups if not kinds or group.kind in kinds):
                taken = [other for other in groups if other is not lead and rule(lead, other)]
                if taken:
                    whole = lead.with_signs(tuple(sign for other in taken for sign in other.signs))
                    gone = {id(each) for each in taken}
                    groups = [whole if each is lead else each for each in groups if id(each) not in gone]
                    joined = True
                    break
    return groups


def _crowded(
    groups: list[Group], common: Callable[[Group], Hashable], least: int, *, by_operation: bool
) -> list[Group]:
    """Groups after those that have too much in common to be many."""
    alike: dict[Hashable, list[Group]] = {}
    for group in groups:
        alike.setdefault(common(group), []).append(group)
    joined = []
    for what, many in alike.items():
        count = (
            len(frozenset[str]().union(*(each.operations for each in many))) if by_operation else len(many)
        )
        if what is None or len(many) < 2 or count < least:
            joined += many
        else:
            joined.append(many[0].with_signs(tuple(sign for other in many[1:] for sign in other.signs)))
    return joined


def _told(group: Group) -> dict[str, Any]:
    lead = min(
        group.signs, key=lambda each: (_is_hearsay(each), each.subject != group.subject, *_rank(each.finding))
    )
    finding = lead.finding
    findings = [sign.finding for sign in group.signs]
    return {
        "id": finding["fingerprint"],
        "title": _title(group, lead),
        "severity": min((each["severity"] for each in findings), key=_WORST.index),
        "operations": sorted({each["operation"] for each in findings if each["operation"]}),
        "members": sorted({each.member or each.header for each in group.signs} - {""}),
        "codes": sorted({each["code"] for each in findings}),
        "consumers": sorted({name for each in findings for name in each["consumers"]}),
        "fingerprints": [
            finding["fingerprint"],
            *sorted(each["fingerprint"] for each in findings if each is not finding),
        ],
    }


def _is_hearsay(sign: FindingView) -> int:
    """How little a finding tells of its cause: a pact's least of all, and what is blamed on what happened elsewhere in between."""
    if sign.code in ("SP401", "SP402"):
        return 2
    return 1 if sign.code == "SP302" and sign.words[-1:] == ["stale"] else 0


def _rank(finding: Finding) -> tuple[Any, ...]:
    """The finding that tells a cause best: the worst, not a pact's, one that can be shown again, the shortest story."""
    severity = _WORST.index(finding["severity"])
    reads = ((finding["exchange"] or {}).get("request") or {}).get("method") == "GET"
    bare = reads and "$(" not in str(finding["curl"])  # what it reads was made before, and is gone
    names = (finding["code"], finding["operation"], finding["source"], finding["fingerprint"])
    mutated = len(str(finding["mutation"] or "")) if finding["code"] == "SP101" else 0
    return (severity, finding["code"] == "SP401", bare, len(finding["story"]), mutated, *names)


def _cut(message: str, most: int = 180) -> str:
    """A message without the middle of the value that makes it long."""
    return message if len(message) <= most else f"{message[: most // 2]} … {message[-most // 3 :]}"


def _over(group: Group, lead: FindingView) -> str:
    """What the provider fails over."""
    if any(len(sign.words) == 1 for sign in group.signs):
        return " over requests that nothing is wrong with"
    if group.subject[2] in ("json", "path"):
        return {"json": " over a body that cannot be read", "path": " over a path that is wrong"}[
            group.subject[2]
        ]
    mutation = " ".join(str(lead.finding["mutation"] or "").split())
    return f", sent: {mutation[:100]}" if mutation else ""


def _title(group: Group, lead: FindingView) -> str:
    """The cause in a sentence."""
    message = _cut(" ".join(str(lead.finding["message"]).split()))
    if group.kind == "fails":
        message += _over(group, lead)
    where = f"{lead.operation}: " if lead.operation else ""
    member = lead.member
    named = f"{member}: " if group.kind in ("member", "kept") and member and member not in message else ""
    others = len(group.operations) - 1
    more = f" (and in {others} other operation{'s' * (others != 1)})" if others > 0 else ""
    return f"{where}{named}{message}{more}"
