"""The values that run.json, compare.json, drift.json and teeth.json consist of.

An attribute has the name of its JSON member. Records that an earlier version wrote may lack the members that have
a default. `run.schema.json` is generated from these types (see `schema.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from storepact.model.finding import Severity
from storepact.model.flaw import FlawKind, SubjectKind
from storepact.model.outcome import OutcomeKind, Reason, Status, Verdict

Code = Annotated[str, Meta(pattern="^SP[0-9]{3}$")]
Fingerprint = Annotated[str, Meta(pattern="^[0-9a-f]{12}$")]
Count = Annotated[int, Meta(ge=0)]
Positive = Annotated[int, Meta(ge=1)]
Seconds = Annotated[float, Meta(ge=0)]
Names = tuple[str, ...]
Timestamp = Annotated[str, Meta(description="ISO 8601, UTC")]
Headers = tuple[tuple[str, str], ...]


class Value(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A part of a record."""


class AcceptanceEntry(Value, frozen=True, kw_only=True):
    """An entry of accepted.json."""

    fingerprint: str
    reason: str
    owner: str
    until: Annotated[str, Meta(description="the last day, as 2027-01-31")]


class AcceptanceReport(Value, frozen=True, kw_only=True):
    """Entries of accepted.json that hide nothing any more."""

    expired: tuple[AcceptanceEntry, ...]
    unused: tuple[AcceptanceEntry, ...]


class Outcome(Value, frozen=True, kw_only=True, omit_defaults=True):
    """The result of one test."""

    suite: str
    name: str
    status: Status
    reason: str
    seconds: Seconds
    kind: OutcomeKind | None = None
    operation: str = ""
    consumer: str = ""
    interaction: str = ""
    file: Annotated[str, Meta(description="the file name of the pact")] = ""
    reason_code: Annotated[
        Reason | None, Meta(description="why it failed, was skipped or stayed undetermined")
    ] = None


class NotVerified(Value, frozen=True, kw_only=True, omit_defaults=True):
    """Something that the run did not verify."""

    what: str
    reason: str
    reason_code: Annotated[Reason | None, Meta(description="null where no code applies")] = None


class RecordedRequest(Value, frozen=True, kw_only=True):
    """A request as it was sent, secrets masked."""

    method: str
    path: str
    headers: Headers
    body: str | None


class RecordedResponse(Value, frozen=True, kw_only=True):
    """A response as it was received, secrets masked."""

    status: int
    headers: Headers
    body: str
    ms: float


class RecordedExchange(Value, frozen=True, kw_only=True):
    """A request and its response."""

    request: RecordedRequest
    response: RecordedResponse


class Step(Value, frozen=True, kw_only=True):
    """One of the steps that led to the exchange of a finding."""

    does: str
    answered: str
    curl: str


class Since(Value, frozen=True, kw_only=True):
    """How long a finding has been there."""

    runs: Annotated[int, Meta(ge=1, description="in a row, this one included")]
    first: Annotated[str, Meta(description="when the first of them began")]
    flapping: Annotated[bool, Meta(description="it was there before that, and gone in between")]


class FindingSubject(Value, frozen=True, kw_only=True, omit_defaults=True):
    """What a finding is about, wherever it shows; see `storepact.model.flaw.Subject`."""

    kind: SubjectKind
    code: str = ""
    operation: str = ""
    member: str = ""
    rule: str = ""
    status: str = ""
    expected_status: str = ""


