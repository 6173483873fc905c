"""Typed records made from `records`, for tests of reports, pages and the nightly summary."""

from __future__ import annotations

from typing import Any

import msgspec

import records
from storepact import __version__
from storepact.record.comparison import compare_runs
from storepact.record.values import (
    CleanProof,
    Comparison,
    DriftDifference,
    DriftPlace,
    DriftRecord,
    FaultProof,
    ProofRecord,
    ProvenCheck,
    Record,
)
from storepact.record.values.twin import TwinCause, TwinFinding, TwinPlace, TwinRecord

HOSTILE = '<script>alert(1)</script> | `x` "quoted" \x00 ]]> \U0001f40d'


def as_values(record: Any) -> Record:
    """A record as values."""
    return msgspec.convert(msgspec.to_builtins(record), Record)


def compare(base: Any, run: Any) -> Comparison:
    """The comparison of a run with a base, or with several, oldest first."""
    bases = list(base) if isinstance(base, list | tuple) else [base]
    return compare_runs([as_values(record) for record in bases], as_values(run))


def with_comparison(base: Any, run: Any) -> Record:
    """A run that is compared with a base, or with several."""
    return msgspec.structs.replace(as_values(run), comparison=compare(base, run))


def broken() -> Record:
    """A record with everything in it: four findings, one accepted, a comparison, an expired acceptance."""
    entry = {"fingerprint": "dddddddddddd", "reason": "ticket 8", "owner": "someone", "until": "2026-11-01"}
    base = records.record(started="2026-11-23T03:00:00+00:00")
    run = records.record(*records.BROKEN, acceptances={"expired": [entry], "unused": []})
    return with_comparison(base, run)


def clean() -> Record:
    """A record without a finding."""
    return as_values(records.record())


def hostile() -> Record:
    """A record in which every free text tries to become markup."""
    step = {"does": HOSTILE, "answered": HOSTILE, "curl": HOSTILE}
    texts = dict.fromkeys(("message", "actual", "mutation", "curl"), HOSTILE)
    exchange = records.exchange(500, HOSTILE)
    finding = records.finding(**texts, exchange=exchange, story=[step, step], locus="500")
    return as_values(
        records.record(
            finding,
            reasons=[HOSTILE],
            not_verified=[{"what": HOSTILE, "reason": HOSTILE}],
            outcomes=[records.outcome("conformance", HOSTILE, "failed", HOSTILE)],
        )
    )


def drift_of(*differences: DriftDifference) -> DriftRecord:
    """A comparison with a published document that has these differences."""
    return DriftRecord(
        format=1,
        storepact=__version__,
        ours="a",
        published="b",
        breaking=sum(1 for difference in differences if difference.breaking and not difference.decision),
        differences=differences,
        consumers=(),
        unused=(),
    )


TWIN = TwinRecord(
    format=1,
    target="https://new.example.com",
    against="https://old.example.com",
    seed=7,
    stories=40,
    left_out=("other-scope",),
    exchanges=1234,
    causes=tuple(
        TwinCause(
            rule=rule,
            breaks=breaks,
            what=what,
            against=against,
            target=target,
            places=(TwinPlace(operation="get", status="200", member="/version", times=3),),
            times=3,
            examples=("renamed: read A <1>",),
            consumers=consumers,
        )
        for rule, breaks, what, against, target, consumers in (
            ("type-changed", "breaking", "/version was 1, is '1': another type", "1", "'1'", ("dashboard",)),
            ("member-added", "compatible", "/_maintainer is new", "", "a text", ()),
        )
    ),
    findings=(
        TwinFinding(code="SP104", operation="get", message="/version is a text", fingerprint="a" * 12),
    ),
)


def difference(**changes: Any) -> DriftDifference:
    """A breaking difference of a published document, or with these changes another one."""
    sample = DriftDifference(
        rule="response-member-became-optional",
        breaks="breaking for consumers",
        breaking=True,
        says="a member need not be there",
        where="/name",
        ours="",
        theirs="",
        pointer="",
        line=None,
        decision="",
        consumers=("terraform",),
        places=(DriftPlace(operation="getIntegration", part="response", status="200", member="/name"),),
    )
    return msgspec.structs.replace(sample, **changes)


PROOF = ProofRecord(
    format=1,
    storepact="0.1.0",
    made="2026-11-24T03:00:00+00:00",
    command="storepact prove",
    seconds=9.0,
    without=(),
    exhaustive=False,
    clean=CleanProof(silent=True, checks=(), exchanges=9, seconds=1.0, question="", message="", trouble=""),
    checks=(ProvenCheck(code="SP102", name="status_is_described", rule="The status is described."),),
    faults=(
        FaultProof(
            fault="wrong-status",
            checks=("SP102",),
            question="conformance: list",
            message="no",
            exchanges=5,
            seconds=0.5,
            trouble="",
            caught=True,
            category="documented responses",
            explanation="responds with another status",
            named="SP102",
        ),
    ),
)
