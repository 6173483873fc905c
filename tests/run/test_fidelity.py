"""`storepact prove --target`: how the mock differs from a target."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from commands import call
from local_mock import serve_locally
from short_gate import with_scenarios
from storepact.families import mock_definition
from storepact.run import fidelity
from storepact.run.target import ResolvedTarget, mock_credentials

#: Choices whose values are tried, beside those that the tests make.
EVERY = 16
CHOICES = {"unknown-kind": "400", "default-name": "empty", "config-in-list": "absent"}


@pytest.fixture(autouse=True)
def short_comparison(monkeypatch):
    """Compare a few scenarios on both sides, and once more for every value of a few choices."""
    with_scenarios(monkeypatch, "created-and-read", "little-given", "renamed", "environments-apart")
    definition = mock_definition()
    few = [choice for n, choice in enumerate(definition.choices) if n % EVERY == 0 or choice.name in CHOICES]
    monkeypatch.setattr(fidelity, "mock_definition", lambda: replace(definition, choices=tuple(few)))
    monkeypatch.setattr(fidelity, "serve", lambda conditions: serve_locally())
    monkeypatch.setattr(fidelity, "start_mock", start_local_mock)


def start_local_mock(stack):
    """The embedded mock, in this process."""
    running = stack.enter_context(serve_locally())
    return ResolvedTarget(running.url, mock_credentials(running))


def compare(folder, running):
    """Compare the mock with a running one, as with a live target."""
    tokens = {
        "STOREPACT_TOKEN": running.tokens["writer"],
        "STOREPACT_READER_TOKEN": running.tokens["reader"],
    }
    return call("prove", "--target", running.url, "--allow-writes", cwd=folder, environment=tokens)


def test_mock_does_not_differ_from_itself(tmp_path):
    """Two mocks with the same choices have no difference: exit 0."""
    done = call("prove", "--target", "mock", cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "no difference" in done.stdout


def test_other_choices_are_differences(tmp_path, local_mock):
    """Each other choice of a target is a difference, and the choices of the mock that remove it are named."""
    local_mock.configure(choices=CHOICES)
    done = compare(tmp_path, local_mock)
    assert done.returncode == 0, done.stdout + done.stderr
    record = json.loads((tmp_path / "storepact-report" / "differences.json").read_text(encoding="utf-8"))
    differences = {(row["where"], row["mock"], row["target"]) for row in record["differences"]}
    assert ("create: status", "404", "400") in differences
    assert ("create 201: /name", '"Redis"', '""') in differences
    assert ("list 200: /items/*/config/host", "absent") in {(row[0], row[2]) for row in differences}
    assert record["nearer"]["choices"]["unknown-kind"] == "400"
    assert record["nearer"]["choices"]["default-name"] == "empty"
    assert record["nearer"]["after"] < record["nearer"]["before"]
    assert "environments-apart" in record["left_out"]


def test_finding_is_not_a_difference(tmp_path, local_mock):
    """A finding on the target breaks a promise of the documents: exit 1."""
    local_mock.configure(faults=["version-jumps"])
    done = compare(tmp_path, local_mock)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "SP606" in done.stdout
