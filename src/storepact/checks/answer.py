"""Checks of a status and of an error: whether the provider failed, what it says, and what it exposes."""

from __future__ import annotations

import re
from collections.abc import Iterator

from storepact.checks.evidence import OF_HTTP, Evidence, Observation
from storepact.model.exchange import CUT_OFF
from storepact.model.expectation import Promise
from storepact.model.flaw import FlawKind


def check_server(evidence: Evidence) -> Iterator[Observation]:
    """No request, however wrong, makes the provider answer 5xx or hang up."""
    rule, response = evidence.expectation.rule, evidence.exchange.response
    rate = f", {response.attempts} of {response.attempts} times" if response.attempts > 1 else ""
    if response.timed_out:
        seconds = f"{response.seconds:g} s"
        yield Observation(
            "timeout",
            f"no response within {seconds}{rate}, while other requests are answered",
            FlawKind.CUT_OFF,
            f"an HTTP response within {seconds}",
            "nothing",
            request_rule=rule,
        )
    elif evidence.status == CUT_OFF:
        yield Observation(
            "no answer",
            f"there was no whole response{rate}: {response.problem}"
            if response.problem
            else f"the connection was cut without a response{rate}",
            FlawKind.CUT_OFF,
            "an HTTP response",
            "nothing",
            request_rule=rule,
        )
    elif evidence.status >= 500:
        # a failure over what is wrong in one place is another one than over something else
        yield Observation(
            f"{evidence.status} {rule.partition(' ')[0]}".strip(),
            f"the provider failed with {evidence.status}{rate}",
            FlawKind.CRASH,
            "no 5xx",
            str(evidence.status),
            request_rule=rule,
        )


def check_status(evidence: Evidence) -> Iterator[Observation]:
    """Every status is one that the document describes for the operation."""
    status, expectation = evidence.status, evidence.expectation
    if status == CUT_OFF or status >= 500 or evidence.operation.response(status) is not None:
        return
    is_refusal = 400 <= status < 500
    if is_refusal and (
        status in expectation.statuses or (expectation.promise is not Promise.ACCEPT and status in OF_HTTP)
    ):
        return
    if not is_refusal and expectation.promise is Promise.REFUSE:
        return  # it should not have succeeded at all, which another check reports
    yield Observation(
        str(status),
        f"{status} is not described for this operation",
        FlawKind.STATUS,
        f"one of {', '.join(evidence.operation.responses)}",
        str(status),
        f"{evidence.operation.pointer}/responses",
    )


def check_error_code(evidence: Evidence) -> Iterator[Observation]:
    """The code in an error's body belongs to its status."""
    if 400 <= evidence.status < 500:
        body = evidence.exchange.response.json
        code = body.get("code") if isinstance(body, dict) else None
        statuses = evidence.api.error_statuses.get(code) if isinstance(code, str) else None
        if statuses and evidence.status not in statuses:
            contradiction = f"the code {code!r} does not belong to {evidence.status}"
            yield Observation(
                f"{evidence.status} /code",
                contradiction,
                FlawKind.CONTRADICTION,
                "a code of this status",
                contradiction,
                member="/code",
            )


def check_internals(evidence: Evidence) -> Iterator[Observation]:
    """An error says what was wrong with the request, and nothing about the provider's internals."""
    if evidence.status < 400:
        return
    text = evidence.exchange.response.body.decode("utf-8", "replace")
    for internals, pattern in _INTERNALS.items():
        match = pattern.search(text)
        if match:
            yield Observation(
                f"{evidence.status} {internals}",
                f"the error shows {internals}",
                FlawKind.EXPOSED,
                "no internals",
                match.group(0)[:80],
            )


_INTERNALS = {
    "a stack trace": re.compile(
        r"Traceback \(most recent call last\)|\bat [\w.$]+\([\w.]+:\d+\)|goroutine \d+ \["
    ),
    "a path of the server": re.compile(
        r"(?:/usr/|/home/|/var/|/opt/|/srv/|C:\\\\)[\w./\\-]+\.(?:py|go|js|java|rb)\b"
    ),
    "SQL": re.compile(
        r"\b(?:SELECT\s.+\sFROM|INSERT\s+INTO|UPDATE\s.+\sSET|DELETE\s+FROM)\s", re.IGNORECASE | re.DOTALL
    ),
}
