"""What the tests of a run found: outcomes, findings and their causes."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from storepact.model.finding import Severity
from storepact.model.flaw import FlawKind, SubjectKind
from storepact.model.outcome import OutcomeKind, Reason, Status
from storepact.record.values.base import Code, Fingerprint, Headers, Names, Positive, Seconds, Value


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
    label: Annotated[str, Meta(description="the test's name within its suite")] = ""
    kind: OutcomeKind | None = None
    operation: str = ""
    consumer: str = ""
    interaction: str = ""
    file: Annotated[str, Meta(description="the file name of the pact")] = ""
    reason_code: Annotated[
        Reason | None, Meta(description="why it failed, was skipped or stayed undetermined")
    ] = None
    findings: Annotated[Names, Meta(description="the findings of its requests, by fingerprint")] = ()


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


class SentRequest(Value, frozen=True, kw_only=True, omit_defaults=True):
    """One of the requests that show a finding, or of a story: what is needed to send it again."""

    method: str
    path: str
    headers: Headers
    status: Annotated[int, Meta(description="of the response; 0: the connection was cut")]
    body: str | None = None
    encoding: Annotated[
        Literal["", "deflate"],
        Meta(description="deflate: the body is compressed (zlib) and in base64"),
    ] = ""
    left_out: Annotated[bool, Meta(description="the body is too long for a record")] = False
    does: Annotated[str, Meta(description="what it does, for the reader")] = ""
    role: Annotated[str, Meta(description="list, create, get, update, delete; empty for no operation")] = ""
    kind: Annotated[str, Meta(description="the kind of resource that it is aimed at")] = ""
    created: Annotated[str, Meta(description="the id of the resource that it created")] = ""
    mark: Annotated[str, Meta(description="a text that only its body contains")] = ""
    absent: Annotated[bool, Meta(description="it is aimed at a resource that does not exist")] = False
    simultaneous: Annotated[bool, Meta(description="sent at the same moment as those beside it")] = False
    secrets: Annotated[
        tuple[tuple[str, str], ...],
        Meta(
            description="JSON array of the path of a masked text in the body, and its name: equal texts "
            "have equal names in all requests of one finding"
        ),
    ] = ()
    shows: Annotated[
        tuple[tuple[str, str], ...],
        Meta(description="JSON pointer of a redacted secret in the response, and its name"),
    ] = ()


class Since(Value, frozen=True, kw_only=True, omit_defaults=True):
    """How long a finding has been there."""

    runs: Annotated[int, Meta(ge=1, description="in a row, this one included")]
    first: Annotated[str, Meta(description="when the first of them began")]
    flapping: Annotated[bool, Meta(description="it came and went, at least three changes")]
    back: Annotated[bool, Meta(description="it was there before that, and gone in between")] = False


class FileLocation(Value, frozen=True, kw_only=True):
    """A place in a file of the user's repository."""

    file: Annotated[str, Meta(description="relative to the root of the repository")]
    line: Positive
    column: Positive


class PactPlace(Value, frozen=True, kw_only=True):
    """A place in a pact."""

    file: Annotated[str, Meta(description="the file name of the pact")]
    pointer: Annotated[str, Meta(description="JSON pointer into the pact")]


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
        AcceptanceEntry | None,
        Meta(description="who accepted it, why and until when; null if it is not accepted"),
    ]
    since: Annotated[Since | None, Meta(description="null where there is no earlier run")]
    cause: Annotated[str, Meta(description="the fingerprint that names its cause")]
    flaw: Annotated[FlawKind | None, Meta(description="in which way the response is wrong")] = None
    subject: FindingSubject | None = None
    stale: Annotated[
        bool, Meta(description="whether the same read showed the new state a little later, each time")
    ] = False
    creates: Annotated[bool, Meta(description="whether the curl lines create what they need")] = False
    member: Annotated[
        str,
        Meta(
            description="JSON pointer within the resource or error, or a header's name in lower case",
        ),
    ] = ""
    members: Annotated[Names, Meta(description="pointers to further members that it is about")] = ()
    value: Annotated[str, Meta(description="what the member holds, as JSON, cut at 200 characters")] = ""
    allowed: Annotated[Names, Meta(description="the values that are allowed, as JSON")] = ()
    right: Annotated[str, Meta(description="the one value that the member must have, as JSON")] = ""
    statuses: Annotated[tuple[int, ...], Meta(description="the statuses that the response may have")] = ()
    refusal: Annotated[str, Meta(description="the error message of a refusal")] = ""
    request_flaws: Annotated[Names, Meta(description="the documented rules that the request breaks")] = ()
    pact: Annotated[PactPlace | None, Meta(description="what a pact relies on, where one is a side")] = None
    location: Annotated[
        FileLocation | None,
        Meta(
            description="in the pact, or in the document given by --openapi; null if neither is in the "
            "user's repository",
        ),
    ] = None
    decisions: Annotated[
        Names, Meta(description="the D-numbers of the decisions behind the rule, the nearest first")
    ] = ()
    requests: Annotated[
        tuple[SentRequest, ...],
        Meta(
            description="every request that shows it, for `storepact replay` and `storepact export`; empty "
            "where no request was sent, and in records of earlier versions"
        ),
    ] = ()
    scenario: Annotated[str, Meta(description="the scenario that it was found in")] = ""
    former: Annotated[
        str, Meta(description="the fingerprint that earlier versions gave it, where that was another one")
    ] = ""


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
