"""The record of a proof, and the verdict on it."""

from __future__ import annotations

import pytest

from storepact.model.outcome import Verdict
from storepact.run.prove import make_record, named_faults, verdict
from storepact.run.prover import CLEAN, CLEAN_STORES, FaultResult
from thinned import proof_options

FAULTS = named_faults(("stale-read", "delete-202"))
CAUGHT = {
    CLEAN: FaultResult(CLEAN),
    "stale-read": FaultResult("stale-read", ("SP602",)),
    "delete-202": FaultResult("delete-202", ("SP102",)),
}


def record_of(**changes):
    """Return the record of a proof; `changes` are other results by fault, with underscores for hyphens."""
    results = {**CAUGHT, **{name.replace("_", "-"): result for name, result in changes.items()}}
    options = proof_options("stale-read", "delete-202")
    return make_record(FAULTS, list(results.values()), options, "storepact prove", 1.0)


def test_faults_are_in_the_order_of_the_catalogue():
    """A row has the fault's explanation beside its result."""
    record = record_of()
    assert [(row.fault, row.checks) for row in record.faults] == [
        ("stale-read", ("SP602",)),
        ("delete-202", ("SP102",)),
    ]
    assert record.faults[0].explanation == FAULTS[0].explanation


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, Verdict.CONFORMS),
        ({"stale_read": FaultResult("stale-read")}, Verdict.BROKEN),
        ({"stale_read": FaultResult("stale-read", trouble="no response")}, Verdict.UNDETERMINED),
        ({"stale_read": FaultResult("stale-read", ("SP602",), trouble="no response")}, Verdict.CONFORMS),
    ],
    ids=["all caught", "missed", "not tested to the end", "caught before the trouble"],
)
def test_verdict_of_faults(changes, expected):
    """A missed fault breaks the proof; one that could not be tested leaves it undetermined."""
    assert verdict(record_of(**changes)) is expected


@pytest.mark.parametrize(
    ("result", "expected"),
    [
        (FaultResult(CLEAN, ("SP104",)), Verdict.BROKEN),
        (FaultResult(CLEAN, trouble="no response"), Verdict.UNDETERMINED),
    ],
)
def test_verdict_of_the_clean_mock(result, expected):
    """A finding without a fault breaks the proof; trouble leaves it undetermined."""
    record = make_record(FAULTS, [*CAUGHT.values(), result], proof_options(), "storepact prove", 1.0)
    assert not record.clean.silent
    assert verdict(record) is expected


def test_runs_without_a_fault_are_one_row():
    """What the run of the suite `store` says counts as what the others say."""
    clean, stores = FaultResult(CLEAN, exchanges=7, seconds=1.5), FaultResult(CLEAN_STORES, exchanges=2)
    record = make_record(FAULTS, [*CAUGHT.values(), clean, stores], proof_options(), "storepact prove", 1.0)
    assert record.clean.silent
    assert (record.clean.exchanges, record.clean.seconds) == (9, 1.5)
    noisy = FaultResult(CLEAN_STORES, ("SP714",), "store: redis-status", "a message")
    record = make_record(FAULTS, [*CAUGHT.values(), clean, noisy], proof_options(), "storepact prove", 1.0)
    assert (record.clean.silent, record.clean.checks) == (False, ("SP714",))
    assert record.clean.question == "store: redis-status"
    assert verdict(record) is Verdict.BROKEN
