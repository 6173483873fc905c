"""Our document compared with the published one (drift.json)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from storepact.record.values.base import Count, Names, Value
from storepact.record.values.observations import Decision


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
    title: Annotated[str, Meta(description="the operation's method and path")] = ""


class DriftDifference(PublishedDifference, frozen=True, kw_only=True):
    """A difference between our document and the published one."""

    pointer: str
    line: int | None
    places: tuple[DriftPlace, ...]
    decision: Annotated[str, Meta(description="the D-number of the decision that explains it, or empty")]
    was: Annotated[str, Meta(description="what our document says, in words")] = ""
    now: Annotated[str, Meta(description="what the published document says, in words")] = ""
    their_pointer: str = ""
    their_line: int | None = None
    fingerprint: str = ""


class DriftOmission(Value, frozen=True, kw_only=True):
    """Something that differs, or is in one document only, and is not compared."""

    what: str
    count: Count
    pointers: Annotated[Names, Meta(description="the first places")]


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
    not_compared: Annotated[
        tuple[DriftOmission, ...], Meta(description="what differs and is not compared, by kind")
    ] = ()
    decisions: Annotated[
        Mapping[str, Decision], Meta(description="the decisions that explain a difference, by their number")
    ] = msgspec.field(default_factory=dict)
