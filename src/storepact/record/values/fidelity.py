"""The values that differences.json consists of: how the mock and a target differ."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from msgspec import Meta

from storepact.record.values.base import Code, Count, Fingerprint, Names, Positive, Value


class Difference(Value, frozen=True, kw_only=True):
    """One place where the responses of the mock and of the target differ, though the documents allow both."""

    where: Annotated[str, Meta(description="`role: status`, or `role status: member or header`")]
    mock: Annotated[str, Meta(description="the mock's status or value, or `absent`")]
    target: Annotated[str, Meta(description="the target's status or value, or `absent`")]
    times: Positive
    examples: Annotated[Names, Meta(description="up to three steps that show it, as `scenario: step`")]
    stories: Annotated[Names, Meta(description="the scenarios that show it")]


class NearestChoices(Value, frozen=True, kw_only=True):
    """The choices with which the mock is most like the target."""

    choices: Mapping[str, str]
    before: Annotated[
        int, Meta(ge=0, description="differences without these choices, in some of the scenarios")
    ]
    after: Annotated[int, Meta(ge=0, description="differences with them, in the same scenarios")]


class TargetFinding(Value, frozen=True, kw_only=True):
    """A finding on the target: a difference that the documents do not allow."""

    code: Code
    operation: str
    message: str
    fingerprint: Fingerprint


class FidelityRecord(Value, frozen=True, kw_only=True):
    """differences.json: the same scenarios on the mock and on a target."""

    format: Literal[1]
    target: Annotated[str, Meta(description="mock, a known name, or a URL")]
    choices: Annotated[Mapping[str, str], Meta(description="how the mock was configured")]
    stories: Annotated[int, Meta(ge=0, description="scenarios and groups of cases that ran on both")]
    left_out: Annotated[Names, Meta(description="scenarios that did not run on both")]
    exchanges: Annotated[Count, Meta(description="exchanges with the target")]
    differences: tuple[Difference, ...]
    nearer: NearestChoices
    findings: tuple[TargetFinding, ...]
