"""Stories on a running mock: no findings where it conforms, findings that a person can follow where not."""

from __future__ import annotations

import random
import re
import shutil
import subprocess
from contextlib import suppress

import pytest

from covering import covering_combinations
from gate import SCENARIOS, gate, play_scenario, shrink_findings
from storepact.families.persistent_store.oracle import (
    comparison,
    config_members,
    json_patch,
    prediction,
    update,
)
from storepact.families.persistent_store.provider.choices import Choices
from storepact.families.persistent_store.scenarios import identity, sizes
from storepact.mock.choices import choices_of
from storepact.model.errors import PrerequisiteMissing
from storepact.model.exchange import Exchange
from storepact.model.outcome import Reason


@pytest.mark.parametrize("name", SCENARIOS)
def test_clean_mock_keeps_to_the_scenario(local_mock, name):
    """The mock responds to every scenario as the oracle predicts."""
    local_mock.configure(limits={"token": 100_000})
    assert play_scenario(local_mock, name) == []


@pytest.mark.parametrize("number", [1, 2, 3])
def test_clean_mock_keeps_to_journeys(local_mock, number):
    """The mock answers generated stories as predicted; a journey sends more than a hundred requests."""
    with gate(local_mock) as harness:
        assert harness.run_journey(number) == []
        assert harness.recorder.exchanges > 100


LIVE = {"allow_production": True, "target": "http://localhost", "allow_writes": True}
#: The scenarios of two scopes, and the second one.
ISOLATION = {"environments-apart": "default/production", "projects-apart": "sandbox/test"}

COMBINATIONS = covering_combinations(choices_of(Choices))
LONG = (
    *("many", "names", "tags", "redis-configs", "dynamodb-configs", "configs-updated", "versions"),
    *("control-characters", "lone-surrogates", "long-values", "raw-bodies"),
)


def run_stories(running, number, every=1):
    """The findings of every n-th scenario, a long one, and for every third number a journey, as text."""
    findings = []
    with gate(running) as harness:
        for index, scenario in enumerate(SCENARIOS.values()):
            turn = (index + number) % (len(LONG) if scenario.name in LONG else every)
            if turn == 0:
                with suppress(PrerequisiteMissing):  # such as a second integration in one environment
                    findings += harness.run_scenario(scenario)
        if number % 3 == 0:
            findings += harness.run_journey(number)
    return [f"{finding.code} {finding.locus}: {finding.message}" for finding in findings]


@pytest.mark.parametrize("number", range(len(COMBINATIONS)))
def test_stories_are_silent_under_every_choice(local_mock, number):
    """There are no findings under combinations in which every value of every choice occurs."""
    local_mock.configure(choices=COMBINATIONS[number])
    assert run_stories(local_mock, number, every=2) == [], COMBINATIONS[number]


@pytest.mark.parametrize("seed", range(3))
def test_stories_are_silent_under_random_combinations(local_mock, seed):
    """There are no findings under a random combination of all choices."""
    dice = random.Random(seed)
    choices = {choice.name: dice.choice(choice.values) for choice in choices_of(Choices)}
    local_mock.configure(choices=choices)
    assert run_stories(local_mock, seed) == [], choices


RACES = [name for name, scenario in SCENARIOS.items() if scenario.concurrent]


@pytest.mark.parametrize("name", RACES)
def test_refused_simultaneous_writes_are_no_finding(local_mock, name):
    """There are no findings where all but one of several writes at the same moment get 409 (D30)."""
    local_mock.configure(choices={"simultaneous": "refused"})
    assert play_scenario(local_mock, name) == []


@pytest.mark.parametrize("value", ["refused", "merged", "merged-at-once"])
@pytest.mark.parametrize("name", ["tags", "parts-patched", "in-order"])
def test_equal_tags_may_be_refused_or_merged(local_mock, name, value):
    """There are no findings where equal tags are refused or merged (D13)."""
    local_mock.configure(choices={"duplicate-tags": value})
    assert play_scenario(local_mock, name) == []


PLACES = (
    "not-editable",
    "nothing-there",
    "absent-members",
    "provider-sets",
    "parts-patched",
    "members-removed",
)


@pytest.mark.parametrize(
    "choices",
    [
        {"fixed-members": "ignored", "defaults": "absent"},
        {
            "fixed-members": "ignored",
            "config-unknown": "ignored",
            "idle-patch": "counted",
            "bad-patch": "400",
        },
        {"deep-paths": "refused", "removal": "refused", "external-id": "required", "failed-test": "400"},
        {"redaction": "absent", "defaults": "absent", "config-in-writes": "absent"},
    ],
)
@pytest.mark.parametrize("name", PLACES)
def test_places_of_patches_are_silent_under_choices(local_mock, name, choices):
    """There are no findings where the documents leave open what a patch may name."""
    local_mock.configure(choices=choices)
    assert play_scenario(local_mock, name) == []


