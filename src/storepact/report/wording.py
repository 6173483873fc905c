"""What every report says in the same words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from storepact.model.outcome import SUITES

CONFORMS = "The provider keeps the document and every contract that was asked about."


def headline(record: dict[str, Any]) -> str:
    """The verdict in one line."""
    if record["verdict"] == "broken":
        return "; ".join(_broken(record))
    if record["verdict"] == "undetermined":
        return why_undetermined(record)
    if not record["exchanges_total"]:
        return "The document is sound and the contracts fit it; the target was not asked."
    accepted = sum(1 for finding in record["findings"] if finding["accepted"])
    left = len(record["not_verified"])
    rest = f" {many(left, 'thing')} could not be verified." if left else ""
    if left and not record["writes"]:
        return f"What could be read keeps the document; the target was only read, and {many(left, 'thing')} could not be verified."
    return f"Nothing but {many(accepted, 'accepted finding')}. " * bool(accepted) + CONFORMS + rest


def _broken(record: dict[str, Any]) -> Iterator[str]:
    groups = open_causes(record)
    if groups:
        found = sum(len(group["fingerprints"]) for group in groups)
        first = f", first: {groups[0]['title']}"
        yield f"{many(len(groups), 'cause')}, {many(found, 'finding')}{first}"
    lost = record.get("comparison", {}).get("lost", ())
    if lost:
        yield f"{many(len(lost), 'thing')} that the baseline exercised {'was' if len(lost) == 1 else 'were'} not exercised any more"
    changes = record.get("published", {}).get("breaking", 0)
    if changes:
        yield f"the published document has {many(changes, 'breaking change')} that no decision explains"
    if not groups and not lost and not changes:
        yield next(
            (outcome["reason"] for outcome in record["outcomes"] if outcome["status"] == "failed"),
            "a question failed",
        )


def moment(told: str) -> str:
    """A time of a record as people read it."""
    return told.replace("T", " ").replace("+00:00", " UTC")


def many(count: int, what: str) -> str:
    """A number of things, in words."""
    return f"{count:,} {what}{'s' * (count != 1)}"


def open_causes(record: dict[str, Any]) -> list[dict[str, Any]]:
    """What is behind the findings that nobody has accepted, the worst first."""
    accepted = {finding["fingerprint"] for finding in record["findings"] if finding["accepted"]}
    found = [
        {**cause, "fingerprints": [name for name in cause["fingerprints"] if name not in accepted]}
        for cause in record["causes"]
    ]
    return [each for each in found if each["fingerprints"]]


def why_undetermined(record: dict[str, Any]) -> str:
    """The first reason for not knowing."""
    reasons = [
        *record["reasons"],
        *(outcome["reason"] for outcome in record["outcomes"] if outcome["status"] == "undetermined"),
    ]
    return reasons[0] if reasons else "nothing was asked"


def counts(record: dict[str, Any]) -> Counter[str]:
    """How many outcomes of each status."""
    return Counter(outcome["status"] for outcome in record["outcomes"])


def asked(record: dict[str, Any]) -> str:
    """How much was asked, in one line."""
    tally = counts(record)
    parts = [
        f"{tally[status]} {status}"
        for status in ("passed", "failed", "undetermined", "skipped")
        if tally[status]
    ]
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


def position(finding: dict[str, Any], record: dict[str, Any]) -> tuple[int, int]:
    """Line and column of the broken rule in the document; the first ones where it has none."""
    place = record["places"].get(finding["pointer"])
    return (place["line"], place["column"]) if place else (finding["line"] or 1, 1)


def told(finding: dict[str, Any], record: dict[str, Any]) -> list[str]:
    """A finding in a few lines of plain text."""
    parts = [
        f"{finding['operation']}: {finding['message']}",
        f"sent: {finding['mutation']}" if finding["mutation"] else "",
        f"expected {finding['expected']}, got {finding['actual']}" if finding["expected"] else "",
        f"rule: {finding['rule']}",
        f"document: {place(finding, record['document'])}",
        f"hurts: {whom(finding)}",
        f"history: {age(finding)}" if age(finding) else "",
        acceptance(finding),
        *(f"{number}. {step['does']} → {step['answered']}" for number, step in story(finding)),
        finding["curl"],
    ]
    return [part for part in parts if part]


def age(finding: dict[str, Any]) -> str | None:
    """How long it has been there: "new", "since 3 runs, first …"; None where there is nothing to compare with."""
    since = finding["since"]
    if since is None:
        return None
    if since["runs"] == 1:
        return "new" if not since["flapping"] else "back again: it comes and goes"
    return f"since {since['runs']} runs, first {since['first'][:16].replace('T', ' ')}"


def acceptance(finding: dict[str, Any]) -> str:
    """Who accepted it, why and until when; empty if nobody has."""
    held = finding["accepted"]
    return f"accepted until {held['until']} by {held['owner']}: {held['reason']}" if held else ""


def acceptances(record: dict[str, Any]) -> list[str]:
    """What is wrong with accepted.json: entries that have expired, or that nothing was found for."""
    told = record["acceptances"]
    gone = [
        f"the acceptance of {each['fingerprint']} expired on {each['until']} ({each['owner']}: {each['reason']})"
        for each in told["expired"]
    ]
    unused = [
        f"{each['fingerprint']} is accepted ({each['owner']}: {each['reason']}), and was not found: take it out"
        for each in told["unused"]
    ]
    return gone + unused


def doubts(record: dict[str, Any]) -> list[str]:
    """Whatever could make a pass mean little, each in a sentence."""
    asked = {outcome["suite"] for outcome in record["outcomes"] if outcome["status"] != "skipped"}
    found = list(record["reasons"])
    if record["exchanges_total"] and not record["writes"]:
        found.append("The target was only read: nothing was created, changed or deleted.")
    left = [name for name in SUITES if name not in asked]
    if left and asked:
        found.append(f"Not asked: the {'suites' if len(left) > 1 else 'suite'} {', '.join(left)}.")
    if not record["contracts"]:
        found.append("No consumer's pact was there: nobody's expectations were looked at.")
    silent = [
        row
        for row in record["rows"]
        if row["outcome"] == "not reached" and row["reason"] and not row["reason"].startswith("allowed")
    ]
    if silent:
        found.append(
            f"{many(len(silent), 'documented row')} of operation and status not reached; see the heat map."
        )
    if record["not_verified"]:
        found.append(
            f"{many(len(record['not_verified']), 'thing')} could not be verified; the reasons stand below."
        )
    if "teeth" in record and "--fault" in record["teeth"]["command"]:
        found.append(
            f"Only {many(len(record['teeth']['faults']), 'fault')} of the catalogue went into the proof that this gate bites."
        )
    if record["exchanges_total"] and "teeth" not in record:
        found.append("No proof that this gate bites lies in the report folder: `storepact prove` makes one.")
    return found


def by_operation(record: dict[str, Any]) -> list[tuple[str, list[dict[str, Any]]]]:
    """The findings of each operation, the operation with the worst one first, worst first within."""
    found: dict[str, list[dict[str, Any]]] = {}
    for finding in record["findings"]:
        found.setdefault(finding["operation"] or "the document", []).append(finding)
    return list(found.items())


def heat(record: dict[str, Any]) -> tuple[list[str], list[tuple[str, list[dict[str, Any]]]]]:
    """A map of operation by status: the statuses, and for each operation a cell for each of them.

    A cell's `outcome` is passed, failed, accepted, open (described and not reached), odd (answered, not described) or none.
    """
    if not record["rows"]:
        return [], []
    hits: dict[tuple[str, str], list[str]] = {}
    accepted = {each["fingerprint"] for each in record["findings"] if each["accepted"]}
    for finding in record["findings"]:
        if finding["exchange"]:
            hits.setdefault(
                (finding["operation"], str(finding["exchange"]["response"]["status"])), []
            ).append(finding["fingerprint"])
    by_cell: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for row in record["rows"]:
        by_cell.setdefault((row["operation"], row["status"]), []).append(row)
    statuses = sorted({status for _, status in by_cell}, key=lambda status: (status == "0", status))
    operations = list(dict.fromkeys(operation for operation, _ in by_cell))
    return statuses, [
        (
            name,
            [
                _cell(by_cell.get((name, status)), hits.get((name, status), []), accepted)
                for status in statuses
            ],
        )
        for name in operations
    ]


def _cell(rows: list[dict[str, Any]] | None, hits: list[str], accepted: set[str]) -> dict[str, Any]:
    if rows is None:
        return {"outcome": "none", "text": "", "why": "not described, and never answered", "findings": []}
    count = sum(row["seen"] for row in rows)
    reason = next((row["reason"] for row in rows if row["reason"]), "")
    if hits:
        outcome = "accepted" if set(hits) <= accepted else "failed"
        return {
            "outcome": outcome,
            "text": f"{count:,}",
            "why": f"{many(len(hits), 'finding')} in {count:,} answers",
            "findings": hits,
        }
    if not count:
        allowed = reason.startswith("allowed")
        return {
            "outcome": "allowed" if allowed else "open",
            "text": "–",
            "why": reason or "not reached",
            "findings": [],
        }
    described = any(row["outcome"] == "covered" for row in rows)
    return {
        "outcome": "passed" if described else "odd",
        "text": f"{count:,}",
        "why": reason or f"{count:,} answers, no finding",
        "findings": [],
    }


def tried(record: dict[str, Any]) -> dict[str, int]:
    """How many keywords of the requests were tried with values that keep and that break them, with one kind only, with none."""
    found = {"both": 0, "one": 0, "none": 0}
    for keyword in record["keywords"]:
        found[
            "both"
            if keyword["kept"] and keyword["broken"]
            else "one"
            if keyword["kept"] or keyword["broken"]
            else "none"
        ] += 1
    return found


def keywords(record: dict[str, Any]) -> list[tuple[str, list[dict[str, Any]]]]:
    """The keywords of each operation, those that were tried least first."""
    found: dict[str, list[dict[str, Any]]] = {}
    for each in record["keywords"]:
        found.setdefault(each["operation"], []).append(each)
    return [
        (name, sorted(each, key=lambda one: (one["kept"] + one["broken"], one["pointer"])))
        for name, each in found.items()
    ]
