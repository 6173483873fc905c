"""The recorder: collects what a run observes, and merges what workers send."""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

import msgspec

from storepact.model.exchange import Exchange
from storepact.model.finding import Finding as LiveFinding
from storepact.model.network import Traffic
from storepact.model.outcome import Reason, Status, Verdict
from storepact.model.story import SentRequest as LiveRequest
from storepact.record.coverage import bucket, media_of
from storepact.record.findings import to_record
from storepact.record.sent_requests import to_sent_requests
from storepact.record.shapes import Shape
from storepact.record.values import (
    Finding,
    NetworkTraffic,
    NotVerified,
    Outcome,
    SentRequest,
    Snapshot,
    WeightedFinding,
)
from storepact.record.values.snapshot import RowKey


@dataclass
class Recorder:
    """What this process has observed so far. Findings are kept once per fingerprint."""

    outcomes: list[Outcome] = field(default_factory=list)
    findings: dict[str, Finding] = field(default_factory=dict)
    coverage: defaultdict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    rows: Counter[RowKey] = field(default_factory=Counter)
    seconds: defaultdict[str, Counter[int]] = field(default_factory=lambda: defaultdict(Counter))
    """By operation, a histogram of the time until the response."""
    tried: set[tuple[str, str, bool]] = field(default_factory=set)
    """Operation, pointer of a keyword, and whether the value kept it."""
    exchanges: int = 0
    not_verified: dict[NotVerified, None] = field(default_factory=dict)
    shapes: dict[str, Shape] = field(default_factory=dict)
    """The shapes of responses, by operation and status."""
    traffic: Traffic = field(default_factory=Traffic)
    """What was sent in all, and what of it failed on the way."""
    troubles: list[str] = field(default_factory=list)
    """Why the run as a whole is undetermined."""
    stories: dict[str, tuple[SentRequest, ...]] = field(default_factory=dict)
    """The requests of scenarios and of interactions of pacts that passed, by the name of the test."""
    stores: set[str] = field(default_factory=set)
    """The stores that scenarios have started: program and version."""
    _weights: dict[str, int] = field(default_factory=dict)
    _found: dict[str, float] = field(default_factory=dict)
    """When each finding was found first, in seconds of the epoch."""
    _latest: dict[str, None] = field(default_factory=dict)
    """The findings since the end of the last test, by fingerprint."""

    def add_exchange(self, operation: str, exchange: Exchange) -> None:
        """Count one exchange, and add its response to the shape of those like it."""
        self.count(operation, exchange)
        self.observe(operation, exchange)

    def count(self, operation: str, exchange: Exchange) -> None:
        """Count one exchange: its row of the document, and how long it took."""
        request, response = exchange.request, exchange.response
        self.exchanges += 1
        self.coverage[operation][str(response.status)] += 1
        sent = media_of(request.header("Content-Type")) if request.body is not None else ""
        media = media_of(response.header("Content-Type")) if response.body else ""
        self.rows[operation, sent, str(response.status), media] += 1
        self.seconds[operation][bucket(response.seconds)] += 1

    def observe(self, operation: str, exchange: Exchange) -> None:
        """Add one response to the shape of those like it."""
        place = f"{operation} {exchange.response.status}"
        shape = self.shapes.get(place)
        if shape is None:
            shape = self.shapes[place] = Shape()
        shape.observe(exchange.response, exchange.redactions)

    def find(self, finding: LiveFinding) -> None:
        """Record one finding; of several with one fingerprint the one with the smallest evidence stays."""
        recorded = to_record(finding)
        self._latest[recorded.fingerprint] = None
        self._add(WeightedFinding(weight=finding.weight, finding=recorded, found=time.time()))

    def _add(self, entry: WeightedFinding) -> None:
        finding, fingerprint = entry.finding, entry.finding.fingerprint
        kept = self.findings.get(fingerprint)
        count = finding.seen + (kept.seen if kept else 0)
        if kept is None or (entry.weight, finding.curl) < (self._weights[fingerprint], kept.curl):
            kept, self._weights[fingerprint] = finding, entry.weight
        self._found[fingerprint] = min(entry.found, self._found.get(fingerprint, entry.found))
        stale = finding.stale and self._was_stale(fingerprint)
        self.findings[fingerprint] = msgspec.structs.replace(kept, seen=count, stale=stale)

    def _was_stale(self, fingerprint: str) -> bool:
        """Whether each exchange that showed a finding so far was a read that came too early."""
        earlier = self.findings.get(fingerprint)
        return earlier is None or earlier.stale

    def first_finding_at(self, accepted: Collection[str] = ()) -> float | None:
        """When the first finding was found that is not accepted, in seconds of the epoch; else None."""
        moments = (moment for fingerprint, moment in self._found.items() if fingerprint not in accepted)
        return min(moments, default=None)

    def take_latest(self) -> tuple[str, ...]:
        """Return the fingerprints of what was found since the last call."""
        latest, self._latest = tuple(self._latest), {}
        return latest

    def tell(self, name: str, requests: Sequence[LiveRequest]) -> None:
        """Record the requests of a story by the name of its test."""
        self.stories[name] = to_sent_requests(requests)

    def cannot_verify(self, what: str, reason: str, code: Reason | None = None) -> None:
        """Record something that was not verified, and why."""
        self.not_verified[NotVerified(what=what, reason=reason, reason_code=code)] = None

    def snapshot(self, *, with_shapes: bool = True) -> Snapshot:
        """Return everything that was recorded so far; the shapes of responses are its largest part."""
        return Snapshot(
            outcomes=tuple(self.outcomes),
            findings=tuple(
                WeightedFinding(
                    weight=self._weights[fingerprint], finding=finding, found=self._found[fingerprint]
                )
                for fingerprint, finding in self.findings.items()
            ),
            coverage={name: dict(counts) for name, counts in self.coverage.items()},
            exchanges=self.exchanges,
            not_verified=tuple(self.not_verified),
            rows=tuple(self.rows.items()),
            seconds={
                name: {str(number): count for number, count in counts.items()}
                for name, counts in self.seconds.items()
            },
            tried=tuple(self.tried),
            shapes={place: shape.snapshot() for place, shape in self.shapes.items()} if with_shapes else {},
            traffic=traffic_section(self.traffic),
            troubles=tuple(self.troubles),
            stories=dict(self.stories),
            stores=tuple(sorted(self.stores)),
        )

    def merge(self, snapshot: Snapshot) -> None:
        """Add everything that another recorder holds."""
        self.outcomes.extend(snapshot.outcomes)
        for entry in snapshot.findings:
            self._add(entry)
        for name, counts in snapshot.coverage.items():
            self.coverage[name].update(counts)
        self.exchanges += snapshot.exchanges
        self.not_verified.update(dict.fromkeys(snapshot.not_verified))
        self.rows.update(dict(snapshot.rows))
        for name, histogram in snapshot.seconds.items():
            self.seconds[name].update({int(number): count for number, count in histogram.items()})
        self.tried.update(snapshot.tried)
        for place, shape in snapshot.shapes.items():
            self.shapes.setdefault(place, Shape()).merge(shape)
        self.traffic.add(_traffic_of(snapshot.traffic))
        self.troubles.extend(snapshot.troubles)
        self.stories.update(snapshot.stories)
        self.stores.update(snapshot.stores)

    @property
    def verdict(self) -> Verdict:
        """The verdict with nothing accepted and no baseline."""
        return self.verdict_with(())

    def verdict_with(self, accepted: Collection[str], lost: Sequence[object] = ()) -> Verdict:
        """Return the verdict: open findings break it, troubles leave it undetermined, losses break it.

        `accepted` are fingerprints; `lost` is what the baseline exercised and this run did not, and what the
        published document breaks. A run that was cut short also lost coverage, which says nothing about the
        provider: it remains undetermined.
        """
        statuses = Counter(outcome.status for outcome in self.outcomes)
        if self.findings.keys() - set(accepted) or statuses[Status.FAILED]:
            return Verdict.BROKEN
        if self.troubles or statuses[Status.UNDETERMINED] or not statuses[Status.PASSED]:
            return Verdict.UNDETERMINED
        return Verdict.BROKEN if lost else Verdict.CONFORMS


def traffic_section(traffic: Traffic) -> NetworkTraffic:
    """The traffic of a run as the record has it."""
    return NetworkTraffic(
        requests=traffic.sent,
        failures=dict(sorted(traffic.failures.items())),
        reproduced=traffic.reproduced,
        probing=traffic.probing,
        closed=traffic.closed,
        limited=traffic.limited,
        waited_s=round(traffic.waited, 1),
        stale=traffic.stale,
        stale_s=round(traffic.stale_s, 2),
    )


def _traffic_of(section: NetworkTraffic) -> Traffic:
    return Traffic(
        section.requests,
        Counter(section.failures),
        section.reproduced,
        section.probing,
        section.closed,
        section.limited,
        section.waited_s,
        section.stale,
        section.stale_s,
    )
