"""The record: sections made from what a prepared run and its recorder hold, without a target."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest

import records
from storepact.families import DEFAULT_FAMILY
from storepact.model.outcome import OutcomeKind, Reason, Status, Verdict
from storepact.model.paths import data_path
from storepact.openapi.decisions import load_decisions
from storepact.openapi.load import load_document
from storepact.record.recorder import Recorder
from storepact.record.values import FileLocation, Finding, Outcome, PactPlace
from storepact.report import RenderOptions, console
from storepact.run.assemble import assemble_record, record_gaps
from storepact.run.controller import is_selection
from storepact.run.engine_options import engine_options
from storepact.run.run_data import RunData
from storepact.run.session import PreparedRun, load_provider_contracts
from storepact.run.settings import Settings
from storepact.transport.credentials import Credentials

DOCUMENT = load_document(data_path("openapi", DEFAULT_FAMILY.document))
PASSED = Outcome(
    suite="conformance", name="q", status=Status.PASSED, reason="", seconds=0.1, kind=OutcomeKind.QUESTION
)


@pytest.fixture
def prepared_run(tmp_path: Path) -> PreparedRun:
    """A run with the committed pacts, that was never started."""
    settings = Settings(report_dir=tmp_path)
    contracts = load_provider_contracts(data_path("contracts"), DEFAULT_FAMILY.provider)
    options = engine_options(settings, "http://127.0.0.1:9")
    return PreparedRun(settings, DOCUMENT, contracts, options, Credentials())


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user's repository with a pact and a document, in a folder below which the command runs."""
    root = tmp_path / "their repository"
    (root / ".git").mkdir(parents=True)
    (root / "service" / "pacts").mkdir(parents=True)
    shutil.copy(data_path("openapi", DEFAULT_FAMILY.document), root / "api.yaml")
    shutil.copy(data_path("contracts") / "store-operator.json", root / "service" / "pacts")
    monkeypatch.chdir(root / "service")
    return root


def location_of(settings: Settings, **changes: Any) -> FileLocation | None:
    """The location of a finding in the record of a run with these settings."""
    recorder = Recorder(outcomes=[PASSED])
    pointer = "/components/schemas/Integration/properties/version"
    recorder.findings["x"] = msgspec.structs.replace(
        msgspec.convert(records.finding(), Finding), **{"pointer": pointer, "location": None, **changes}
    )
    options = engine_options(settings, "http://127.0.0.1:9")
    run = PreparedRun(settings, DOCUMENT, (), options, Credentials())
    return assemble_record(RunData(run, recorder), []).findings[0].location


IN_PACT = PactPlace(file="store-operator.json", pointer="/interactions/1/response/body/none/of/these")


@pytest.mark.usefixtures("repository")
def test_location_is_a_file_of_the_repository(tmp_path: Path) -> None:
    """The pact, or the document that --openapi names; neither what ships with storepact nor other folders."""
    pacts, document = Path("pacts"), Path("..") / "api.yaml"
    assert location_of(Settings()) is None
    given = location_of(Settings(openapi=document))
    assert given is not None
    assert (given.file, given.column > 1) == ("api.yaml", True)
    assert location_of(Settings(), pact=IN_PACT) is None
    assert location_of(Settings(openapi=document), pact=IN_PACT) == given
    in_pact = location_of(Settings(openapi=document, contracts=pacts), pact=IN_PACT)
    assert in_pact is not None
    lines = (pacts / "store-operator.json").read_text(encoding="utf-8").splitlines()
    assert in_pact.file == "service/pacts/store-operator.json"
    assert '"response"' in lines[in_pact.line - 1]
    shutil.copy(document, tmp_path / "elsewhere.yaml")
    assert location_of(Settings(openapi=tmp_path / "elsewhere.yaml")) is None


def test_a_run_that_tested_nothing_is_undetermined(prepared_run: PreparedRun) -> None:
    """No outcome is no verdict about the provider."""
    record = assemble_record(RunData(prepared_run, Recorder()), [])
    assert (record.verdict, record.exit_code) == (Verdict.UNDETERMINED, 3)
    assert (record.rows, record.keywords) == ((), ())


