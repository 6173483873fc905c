"""Stories on a running mock: silent where it keeps the documents, and told so that a person can follow where it does not."""

from __future__ import annotations

import random
import re
import shutil
import subprocess
from contextlib import suppress

import pytest

from gate import SCENARIOS, enacted, gate
from storepact.families.persistent_store.oracle import comparison, config_members, json_patch, prediction
from storepact.families.persistent_store.provider.choices import Choices
from storepact.mock.choices import choices_of
from storepact.model.errors import PrerequisiteMissing


@pytest.mark.parametrize("name", SCENARIOS)
def test_clean_mock_keeps_to_the_scenario(provider_mock, name):
    """The mock answers every scenario as the oracle predicts."""
    provider_mock.configure(limits={"token": 100_000})
    assert enacted(provider_mock, name) == []


@pytest.mark.parametrize("number", [1, 2, 3])
def test_clean_mock_keeps_to_journeys(provider_mock, number):
    """So it does on journeys that nobody thought of; each asks at least a hundred times."""
    with gate(provider_mock) as harness:
        assert harness.run_journey(number) == []
        assert harness.recorder.exchanges > 100


OTHERS = [
    (each.name, value) for each in choices_of(Choices) for value in each.values if value != each.default
]
LONG = ("many", "names", "tags", "redis-configs", "dynamodb-configs", "configs-updated", "versions")


def told(running, number, every=1):
    """All scenarios (or every second one, by turns), a long one, perhaps a journey; what cannot be told is passed over."""
    found = []
    with gate(running) as harness:
        for index, scenario in enumerate(SCENARIOS.values()):
            turn = (index + number) % (len(LONG) if scenario.name in LONG else every)
            if turn == 0:
                with suppress(PrerequisiteMissing):  # such as a second integration in one environment
                    found += harness.run_scenario(scenario)
        if number % 3 == 0:
            found += harness.run_journey(number)
    return [f"{each.code} {each.locus}: {each.message}" for each in found]


@pytest.mark.parametrize(("name", "value"), OTHERS, ids=["=".join(each) for each in OTHERS])
def test_stories_are_silent_under_each_choice(provider_mock, name, value):
    """Nothing is found under a single choice."""
    provider_mock.configure(choices={name: value})
    assert told(provider_mock, OTHERS.index((name, value)), every=3) == []


@pytest.mark.parametrize("seed", range(6))
def test_stories_are_silent_under_random_combinations(provider_mock, seed):
    """Nothing is found under a combination of all choices, drawn at random."""
    dice = random.Random(seed)
    choices = {each.name: dice.choice(each.values) for each in choices_of(Choices)}
    provider_mock.configure(choices=choices)
    assert told(provider_mock, seed) == [], choices


# a wrong oracle is found by the clean mock


def _one_too_many(original):
    def wrong(*arguments):
        after, counted = original(*arguments)
        return after, tuple(each + 1 for each in counted)

    return wrong


WRONG = {
    "updates count twice": (prediction, "_predict_update", _one_too_many, "two-writers"),
    "a failed test is no matter": (json_patch, "equal", lambda _: lambda one, other: True, "two-writers"),
    "the default of on is true": (
        prediction,
        "_create",
        lambda make: lambda act: _with(make(act), on=True),
        "little-given",
    ),
    "tags are sorted": (
        prediction,
        "_create",
        lambda make: lambda act: _with(make(act), tags=("a", "b")),
        "siblings",
    ),
    "every member has a default": (
        config_members,
        "DEFAULTS",
        lambda table: {**table, "redis": {**table["redis"], "port": "1"}},
        "little-given",
    ),
    "secrets are shown": (
        comparison,
        "_secret_forms",
        lambda _: lambda exchange, prefix: {"password": str(id(exchange))},
        "written-back",
    ),
}


def _with(known, **changes):
    return known and known.with_(**changes)


@pytest.mark.parametrize("what", WRONG)
def test_wrong_rule_of_the_oracle_is_found_by_the_clean_mock(provider_mock, monkeypatch, what):
    """With a deliberately wrong rule the oracle accuses a provider that keeps the documents: it is really asked."""
    module, name, bend, scenario = WRONG[what]
    wrong = bend(getattr(module, name))
    for each in (prediction, comparison, config_members, json_patch):
        if hasattr(each, name):
            monkeypatch.setattr(each, name, wrong)
    assert enacted(provider_mock, scenario)


# how findings are told


