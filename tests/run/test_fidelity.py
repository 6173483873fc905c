"""`storepact prove --target`: how the mock differs from a target."""

from __future__ import annotations

import json
from dataclasses import replace
from types import SimpleNamespace

import pytest

from commands import call
from local_mock import serve_locally
from short_gate import with_scenarios
from storepact.engines.harness import Harness
from storepact.families import find_family, mock_definition
from storepact.model.api import Scope
from storepact.model.exchange import Exchange, Request, Response
from storepact.run import fidelity, transcript
from storepact.run.target import ResolvedTarget, mock_credentials
from storepact.transport.redaction import Secrets

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


def compare(folder, running, *options):
    """Compare the mock with a running one, as with a live target."""
    tokens = {
        "STOREPACT_TOKEN": running.tokens["writer"],
        "STOREPACT_READER_TOKEN": running.tokens["reader"],
    }
    return call("prove", "--target", running.url, "--allow-writes", *options, cwd=folder, environment=tokens)


def test_mock_does_not_differ_from_itself(tmp_path):
    """Two mocks with the same choices have no difference: exit 0."""
    done = call("prove", "--target", "mock", cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "no difference" in done.stdout


@pytest.mark.parametrize("options", [(), ("--max-resources", "5", "--seed", "3")])
def test_target_that_is_a_mock_does_not_differ(tmp_path, monkeypatch, local_mock, options):
    """What a run on a live target leaves out, shortens or marks is the same on both sides."""
    with_scenarios(monkeypatch, "created-and-read", "parts-patched", "names", "tests-are-strict", "renamed")
    done = compare(tmp_path, local_mock, *options)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "no difference" in done.stdout


def test_budget_and_rate_are_about_the_target(tmp_path, monkeypatch, local_mock):
    """The mock is not slowed down, and sends as many requests as it needs."""
    begun = []
    monkeypatch.setattr(
        fidelity, "Harness", lambda options, *rest: begun.append(options.limits) or Harness(options, *rest)
    )
    done = compare(tmp_path, local_mock, "--rate", "400", "--max-requests", "900", "--deadline", "300")
    assert done.returncode == 0, done.stdout + done.stderr
    budgets = {(limits.rate, limits.max_requests, limits.deadline) for limits in begun}
    assert budgets == {(400, 900, 300), (None, None, None)}


@pytest.mark.parametrize(
    ("pointer", "text"),
    [
        ("/config/username", '"default"'),
        ("/projectKey", '"<projectKey>"'),
        ("/_links/project/href", '"/projects/<projectKey>"'),
    ],
)
def test_a_value_that_is_like_the_scope_is_no_difference(pointer, text):
    """A scope of another name on each side is left out where it stands for the scope only."""
    scope = Scope(("default", "test"))
    workspace = SimpleNamespace(scope=scope, target=SimpleNamespace(secrets=Secrets(frozenset())))
    harness = SimpleNamespace(family=find_family("persistent-store"), workspace=workspace)
    value = "/projects/default" if pointer.endswith("href") else "default"
    assert transcript._Normalizer(harness, {})._normalize(value, pointer) == text


MARK = "storepact-2611281043-3pt2"


def steps_with_marks(*numbers, shown=None):
    """A create and a get of each resource, marked with these numbers; the get shows `shown`, if given."""
    workspace = SimpleNamespace(
        scope=Scope(("default", "test")), target=SimpleNamespace(secrets=Secrets(frozenset()))
    )
    harness = SimpleNamespace(family=find_family("persistent-store"), workspace=workspace)
    normalizer = transcript._Normalizer(harness, {MARK: "<run>"})
    for index, number in enumerate(numbers):
        sent, item = ({"name": f"{MARK}-{number}"}, {"_id": f"{index:024}", "name": f"{MARK}-{number}"})
        created = Request("POST", "/x", (), json.dumps(sent).encode())
        yield normalizer.step("create", "create", Exchange(created, _response(201, item)))
        item = item if shown is None else {**item, "name": f"{MARK}-{shown}"}
        yield normalizer.step("get", "get", Exchange(Request("GET", "/x", (), None), _response(200, item)))


def _response(status, item):
    return Response(status, (("Content-Type", "application/json"),), json.dumps(item).encode())


def test_the_numbers_of_marks_are_no_difference():
    """A target that accepts more creates gets more of them; what is another resource's mark stays one."""
    assert list(steps_with_marks(1, 2)) == list(steps_with_marks(1, 4))
    assert list(steps_with_marks(1, 2)) != list(steps_with_marks(1, 2, shown=1))


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
