"""Sentences about a record that several reports share."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from urllib.parse import urlsplit

from storepact.model.case import TOKEN_VARIABLE
from storepact.model.counts import many
from storepact.model.curl import MOCK_URL
from storepact.model.outcome import STORE, Status, Verdict
from storepact.model.values import lean_value
from storepact.record.losses import group_losses
from storepact.record.values import Cause, Finding, NotVerified, Record
from storepact.record.values.base import MOCK_TARGET, TRAFFIC_PROFILE

CONFORMS = "The provider conforms to the document and to every contract that was tested."

ONLY_READ = "the target was only read"

NO_CONSUMER = "no known consumer"


@lean_value(frozen=True)
class OpenCause:
    """A cause with those of its findings that are not accepted."""

    id: str
    title: str
    codes: tuple[str, ...]
    consumers: tuple[str, ...]
    fingerprints: tuple[str, ...]


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
    sent = record.traffic.requests if record.is_private and record.traffic else 0
    if sent > record.exchanges_total:
        exchanges += f" judged, {many(sent, 'request')} sent"
    return f"{exchanges} in {duration(record)}; tests: {tests or 'none'}"


def duration(record: Record) -> str:
    """How long the run took, and until it had the first finding."""
    first = record.first_finding_s
    return f"{record.duration_s:.1f} s" + ("" if first is None else f" (first finding after {first:.1f} s)")


def provider(record: Record) -> str:
    """The provider and its version, as the beginning of a list; empty if no version was given."""
    return f"{record.provider} {record.provider_version}, " if record.provider_version else ""


def circumstances(record: Record, quote: str = "") -> str:
    """What was tested, and with which cases, in one line; names between quotes."""
    word = "traffic of" if record.profile == TRAFFIC_PROFILE else "target"
    target = f"{word} {quote}{record.target}{quote}"
    if not record.has_cases:
        return target
    return f"{target}, seed {quote}{record.seed}{quote}, profile {quote}{record.profile}{quote}"


def by_reason(items: Iterable[NotVerified]) -> dict[str, list[str]]:
    """What was not verified, grouped by the reason."""
    groups: dict[str, list[str]] = {}
    for item in items:
        groups.setdefault(item.reason, []).append(item.what)
    return groups


def mock_to_start(record: Record) -> str:
    """The command that starts a mock where the curl lines of an embedded one send to; else empty.

    The token of the lines that reproduce a finding is any text: the mock reads the same variable.
    """
    if record.target != MOCK_TARGET:
        return ""
    return f"storepact mock --port {urlsplit(MOCK_URL).port} --token me=writer:{TOKEN_VARIABLE}"


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


def by_operation(record: Record) -> list[tuple[str, list[Finding]]]:
    """The findings of each operation, in the order of their causes: the worst first."""
    causes = enumerate(causes_to_read(record))
    places = {fingerprint: place for place, cause in causes for fingerprint in cause.fingerprints}
    groups: dict[str, list[Finding]] = {}
    for finding in sorted(record.findings, key=lambda finding: places.get(finding.fingerprint, len(places))):
        groups.setdefault(finding.operation or "the document", []).append(finding)
    return list(groups.items())


def cause_by_finding(record: Record) -> dict[str, Cause]:
    """The cause of each finding, by the finding's fingerprint."""
    return {fingerprint: cause for cause in record.causes for fingerprint in cause.fingerprints}
