"""Texts about one finding that several reports share."""

from __future__ import annotations

from storepact.openapi.pointers import unescape
from storepact.record.values import Finding, Record, Step
from storepact.report.wording import NO_CONSUMER, join_some

#: Names that are listed before the rest is counted.
_NAMES_LISTED = 8


#: Headers by which a provider finds a request in its own logs.
_REQUEST_IDS = frozenset(
    {
        "x-request-id",
        "request-id",
        "x-correlation-id",
        "x-trace-id",
        "x-amzn-trace-id",
        "x-amzn-requestid",
        "x-amz-cf-id",
        "x-cloud-trace-context",
        "x-ms-request-id",
        "cf-ray",
        "traceparent",
    }
)


def location(finding: Finding, document: str) -> str:
    """File, line and JSON pointer of the rule that a finding breaks."""
    line = f":{finding.line}" if finding.line else ""
    return f"{document}{line} {finding.pointer}"


def readable_location(finding: Finding, document: str) -> str:
    """File, line and place of the rule that a finding breaks; an operation as method and path."""
    line = f":{finding.line}" if finding.line else ""
    return f"{document}{line} {readable_pointer(finding.pointer)}"


def readable_pointer(pointer: str) -> str:
    """A JSON pointer into an OpenAPI document, an operation in it as `DELETE /path`."""
    parts = [unescape(part) for part in pointer.split("/")[1:]]
    if len(parts) < 3 or parts[0] != "paths":
        return pointer
    _, path, method, *rest = parts
    return " ".join((f"{method.upper()} {path}", *rest))


def consumers_of(finding: Finding) -> str:
    """The consumers that a finding affects, those that it does not, and those that are tested separately."""
    notes = []
    if finding.spared:
        notes.append(f"not {join_some(finding.spared, _NAMES_LISTED)}")
    if finding.others:
        notes.append(f"{', '.join(finding.others)}: tested separately")
    names = ", ".join(finding.consumers) or NO_CONSUMER
    return f"{names} ({'; '.join(notes)})" if notes else names


def numbered_steps(finding: Finding) -> list[tuple[int, Step]]:
    """The steps that led to a finding; none if one exchange shows it."""
    return list(enumerate(finding.story, 1)) if len(finding.story) > 1 else []


def request_line(finding: Finding) -> str:
    """Method, path, status and the provider's id of the exchange of a finding; empty if it has none."""
    if finding.exchange is None:
        return ""
    request, response = finding.exchange.request, finding.exchange.response
    line = f"{request.method} {request.path} → {response.status or 'no response'}"
    identifiers = (f"{name}: {value}" for name, value in response.headers if name.lower() in _REQUEST_IDS)
    return ", ".join((line, *identifiers))


def describe(finding: Finding, record: Record) -> list[str]:
    """A finding as lines of plain text."""
    lines = [
        f"{finding.operation}: {finding.message}",
        f"sent: {finding.mutation}" if finding.mutation else "",
        f"expected {finding.expected}, got {finding.actual}" if finding.expected else "",
        f"rule: {finding.rule}",
        f"document: {location(finding, record.document)}",
        f"affects: {consumers_of(finding)}",
        f"history: {age(finding)}" if age(finding) else "",
        acceptance(finding),
        *(f"{number}. {step.does} → {step.answered}" for number, step in numbered_steps(finding)),
        finding.curl,
    ]
    return [line for line in lines if line]


def age(finding: Finding) -> str | None:
    """In how many runs a finding has been there; None if there is no earlier run."""
    since = finding.since
    if since is None:
        return None
    back = "back again" if since.back or since.flapping else ""
    came = f"{back}, flapping" if since.flapping else back
    if since.runs == 1:
        return came or "new"
    return f"{came and f'{came}, '}in the last {since.runs} runs, since {since.first[:16].replace('T', ' ')}"


def acceptance(finding: Finding) -> str:
    """Until when, by whom and why a finding is accepted; empty if it is not."""
    entry = finding.accepted
    return f"accepted until {entry.until} by {entry.owner}: {entry.reason}" if entry else ""
