"""Checks of a response against the request: what is promised to be accepted or refused, and secrets."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from storepact.checks.evidence import OF_HTTP, Evidence, Observation
from storepact.model.api import Api
from storepact.model.expectation import Promise
from storepact.model.finding import Severity
from storepact.model.flaw import FlawKind

#: The rules of expectations that have a check of their own; the last three belong to `story`.
_OWN_CHECK = ("auth", "permission", "version", "verb", "gone", "precondition", "scope")


def check_valid_request(evidence: Evidence) -> Iterator[Observation]:
    """A request that keeps every documented rule succeeds."""
    promise, status, operation = evidence.expectation.promise, evidence.status, evidence.operation
    if promise is not Promise.ACCEPT or not 300 <= status < 500 or status == 429:
        return
    yield Observation(
        str(status),
        f"a valid request was refused with {status}{_quote(evidence.refusal)}",
        FlawKind.REFUSED,
        ", ".join(str(success) for success in sorted(operation.success)),
        str(status),
        f"{operation.pointer}/requestBody" if operation.body_pointer else operation.pointer,
        refusal=evidence.refusal,
    )


def check_invalid_request(evidence: Evidence) -> Iterator[Observation]:
    """A request that breaks a documented rule is refused."""
    yield from accepted_against(evidence, lambda rule: rule not in _OWN_CHECK)


def check_token(evidence: Evidence) -> Iterator[Observation]:
    """Without a valid token nothing is answered but 401."""
    yield from accepted_against(evidence, lambda rule: rule == "auth")


def check_reader(evidence: Evidence) -> Iterator[Observation]:
    """A token that may only read changes nothing."""
    yield from accepted_against(evidence, lambda rule: rule == "permission")


def check_version_gate(evidence: Evidence) -> Iterator[Observation]:
    """Without the header that names its version a beta resource answers 403."""
    yield from accepted_against(evidence, lambda rule: rule == "version")


def check_verb(evidence: Evidence) -> Iterator[Observation]:
    """A path refuses the verbs that it does not have."""
    yield from accepted_against(evidence, lambda rule: rule == "verb")


def check_refusal(evidence: Evidence) -> Iterator[Observation]:
    """A refusal says with its status what was wrong."""
    expectation, status = evidence.expectation, evidence.status
    if expectation.promise is Promise.ACCEPT or not 400 <= status < 500:
        return
    refusals = {refusal for refusal in expectation.statuses if refusal >= 400}
    if status in refusals or status in OF_HTTP:
        return
    yield Observation(
        f"{expectation.rule} {status}",
        f"refused with {status}{_quote(evidence.refusal)}, though {expectation.why}",
        FlawKind.STATUS,
        " or ".join(str(refusal) for refusal in sorted(refusals)),
        str(status),
        f"{evidence.operation.pointer}/responses",
        member=_member_of(expectation.rule, evidence.api),
        refusal=evidence.refusal,
        request_rule=expectation.rule,
    )


def check_secrets(evidence: Evidence) -> Iterator[Observation]:
    """No secret that was ever sent comes back in any response."""
    for leak in evidence.exchange.leaks:
        yield Observation(
            f"leak {leak.place}",
            f"{leak.secret} came back at {leak.place}",
            FlawKind.EXPOSED,
            "redacted or absent",
            "in the clear",
            severity=Severity.CRITICAL,
            member=_place_of_leak(leak.place, evidence.api),
        )


def accepted_against(evidence: Evidence, is_mine: Callable[[str], bool]) -> Iterator[Observation]:
    """A success where a refusal is promised, by one of the rules for which `is_mine` is true."""
    expectation = evidence.expectation
    if expectation.promise is not Promise.REFUSE or not 200 <= evidence.status < 400:
        return
    if not is_mine(expectation.rule):
        return
    flaw = expectation.deciding_flaw
    place = next(map(_generic, flaw.members), "") if flaw is not None else ""
    yield Observation(
        f"{expectation.rule} {place}".strip(),
        f"answered {evidence.status}, though {expectation.why}",
        FlawKind.ACCEPTED if flaw is None else flaw.accepted,
        " or ".join(str(status) for status in sorted(expectation.statuses)),
        str(evidence.status),
        f"{evidence.operation.pointer}/responses",
        member=_member_of(expectation.rule, evidence.api),
        members=() if flaw is None else flaw.members,
        request_rule=expectation.rule,
        former_locus=expectation.rule if place else "",
    )


def _generic(pointer: str) -> str:
    """A pointer of a patch, with `*` for what is an index."""
    return "/".join("*" if part == "-" or part.isdigit() else part for part in pointer.split("/"))


def _member_of(rule: str, api: Api) -> str:
    """The member that a rule such as `body /config/host type` is about; empty for the request as a whole."""
    return api.within_resource(next((word for word in rule.split() if word.startswith("/")), ""))


def _place_of_leak(place: str, api: Api) -> str:
    if place.startswith("/"):
        return api.within_resource(place)
    return "" if place == "body" else place.lower()


def _quote(refusal: str) -> str:
    return f" ({refusal!r})" if refusal else ""
