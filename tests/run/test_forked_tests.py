"""The tests of a run in forked processes, each with a mock of its own."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest

from storepact.mock.options import MockOptions
from storepact.mock.serve import StartingMock, serve
from storepact.model.outcome import Verdict
from storepact.record.values import Record
from storepact.run import session
from storepact.run.launch import run_suites
from storepact.run.participants import Worker
from storepact.run.settings import CAN_FORK, Settings
from storepact.run.target import MOCK_LIMITS, ResolvedTarget, await_mock

pytestmark = pytest.mark.skipif(not CAN_FORK, reason="tests are divided on Linux only")

FAULTS = ("token-in-error", "stale-read")

#: What differs from run to run.
OF_A_RUN = ("base_url", "started", "duration_s", "first_finding_s", "latency")


def run_protection(folder: Path, workers: int) -> Record:
    """The record of the protection suite on the embedded mock, by so many processes."""
    settings = Settings(suite=("protection",), workers=workers, report_dir=folder, history="none")
    return run_suites(settings, {}).record


def await_faulty_mock(starting: StartingMock, settings: Settings, faults: Sequence[str]) -> ResolvedTarget:
    """The mocks of a run, with faults."""
    return await_mock(starting, settings, FAULTS)


def comparable(record: Record) -> dict[str, object]:
    """A record without what differs from run to run."""
    content = msgspec.to_builtins(record)
    for name in OF_A_RUN:
        content.pop(name, None)
    for outcome in content["outcomes"]:
        outcome.pop("seconds")
    return content


def test_record_does_not_depend_on_the_number_of_processes(tmp_path):
    """One process and two record the same outcomes, counts and shapes."""
    one, two = (run_protection(tmp_path / str(number), number) for number in (1, 2))
    assert one.verdict is Verdict.CONFORMS
    assert comparable(one) == comparable(two)


def test_findings_of_all_processes_are_in_the_record(tmp_path, monkeypatch):
    """The findings of two processes are those of one, shrunk or not; when the first came is there."""
    monkeypatch.setattr(session, "await_mock", await_faulty_mock)
    one, two = (run_protection(tmp_path / str(number), number) for number in (1, 2))
    assert one.verdict is two.verdict is Verdict.BROKEN
    assert facts(one) == facts(two)
    for record in (one, two):
        assert 0 < record.first_finding_s < record.duration_s


def test_each_cause_is_shrunk_once_whatever_the_number_of_processes(tmp_path, monkeypatch):
    """Two processes have one budget: they send what one process sends, and show each finding by as much."""

    def await_retyping_mock(starting, settings, faults):
        return await_mock(starting, settings, ("name-retyped",))

    monkeypatch.setattr(session, "await_mock", await_retyping_mock)
    one, two = (run_operation(tmp_path / str(number), number) for number in (1, 2))
    assert one.findings
    assert facts(one) == facts(two)
    assert (one.exchanges_total, one.coverage) == (two.exchanges_total, two.coverage)
    assert sizes(one) == sizes(two)


def run_operation(folder: Path, workers: int) -> Record:
    """The record of the tests of one operation on the embedded mock."""
    settings = Settings(
        suite=("conformance", "lifecycle"), operation=("getIntegration",), workers=workers,
        report_dir=folder, history="none",
    )  # fmt: skip
    return run_suites(settings, {}).record


def sizes(record: Record) -> dict[str, tuple[int, int]]:
    """By how many exchanges and lines each finding is shown, and how often it was seen."""
    return {finding.fingerprint: (finding.seen, finding.curl.count("curl ")) for finding in record.findings}


def facts(record: Record) -> tuple[set[object], ...]:
    """What a record says about the provider."""
    return (
        {(finding.fingerprint, finding.severity, finding.consumers) for finding in record.findings},
        {(outcome.name, outcome.status) for outcome in record.outcomes},
        {(cause.id, cause.severity, frozenset(cause.fingerprints)) for cause in record.causes},
    )


def test_workers_of_xdist_send_the_shapes_of_responses(tmp_path):
    """On a live target, too, the record does not depend on the number of workers."""
    with serve(MockOptions(limits=MOCK_LIMITS), conditions=("writer", "reader")) as running:
        tokens = {"STOREPACT_TOKEN": running.tokens["writer"]}
        records = []
        for workers in (1, 2):
            settings = Settings(
                target=running.url, allow_writes=True, suite=("protection",), workers=workers,
                operation=("getIntegration",), report_dir=tmp_path / str(workers), history="none",
            )  # fmt: skip
            records.append(run_suites(settings, tokens, announces=False).record)
    one, two = records
    assert one.exchanges_total == two.exchanges_total > 10
    assert one.observed.keys() == two.observed.keys() != set()


def test_lost_process_leaves_the_run_undetermined(tmp_path, monkeypatch):
    """A process that is killed takes its test with it: the run says so, and the other process goes on."""
    record_outcome = Worker.record_outcome

    def end_first_process(*arguments: Any) -> None:
        try:
            (tmp_path / "ended").touch(exist_ok=False)
        except FileExistsError:
            record_outcome(*arguments)
        else:
            os._exit(9)

    monkeypatch.setattr(Worker, "record_outcome", end_first_process)
    record = run_protection(tmp_path / "report", 2)
    reason = "a process of the run ended before its tests were done"
    assert (record.verdict, record.reasons) == (Verdict.UNDETERMINED, (reason,))
    lost = [entry.what for entry in record.not_verified if entry.reason == reason]
    assert len(lost) == 1
    assert len(record.outcomes) >= 20