@pytest.mark.parametrize(
    "choices",
    [
        {"several": "one", "defaults": "absent"},
        {"several": "one-per-kind", "default-name": "empty", "redaction": "fixed"},
        {"external-id": "required", "redaction": "stars", "config-in-writes": "absent"},
    ],
)
def test_defaults_are_silent_under_choices(local_mock, choices):
    """There are no findings where defaults are filled in or not, and integrations alone or beside others."""
    local_mock.configure(choices=choices)
    assert play_scenario(local_mock, "defaults-documented") == []


# a wrong oracle has findings on the conformant mock


def _one_too_many(original):
    def wrong(*arguments):
        after, increments = original(*arguments)
        return after, tuple(increment + 1 for increment in increments)

    return wrong


class OtherForms:
    """Forms of secrets that differ in each exchange."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange

    def get(self, pointer: str, default: object) -> dict[str, str]:
        """The forms in an object."""
        return {"password": str(id(self._exchange))}


WRONG = {
    "updates count twice": (update, "_predict_update", _one_too_many, "two-writers"),
    "a failed test is no matter": (json_patch, "equal", lambda _: lambda left, right: True, "two-writers"),
    "the default of on is true": (
        prediction,
        "_create",
        lambda make: lambda action: _with(make(action), on=True),
        "little-given",
    ),
    "tags are sorted": (
        prediction,
        "_create",
        lambda make: lambda action: _with(make(action), tags=("a", "b")),
        "siblings",
    ),
    "every member has a default": (
        config_members,
        "DEFAULTS",
        lambda table: {**table, "redis": {**table["redis"], "port": "1"}},
        "little-given",
    ),
    "secrets are shown": (
        Exchange,
        "forms_by_object",
        lambda _: property(OtherForms),
        "written-back",
    ),
}


def _with(integration, **changes):
    return integration and integration.with_(**changes)


@pytest.mark.parametrize("what", WRONG)
def test_wrong_rule_of_the_oracle_has_findings(local_mock, monkeypatch, what):
    """With a deliberately wrong rule the oracle has findings on a conformant provider: each rule is used."""
    module, name, bend, scenario = WRONG[what]
    wrong = bend(getattr(module, name))
    for user in (Exchange, prediction, update, comparison, config_members, json_patch):
        if hasattr(user, name):
            monkeypatch.setattr(user, name, wrong)
    assert play_scenario(local_mock, scenario)


# how findings are reported


def test_finding_has_numbered_steps(local_mock):
    """A story has steps, letters instead of ids, and what was expected beside what came."""
    local_mock.configure(faults=["lost-update"])
    finding = play_scenario(local_mock, "renamed")[0]
    assert finding.code == "SP602"
    assert [step.does for step in finding.story] == [
        "create a redis integration",
        "patch A: replace /name",
        "read A",
    ]
    assert finding.expected == '"renamed"'
    assert finding.actual == '"ordinary"'
    assert not re.search(
        r"[0-9a-f]{24}", " ".join(f"{step.does} {step.answered} {step.curl}" for step in finding.story)
    )
    assert finding.line


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
    """Pasted into a shell, the lines show the fault again: the last response is the wrong one."""
    provider_mock.configure(faults=[fault])
    finding = play_scenario(
        provider_mock,
        scenario,
        target=provider_mock.url,
        allow_writes=True,
        project="default",
        environment="test",
        report_dir=tmp_path / "report",
    )[0]
    done = subprocess.run(
        ["bash", "-ec", finding.curl],
        env={
            "PATH": "/usr/bin:/bin:/usr/local/bin",
            "STOREPACT_TOKEN": provider_mock.tokens["writer"],
            "STOREPACT_SECRET_1": "correct-horse",
        },
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert shows in done.stdout, done.stdout + done.stderr


def test_journey_is_shortened(local_mock):
    """Only the steps that a finding needs are left, with the simplest values."""
    local_mock.configure(faults=["tags-sorted"])
    with gate(local_mock) as harness:
        findings = shrink_findings(harness, harness.run_journey(1))
    assert [finding.code for finding in findings] == ["SP601"]
    assert [step.does.partition(" a ")[0] for step in findings[0].story] == ["create"]


def test_scenario_is_shortened(local_mock):
    """Only the steps of a long scenario that lead to the finding are left, and letters begin at A."""
    local_mock.configure(faults=["region-swapped"])
    findings = play_scenario(local_mock, "dynamodb-configs")
    assert [(finding.code, [step.does for step in finding.story]) for finding in findings] == [
        ("SP601", ["create a dynamodb integration"])
    ]


@pytest.mark.parametrize(
    ("fault", "scenario", "loop"),
    [
        ("third-forgets", "redis-configs", "$(seq 3)"),
        ("third-forgets", "many", "$(seq 2)"),  # with two creates
        ("region-swapped", "dynamodb-configs", ""),
    ],
)
def test_story_that_takes_repetitions_is_a_loop(local_mock, fault, scenario, loop):
    """The lines repeat a story as often as it takes; a story that always shows the finding is no loop."""
    local_mock.configure(faults=[fault])
    lines = play_scenario(local_mock, scenario)[0].curl
    assert lines.startswith(f"for repetition in {loop}; do\n") if loop else "seq" not in lines, lines


def test_journey_reports_several_faults(local_mock):
    """A finding ends a story; what comes after it is found by the next round."""
    local_mock.configure(faults=["tags-sorted", "version-jumps"])
    with gate(local_mock) as harness:
        assert {"SP601", "SP606"} <= {finding.code for finding in harness.run_journey(1)}


def test_nothing_is_left_behind(local_mock):
    """What stories made is deleted at their end, also after a finding."""
    local_mock.configure(faults=["lost-update"])
    with gate(local_mock) as harness:
        harness.run_scenario(SCENARIOS["renamed"])
        harness.run_scenario(SCENARIOS["many"])
        assert list(harness.workspace.inventory.listing.resources_in()) == []


# isolation


@pytest.mark.parametrize("name", ISOLATION)
def test_each_operation_is_tried_under_the_other_scope(local_mock, name):
    """A create, a get, an update and a delete go to another environment, and to another project."""
    with gate(local_mock) as harness:
        story = harness.play_scenario(SCENARIOS[name])
    assert story.findings == []
    for role in ("create", "get", "update", "delete"):
        steps = [entry.step for entry in story.entries if entry.step.role == role]
        assert ISOLATION[name] in {str(step.scope) for step in steps}, role
    assert "list" in {entry.step.role for entry in story.entries}


@pytest.mark.parametrize(
    "given", [("default/production", "sandbox/test"), ("sandbox/test", "default/production")]
)
@pytest.mark.parametrize("name", ISOLATION)
def test_isolation_scopes_of_a_live_target(local_mock, name, given):
    """Each of several further scopes answers its own question, in whatever order they are named."""
    with gate(local_mock, **LIVE, project="default", environment="test", isolation_scope=given) as harness:
        story = harness.play_scenario(SCENARIOS[name])
    assert str(story.second_scope) == ISOLATION[name]
    assert story.findings == []


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ("projects-mixed-on-get", "SP302"),
        ("projects-mixed-on-update", "SP302"),
        ("projects-mixed-on-delete", "SP302"),
        ("wrong-project", "SP607"),
        ("delete-reaches-other-project", "SP302"),
        ("projects-in-the-way", "SP201"),
        ("list-of-one-project", "SP603"),
    ],
)
def test_projects_that_are_mixed(local_mock, fault, code):
    """What one project does to another is a finding, though the environments of one project are apart."""
    local_mock.configure(faults=[fault])
    with gate(local_mock, shrink=False) as harness:
        assert code in {finding.code for finding in harness.run_scenario(SCENARIOS["projects-apart"])}
        assert harness.run_scenario(SCENARIOS["environments-apart"]) == []


# ids of another form


@pytest.mark.parametrize("choices", [{}, {"id-case": "ignored"}, {"ids": "short", "id-case": "ignored"}])
def test_id_in_other_case_is_free(local_mock, choices):
    """A provider may find an id in capitals, or not."""
    local_mock.configure(choices=choices)
    assert play_scenario(local_mock, "ids-in-other-case") == []


@pytest.mark.parametrize("fault", ["ids-in-capitals-read", "ids-in-capitals-deleted"])
def test_id_in_other_case_is_the_same_everywhere(local_mock, fault):
    """A provider may not find an id in capitals with one operation, and miss it with another."""
    local_mock.configure(faults=[fault])
    assert [finding.code for finding in play_scenario(local_mock, "ids-in-other-case")] == ["SP607"]


def test_ids_without_letters_have_no_case(local_mock, monkeypatch):
    """Where ids are numbers, there is nothing to ask."""
    monkeypatch.setattr(identity, "in_other_case_of", str)
    with pytest.raises(PrerequisiteMissing, match="no letters"):
        play_scenario(local_mock, "ids-in-other-case")


@pytest.mark.parametrize(
    ("fault", "code"), [("part-of-id-500", "SP101"), ("part-of-id-unexplained", "SP104")]
)
def test_response_to_a_changed_id_is_judged(local_mock, fault, code):
    """What no request may get is a finding without a question of the scenario's own; its story is short."""
    local_mock.configure(faults=[fault])
    (finding,) = play_scenario(local_mock, "created-and-read")
    assert (finding.code, finding.operation) == (code, "updateIntegration")
    assert len(finding.story) == 2, [step.does for step in finding.story]


