"""Sentences about a record that several reports share."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from storepact.model.case import TOKEN_VARIABLE
from storepact.model.outcome import STORE, SUITES, Status, Verdict
from storepact.openapi.pointers import unescape
from storepact.record.losses import group_losses
from storepact.record.values import Cause, Finding, NotVerified, Record, Step
from storepact.record.values.base import MOCK_TARGET

CONFORMS = "The provider conforms to the document and to every contract that was tested."

ONLY_READ = "the target was only read"

NO_CONSUMER = "no known consumer"

#: Names that are listed before the rest is counted.
_NAMES_LISTED = 8


@dataclass(frozen=True)
class OpenCause:
    """A cause with those of its findings that are not accepted."""

    id: str
    title: str
    codes: tuple[str, ...]
    consumers: tuple[str, ...]
    fingerprints: tuple[str, ...]


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


def is_about_store(record: Record) -> bool:
    """Whether the record is of `storepact store check`: no API was tested."""
    return not record.exchanges_total and {outcome.suite for outcome in record.outcomes} == {STORE}


def headline(record: Record, *, names_first: bool = True) -> str:
    """The verdict in one line, which also says that a target was only read.

    `names_first`: whether it gives the title of the first cause, for where no list of causes is near.
    """
    only_read = f"; {ONLY_READ}" if record.exchanges_total and not record.writes else ""
    if record.verdict is Verdict.BROKEN:
        return "; ".join(_reasons_broken(record, names_first=names_first)) + only_read
    if record.verdict is Verdict.UNDETERMINED:
        return undetermined_reason(record) + only_read
    if is_about_store(record):
        return "SDKs can read what is in the store."
    if not record.exchanges_total:
        return "The document is valid and the contracts fit it; no target was tested."
    accepted = sum(1 for finding in record.findings if finding.accepted)
    exceptions = f"No findings except {many(accepted, 'accepted finding')}. " if accepted else ""
    skipped = len(record.not_verified)
    limits = f"{many(skipped, 'item')} could not be verified."
    if only_read:
        rest = f", and {limits}" if skipped else "."
        return f"{exceptions}What could be read conforms to the document{only_read}{rest}"
    return exceptions + CONFORMS + (f" {limits}" if skipped else "")


def _reasons_broken(record: Record, *, names_first: bool) -> Iterator[str]:
    causes = open_causes(record)
    if causes:
        findings = sum(len(cause.fingerprints) for cause in causes)
        first = f", first: {causes[0].title}" if names_first else ""
        yield f"{many(len(causes), 'cause')}, {many(findings, 'finding')}{first}"
    lost = record.comparison.lost if record.comparison else ()
    if lost:
        count = len(group_losses(lost))
        verb = "is" if count == 1 else "are"
        yield f"{many(count, 'item')} that the baseline exercised {verb} no longer exercised"
    breaking = record.published.breaking if record.published else 0
    if breaking:
        yield f"the published document has {many(breaking, 'breaking change')} that no decision explains"
    if not causes and not lost and not breaking:
        failed = (outcome.reason for outcome in record.outcomes if outcome.status is Status.FAILED)
        yield next(failed, "a test failed")


def moment(timestamp: str) -> str:
    """An ISO 8601 timestamp in a form that is easy to read."""
    return timestamp.replace("T", " ").replace("+00:00", " UTC")


def many(count: int, noun: str) -> str:
    """A number and a noun, in the plural unless the number is 1."""
    ending = "es" if noun.endswith(("ch", "sh")) else "s"
    plural = f"{noun[:-1]}ies" if noun.endswith("y") else f"{noun}{ending}"
    return f"{count:,} {noun if count == 1 else plural}"


def join_some(names: Sequence[str], limit: int) -> str:
    """At most `limit` names joined by commas, and how many more there are."""
    more = f" and {len(names) - limit} more" if len(names) > limit else ""
    return ", ".join(names[:limit]) + more


def affects(consumers: Sequence[str]) -> str:
    """Which consumers something affects, as the end of a sentence."""
    return f"affects {', '.join(consumers) or NO_CONSUMER}"


def open_causes(record: Record) -> list[OpenCause]:
    """The causes that have findings which are not accepted, the worst first, with these findings only."""
    accepted = {finding.fingerprint for finding in record.findings if finding.accepted}
    causes = (
        OpenCause(
            id=cause.id,
            title=cause.title,
            codes=cause.codes,
            consumers=cause.consumers,
            fingerprints=tuple(name for name in cause.fingerprints if name not in accepted),
        )
        for cause in record.causes
    )
    return [cause for cause in causes if cause.fingerprints]


def causes_to_read(record: Record) -> list[Cause]:
    """The causes in the order in which to read them: accepted ones last."""
    unaccepted = {finding.fingerprint for finding in record.findings if not finding.accepted}
    return sorted(record.causes, key=lambda cause: unaccepted.isdisjoint(cause.fingerprints))


def undetermined_reason(record: Record) -> str:
    """The first reason for which the run is undetermined."""
    reasons = [
        *record.reasons,
        *(outcome.reason for outcome in record.outcomes if outcome.status is Status.UNDETERMINED),
    ]
    return reasons[0] if reasons else "nothing was tested"


def tally(record: Record) -> Counter[str]:
    """How many outcomes there are of each status."""
    return Counter(str(outcome.status) for outcome in record.outcomes)


def totals(record: Record) -> str:
    """How much was tested, in one line."""
    counts = tally(record)
    statuses = (Status.PASSED, Status.FAILED, Status.UNDETERMINED, Status.SKIPPED)
    tests = ", ".join(f"{counts[status]} {status}" for status in statuses if counts[status])
    exchanges = many(record.exchanges_total, "exchange")
    return f"{exchanges} in {record.duration_s:.1f} s; tests: {tests or 'none'}"


def provider(record: Record) -> str:
    """The provider and its version, as the beginning of a list; empty if no version was given."""
    return f"{record.provider} {record.provider_version}, " if record.provider_version else ""


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


def by_reason(items: Iterable[NotVerified]) -> dict[str, list[str]]:
    """What was not verified, grouped by the reason."""
    groups: dict[str, list[str]] = {}
    for item in items:
        groups.setdefault(item.reason, []).append(item.what)
    return groups


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


def mock_to_start(record: Record) -> str:
    """The command that starts a mock where the embedded one of the run was; empty on another target.

    The token of the lines that reproduce a finding is any text: the mock reads the same variable.
    """
    port = urlsplit(record.base_url).port if "://" in record.base_url else None
    if record.target != MOCK_TARGET or port is None:
        return ""
    return f"storepact mock --port {port} --token me=writer:{TOKEN_VARIABLE}"


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


def stale_acceptances(record: Record) -> list[str]:
    """Entries of accepted.json that have expired, or that match no finding, each in a sentence."""
    expired = [
        f"the acceptance of {entry.fingerprint} expired on {entry.until} ({entry.owner}: {entry.reason})"
        for entry in record.acceptances.expired
    ]
    unused = [
        f"the acceptance of {entry.fingerprint} ({entry.owner}: {entry.reason}) matches no finding: remove it"
        for entry in record.acceptances.unused
    ]
    return expired + unused


def traffic(record: Record) -> list[str]:
    """What failed on the way, and how long the run waited, each in a sentence."""
    return list(_limits_of_traffic(record))


def limits(record: Record) -> list[str]:
    """What a reader must know before relying on the verdict, each in a sentence."""
    return [
        *record.reasons,
        *_limits_of_traffic(record),
        *_limits_of_tests(record),
        *_limits_of_proof(record),
    ]


def _limits_of_traffic(record: Record) -> Iterator[str]:
    traffic = record.traffic
    if traffic is None:
        return
    failed = sum(traffic.failures.values())
    if failed:
        kinds = sorted(traffic.failures.items(), key=lambda item: (-item[1], item[0]))
        parts = ", ".join(f"{count} × {kind.replace('_', ' ')}" for kind, count in kinds)
        note = f"; {traffic.reproduced} of them each time, which are findings" if traffic.reproduced else ""
        yield f"{failed} of {traffic.requests:,} exchanges failed: {parts}{note}."
    if traffic.limited:
        yield f"{many(traffic.limited, 'request')} had to be sent again after a 429."
    if traffic.stale:
        yield (
            f"{many(traffic.stale, 'read')} showed the state before a write, and the new one up to "
            f"{traffic.stale_s:.2g} s later."
        )
    if traffic.waited_s >= 1:
        yield f"The run waited {traffic.waited_s:.0f} s for limits and for the network."


def _limits_of_tests(record: Record) -> Iterator[str]:
    if record.exchanges_total and not record.writes:
        yield "The target was only read: nothing was created, changed or deleted."
    ran = {outcome.suite for outcome in record.outcomes if outcome.status is not Status.SKIPPED}
    if is_about_store(record):
        return
    missing = [suite for suite in SUITES if suite not in ran]
    if missing and ran:
        yield f"Not run: the {'suites' if len(missing) > 1 else 'suite'} {', '.join(missing)}."
    if record.stores:
        yield f"Stores of the suite store: {', '.join(record.stores)}."
    if not record.contracts:
        yield "There were no pacts: no consumer's expectations were tested."
    unreached = sum(1 for row in record.rows if row.outcome == "not reached" and row.reason and row.owed)
    if unreached:
        yield f"{many(unreached, 'documented row')} of operation and status not reached; see the heat map."
    if record.not_verified:
        yield f"{many(len(record.not_verified), 'item')} could not be verified; the reasons are below."


def _limits_of_proof(record: Record) -> Iterator[str]:
    if record.teeth is None:
        if record.exchanges_total:
            yield (
                "The report folder holds no proof that this gate catches faults; `storepact prove` makes one."
            )
    elif record.teeth.partial:
        faults = many(len(record.teeth.faults), "fault")
        yield f"The proof of this gate covers only {faults} of the catalogue."


def by_operation(record: Record) -> list[tuple[str, list[Finding]]]:
    """The findings of each operation, worst first; the operation with the worst finding first."""
    groups: dict[str, list[Finding]] = {}
    for finding in record.findings:
        groups.setdefault(finding.operation or "the document", []).append(finding)
    return list(groups.items())


def cause_by_finding(record: Record) -> dict[str, Cause]:
    """The cause of each finding, by the finding's fingerprint."""
    return {fingerprint: cause for cause in record.causes for fingerprint in cause.fingerprints}
