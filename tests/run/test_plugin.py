"""The pytest plugin: settings as an object or as options, outcomes with fields, results of workers."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

import commands
from storepact.model.errors import PrerequisiteMissing, SetupFailed, UsageError
from storepact.model.outcome import Reason, Status
from storepact.model.paths import data_path
from storepact.record.recorder import Recorder
from storepact.run.controller import needs_target
from storepact.run.outcomes import Result, result_of
from storepact.run.workers import encode_evidence, merge_evidence

HISTORY = ("--history", "none")


class Report:
    """The part of a report that a result is read from."""

    def __init__(self, *, failed: bool = False, skipped: bool = False) -> None:
        self.failed, self.skipped = failed, skipped


@pytest.mark.parametrize(
    ("report", "error", "result"),
    [
        (Report(), None, Result()),
        (
            Report(failed=True),
            PrerequisiteMissing(Reason.READ_ONLY),
            (Status.SKIPPED, Reason.READ_ONLY),
        ),
        (Report(skipped=True), pytest.skip.Exception("later"), (Status.SKIPPED, Reason.SKIPPED)),
        (Report(failed=True), AssertionError("SP101"), (Status.FAILED, Reason.FINDINGS)),
        (Report(failed=True), SetupFailed("no"), (Status.UNDETERMINED, Reason.SETUP_FAILED)),
        (Report(failed=True), UsageError("no"), (Status.UNDETERMINED, Reason.UNDETERMINED)),
        (Report(failed=True), KeyError("k"), (Status.UNDETERMINED, Reason.ENGINE_FAILED)),
    ],
)
def test_a_result_is_read_from_the_exception(report: Any, error: BaseException | None, result: Any) -> None:
    """Its status and its reason are values of closed sets; no text is read."""
    found = result_of(report, error)
    assert found == result or (found.status, found.reason) == result


def test_what_a_worker_recorded_reaches_the_run() -> None:
    """A worker's message holds everything that its recorder does."""
    worker, run = Recorder(exchanges=3, troubles=["one"]), Recorder(exchanges=4)
    worker.coverage["listIntegrations"]["200"] += 3
    merge_evidence(encode_evidence(worker), run)
    assert (run.exchanges, run.troubles, run.coverage["listIntegrations"]["200"]) == (7, ["one"], 3)


@pytest.mark.parametrize(
    ("arguments", "needed"),
    [
        (["suites"], True),
        (["suites/pacts/test_interactions.py::test_interaction_holds"], True),
        (["suites/consumers"], False),
        (["tests"], False),
    ],
)
def test_only_suites_need_a_target(arguments: list[str], needed: bool) -> None:
    """Consumers' tests, and tests of others, start no mock."""

    class Config:
        args = arguments

    assert needs_target(Config()) is needed  # type: ignore[arg-type]


def run_pytest(folder: Path, *arguments: str) -> Any:
    """Run pytest on our suites in a process of its own."""
    import subprocess
    import sys

    plugin = ("-p", "storepact.run.plugin", "-p", "no:cacheprovider", "-c", os.devnull, "-q")
    return subprocess.run(
        [sys.executable, "-m", "pytest", *plugin, *arguments],
        cwd=folder,
        env=commands.clean_environment(),
        capture_output=True,
        text=True,
        check=False,
    )


def test_suites_take_the_options_of_a_run(tmp_path: Path) -> None:
    """`pytest suites --report-dir …` writes the same record as `storepact verify`."""
    suite = str(data_path("suites", "document"))
    done = run_pytest(tmp_path, suite, "--report-dir", "out", "--seed", "7", *HISTORY)
    assert done.returncode == 0, done.stdout + done.stderr
    record = json.loads((tmp_path / "out" / "run.json").read_text(encoding="utf-8"))
    assert (record["seed"], record["verdict"]) == (7, "conforms")
    assert {outcome["kind"] for outcome in record["outcomes"]} == {"document", "contract"}
    assert "CONFORMS" in done.stdout


def test_suites_refuse_what_verify_refuses(tmp_path: Path) -> None:
    """With the same line and exit code."""
    done = run_pytest(tmp_path, str(data_path("suites", "document")), "--target", "nonsense")
    assert (done.returncode, "storepact: 'nonsense' is not a target" in done.stdout + done.stderr) == (
        2,
        True,
    )


def test_an_interaction_names_its_consumer_and_file(tmp_path: Path) -> None:
    """The outcome of a test says in fields what it was a test of."""
    done = commands.call("verify", "--suite", "document", *HISTORY, cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    record = json.loads((tmp_path / "storepact-report" / "run.json").read_text(encoding="utf-8"))
    contracts = [outcome for outcome in record["outcomes"] if outcome["kind"] == "contract"]
    assert all(outcome["consumer"] and outcome["interaction"] for outcome in contracts)
    assert {outcome["file"] for outcome in contracts} == {
        path.name for path in data_path("contracts").glob("*.json") if path.name != "accepted.json"
    }


def test_no_folder_above_the_suites_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run neither lists the folders that its suites lie in nor loads a `conftest.py` there."""
    folders: list[Path] = []
    scandir = os.scandir

    def noting(path: Any = ".") -> Any:
        folders.append(Path(os.fspath(path)))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", noting)
    done = commands.call("verify", "--suite", "document", *HISTORY, cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert not set(folders) & set(data_path("suites").parents)
