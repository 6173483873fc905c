"""Everything that a recorder holds: what a worker sends, and what the record of a shard keeps."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Annotated

import msgspec
from msgspec import Meta

from storepact.record.values.base import Count, Names, Positive, Value
from storepact.record.values.evidence import Finding, NotVerified, Outcome, SentRequest
from storepact.record.values.observations import NetworkTraffic, ObservedShape

RowKey = tuple[str, str, str, str]
"""Operation, request type, status, response type; the types are empty where there is no body."""


class WeightedFinding(Value, frozen=True, kw_only=True):
    """A finding, and the size of its evidence: of several with one fingerprint the lightest is kept."""

    weight: int
    finding: Finding
    found: Annotated[float, Meta(description="when it was found first, in seconds of the epoch")] = 0.0


class Snapshot(Value, frozen=True, kw_only=True):
    """Everything that a recorder holds; several of them add up."""

    outcomes: tuple[Outcome, ...]
    findings: tuple[WeightedFinding, ...]
    coverage: Mapping[str, Mapping[str, int]]
    exchanges: Count
    not_verified: tuple[NotVerified, ...]
    rows: tuple[tuple[RowKey, int], ...]
    seconds: Annotated[
        Mapping[str, Mapping[str, int]],
        Meta(description="by operation, the responses by bucket, as in `latency`"),
    ]
    tried: Annotated[
        tuple[tuple[str, str, bool], ...],
        Meta(description="operation, pointer of a keyword, whether the value kept it"),
    ]
    shapes: Mapping[str, ObservedShape]
    traffic: NetworkTraffic
    troubles: Names
    stories: Mapping[str, tuple[SentRequest, ...]]
    stores: Names = ()

    def encode(self) -> str:
        """Return the snapshot as JSON text; lone surrogates, which a provider can send, survive it."""
        return json.dumps(msgspec.to_builtins(self))

    @staticmethod
    def decode(text: str) -> Snapshot:
        """Return the snapshot that `encode` made the text of."""
        return msgspec.convert(json.loads(text), Snapshot)


class ShardSection(Value, frozen=True, kw_only=True):
    """Which shard of which plan a record is, and what `storepact merge` needs of it."""

    number: Positive
    count: Annotated[Positive, Meta(description="how many shards the plan has")]
    tests: Annotated[Count, Meta(description="the tests of this shard")]
    plan: Annotated[str, Meta(description="digest of the names of all tests of the plan")]
    document: Annotated[str, Meta(description="digest of the OpenAPI document")]
    contracts: Annotated[str, Meta(description="digest of the pacts")]
    options: Annotated[
        Mapping[str, str], Meta(description="the options that decide what is tested, as JSON, by name")
    ]
    evidence: Snapshot
    cases: Annotated[
        tuple[str, ...], Meta(description="of an exploration: digests of the generated cases that were sent")
    ] = ()
