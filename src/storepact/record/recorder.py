"""The recorder: gathers what a run sees, merges what workers send, and says the verdict."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

from storepact.model.exchange import NOT_JSON, Exchange
from storepact.model.outcome import Status, Verdict
from storepact.record.coverage import Seen, bucket, media_of
from storepact.record.shapes import Shape

#: The version of run.json; see run.schema.json beside this file.
FORMAT = 2


@dataclass
class Recorder:
    """Everything seen so far, as plain data only: it can be sent from process to process.

    `findings` are kept once per fingerprint, with the smallest exchange and a count.
    """

    outcomes: list[dict[str, Any]] = field(default_factory=list)
    findings: dict[str, dict[str, Any]] = field(default_factory=dict)
    coverage: defaultdict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    rows: Counter[Seen] = field(default_factory=Counter)
    seconds: defaultdict[str, Counter[int]] = field(default_factory=lambda: defaultdict(Counter))
    """By operation, a histogram of how long answers took."""
    tried: set[tuple[str, str, bool]] = field(default_factory=set)
    """Operation, pointer of a keyword, and whether it was kept."""
    exchanges: int = 0
    not_verified: dict[tuple[str, str], None] = field(default_factory=dict)
    shapes: dict[str, Shape] = field(default_factory=dict)
    """What answers looked like, by operation and status."""
    troubles: list[str] = field(default_factory=list)
    """Why the run as a whole is undetermined."""

    def count(self, operation: str, exchange: Exchange) -> None:
        """One exchange: its row of the document, and how long it took."""
        request, response = exchange.request, exchange.response
        self.exchanges += 1
        self.coverage[operation][str(response.status)] += 1
        sent = media_of(request.header("Content-Type")) if request.body is not None else ""
        media = media_of(response.header("Content-Type")) if response.body else ""
        self.rows[operation, sent, str(response.status), media] += 1
        self.seconds[operation][bucket(response.seconds)] += 1

    def observe(self, operation: str, exchange: Exchange) -> None:
        """What one answer looks like."""
        response = exchange.response
        body = response.json
        shape = self.shapes.setdefault(f"{operation} {response.status}", Shape())
        shape.observe((name for name, _ in response.headers), None if body is NOT_JSON else body)

    def find(self, finding: dict[str, Any], weight: int) -> None:
        """One finding, in its plain form; of several with one fingerprint the lightest stays."""
        known = self.findings.get(finding["fingerprint"])
        seen = finding["seen"] + (known["seen"] if known else 0)
        if known is None or (weight, finding["curl"]) < (known["_weight"], known["curl"]):
            known = {**finding, "_weight": weight}
        self.findings[finding["fingerprint"]] = {**known, "seen": seen}

    def cannot_verify(self, what: str, reason: str) -> None:
        """Something that was not looked at."""
        self.not_verified[what, reason] = None

    def as_parcel(self) -> dict[str, Any]:
        """Everything, as JSON can carry it."""
        return {
            "outcomes": self.outcomes,
            "findings": list(self.findings.values()),
            "coverage": {name: dict(counts) for name, counts in self.coverage.items()},
            "exchanges": self.exchanges,
            "not_verified": [list(pair) for pair in self.not_verified],
            "rows": [[*row, count] for row, count in self.rows.items()],
            "seconds": {
                name: {str(number): count for number, count in counts.items()}
                for name, counts in self.seconds.items()
            },
            "tried": [list(each) for each in self.tried],
            "shapes": {place: shape.as_data() for place, shape in self.shapes.items()},
            "troubles": self.troubles,
        }

    def merge(self, parcel: dict[str, Any]) -> None:
        """Take in another recorder's parcel."""
        self.outcomes.extend(parcel["outcomes"])
        for finding in parcel["findings"]:
            self.find(
                {name: value for name, value in finding.items() if name != "_weight"}, finding["_weight"]
            )
        for name, counts in parcel["coverage"].items():
            self.coverage[name].update(counts)
        self.exchanges += parcel["exchanges"]
        for what, reason in parcel["not_verified"]:
            self.cannot_verify(what, reason)
        self.rows.update({(row[0], row[1], row[2], row[3]): row[4] for row in parcel["rows"]})
        for name, histogram in parcel["seconds"].items():
            self.seconds[name].update({int(number): count for number, count in histogram.items()})
        self.tried.update((operation, pointer, kept) for operation, pointer, kept in parcel["tried"])
        for place, data in parcel["shapes"].items():
            self.shapes.setdefault(place, Shape()).merge(data)
        self.troubles.extend(parcel["troubles"])

    @property
    def verdict(self) -> Verdict:
        """What it comes to with nothing accepted and nothing to compare with."""
        return self.verdict_with(())

    def verdict_with(self, accepted: Collection[str], lost: Sequence[Any] = ()) -> Verdict:
        """Findings break that are not accepted; troubles, or nothing asked, leave it open; what is lost breaks what is left.

        `accepted` are fingerprints, `lost` is what the baseline exercised and this run did not, and what else is no longer right.
        """
        statuses = Counter(outcome["status"] for outcome in self.outcomes)
        if self.findings.keys() - set(accepted) or statuses[Status.FAILED]:
            return Verdict.BROKEN
        if self.troubles or statuses[Status.UNDETERMINED] or not statuses[Status.PASSED]:
            return (
                Verdict.UNDETERMINED
            )  # a run that was cut short has lost coverage, too, and that says nothing about the provider
        return Verdict.BROKEN if lost else Verdict.CONFORMS
