"""The record of a run (run.json)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from storepact.model.outcome import Verdict
from storepact.record.values.base import MOCK_TARGET, WITHOUT_CASES, Count, Names, Seconds, Timestamp, Value
from storepact.record.values.comparison import Comparison
from storepact.record.values.evidence import AcceptanceReport, Cause, Finding, NotVerified, Outcome
from storepact.record.values.exploration import Exploration
from storepact.record.values.observations import (
    Decision,
    DocumentPlace,
    ImpactMap,
    Keyword,
    Latency,
    NetworkTraffic,
    ObservedShape,
    Row,
)
from storepact.record.values.proof import ProofRecord
from storepact.record.values.published import Published
from storepact.record.values.snapshot import ShardSection


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
    profile: Annotated[
        str, Meta(description="how much was generated; traffic or store where no case was sent")
    ]
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
    traffic: Annotated[
        NetworkTraffic | None, Meta(description="null on the embedded mock, and before it was recorded")
    ] = None
    provider: Annotated[
        str, Meta(description="the provider's name in pacts; empty before it was recorded")
    ] = ""
    provider_version: Annotated[
        str, Meta(description="the version or build that `--provider-version` names")
    ] = ""
    document_version: Annotated[
        str, Meta(description="the version that the OpenAPI document gives itself")
    ] = ""
    first_finding_s: Annotated[
        Seconds | None,
        Meta(
            description="seconds from the start to the first finding that is not accepted; null without one, "
            "of merged shards, and before it was recorded",
        ),
    ] = None
    accepted_path: Annotated[
        str,
        Meta(
            description="the file of accepted findings that --accepted or --contracts named, from the "
            "folder of the run"
        ),
    ] = ""
    decisions: Annotated[
        Mapping[str, Decision], Meta(description="the decisions that the findings refer to, by D-number")
    ] = msgspec.field(default_factory=dict)
    stores: Annotated[
        tuple[str, ...], Meta(description="the stores that the suite `store` has started, with versions")
    ] = ()
    teeth: Annotated[
        ProofRecord | None,
        Meta(description="the last `storepact prove` in the same report folder, as in teeth.json"),
    ] = None

    shard: Annotated[
        ShardSection | None,
        Meta(description="with `storepact verify --shard K/N`: the record is a part of a run"),
    ] = None
    exploration: Annotated[
        Exploration | None, Meta(description="with `storepact explore`: what was generated, and what was new")
    ] = None

    @property
    def has_cases(self) -> bool:
        """Whether seed and profile have decided what was sent."""
        return self.profile not in WITHOUT_CASES

    @property
    def is_private(self) -> bool:
        """Whether it holds answers of a live target, which only the owner of its files may read."""
        return self.target != MOCK_TARGET