def test_outcomes_are_sorted(prepared_run: PreparedRun) -> None:
    """By suite, then by name, whatever process was first."""
    names = [("protection", "a"), ("conformance", "b"), ("conformance", "a")]
    outcomes = [
        Outcome(suite=suite, name=name, status=Status.PASSED, reason="", seconds=0.0) for suite, name in names
    ]
    record = assemble_record(RunData(prepared_run, Recorder(outcomes=outcomes)), [])
    assert [(outcome.suite, outcome.name) for outcome in record.outcomes] == sorted(names)
    assert record.verdict is Verdict.CONFORMS


def test_the_settings_of_the_run_are_on_record(prepared_run: PreparedRun) -> None:
    """Target, URL, seed and the consumers whose pacts were verified."""
    record = assemble_record(RunData(prepared_run, Recorder(outcomes=[PASSED])), [])
    assert (record.target, record.base_url) == ("mock", "http://127.0.0.1:9")
    assert record.seed == prepared_run.settings.seed
    assert "terraform-provider-launchdarkly" in record.contracts
    assert record.impact.consumers == record.contracts


def test_the_provider_and_its_build_are_on_record(prepared_run: PreparedRun) -> None:
    """With the version that the document gives itself."""
    named = replace(
        prepared_run, settings=replace(prepared_run.settings, provider_version="2026.11.3+a1b2c3")
    )
    record = assemble_record(RunData(named, Recorder(outcomes=[PASSED])), [])
    assert (record.provider, record.provider_version) == (DEFAULT_FAMILY.provider, "2026.11.3+a1b2c3")
    assert record.document_version == "1.0.0"


@pytest.mark.parametrize(
    ("code", "member", "decisions"),
    [
        ("SP104", "/_status/lastSync", ("D1", "D16")),
        ("SP104", "/items/*/config/port", ("D9", "D2")),
        ("SP104", "/version", ()),
        ("SP205", "", ("D25",)),
        ("SP501", "", ("D3",)),
    ],
)
def test_a_finding_names_the_decisions_behind_it(
    prepared_run: PreparedRun, code: str, member: str, decisions: tuple[str, ...]
) -> None:
    """Those about its member first, then those about its check; the record has the text of each."""
    recorder = Recorder(outcomes=[PASSED])
    recorder.findings["x"] = msgspec.structs.replace(
        msgspec.convert(records.finding(), Finding), code=code, member=member
    )
    record = assemble_record(RunData(prepared_run, recorder), [])
    assert record.findings[0].decisions == decisions
    assert set(record.decisions) == set(decisions)
    assert all("Decision:" in entry.text for entry in record.decisions.values())


def test_members_belong_to_decisions_that_exist() -> None:
    """DECISIONS.md has a section for each."""
    texts = load_decisions(data_path("openapi", "DECISIONS.md"))
    assert set(DEFAULT_FAMILY.decisions_by_member) <= set(texts)


def test_a_selection_does_not_list_what_it_leaves_out(prepared_run: PreparedRun) -> None:
    """The rows of the document belong to a run of everything."""
    recorder = Recorder(outcomes=[PASSED])
    recorder.coverage["listIntegrations"]["200"] += 1
    record_gaps(RunData(prepared_run, recorder, is_selection=True))
    assert not recorder.not_verified


