"""Checks of an answer against the request: what is promised to be accepted or refused, and secrets."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from storepact.checks.evidence import OF_HTTP, Evidence, Observation
from storepact.model.expectation import Promise
from storepact.model.finding import Severity

#: The rules of expectations that have a check of their own; the last three are told in `story`.
_OWN_CHECK = ("auth", "permission", "version", "verb", "gone", "precondition", "scope")


def valid_request_is_accepted(evidence: Evidence) -> Iterator[Observation]:
    """A request that keeps every documented rule succeeds."""
    if (
        evidence.expectation.promise is Promise.ACCEPT
        and 300 <= evidence.status < 500
        and evidence.status != 429
    ):
        success = ", ".join(str(each) for each in sorted(evidence.operation.success))
        yield Observation(
            str(evidence.status),
            f"a valid request was refused with {evidence.status}{_said(evidence)}",
            success,
            str(evidence.status),
            f"{evidence.operation.pointer}/requestBody"
            if evidence.operation.body_pointer
            else evidence.operation.pointer,
        )


def invalid_request_is_refused(evidence: Evidence) -> Iterator[Observation]:
    """A request that breaks a documented rule is refused."""
    yield from accepted_though(evidence, lambda rule: rule not in _OWN_CHECK)


def token_is_required(evidence: Evidence) -> Iterator[Observation]:
    """Without a valid token nothing is answered but 401."""
    yield from accepted_though(evidence, lambda rule: rule == "auth")


def reader_may_not_write(evidence: Evidence) -> Iterator[Observation]:
    """A token that may only read changes nothing."""
    yield from accepted_though(evidence, lambda rule: rule == "permission")


def beta_gate_holds(evidence: Evidence) -> Iterator[Observation]:
    """Without `LD-API-Version: beta` a beta resource answers 403."""
    yield from accepted_though(evidence, lambda rule: rule == "version")


def wrong_verb_is_refused(evidence: Evidence) -> Iterator[Observation]:
    """A path refuses the verbs that it does not have."""
    yield from accepted_though(evidence, lambda rule: rule == "verb")


def refusal_has_the_right_status(evidence: Evidence) -> Iterator[Observation]:
    """A refusal says with its status what was wrong."""
    expectation, status = evidence.expectation, evidence.status
    if expectation.promise is Promise.ACCEPT or not 400 <= status < 500:
        return
    refusals = {each for each in expectation.statuses if each >= 400}
    if status not in refusals and status not in OF_HTTP:
        wanted = " or ".join(str(refusal) for refusal in sorted(refusals))
        yield Observation(
            f"{expectation.rule} {status}",
            f"refused with {status}{_said(evidence)}, though {expectation.why}",
            wanted,
            str(status),
            f"{evidence.operation.pointer}/responses",
        )


def secrets_stay_secret(evidence: Evidence) -> Iterator[Observation]:
    """No secret that was ever sent comes back in any answer."""
    for leak in evidence.exchange.leaks:
        yield Observation(
            f"leak {leak.place}",
            f"{leak.secret} came back at {leak.place}",
            "redacted or absent",
            "in the clear",
            severity=Severity.CRITICAL,
        )


def accepted_though(evidence: Evidence, mine: Callable[[str], bool]) -> Iterator[Observation]:
    """A success where a refusal is promised, by one of the rules that are `mine`."""
    expectation = evidence.expectation
    if expectation.promise is not Promise.REFUSE or not 200 <= evidence.status < 400:
        return
    if mine(expectation.rule):
        wanted = " or ".join(str(status) for status in sorted(expectation.statuses))
        yield Observation(
            expectation.rule,
            f"answered {evidence.status}, though {expectation.why}",
            wanted,
            str(evidence.status),
            f"{evidence.operation.pointer}/responses",
        )


def _said(evidence: Evidence) -> str:
    body = evidence.exchange.response.json
    message = body.get("message") if isinstance(body, dict) else None
    return f" ({message[:160]!r})" if isinstance(message, str) else ""
