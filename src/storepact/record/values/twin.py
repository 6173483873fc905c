"""The values of twin.json and transcript.json: two releases compared, and what one of them has answered."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from msgspec import Meta

from storepact.record.values.base import Code, Count, Fingerprint, Names, Positive, Value

Breaks = Literal["breaking", "compatible", "cosmetic"]


class TwinPlace(Value, frozen=True, kw_only=True):
    """One place where the answers of two releases differ."""

    operation: Annotated[str, Meta(description="the operation's role")]
    status: Annotated[str, Meta(description="empty where the statuses differ")]
    member: Annotated[str, Meta(description="JSON pointer, or `header NAME`; empty for the status")]
    times: Positive


class TwinCause(Value, frozen=True, kw_only=True):
    """Differences of one kind in one member or status, wherever they show."""

    rule: str
    breaks: Breaks
    what: str
    against: Annotated[str, Meta(description="what the release compared with answers")]
    target: Annotated[str, Meta(description="what the target answers")]
    places: tuple[TwinPlace, ...]
    times: Positive
    examples: Annotated[Names, Meta(description="up to three steps that show it, as `story: step`")]
    consumers: Annotated[Names, Meta(description="the consumers that rely on one of the places")]


class TwinFinding(Value, frozen=True, kw_only=True):
    """A finding on the target that the release compared with does not have."""

    code: Code
    operation: str
    message: str
    fingerprint: Fingerprint


class TwinRecord(Value, frozen=True, kw_only=True):
    """twin.json: the same stories and cases sent to two releases."""

    format: Literal[1]
    target: str
    against: str
    seed: int
    stories: Count
    left_out: Annotated[Names, Meta(description="stories that did not run on both")]
    exchanges: Count
    causes: Annotated[tuple[TwinCause, ...], Meta(description="the worst first")]
    findings: tuple[TwinFinding, ...]


class RecordedStep(Value, frozen=True, kw_only=True):
    """One answer, without what differs from run to run."""

    does: str
    role: str
    status: int
    members: Mapping[str, str]


class TranscriptRecord(Value, frozen=True, kw_only=True):
    """transcript.json: what one target has answered to every story and case."""

    format: Literal[1]
    transcript: Literal["storepact"]
    target: str
    base_url: str
    seed: int
    stories: Mapping[str, tuple[RecordedStep, ...]]
    findings: tuple[TwinFinding, ...]
