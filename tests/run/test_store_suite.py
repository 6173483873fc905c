"""The suite `store`: no finding on a mock that writes stores rightly, each fault caught by its check."""

from __future__ import annotations

import shutil

import pytest

from storepact.engines.harness import Harness
from storepact.families import DEFAULT_FAMILY, mock_definition
from storepact.families.persistent_store.scenarios import store_steps
from storepact.families.persistent_store.stores.embedded import SERVER_VARIABLE
from storepact.mock.serve import MockOptions, serve
from storepact.model.errors import PrerequisiteMissing
from storepact.model.outcome import STORE
from storepact.run.engine_options import engine_options
from storepact.run.settings import Settings
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


def test_every_store_check_with_a_fault_has_an_example():
    """The example of a check names a fault that it catches."""
    examples = DEFAULT_FAMILY.examples
    assert {fault.caught_by for fault in FAULTS.values()} == {
        code for code, example in examples.items() if code.startswith("SP7") and example.fault
    }
    assert all(FAULTS[e.fault].caught_by == code for code, e in examples.items() if e.fault in FAULTS)
