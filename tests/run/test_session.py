"""The start of a run: what is wrong is found before the first test, and a prepared run does not change."""

from __future__ import annotations

import dataclasses
from contextlib import ExitStack
from pathlib import Path

import pytest

from storepact.model.errors import TokenMissing, UsageError
from storepact.record.recorder import Recorder
from storepact.run.finish import finish
from storepact.run.session import PreparedRun, prepare
from storepact.run.settings import Settings
from storepact.run.target import resolve_live_target

NOTHING: dict[str, str] = {}


@pytest.fixture(scope="module")
def prepared_run(tmp_path_factory: pytest.TempPathFactory):
    """A run on the embedded mock, ready for its tests."""
    folder = tmp_path_factory.mktemp("prepared")
    with ExitStack() as resources:
        yield prepare(Settings(report_dir=folder, history="none"), NOTHING, resources)


def test_a_prepared_run_can_test(prepared_run: PreparedRun) -> None:
    """It has a URL, a scope, interactions and a plan."""
    assert prepared_run.can_test
    assert prepared_run.options.base_url.startswith("http://127.0.0.1:")
    assert prepared_run.scope == ("default", "test")
    assert len(prepared_run.interactions) > 10
    assert len(prepared_run.plan.tests) > 100


def test_a_prepared_run_is_frozen(prepared_run: PreparedRun) -> None:
    """Settings, document and scope do not change after the start."""
    with pytest.raises(dataclasses.FrozenInstanceError):
        prepared_run.settings = Settings()  # type: ignore[misc]


def test_a_run_without_tests_is_undetermined(prepared_run: PreparedRun) -> None:
    """Its record says so, and its reports are written."""
    finished = finish(prepared_run, Recorder())
    assert (str(finished.verdict), finished.has_tests) == ("undetermined", False)
    assert (finished.folder / "report.html").is_file()


@pytest.mark.parametrize(
    ("settings", "error"),
    [
        (Settings(target="nonsense"), UsageError),
        (Settings(target="http://127.0.0.1:9"), TokenMissing),
        (Settings(profile="none-such"), UsageError),
        (Settings(baseline=("17",), history="none"), UsageError),
    ],
)
def test_what_is_wrong_is_found_first(settings: Settings, error: type[Exception], tmp_path: Path) -> None:
    """No mock is started, and nothing is sent."""
    with ExitStack() as resources, pytest.raises(error):
        prepare(dataclasses.replace(settings, report_dir=tmp_path), NOTHING, resources)


def test_a_target_that_does_not_respond_is_a_reason(tmp_path: Path) -> None:
    """Nothing can be tested there; the run has a record all the same."""
    settings = Settings(target="http://127.0.0.1:9", report_dir=tmp_path, history="none")
    with ExitStack() as resources:
        prepared_run = prepare(settings, {"STOREPACT_TOKEN": "api-1"}, resources)
    assert not prepared_run.can_test
    assert "cannot reach http://127.0.0.1:9" in prepared_run.reasons[0]


def test_the_document_alone_needs_no_target(tmp_path: Path) -> None:
    """No token, no preflight and no permission: the suite sends nothing, wherever the target is."""
    settings = Settings(
        target="http://127.0.0.1:9",
        suite=("document",),
        allow_writes=True,
        report_dir=tmp_path,
        history="none",
    )
    with ExitStack() as resources:
        prepared_run = prepare(settings, NOTHING, resources)
    assert prepared_run.can_test
    assert prepared_run.reasons == ()
    assert not prepared_run.settings.writable
    with ExitStack() as resources, pytest.raises(TokenMissing):
        prepare(dataclasses.replace(settings, suite=("document", "pacts")), NOTHING, resources)


def test_contracts_of_nobody_are_a_reason(tmp_path: Path) -> None:
    """A folder without pacts leaves the verdict open."""
    (tmp_path / "pacts").mkdir()
    settings = Settings(contracts=tmp_path / "pacts", report_dir=tmp_path, history="none")
    with ExitStack() as resources:
        prepared_run = prepare(settings, NOTHING, resources)
    assert not prepared_run.can_test
    assert "there is no pact in" in prepared_run.reasons[0]


def test_the_two_tokens_of_a_live_target_are_different() -> None:
    """A token that may only read is not the writer's."""
    environment = {"STOREPACT_TOKEN": "api-1", "STOREPACT_READER_TOKEN": "api-1"}
    with pytest.raises(UsageError, match="STOREPACT_READER_TOKEN is the token of STOREPACT_TOKEN"):
        resolve_live_target(Settings(target="http://127.0.0.1:9"), environment)
