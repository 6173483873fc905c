"""The values that the result of a replay consists of (`storepact replay --json`)."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from storepact.record.values.base import Code, Count, Fingerprint, Value

ReplayState = Literal["still there", "gone", "flaky", "undecided"]


class ReplayResult(Value, frozen=True, kw_only=True):
    """What became of one finding when its requests were sent again."""

    fingerprint: Fingerprint
    code: Code
    operation: str
    message: str
    result: ReplayState
    shown: Annotated[Count, Meta(description="how often the finding showed")]
    times: Annotated[Count, Meta(description="how often its requests were sent to their end")]
    reason: Annotated[str, Meta(description="why it is undecided, else empty")] = ""


class ReplayRecord(Value, frozen=True, kw_only=True):
    """A replay of findings of one run."""

    format: Literal[1]
    storepact: str
    run: Annotated[str, Meta(description="when the run of the record began")]
    target: Annotated[str, Meta(description="where the requests were sent")]
    results: tuple[ReplayResult, ...]
    remains: Annotated[tuple[str, ...], Meta(description="what could not be deleted afterwards")] = ()