@pytest.mark.parametrize(
    ("share", "troubles", "chosen"), [(1, [], False), (2, [], True), (2, ["the run was interrupted"], False)]
)
def test_a_run_of_some_tests_is_a_selection(
    prepared_run: PreparedRun, share: int, troubles: list[str], chosen: bool
) -> None:
    """Whatever chose them; a run that ended early is none."""
    outcomes = [PASSED] * (len(prepared_run.plan.tests) // share)
    assert is_selection(prepared_run.plan, Recorder(outcomes=outcomes, troubles=troubles)) is chosen


def test_rows_that_no_response_reached_are_not_verified(prepared_run: PreparedRun) -> None:
    """Each with the reason, as a value of a closed set."""
    recorder = Recorder(outcomes=[PASSED])
    recorder.coverage["listIntegrations"]["200"] += 1
    run = RunData(prepared_run, recorder)
    record_gaps(run)
    reasons = {entry.what: entry.reason_code for entry in assemble_record(run, []).not_verified}
    assert "listIntegrations 200" not in reasons
    assert reasons["listIntegrations 401"] is Reason.NOT_REACHED
    assert reasons["getIntegration 200"] is Reason.NOT_TESTED


def _complete(prepared_run: PreparedRun, *missing: str, **settings: object) -> RunData:
    """A live run that covered every owed row except the missing ones, with these settings."""
    live = replace(prepared_run.settings, target="https://app.example.com", **settings)  # type: ignore[arg-type]
    recorder = Recorder(outcomes=[PASSED], exchanges=9)
    for operation, status in DOCUMENT.rows:
        if f"{operation} {status}" not in missing:
            recorder.coverage[operation][status] += 1
            media = "" if status == "204" else "application/json"
            sent = next(iter(DOCUMENT.operations[operation].body_types), "")
            recorder.rows[operation, sent, status, media] += 1
    run = RunData(replace(prepared_run, settings=live), recorder)
    record_gaps(run)
    return run


@pytest.mark.parametrize(
    ("missing", "settings", "exit_code"),
    [
        ((), {}, 0),
        (("getIntegration 401",), {}, 0),
        ((), {"fail_on_not_verified": True}, 0),
        (("getIntegration 401",), {"fail_on_not_verified": True}, 3),
        (("getIntegration 429",), {"fail_on_not_verified": True}, 0),
        (("getIntegration 401",), {"min_coverage": 100.0}, 3),
        (("getIntegration 401",), {"min_coverage": 90.0}, 0),
        ((), {"min_coverage": 100.0}, 0),
    ],
)
def test_how_complete_a_run_must_be(
    prepared_run: PreparedRun, missing: tuple[str, ...], settings: dict[str, object], exit_code: int
) -> None:
    """What only a mock can show is not owed by another target; a share of the owed rows may be enough."""
    record = assemble_record(_complete(prepared_run, *missing, **settings), [])
    assert (record.exit_code, bool(record.reasons)) == (exit_code, exit_code == 3)
    assert record.verdict.exit_code == exit_code


def test_a_run_without_requests_has_covered_nothing(prepared_run: PreparedRun) -> None:
    """`--min-coverage` is not met by a run that asked nothing; a finding still breaks the verdict."""
    settings = replace(prepared_run.settings, min_coverage=1.0)
    run = RunData(replace(prepared_run, settings=settings), Recorder(outcomes=[PASSED]))
    assert assemble_record(run, []).exit_code == 3
    run.recorder.outcomes.append(msgspec.structs.replace(PASSED, status=Status.FAILED))
    assert assemble_record(run, []).exit_code == 1


def test_the_verdict_line_says_that_a_target_was_only_read(prepared_run: PreparedRun) -> None:
    """Whatever the verdict is; a target that may be written is not mentioned."""
    for settings, words in (({"allow_writes": False}, True), ({"allow_writes": True}, False)):
        for status in (Status.PASSED, Status.FAILED, Status.UNDETERMINED):
            run = _complete(prepared_run, **settings)
            run.recorder.outcomes[:] = [
                PASSED,
                msgspec.structs.replace(PASSED, status=status, reason="because"),
            ]
            line = console.render(assemble_record(run, []), RenderOptions()).splitlines()[-1]
            assert ("the target was only read" in line) is words, line


def test_a_run_with_troubles_verified_no_operation(prepared_run: PreparedRun) -> None:
    """The first of the troubles is the reason."""
    run = RunData(prepared_run, Recorder(troubles=["the run was interrupted"]))
    record_gaps(run)
    entries = assemble_record(run, []).not_verified
    assert {entry.what for entry in entries} == set(DOCUMENT.operations)
    assert {entry.reason for entry in entries} == {"the run was interrupted"}