def test_state_fault_is_told_as_a_story(provider_mock):
    """Numbered steps, integrations by letters instead of ids, what was expected and what came."""
    provider_mock.configure(faults=["lost-update"])
    found = enacted(provider_mock, "renamed")[0]
    assert found.code == "SP602"
    assert [step.does for step in found.story] == [
        "create a redis integration",
        "patch A: replace /name",
        "read A",
    ]
    assert found.expected == '"renamed"'
    assert found.actual == '"ordinary"'
    assert not re.search(
        r"[0-9a-f]{24}", " ".join(f"{step.does} {step.answered} {step.curl}" for step in found.story)
    )
    assert found.line


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
@pytest.mark.parametrize(
    ("fault", "scenario", "shows"),
    [
        ("lost-update", "renamed", '"name":"ordinary"'),
        ("delete-keeps", "deleted", "HTTP/1.1 200"),
        ("write-back-destroys", "written-back", '"password":""'),
        ("partial-patch", "all-or-nothing", '"name":"half done"'),
    ],
)
def test_curl_lines_of_a_story_show_it_again(provider_mock, fault, scenario, shows, tmp_path):
    """Pasted into a shell, the lines make the provider do it again: the last answer is the wrong one."""
    provider_mock.configure(faults=[fault])
    found = enacted(
        provider_mock,
        scenario,
        target=provider_mock.url,
        allow_writes=True,
        project="default",
        environment="test",
        report_dir=tmp_path / "report",
    )[0]
    done = subprocess.run(
        ["bash", "-ec", found.curl],
        env={
            "PATH": "/usr/bin:/bin:/usr/local/bin",
            "STOREPACT_TOKEN": provider_mock.tokens["writer"],
            "STOREPACT_SECRET": "correct-horse",
        },
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert shows in done.stdout, done.stdout + done.stderr


def test_journey_is_shortened(provider_mock):
    """Of a long journey only what is needed is left, with the simplest values."""
    provider_mock.configure(faults=["tags-sorted"])
    with gate(provider_mock) as harness:
        found = harness.run_journey(1)
    assert [each.code for each in found] == ["SP601"]
    assert [step.does.partition(" a ")[0] for step in found[0].story] == ["create"]


def test_scenario_is_shortened(provider_mock):
    """Of a long scenario only the steps are told that lead to the finding, integrations called anew."""
    provider_mock.configure(faults=["region-swapped"])
    found = enacted(provider_mock, "dynamodb-configs")
    assert [(each.code, [step.does for step in each.story]) for each in found] == [
        ("SP601", ["create a dynamodb integration"])
    ]


def test_several_faults_are_all_told(provider_mock):
    """A finding ends a story, and the next round goes on behind it."""
    provider_mock.configure(faults=["tags-sorted", "version-jumps"])
    with gate(provider_mock) as harness:
        assert {"SP601", "SP606"} <= {each.code for each in harness.run_journey(1)}


def test_nothing_is_left_behind(provider_mock):
    """What stories made is deleted at their end, also after a finding."""
    provider_mock.configure(faults=["lost-update"])
    with gate(provider_mock) as harness:
        harness.run_scenario(SCENARIOS["renamed"])
        harness.run_scenario(SCENARIOS["many"])
        assert list(harness.workspace.inventory.list_resources()) == []


# means that are missing


@pytest.mark.parametrize(
    ("name", "how", "reason"),
    [
        ("reader-changes-nothing", {"roles": ["writer"]}, "STOREPACT_READER_TOKEN"),
        ("environments-apart", {"target": "http://localhost"}, "--isolation-scope"),
        ("renamed", {"target": "http://localhost"}, "--allow-writes"),
        ("list-and-get-agree", {"target": "http://localhost"}, "lists nothing"),
    ],
)
def test_missing_means_are_named(provider_mock, name, how, reason):
    """A question that cannot be asked is not passed: the reason says what to give."""
    if name == "environments-apart":
        how = {**how, "allow_writes": True}
    with pytest.raises(PrerequisiteMissing, match=reason):
        enacted(provider_mock, name, project="default", environment="test", **how)


def test_secret_that_was_shown_goes_back_as_it_was(provider_mock):
    """A redacted password is never seen by the gate, and sent back all the same."""
    with gate(provider_mock) as harness:
        story = harness.play_scenario(SCENARIOS["written-back"])
    bodies = [entry.exchange.request.body or b"" for entry in story.entries]
    assert any(b"********" in body for body in bodies)
    assert not any(b"sp-canary" in body for body in bodies)
