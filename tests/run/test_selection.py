"""A part of a run: operations, checks, and the end after so many findings."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from storepact.checks import CHECKS
from storepact.cli.main import _with_number
from storepact.engines.options import EngineOptions
from storepact.engines.questions import Question
from storepact.families import DEFAULT_FAMILY
from storepact.model.errors import UnknownName, UsageError
from storepact.model.outcome import Reason, Status, Verdict
from storepact.model.paths import data_path
from storepact.openapi.load import load_document
from storepact.record.recorder import Recorder
from storepact.record.values import Outcome
from storepact.run.failure_limit import FailureLimit
from storepact.run.plan import Parameter, Plan, make_plan
from storepact.run.selection import excluded_checks, find_operation, label, left_out
from storepact.run.session import interactions_of, load_provider_contracts
from storepact.run.settings import Settings
from storepact.run.settings_rules import check_settings

DOCUMENT = load_document(data_path("openapi", DEFAULT_FAMILY.document))
GET = DOCUMENT.operations["getIntegration"]
CODES = {check.code for check in CHECKS}


def plan() -> Plan:
    """The plan of the committed document and pacts."""
    contracts = load_provider_contracts(data_path("contracts"), DEFAULT_FAMILY.provider)
    return make_plan(DOCUMENT, DEFAULT_FAMILY, interactions_of(contracts))


@pytest.mark.parametrize(
    "name",
    [
        "getIntegration",
        "GETINTEGRATION",
        label(GET),
        label(GET).replace("GET ", "get  "),
        "GET " + GET.path.replace("{integrationKey}", "redis").replace("{projectKey}", "default"),
    ],
)
def test_an_operation_has_an_id_a_template_and_paths(name: str) -> None:
    """In any letter case of id and method."""
    assert find_operation(name, DOCUMENT) == GET


@pytest.mark.parametrize("name", ["getIntegrations", "GET /api/v2/nothing", "", "PUT " + GET.path])
def test_an_unknown_operation_is_an_error(name: str) -> None:
    """It names the nearest, or all of them."""
    with pytest.raises(UnknownName, match="there is no operation"):
        find_operation(name, DOCUMENT)


@pytest.mark.parametrize(
    ("settings", "kept"),
    [
        (Settings(), CODES),
        (Settings(check=("sp605",)), {"SP605"}),
        (Settings(check=("SP605", "secrets-stay-secret")), {"SP605", "SP301"}),
        (Settings(check=("SP605,SP101",)), {"SP605", "SP101"}),
        (Settings(exclude_check=("SP605",)), CODES - {"SP605"}),
        (Settings(check=("SP605", "SP101"), exclude_check=("SP101",)), {"SP605"}),
    ],
)
def test_checks_are_selected_by_code_and_name(settings: Settings, kept: set[str]) -> None:
    """What is excluded is taken from what is selected."""
    assert CODES - set(excluded_checks(settings)) == kept


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        (Settings(check=("SP6O5",)), "did you mean 'SP605'"),
        (Settings(exclude_check=("body_fits_schemas",)), "did you mean 'body_fits_schema'"),
        (Settings(check=("SP605",), exclude_check=("SP605",)), "leave no check"),
        (Settings(check=("SP605",), baseline=("17",)), "whole runs"),
        (Settings(operation=("getIntegration",), baseline=("17",)), "whole runs"),
    ],
)
def test_a_selection_that_cannot_be_used_is_refused(settings: Settings, words: str) -> None:
    """Before anything is sent."""
    with pytest.raises(UsageError, match=words):
        check_settings(settings)


def test_a_plan_keeps_the_tests_of_an_operation() -> None:
    """Its questions and interactions; scenarios and journeys belong to no operation."""
    part = plan().select(DOCUMENT, ("getIntegration",), ())
    questions = {test.value.operation for test in part.tests if isinstance(test.value, Question)}
    assert questions == {"getIntegration"}
    assert 0 < len(part.of("pacts", Parameter.INTERACTION)) < len(plan().of("pacts", Parameter.INTERACTION))
    assert part.of("lifecycle", Parameter.SCENARIO) == plan().of("lifecycle", Parameter.SCENARIO)
    assert part.is_partial


def test_a_plan_lacks_the_tests_of_an_excluded_check() -> None:
    """An interaction about which nothing would be reported is not verified: it would look like passed."""
    part = plan().select(DOCUMENT, (), ("SP401",))
    assert part.of("pacts", Parameter.INTERACTION) == ()
    assert part.of("document", Parameter.INTERACTION) == plan().of("document", Parameter.INTERACTION)


def test_a_whole_plan_stays() -> None:
    """Without a selection nothing is left out."""
    whole = plan()
    assert whole.select(DOCUMENT, (), ()) is whole


def test_findings_of_what_is_left_out_are_not_reported() -> None:
    """By operation and by check; what is about the document as a whole is about no operation."""
    options = EngineOptions("http://x", (), operations=("getIntegration",), excluded_checks=("SP101",))
    assert options.reports("SP104", "getIntegration")
    assert options.reports("SP501", "")
    assert not options.reports("SP101", "getIntegration")
    assert not options.reports("SP104", "updateIntegration")


def test_what_is_left_out_has_names() -> None:
    """Operations by their ids, checks by code and name."""
    others = [name for name in DOCUMENT.operations if name != "getIntegration"]
    assert list(left_out(DOCUMENT, ("getIntegration",), ("SP605",))) == [
        *others,
        "SP605 refused_changes_nothing",
    ]


def stopped_by(findings: int, most: int | None, accepted: int = 0) -> tuple[FailureLimit, Recorder, object]:
    """A limit that has checked a recorder with some findings, and the reason that pytest got."""
    recorder = Recorder()
    for number in range(findings):
        recorder.findings[str(number)] = SimpleNamespace(fingerprint=f"{number:012}", former="")  # type: ignore[assignment]
    entries = [
        SimpleNamespace(fingerprint=f"{number:012}", holds=lambda day: True) for number in range(accepted)
    ]
    settings = Settings()
    session = SimpleNamespace(
        shouldstop=False, config=SimpleNamespace(pluginmanager=SimpleNamespace(get_plugin=lambda name: None))
    )
    limit = FailureLimit(most)
    limit.attach(session, SimpleNamespace(acceptances=entries, today=None, plan=plan(), settings=settings))  # type: ignore[arg-type]
    limit.check(recorder)
    return limit, recorder, session.shouldstop


@pytest.mark.parametrize(
    ("findings", "most", "accepted", "stops"),
    [
        (0, 1, 0, False),
        (1, 1, 0, True),
        (3, 2, 0, True),
        (3, None, 0, False),
        (2, 2, 1, False),
        (3, 2, 1, True),
    ],
)
def test_a_run_ends_after_so_many_findings(
    findings: int, most: int | None, accepted: int, stops: bool
) -> None:
    """Accepted ones do not count."""
    _, _, reason = stopped_by(findings, most, accepted)
    assert bool(reason) is stops


def test_the_rest_of_a_run_that_ended_is_not_verified() -> None:
    """Each test that was not run is named, and the verdict stays broken."""
    limit, recorder, _ = stopped_by(2, 2)
    recorder.troubles.append(limit.record_rest(recorder))
    assert recorder.troubles == ["the run ended after 2 findings (--max-failures 2)"]
    assert {entry.reason_code for entry in recorder.not_verified} == {Reason.MAX_FAILURES}
    selected = [test for test in plan().tests if test.suite in Settings().suites]
    assert len(recorder.not_verified) == len(selected)
    assert recorder.verdict is Verdict.BROKEN


def test_a_test_that_was_run_is_known_by_its_label() -> None:
    """Pytest writes other letters than those of ASCII into a test's name in another way."""
    limit, recorder, _ = stopped_by(2, 2)
    first, *rest = [test for test in plan().tests if test.suite in Settings().suites]
    recorder.outcomes.append(
        Outcome(
            suite=first.suite,
            name="test_x[\\xe9]",
            label=first.label,
            status=Status.PASSED,
            reason="",
            seconds=0.0,
        )
    )
    limit.record_rest(recorder)
    assert len(recorder.not_verified) == len(rest)
    assert f"{first.suite}: {first.label}" not in {entry.what for entry in recorder.not_verified}


@pytest.mark.parametrize(
    ("words", "whole"),
    [
        (["verify", "-x"], ["verify", "-x", "1"]),
        (["verify", "-x", "3"], ["verify", "-x", "3"]),
        (["verify", "-x", "--target", "mock"], ["verify", "-x", "1", "--target", "mock"]),
        (["verify", "--max-failures", "2"], ["verify", "--max-failures", "2"]),
        (["report", "-x"], ["report", "-x"]),
    ],
)
def test_a_bare_x_stops_after_the_first_finding(words: list[str], whole: list[str]) -> None:
    """As pytest has it; with a number it is --max-failures."""
    assert _with_number(words) == whole