@pytest.mark.parametrize(
    ("fault", "scenario", "code"),
    [
        ("ids-but-their-end", "created-and-read", "SP607"),
        ("ids-but-their-start", "created-and-read", "SP607"),
        ("token-in-any-case", "not-let-in", "SP203"),
        ("delete-takes-same-host", "created-twice", "SP602"),
    ],
)
def test_what_resembles_another_is_told_apart(local_mock, fault, scenario, code):
    """Ids and tokens are compared whole; equal integrations are two."""
    local_mock.configure(faults=[fault])
    assert code in {finding.code for finding in play_scenario(local_mock, scenario, shrink=False)}


def test_many_are_judged_as_far_as_the_budget_goes(local_mock, monkeypatch):
    """A run that may create fewer than a page would hold lists as many as it may, and says so."""
    local_mock.configure()
    check_list, counts = sizes.check_list, []

    def count(story, **options):
        counts.append(len(story.world.existing))
        check_list(story, **options)

    monkeypatch.setattr(sizes, "check_list", count)
    options = {**LIVE, "project": "default", "environment": "test", "max_resources": 16}
    with gate(local_mock, **options) as harness, pytest.raises(PrerequisiteMissing) as missing:
        harness.run_scenario(SCENARIOS["many"])
    assert missing.value.reason is Reason.RESOURCE_BUDGET
    assert counts == [3, 4, 11, 16, 14]


