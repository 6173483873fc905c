"""What a finding that a test writes by hand is about, determined by the row of its check."""

from __future__ import annotations

from dataclasses import asdict

import msgspec

from storepact.checks import CHECKS
from storepact.checks.evidence import Observation, Report
from storepact.families.persistent_store.api import API
from storepact.model.flaw import FlawKind
from storepact.record.causes import group_findings
from storepact.record.values import Finding

#: The flaw of a check's findings where a test names none; all others: another value.
FLAWS = {
    "SP101": FlawKind.CRASH,
    "SP102": FlawKind.STATUS,
    "SP103": FlawKind.MEDIA,
    "SP104": FlawKind.TYPE,
    "SP105": FlawKind.UNDESCRIBED,
    "SP106": FlawKind.MISSING,
    "SP201": FlawKind.REFUSED,
    "SP207": FlawKind.STATUS,
    **{f"SP{number}": FlawKind.ACCEPTED for number in (202, 203, 204, 205, 206, 604, 609)},
}

#: Checks whose locus begins with a rule of the request.
OF_REQUESTS = ("SP202", "SP207", "SP604", "SP609")


def describe(finding, expected_status=""):
    """The finding, as a record holds it, with flaw, member and subject where it has none."""
    code, locus = finding["code"], finding["locus"]
    flaw = FlawKind(finding.get("flaw") or FLAWS.get(code, FlawKind.VALUE))
    member = finding.get("member", _member(finding["touches"] or locus))
    is_failure = code == "SP101"
    rule = locus.partition(" ")[2] if is_failure else locus if code in OF_REQUESTS else ""
    observation = Observation(
        locus,
        "",
        flaw,
        member=member,
        members=tuple(finding.get("members", ())),
        request_rule=rule,
        expected_status=expected_status,
    )
    check = next(check for check in CHECKS if check.code == code)
    exchange = finding["exchange"]
    status = str(exchange["response"]["status"]) if exchange else ""
    subject = check.subject(Report(code, finding["operation"], status, observation, API))
    flaws = {} if "request_flaws" in finding or not rule else {"request_flaws": [rule]}
    return {"flaw": str(flaw), "member": member, "subject": _to_record(subject), **flaws, **finding}


def _to_record(subject):
    return {name: str(value) for name, value in asdict(subject).items() if value}


def _member(place):
    words = place.split()
    pointer = next((word for word in words if word.startswith("/")), "")
    if pointer or not words:
        return API.within_resource(pointer)
    return words[-1].lower() if "-" in words[-1] else ""


def causes(findings):
    """The causes of findings, both as JSON values."""
    later = {"accepted": None, "since": None, "cause": ""}  # what a record adds to findings
    typed = [msgspec.convert({**later, **finding}, Finding) for finding in findings]
    return [msgspec.json.decode(msgspec.json.encode(cause)) for cause in group_findings(typed)]
