"""The suite `store`: no finding on a mock that writes stores rightly, each fault caught by its check."""

from __future__ import annotations

import contextlib
import shutil
from dataclasses import replace

import pytest

from storepact.engines.guard import Guard, GuardRules
from storepact.engines.harness import Harness
from storepact.families import DEFAULT_FAMILY, mock_definition
from storepact.families.persistent_store.scenarios import store_steps
from storepact.families.persistent_store.stores import sdk
from storepact.families.persistent_store.stores.embedded import SERVER_VARIABLE
from storepact.mock.options import MockOptions
from storepact.mock.serve import serve
from storepact.model.case import Auth, Case, PreparedRequest
from storepact.model.errors import PrerequisiteMissing, UsageError
from storepact.model.outcome import STORE
from storepact.model.paths import data_path
from storepact.openapi.load import load_document
from storepact.run.engine_options import engine_options
from storepact.run.prove import named_faults
from storepact.run.settings import Settings
from storepact.run.settings_rules import check_settings
from storepact.run.target import HEARTBEAT_SECONDS, MOCK_CONDITIONS, MOCK_LIMITS, mock_credentials

SCENARIOS = {scenario.name: scenario for scenario in DEFAULT_FAMILY.store_scenarios}
FAULTS = {fault.name: fault for fault in mock_definition().faults if fault.suite == STORE}

#: The scenario that sees a fault, where it is not the one about memberships on Redis.
PLACES = {
    "available-while-down": "redis-status",
    "writes-when-off": "redis-switched-off",
    "delete-empties-store": "redis-switched-off",
}

#: Faults that show on DynamoDB, too.
ON_DYNAMODB = ("heartbeat-in-seconds", "context-unhashed", "exclude-wins", "cursor-ahead", "patch-in-pieces")


@pytest.fixture(scope="module")
def mock():
    options = MockOptions(sync=True, sync_interval=HEARTBEAT_SECONDS, only_loopback=True)
    with serve(options, conditions=MOCK_CONDITIONS) as running:
        yield running


def play(mock, scenario, *faults, writes_stores=True):
    """The harness after a scenario on the mock with these faults, and the findings."""
    mock.configure(faults=faults, limits=MOCK_LIMITS)
    options = engine_options(Settings(), mock.url, shrink=False)
    credentials = mock_credentials(mock, writes_stores=writes_stores)
    with Harness(options, DEFAULT_FAMILY, credentials) as harness:
        return harness, harness.run_scenario(SCENARIOS[scenario])


@pytest.mark.parametrize("name", SCENARIOS)
def test_no_finding_without_a_fault(mock, name):
    """On the embedded stores; the record names them."""
    harness, findings = play(mock, name)
    assert not findings, harness.describe(findings)
    assert all(store.startswith(("fakeredis ", "moto ")) for store in harness.recorder.stores)
    assert harness.recorder.stores


@pytest.mark.parametrize("name", ["redis", "redis-tls", "redis-status", "ten-thousand-contexts"])
def test_no_finding_on_a_real_server(mock, monkeypatch, name):
    """On a redis-server, where one is installed."""
    program = shutil.which("redis-server")
    if program is None:
        pytest.skip("redis-server is not installed")
    monkeypatch.setenv(SERVER_VARIABLE, program)
    harness, findings = play(mock, name)
    assert not findings, harness.describe(findings)
    assert [store for store in harness.recorder.stores if store.startswith("redis-server ")]


@pytest.mark.parametrize(
    ("fault", "scenario"),
    [
        *((name, PLACES.get(name, "redis")) for name in FAULTS),
        *((name, "dynamodb") for name in ON_DYNAMODB),
    ],
)
def test_fault_is_caught_by_its_check_only(mock, monkeypatch, fault, scenario):
    """No other check has a finding."""
    monkeypatch.setattr(store_steps, "_PATIENCE", 2.0)
    _, findings = play(mock, scenario, fault)
    assert {finding.code for finding in findings} == {FAULTS[fault].caught_by}
    assert all(finding.story and finding.scenario == scenario for finding in findings)


def test_target_that_writes_no_store_is_not_verified(mock):
    """Without the key of its commands a target is not tested, with the reason."""
    with pytest.raises(PrerequisiteMissing, match="--sync"):
        play(mock, "redis", writes_stores=False)


def test_switching_on_has_to_be_allowed(mock):
    """An integration that may not be on is never synchronized: that is no finding."""
    options = replace(engine_options(Settings(), mock.url), allow_enable=False, isolation_scopes=())
    with (
        Harness(options, DEFAULT_FAMILY, mock_credentials(mock, writes_stores=True)) as harness,
        pytest.raises(PrerequisiteMissing, match="--allow-enable"),
    ):
        harness.run_scenario(SCENARIOS["redis"])


def test_commands_of_a_mock_pass_the_guard():
    """With the key of the commands only."""
    document = load_document(data_path("openapi", DEFAULT_FAMILY.document))
    guard = Guard(GuardRules((), "mark"), DEFAULT_FAMILY, document, lambda path: None)
    for auth, is_allowed in ((Auth.CONTROL, True), (Auth.WRITER, False)):
        case = Case("listIntegrations", auth=auth)
        prepared = PreparedRequest(case, "POST", "/__mock__/segments", (), b"{}")
        with contextlib.nullcontext() if is_allowed else pytest.raises(PrerequisiteMissing):
            guard.check(prepared)


def test_without_the_extra(monkeypatch, capsys):
    """The suite is refused with what to install; a proof leaves its faults out, unless one is named."""
    monkeypatch.setattr(sdk, "find_spec", lambda name: None)
    with pytest.raises(UsageError, match="store-sdk"):
        check_settings(Settings(suite=(STORE,)))
    check_settings(Settings())
    assert not [fault for fault in named_faults(()) if fault.suite == STORE]
    assert "faults of stores are left out" in capsys.readouterr().err
    with pytest.raises(UsageError, match="exclude-wins"):
        named_faults(("exclude-wins",))


def test_every_store_check_with_a_fault_has_an_example():
    """The example of a check names a fault that it catches."""
    examples = DEFAULT_FAMILY.examples
    assert {fault.caught_by for fault in FAULTS.values()} == {
        code for code, example in examples.items() if code.startswith("SP7") and example.fault
    }
    assert all(FAULTS[e.fault].caught_by == code for code, e in examples.items() if e.fault in FAULTS)
