"""The file that says which test caught each fault: a proof begins with it, and relies on nothing in it."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from storepact.engines.harness import Harness
from storepact.families import DEFAULT_FAMILY, mock_definition
from storepact.model.errors import UsageError
from storepact.openapi.load import load_document
from storepact.pacts import load_contracts
from storepact.run.detections import (
    late_detections,
    read_detections,
    shipped_detections,
    write_detections,
)
from storepact.run.plan import make_plan
from storepact.run.prove import runs_of
from storepact.run.prover import CLEAN, CLEAN_STORES, FaultResult, Prover
from thinned import proof_options, thinned_prover

LIST_PROBES = "conformance: listIntegrations-probes"


@pytest.fixture(scope="module")
def prover():
    """A prover on a mock in this process."""
    with thinned_prover() as thinned:
        yield thinned


def begin_with(prover, fault, test):
    """The result of a proof that begins with this test."""
    options = replace(prover.options, detections={fault: test})
    return Prover(options, prover.running, prover.kept).test_fault(fault)


def test_shipped_file_names_a_test_of_the_plan_for_each_fault():
    """Neither is a fault missing, nor is a test that does not exist."""
    detections = read_detections(shipped_detections())
    options = proof_options()
    interactions = [
        entry for contract in load_contracts(options.contracts) for entry in contract.interactions
    ]
    plan = make_plan(load_document(options.openapi), DEFAULT_FAMILY, interactions)
    assert detections.keys() == {fault.name for fault in mock_definition().faults}
    assert set(detections.values()) <= {test.name for test in plan.tests}


def test_proof_begins_with_the_test_of_the_file(prover):
    """What comes before it in the plan is not sent."""
    result = begin_with(prover, "stale-read", "lifecycle: renamed")
    assert (result.checks, result.question) == (("SP602",), "lifecycle: renamed")
    assert result.exchanges < 10


@pytest.mark.parametrize("test", ["lifecycle: created-and-read", "lifecycle: no such test", ""])
def test_stale_entry_costs_only_time(prover, test):
    """Where the test does not catch the fault, or does not exist, all others follow."""
    result = begin_with(prover, "put-accepted", test)
    assert (result.checks, result.question, result.trouble) == (("SP206",), LIST_PROBES, "")


def test_test_ends_with_the_exchange_that_shows_the_fault(prover):
    """Every finding of that exchange counts, and no later exchange is judged."""
    assert begin_with(prover, "project-key-renamed", "").checks == ("SP104", "SP105")
    whole = replace(prover.options, exhaustive=True, detections={})
    judged = []

    class FirstTestOnly(Prover):
        """Sends the first test alone, as a proof does and to its end."""

        def _tests(self, plan, fault):
            return [test for test in super()._tests(plan, fault) if test.name == LIST_PROBES]

    for options in (prover.options, whole):
        judged.append(FirstTestOnly(options, prover.running).test_fault("error-as-text").exchanges)
    assert judged[0] < judged[1]


def test_other_finding_does_not_end_the_test(prover, monkeypatch):
    """A finding of a check that the catalogue does not name is kept, and the test goes on to its end."""
    monkeypatch.setitem(Prover.codes, "reset-in-seconds", "SP999")
    result = begin_with(prover, "reset-in-seconds", LIST_PROBES)
    assert result.caught
    assert result.question == LIST_PROBES


def test_gate_that_breaks_is_trouble(prover, monkeypatch):
    """An error of the gate itself is no detection, and the proof goes on."""

    def fail(harness, question):
        raise ZeroDivisionError("planted")

    monkeypatch.setattr(Harness, "run_question", fail)
    result = begin_with(prover, "put-accepted", LIST_PROBES)
    assert not result.caught
    assert result.trouble == "the gate broke: ZeroDivisionError: planted"


def test_runs_without_a_fault_come_first():
    """They take longest; stores are written without a fault only where a fault of them is proven."""
    assert runs_of(("put-accepted",)) == (CLEAN, "put-accepted")
    stores = runs_of(("put-accepted", "exclude-wins", "writes-when-off"))
    assert stores == (CLEAN, CLEAN_STORES, "writes-when-off", "exclude-wins", "put-accepted")


def test_written_file_is_read_again(tmp_path):
    """A fault that was missed has no test; what another proof wrote stays."""
    path = tmp_path / "detections.json"
    assert read_detections(path) == {}
    results = [FaultResult("b", ("SP101",), "lifecycle: renamed"), FaultResult("c")]
    write_detections(path, {"a": "pacts: x", "c": "lifecycle: tags"}, results)
    assert read_detections(path) == {"a": "pacts: x", "b": "lifecycle: renamed"}
    assert path.read_text(encoding="utf-8").count("\n") == 7, "a line for each fault"


def test_late_detections_are_named():
    """A fault that another test caught than the file names, not one that was missed."""
    before = {"a": "lifecycle: tags", "b": "lifecycle: tags", "c": "lifecycle: tags"}
    results = [
        FaultResult("a", ("SP101",), "lifecycle: tags"),
        FaultResult("b", ("SP101",), "lifecycle: renamed"),
        FaultResult("c"),
        FaultResult("d", ("SP101",), "lifecycle: renamed"),
    ]
    assert late_detections(before, results) == ["b", "d"]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('{"format": 1,\n "detections": {', "in line 2"),
        ("[]", "lists no detections"),
        ('{"format": 2, "detections": {}}', "lists no detections"),
        ('{"format": 1}', "lists no detections"),
        ('{"format": 1, "detections": {"a": 1}}', "lists no detections"),
        ('{"format": 1, "detections": {}, "more": 1}', "lists no detections"),
        (json.dumps("\ud800")[:-1], "is no JSON"),
        ("[" * 100_000, "lists no detections"),
        (b"\xff\xfe", "lists no detections"),
    ],
)
def test_damaged_file_is_refused(tmp_path, text, problem):
    """With what is wrong with it and what to do."""
    path = tmp_path / "detections.json"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(UsageError, match=problem) as error:
        read_detections(path)
    assert "delete it" in str(error.value)
