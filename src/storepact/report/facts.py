"""What every report says in the same words."""

from __future__ import annotations

from collections import Counter
from typing import Any

CONFORMS = "The provider keeps the document and every contract that was asked about."


def headline(record: dict[str, Any]) -> str:
    """The verdict in one line."""
    found = len(record["findings"])
    if record["verdict"] == "broken":
        worst = record["findings"][0] if record["findings"] else None
        more = f", first: {worst['operation']}: {worst['message']}" if worst else ""
        return f"{found} finding{'s' * (found != 1)}{more}"
    if record["verdict"] == "undetermined":
        return why_undetermined(record)
    if not record["exchanges_total"]:
        return "The document is sound and the contracts fit it; the target was not asked."
    return CONFORMS


def why_undetermined(record: dict[str, Any]) -> str:
    """The first reason for not knowing."""
    reasons = [*record["reasons"], *(each["reason"] for each in record["outcomes"] if each["status"] == "undetermined")]
    return reasons[0] if reasons else "nothing was asked"


def counts(record: dict[str, Any]) -> Counter[str]:
    """How many outcomes of each status."""
    return Counter(outcome["status"] for outcome in record["outcomes"])


def asked(record: dict[str, Any]) -> str:
    """How much was asked, in one line."""
    tally = counts(record)
    parts = [f"{tally[status]} {status}" for status in ("passed", "failed", "undetermined", "skipped") if tally[status]]
    return f"{record['exchanges_total']:,} exchanges in {record['duration_s']:.1f} s; questions: {', '.join(parts) or 'none'}"


def place(finding: dict[str, Any], document: str) -> str:
    """Where in the document the broken rule stands."""
    line = f":{finding['line']}" if finding["line"] else ""
    return f"{document}{line} {finding['pointer']}"


def consumers(finding: dict[str, Any]) -> str:
    """Whom it hurts."""
    return ", ".join(finding["consumers"]) or "no known consumer"


def spared(finding: dict[str, Any]) -> str:
    """Whom it does not hurt; empty if it hurts all of them."""
    return ", ".join(finding.get("spared", ()))


def whom(finding: dict[str, Any]) -> str:
    """Both in one line."""
    others = finding.get("spared", ())
    told = ", ".join(others[:_SOME]) + (f" and {len(others) - _SOME} more" if len(others) > _SOME else "")
    same = finding.get("others", ())
    apart = [f"not {told}"] * bool(others) + [f"{', '.join(same)}: see their own verdicts"] * bool(same)
    return consumers(finding) + (f" ({'; '.join(apart)})" if apart else "")


#: Names that are told one by one.
_SOME = 8


def by_reason(record: dict[str, Any]) -> dict[str, list[str]]:
    """What was not verified, gathered by the reason."""
    found: dict[str, list[str]] = {}
    for each in record["not_verified"]:
        found.setdefault(each["reason"], []).append(each["what"])
    return found


def story(finding: dict[str, Any]) -> list[tuple[int, dict[str, str]]]:
    """The numbered steps that led to it; none where one exchange says it all."""
    steps = finding["story"]
    return list(enumerate(steps, 1)) if len(steps) > 1 else []


def request_line(finding: dict[str, Any]) -> str:
    """Request and status in one line, if there was an exchange."""
    exchange = finding["exchange"]
    if exchange is None:
        return ""
    request, response = exchange["request"], exchange["response"]
    return f"{request['method']} {request['path']} → {response['status'] or 'no answer'}"
