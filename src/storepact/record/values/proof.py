"""The gate against each fault of the mock (teeth.json)."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from storepact.record.values.base import Names, Value


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
    partial: Annotated[bool, Meta(description="whether faults of the catalogue were left out")] = False