class Finding(Value, frozen=True, kw_only=True, omit_defaults=True):
    """A disagreement between two of document, pacts and provider, with an exchange that shows it."""

    code: Code
    fingerprint: Fingerprint
    severity: Severity
    source: Annotated[str, Meta(description="the suite that found it")]
    operation: str
    check: str
    locus: Annotated[str, Meta(description="the stable place: part of the fingerprint")]
    message: str
    expected: str
    actual: str
    rule: str
    pointer: Annotated[str, Meta(description="JSON pointer into the document")]
    line: int | None
    mutation: Annotated[str | None, Meta(description="what was made wrong on purpose")]
    case_source: str
    curl: str
    exchange: RecordedExchange | None
    story: Annotated[
        tuple[Step, ...], Meta(description="the steps that led to the exchange, where it needs any")
    ]
    consumers: Annotated[Names, Meta(description="the consumers that it affects")]
    spared: Annotated[Names, Meta(description="the consumers that do not rely on it")]
    others: Annotated[
        Names,
        Meta(description="the consumers that rely on the same place, and have a verdict of their own"),
    ]
    touches: Annotated[
        str, Meta(description="the part of a response that it is about, where the locus does not say so")
    ]
    seen: Annotated[int, Meta(ge=1, description="how many exchanges showed it")]
    accepted: Annotated[
        AcceptanceEntry | None, Meta(description="who accepted it, why and until when; null if nobody has")
    ]
    since: Annotated[Since | None, Meta(description="null where there is no earlier run")]
    cause: Annotated[str, Meta(description="the fingerprint that names its cause")]
    flaw: Annotated[FlawKind | None, Meta(description="in which way the response is wrong")] = None
    subject: FindingSubject | None = None
    member: Annotated[
        str,
        Meta(
            description="JSON pointer within the resource or error, or a header's name in lower case",
        ),
    ] = ""
    members: Annotated[Names, Meta(description="pointers to further members that it is about")] = ()
    value: Annotated[str, Meta(description="what the member holds, as JSON, cut at 200 characters")] = ""
    allowed: Annotated[Names, Meta(description="the values that are allowed, as JSON")] = ()
    refusal: Annotated[str, Meta(description="the error message of a refusal")] = ""
    request_flaws: Annotated[Names, Meta(description="the documented rules that the request breaks")] = ()


class Cause(Value, frozen=True, kw_only=True):
    """Findings that one change of the provider has brought about."""

    id: Annotated[str, Meta(description="the fingerprint of the finding that shows it best")]
    title: str
    severity: Severity
    operations: Names
    members: Annotated[Names, Meta(description="JSON pointers and headers that it is about")]
    codes: Names
    consumers: Names
    fingerprints: Annotated[Names, Meta(min_length=1)]


class Row(Value, frozen=True, kw_only=True, omit_defaults=True):
    """A row of the document, or a response that the document does not describe."""

    operation: str
    request_type: str
    status: str
    response_type: str
    outcome: Literal["covered", "not reached", "not described"]
    seen: int
    reason: str
    reason_code: Annotated[Reason | None, Meta(description="null where no code applies")] = None
    owed: Annotated[bool, Meta(description="whether a complete run has to reach it")] = True

    @property
    def counts(self) -> bool:
        """Whether the row counts for coverage: it is described, and a provider owes it or has shown it."""
        return self.outcome == "covered" or (self.outcome == "not reached" and self.owed)


class ObservedMember(Value, frozen=True, kw_only=True):
    """One place in the bodies of responses."""

    seen: int
    types: Mapping[str, int]
    values: Annotated[Names | None, Meta(description="texts, while they are few; null for free text")]


class ObservedShape(Value, frozen=True, kw_only=True):
    """The shape of the responses of one operation with one status."""

    answers: Positive
    headers: Mapping[str, int]
    members: Mapping[str, ObservedMember]


class Latency(Value, frozen=True, kw_only=True):
    """How long the responses of an operation took."""

    count: int
    p50: Annotated[float, Meta(description="milliseconds, 5 % fine")]
    p90: float
    p95: float
    p99: float
    histogram: Annotated[
        Mapping[str, int],
        Meta(
            description="responses by bucket; bucket n ends at 0.1 ms times 1.05 to the power of n",
        ),
    ]


class Keyword(Value, frozen=True, kw_only=True):
    """A rule of the requests, and whether the run tried it."""

    operation: str
    pointer: str
    line: int | None
    kept: Annotated[bool, Meta(description="a value that keeps it was sent")]
    broken: Annotated[bool, Meta(description="a value that breaks it was sent")]


class DocumentPlace(Value, frozen=True, kw_only=True):
    """The lines of the document that a finding points to."""

    line: int
    column: int
    lines: Names


