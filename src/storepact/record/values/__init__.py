"""The values that run.json, compare.json, drift.json and teeth.json consist of.

An attribute has the name of its JSON member. Records that an earlier version wrote may lack the members
that have a default. `run.schema.json` is generated from these types (see `storepact.record.schema`).
"""

from __future__ import annotations

from storepact.record.values.base import COMPARISON_FORMAT, FORMAT, TEETH_FORMAT, Fingerprint, Names, Value
from storepact.record.values.comparison import (
    ChangeKind,
    ComparedCause,
    Comparison,
    FindingSummary,
    FlappingFinding,
    LatencyChange,
    Loss,
    RunSummary,
    ShapeChange,
)
from storepact.record.values.evidence import (
    AcceptanceEntry,
    AcceptanceReport,
    Cause,
    FileLocation,
    Finding,
    FindingSubject,
    NotVerified,
    Outcome,
    PactPlace,
    RecordedExchange,
    RecordedRequest,
    RecordedResponse,
    SentRequest,
    Since,
    Step,
)
from storepact.record.values.exploration import Exploration, InterestingCase, Novelty
from storepact.record.values.observations import (
    Decision,
    DocumentPlace,
    ImpactMap,
    ImpactPlace,
    Keyword,
    Latency,
    NetworkTraffic,
    ObservedMember,
    ObservedShape,
    Row,
)
from storepact.record.values.proof import CleanProof, FaultProof, ProofRecord, ProvenCheck
from storepact.record.values.published import (
    DriftDifference,
    DriftOmission,
    DriftPlace,
    DriftRecord,
    Published,
    PublishedDifference,
)
from storepact.record.values.run import Record
from storepact.record.values.snapshot import ShardSection, Snapshot, WeightedFinding
from storepact.record.values.stories import STORIES_FORMAT, RecordedStory, StoriesRecord

__all__ = [
    "COMPARISON_FORMAT",
    "FORMAT",
    "STORIES_FORMAT",
    "TEETH_FORMAT",
    "AcceptanceEntry",
    "AcceptanceReport",
    "Cause",
    "ChangeKind",
    "CleanProof",
    "ComparedCause",
    "Comparison",
    "Decision",
    "DocumentPlace",
    "DriftDifference",
    "DriftOmission",
    "DriftPlace",
    "DriftRecord",
    "Exploration",
    "FaultProof",
    "FileLocation",
    "Finding",
    "FindingSubject",
    "FindingSummary",
    "Fingerprint",
    "FlappingFinding",
    "ImpactMap",
    "ImpactPlace",
    "InterestingCase",
    "Keyword",
    "Latency",
    "LatencyChange",
    "Loss",
    "Names",
    "NetworkTraffic",
    "NotVerified",
    "Novelty",
    "ObservedMember",
    "ObservedShape",
    "Outcome",
    "PactPlace",
    "ProofRecord",
    "ProvenCheck",
    "Published",
    "PublishedDifference",
    "Record",
    "RecordedExchange",
    "RecordedRequest",
    "RecordedResponse",
    "RecordedStory",
    "Row",
    "RunSummary",
    "SentRequest",
    "ShapeChange",
    "ShardSection",
    "Since",
    "Snapshot",
    "Step",
    "StoriesRecord",
    "Value",
    "WeightedFinding",
]