@pytest.mark.parametrize("tunnels", ["offered", "strict", "refused"])
def test_get_that_names_another_verb_is_free(local_mock, tunnels):
    """A GET with X-HTTP-Method-Override may be read as a GET, or refused."""
    local_mock.configure(choices={"tunnels": tunnels})
    with suppress(PrerequisiteMissing):
        assert play_scenario(local_mock, "tunnels") == []


def test_get_that_deletes_is_a_finding(local_mock):
    """A GET with X-HTTP-Method-Override changes nothing."""
    local_mock.configure(faults=["get-tunnels-delete"])
    assert "SP602" in {finding.code for finding in play_scenario(local_mock, "tunnels", shrink=False)}


@pytest.mark.parametrize(
    ("fault", "scenario", "code"),
    [("tags-switch-off", "retagged", "SP601"), ("long-comments-500", "commented", "SP101")],
)
def test_faults_of_patches_with_a_side_effect(local_mock, fault, scenario, code):
    """A patch of tags leaves the switch alone, and a comment of a hundred characters is no trouble."""
    local_mock.configure(faults=[fault])
    assert code in {finding.code for finding in play_scenario(local_mock, scenario, shrink=False)}


@pytest.mark.parametrize("allow_enable", [True, False])
def test_strict_tests_do_not_depend_on_the_permission_to_switch_on(local_mock, allow_enable):
    """Tests for almost the name are about the name that was given, also where nothing is switched on."""
    local_mock.configure()
    with gate(
        local_mock, **LIVE, project="default", environment="test", allow_enable=allow_enable
    ) as harness:
        story = harness.play_scenario(SCENARIOS["tests-are-strict"])
    bodies = [(entry.exchange.request.body or b"", entry.exchange.response.status) for entry in story.entries]
    held = [status for body, status in bodies if b'"exactly this' in body.lower()]
    assert held.count(200) == 1
    assert not story.findings


# prerequisites that are missing


@pytest.mark.parametrize(
    ("name", "how", "reason"),
    [
        ("reader-changes-nothing", {"roles": ["writer"]}, "STOREPACT_READER_TOKEN"),
        ("environments-apart", LIVE, "no other environment of the same project given (--isolation-scope"),
        ("projects-apart", LIVE, "no other project given (--isolation-scope PROJECT/ENV)"),
        (
            "environments-apart",
            {**LIVE, "isolation_scope": ("sandbox/test",)},
            "no other environment of the same project given",
        ),
        ("projects-apart", {**LIVE, "isolation_scope": ("default/production",)}, "no other project given"),
        ("renamed", {"target": "http://localhost"}, "--allow-writes"),
        ("list-and-get-agree", {"target": "http://localhost"}, "lists nothing"),
    ],
)
def test_missing_prerequisite_has_a_reason(local_mock, name, how, reason):
    """A scenario that cannot be played is not passed: the reason says what to give."""
    with pytest.raises(PrerequisiteMissing, match=re.escape(reason)):
        play_scenario(local_mock, name, project="default", environment="test", **how)


def test_secret_that_was_shown_goes_back_as_it_was(local_mock):
    """The password of a redacted response is unknown here, and sent back all the same."""
    with gate(local_mock) as harness:
        story = harness.play_scenario(SCENARIOS["written-back"])
    bodies = [entry.exchange.request.body or b"" for entry in story.entries]
    assert any(b"********" in body for body in bodies)
    assert not any(b"sp-canary" in body for body in bodies)