class ImpactPlace(Value, frozen=True, kw_only=True):
    """A part of a response that consumers rely on."""

    operation: str
    status: str
    member: Annotated[
        str, Meta(description="JSON pointer, `header NAME`, or empty for the response as a whole")
    ]
    consumers: Names
    findings: Annotated[Names, Meta(description="fingerprints of those that touch it")]


class ImpactMap(Value, frozen=True, kw_only=True):
    """Which consumer relies on which part of a response."""

    consumers: Names
    places: tuple[ImpactPlace, ...]


class RunSummary(Value, frozen=True, kw_only=True):
    """A run as a comparison names it."""

    started: str
    target: str
    verdict: Verdict
    seed: int
    profile: str
    document: str
    exchanges_total: int
    findings: Count
    why: Annotated[str, Meta(description="the first reason of an undetermined run, else empty")] = ""


class FindingSummary(Value, frozen=True, kw_only=True):
    """A finding as a comparison names it."""

    fingerprint: str
    code: str
    check: str
    severity: Severity
    source: str
    operation: str
    locus: str
    message: str
    consumers: Names
    curl: str


class FlappingFinding(FindingSummary, frozen=True, kw_only=True):
    """A finding that came and went more than once."""

    back: Annotated[bool, Meta(description="it is there again, and is not accepted")] = False


class Loss(Value, frozen=True, kw_only=True):
    """Something that the base exercised and the run did not."""

    what: Literal["operation", "status", "member", "request member"]
    operation: str
    status: str
    member: str
    was: Annotated[int, Meta(description="how often the base exercised it")]


class ComparedCause(Cause, frozen=True, kw_only=True):
    """A cause, with what shows it and what could not be exercised because of it."""

    curl: str
    expected: str
    actual: str
    lost: tuple[Loss, ...]


class ShapeChange(Value, frozen=True, kw_only=True):
    """One way in which responses look different."""

    what: Literal[
        "new header", "header gone", "new member", "new type", "new value", "no longer always there"
    ]
    where: str
    detail: str
    places: Annotated[Names, Meta(description="operations and statuses that show it")]


class LatencyChange(Value, frozen=True, kw_only=True):
    """A p95 that moved beyond what chance explains; milliseconds."""

    operation: str
    before: float
    now: float
    slower: bool


class Comparison(Value, frozen=True, kw_only=True):
    """A run compared with an earlier one, the base."""

    format: Literal[1]
    base: RunSummary
    run: RunSummary
    regression: bool
    new: tuple[FindingSummary, ...]
    causes: Annotated[tuple[ComparedCause, ...], Meta(description="of the new findings")]
    back: Annotated[tuple[ComparedCause, ...], Meta(description="of flapping findings that are back")] = ()
    flapped: Annotated[tuple[Cause, ...], Meta(description="of the other flapping findings")] = ()
    ended: Annotated[tuple[Cause, ...], Meta(description="of the findings that are gone")] = ()
    accepted: Annotated[tuple[FindingSummary, ...], Meta(description="new and accepted")]
    still: tuple[FindingSummary, ...]
    gone: tuple[FindingSummary, ...]
    flapping: tuple[FlappingFinding, ...]
    lost: tuple[Loss, ...]
    apart: Annotated[tuple[Loss, ...], Meta(description="losses that no new cause explains")]
    out_of_reach: Annotated[
        tuple[Loss, ...], Meta(description="what only the mock, the base's target, can be brought to")
    ]
    not_asked: Annotated[Names, Meta(description="suites that the base ran and the run did not")]
    drift: tuple[ShapeChange, ...]
    slower: Annotated[tuple[LatencyChange, ...], Meta(description="slower or faster")]
    differs: Annotated[Names, Meta(description="settings that differ between the two runs")]


class PublishedDifference(Value, frozen=True, kw_only=True):
    """A difference between our document and the published one that no decision explains."""

    rule: str
    breaks: str
    breaking: bool
    says: str
    where: str
    ours: str
    theirs: str
    consumers: Names


class Published(Value, frozen=True, kw_only=True):
    """The differences of the published document that no decision explains."""

    name: str
    breaking: Count
    unexplained: tuple[PublishedDifference, ...]


