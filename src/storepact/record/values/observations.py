"""What a run exercised and observed: rows, shapes, latencies, keywords, places."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from storepact.model.outcome import Reason
from storepact.record.values.base import Count, Names, Positive, Seconds, Value


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
        """Whether the row counts for coverage: it is described, and a provider owes it."""
        return self.owed and self.outcome != "not described"

    @property
    def is_covered(self) -> bool:
        """Whether the row counts and was covered."""
        return self.owed and self.outcome == "covered"


class ObservedMember(Value, frozen=True, kw_only=True, omit_defaults=True):
    """One place in the bodies of responses, or a header."""

    seen: int
    types: Mapping[str, int]
    values: Annotated[Names | None, Meta(description="texts, while they are few; null for free text")]
    forms: Annotated[
        Mapping[str, int] | None,
        Meta(description="forms of its texts, how often; null for free text, and before they were recorded"),
    ] = None
    negative: Annotated[
        int | None, Meta(description="how many of its numbers are negative; null where it has none")
    ] = None
    digits: Annotated[
        tuple[int, int] | None,
        Meta(description="fewest and most digits before the point of its numbers other than 0"),
    ] = None


class ObservedShape(Value, frozen=True, kw_only=True, omit_defaults=True):
    """The shape of the responses of one operation with one status."""

    answers: Positive
    headers: Mapping[str, int]
    members: Mapping[str, ObservedMember]
    header_values: Annotated[
        Mapping[str, ObservedMember],
        Meta(description="what is in headers; empty before that was recorded"),
    ] = msgspec.field(default_factory=dict)


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


class NetworkTraffic(Value, frozen=True, kw_only=True, omit_defaults=True):
    """What was sent to a live target, and what of it had no answer of the API."""

    requests: Annotated[Count, Meta(description="those of preparations and clean-up included")]
    failures: Annotated[
        Mapping[str, int],
        Meta(description="the kind of failure or the status of a gateway, how often"),
    ] = msgspec.field(default_factory=dict)
    reproduced: Annotated[
        Count,
        Meta(description="of the failures, those of requests that fail each time, by whatever"),
    ] = 0
    probing: Annotated[
        Count, Meta(description="of the failures, those that waited for the end of an outage")
    ] = 0
    closed: Annotated[
        Count,
        Meta(description="of the failures, those on a connection that was idle and that the server closed"),
    ] = 0
    limited: Annotated[Count, Meta(description="responses with 429 that were waited out")] = 0
    waited_s: Annotated[Seconds, Meta(description="waits for limits and outages")] = 0.0
    stale: Annotated[
        Count, Meta(description="reads that showed the state before a write, and the new one a little later")
    ] = 0
    stale_s: Annotated[Seconds, Meta(description="the longest time after which one showed it")] = 0.0


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


class Decision(Value, frozen=True, kw_only=True):
    """What the project decided where the sources of the API disagree or are silent (DECISIONS.md)."""

    title: Annotated[str, Meta(description="may hold Markdown's backticks")]
    text: Annotated[str, Meta(description="the paragraphs, as Markdown list items")]


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