class DriftPlace(Value, frozen=True, kw_only=True):
    """Where a difference of the published document shows."""

    operation: str
    part: str
    status: str
    member: str


class DriftDifference(PublishedDifference, frozen=True, kw_only=True):
    """A difference between our document and the published one."""

    pointer: str
    line: int | None
    places: tuple[DriftPlace, ...]
    decision: Annotated[str, Meta(description="the D-number of the decision that explains it, or empty")]


class DriftRecord(Value, frozen=True, kw_only=True):
    """drift.json: our document compared with the published one."""

    format: Literal[1]
    storepact: str
    ours: str
    published: str
    breaking: Annotated[int, Meta(ge=0, description="differences that break and that no decision explains")]
    differences: tuple[DriftDifference, ...]
    consumers: Annotated[Names, Meta(description="the consumers that these affect")]
    unused: Annotated[Names, Meta(description="known disagreements that explain nothing any more")]


class ProvenCheck(Value, frozen=True, kw_only=True):
    """A check of the gate, as a proof lists it."""

    code: str
    name: str
    rule: str


class CleanProof(Value, frozen=True, kw_only=True):
    """The gate against the mock without a fault."""

    silent: bool
    checks: Names
    exchanges: int
    seconds: float
    question: str
    message: str
    trouble: str


class FaultProof(Value, frozen=True, kw_only=True):
    """The gate against the mock with one fault."""

    fault: str
    checks: Annotated[Names, Meta(description="the codes that caught it")]
    question: Annotated[str, Meta(description="the test that caught it first")]
    message: str
    exchanges: int
    seconds: float
    trouble: Annotated[str, Meta(description="why the gate could not test to its end, or empty")]
    caught: bool
    category: str
    explanation: str
    named: str


class ProofRecord(Value, frozen=True, kw_only=True):
    """teeth.json: the gate against each fault of the mock."""

    format: Literal[1]
    storepact: str
    made: str
    command: str
    seconds: float
    without: Names
    exhaustive: bool
    clean: CleanProof
    checks: tuple[ProvenCheck, ...]
    faults: tuple[FaultProof, ...]


class Record(Value, frozen=True, kw_only=True, omit_defaults=True):
    """The record of one storepact run, format 2."""

    format: Literal[2]
    storepact: Annotated[str, Meta(description="the version that wrote the record")]
    python: str
    verdict: Verdict
    exit_code: Literal[0, 1, 3]
    reasons: Annotated[Names, Meta(description="why the run as a whole cannot vouch for everything")]
    target: Annotated[str, Meta(description="mock, a known name, or a URL")]
    base_url: str
    scope: Mapping[str, str | None]
    writes: bool
    seed: int
    profile: str
    document: str
    document_path: Annotated[str, Meta(description="as the tools of a repository know it")]
    contracts: Annotated[Names, Meta(description="consumers whose pacts were verified")]
    started: Timestamp
    duration_s: Seconds
    outcomes: tuple[Outcome, ...]
    findings: tuple[Finding, ...]
    causes: Annotated[tuple[Cause, ...], Meta(description="the worst first")]
    acceptances: AcceptanceReport
    coverage: Annotated[
        Mapping[str, Mapping[str, int]],
        Meta(description="operation, status (0: the connection was cut), how often"),
    ]
    observed: Annotated[
        Mapping[str, ObservedShape],
        Meta(description="the shape of responses, by operation and status"),
    ]
    latency: Annotated[Mapping[str, Latency], Meta(description="by operation")]
    rows: Annotated[
        tuple[Row, ...],
        Meta(description="the document as rows, and the responses that it does not describe"),
    ]
    keywords: tuple[Keyword, ...]
    places: Annotated[Mapping[str, DocumentPlace], Meta(description="by JSON pointer")]
    impact: ImpactMap
    exchanges_total: Count
    not_verified: tuple[NotVerified, ...]
    comparison: Annotated[Comparison | None, Meta(description="with the baseline, as in compare.json")] = None
    published: Annotated[Published | None, Meta(description="with `storepact tripwire --published`")] = None
    teeth: Annotated[
        ProofRecord | None,
        Meta(description="the last `storepact prove` in the same report folder, as in teeth.json"),
    ] = None
