"""Consumers' expectations on a target: committed pacts, unknown pacts, and provider states of all kinds."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest

from gate import SCENARIOS, gate
from pact_files import BASE, HEADERS, INTEGRATION, REDIS, interaction, write_pact
from storepact.families import DEFAULT_FAMILY, mock_definition
from storepact.model.errors import PrerequisiteMissing, SetupFailed, Undetermined
from storepact.model.paths import data_path
from storepact.openapi.load import load_document
from storepact.pacts import Impact, load_contract, load_contracts

DOCUMENT = load_document(data_path("openapi", DEFAULT_FAMILY.document))
COMMITTED = tuple(
    pact_interaction
    for contract in load_contracts(data_path("contracts"))
    for pact_interaction in contract.interactions
)
#: The committed contracts without what no verification looks at: comments.
VERIFIABLE = tuple(
    replace(
        contract,
        interactions=tuple(
            replace(item, raw={key: value for key, value in item.raw.items() if key != "comments"})
            for item in contract.interactions
        ),
    )
    for contract in load_contracts(data_path("contracts"))
)
ROLES = {DEFAULT_FAMILY.role_of(operation): operation.id for operation in DOCUMENT.operations.values()}
RELIED_ON = [fault for fault in mock_definition().faults if fault.touches]
TYPE = {"match": "type"}


def dependents_of(fault) -> set[str]:
    """The committed interactions that rely on what a fault breaks."""
    impact = Impact(VERIFIABLE, DOCUMENT)
    dependents: set[str] = set()
    for role, status, member in (touch.split(" ", 2) for touch in fault.touches):
        operations = set(ROLES.values()) if role == "*" else {ROLES[role]}
        statuses = {
            place.status
            for place in impact.by_place
            if place.status == status or (status == "4xx" and place.status[0] == "4")
        }
        dependents |= {
            str(dependent)
            for operation in operations
            for place_status in statuses
            for dependent in impact.dependents(operation, place_status, member)
        }
    return dependents


def verdict(harness, pact_interaction):
    """passed, failed, or why neither."""
    try:
        return (
            "failed"
            if any(finding.code == "SP401" for finding in harness.verify_interaction(pact_interaction))
            else "passed"
        )
    except (SetupFailed, PrerequisiteMissing, Undetermined) as error:
        return str(error)


def verify(running, tmp_path, *interactions, version="4.0", **how):
    """The verdicts of interactions of a pact that is not committed."""
    contract = load_contract(write_pact(tmp_path / "unseen.json", *interactions, version=version))
    with gate(running, **how) as harness:
        return [verdict(harness, pact_interaction) for pact_interaction in contract.interactions]


def test_every_relied_on_member_has_a_fault():
    """There is no member of an answer that a committed pact relies on, and no fault breaks just that."""
    impact = Impact(VERIFIABLE, DOCUMENT)
    broken = set()
    for role, status, member in (touch.split(" ", 2) for fault in RELIED_ON for touch in fault.touches):
        for place in impact.by_place:
            is_status = place.status == status or (status == "4xx" and place.status.startswith("4"))
            if is_status and (role == "*" or ROLES[role] == place.operation):
                broken.add((place.operation, place.status, member))
    relied = {
        (place.operation, place.status, place.member)
        for place in impact.by_place
        if place.member.startswith("/") and place.member != "/"
    }
    assert relied - broken == set()


@pytest.mark.parametrize("fault", RELIED_ON, ids=lambda fault: fault.name)
def test_fault_fails_those_who_rely_on_it(local_mock, fault):
    """A changed member fails every interaction that relies on it, and none of a third of the others."""
    relying = dependents_of(fault)
    assert relying
    turn = RELIED_ON.index(fault) % 3
    chosen = [
        pact_interaction
        for index, pact_interaction in enumerate(COMMITTED)
        if str(pact_interaction) in relying or index % 3 == turn
    ]
    local_mock.configure(faults=[fault.name])
    with gate(local_mock) as harness:
        assert {
            str(pact_interaction)
            for pact_interaction in chosen
            if verdict(harness, pact_interaction) != "passed"
        } == relying


STRICT_PLACES = {
    "getIntegration": "200 ",
    "createIntegration": "201 ",
    "updateIntegration": "200 ",
    "listIntegrations": "200 /items/*",
}


@pytest.mark.parametrize("operation", STRICT_PLACES)
@pytest.mark.parametrize(
    "member",
    [
        "/tags/*",
        "/_links/self/type",
        "/_status/available",
        "/_status/errors",
        "/_status/errors/*/timestamp",
        "/_access",
        "/_access/denied",
        "/_access/allowed/*/reason/effect",
        "/_access/denied/*/reason/notActions/*",
    ],
)
def test_strict_client_needs_each_member(operation, member):
    """Whatever of an integration changes its type, the Python client's models refuse the response."""
    impact = Impact(load_contracts(data_path("contracts")), DOCUMENT)
    locus = f"{STRICT_PLACES[operation]}{member} type"
    affected = impact.affected_consumers(operation, locus)
    assert "launchdarkly-api-python" in affected
    assert "launchdarkly-api-python" not in impact.unaffected_consumers(operation, locus, affected)


@pytest.mark.parametrize("fault", ["access-without-denied", "status-available-retyped"])
def test_finding_names_the_strict_client(local_mock, fault):
    """What only the models of the Python client are strict about affects it, in the findings of any suite."""
    local_mock.configure(faults=[fault])
    with gate(local_mock, shrink=False) as harness:
        harness.run_scenario(SCENARIOS["created-and-read"])
        findings = [finding for finding in harness.recorder.findings.values() if finding.code == "SP104"]
    assert findings
    assert all("launchdarkly-api-python" in finding.consumers for finding in findings)


def test_lost_integer_names_the_affected_consumer(local_mock):
    """`_status.lastSync` as a string affects the strict Python client, and no other consumer."""
    local_mock.configure(faults=["last-sync-as-string"])
    with gate(local_mock) as harness:
        for pact_interaction in COMMITTED:
            verdict(harness, pact_interaction)
        findings = list(harness.recorder.findings.values())
    assert {pact_interaction.code for pact_interaction in findings} == {"SP104", "SP401"}
    assert {pact_interaction.consumers for pact_interaction in findings} == {("launchdarkly-api-python",)}
    spared = ("launchdarkly-api-typescript", "store-operator", "terraform-provider-launchdarkly")
    assert {pact_interaction.spared for pact_interaction in findings} == {spared}


@pytest.mark.parametrize("version", ["2.0.0", "3.0.0", "4.0"])
def test_unseen_pact(local_mock, tmp_path, version):
    """Of any specification, with example ids and keys in paths and bodies instead of generators."""
    elsewhere = INTEGRATION.replace("/default/test/", "/acme/staging/")
    body = {
        "_id": "5f0a1b2c3d4e5f6a7b8c9d0e",
        "projectKey": "acme",
        "environmentKey": "staging",
        "_links": {"self": {"href": elsewhere}},
    }
    interactions = [
        interaction(path=elsewhere, body=body, version=version, description="follows ids and keys"),
        interaction(body={"name": "x"}, rules={"$.name": TYPE}, version=version, description="needs a name"),
        interaction(body={"owner": "x"}, rules={"$.owner": TYPE}, version=version, description="needs an owner"),  # noqa: E501
        interaction(body={"version": "1"}, rules={"$.version": TYPE}, version=version, description="needs a text"),  # noqa: E501
        interaction("DELETE", version=version, status=200, description="needs 200"),
        interaction("DELETE", version=version, status=204, description="needs 204"),
        interaction(version=version, states=(), status=404, description="no state"),
        interaction(version=version, states=("the moon is full",), description="moon"),
        interaction("POST", REDIS, version=version, status=201, states=("an environment exists",), description="makes a number of a port",  # noqa: E501
                    sent={"config": {"host": "a.example.com", "port": 6379}}),
        interaction("POST", REDIS, version=version, status=201, states=("an environment exists",), description="makes one",  # noqa: E501
                    sent={"config": {"host": "a.example.com", "port": "6379"}}),
    ]  # fmt: skip
    verdicts = verify(local_mock, tmp_path, *interactions, version=version)
    assert verdicts[:7] == ["passed", "passed", "failed", "failed", "failed", "passed", "passed"]
    assert verdicts[7].startswith(
        "the provider state 'the moon is full' is not known; known are 'an environment exists'"
    )
    assert verdicts[8:] == ["failed", "passed"]


@pytest.mark.parametrize(
    ("name", "how"),
    [
        (
            "an environment exists",
            {"method": "POST", "path": REDIS, "status": 201, "sent": {"config": {"host": "a.example.com"}}},
        ),
        (
            "The environment exists.",
            {"method": "POST", "path": REDIS, "status": 201, "sent": {"config": {"host": "a.example.com"}}},
        ),
        ("a dynamodb integration exists", {"path": INTEGRATION.replace("redis", "dynamodb")}),
        ("an integration exists", {"path": INTEGRATION.replace("redis", "dynamodb")}),
        ("There is a Redis integration", {}),
        ("a persistent store integration for redis exists", {}),
        ("no integration exists", {"path": BASE, "body": {"items": []}}),
        ("no integrations exist", {"path": BASE, "body": {"items": []}}),
        ("the redis integration was deleted", {"status": 404}),
        ("an integration has been deleted", {"status": 404}),
        ("the limit is exhausted", {"path": BASE, "status": 429}),
        ("the rate limit has been exceeded", {"path": BASE, "status": 429}),
        ("the token is not known", {"path": BASE, "status": 401}),
        ("no access token is given", {"path": BASE, "status": 401}),
        ("a valid token", {"path": BASE}),
        ("an existing redis integration", {}),
        ("the project of the token is gone", {"path": BASE, "status": 404}),
    ],
)
def test_state(local_mock, tmp_path, name, how):
    """A state that is known, by its name or in other words, is brought about on the mock."""
    assert verify(local_mock, tmp_path, interaction(states=(name,), **how)) == ["passed"]


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("the token may only read", 403),
        ("a read-only token", 403),
        ("another request is in the way", 409),
        ("concurrent change", 409),
    ],
)
def test_state_of_the_token(local_mock, tmp_path, name, status):
    """States add up: an integration lives, and the token is of a kind."""
    patch = [{"op": "replace", "path": "/on", "value": True}]
    update = interaction("PATCH", states=("a redis integration exists", name), status=status, sent=patch)
    assert verify(local_mock, tmp_path, update) == ["passed"]


def test_state_parameters(local_mock, tmp_path):
    """Name, tags, kind and whether it is on are those that the state asks for; what nobody knows is told."""
    state = {
        "name": "an integration exists",
        "params": {"integrationKey": "redis", "name": "mine", "tags": ["a", "b"], "on": True, "id": "7"},
    }
    expected = {"name": "mine", "tags": ["a", "b"], "on": True}
    verdicts = verify(local_mock, tmp_path, interaction(states=(state,), body=expected))
    assert verdicts == ["passed"]
    odd = {"name": "an integration exists", "params": {"colour": "red"}}
    (verdicts,) = verify(local_mock, tmp_path, interaction(states=(odd,)))
    assert verdicts.startswith(
        "the provider state 'an integration exists' has a parameter 'colour' that is not known; known are name"  # noqa: E501
    )


def test_every_committed_state_is_known_by_its_name():
    """A closed set: what the contracts ask for is in the table."""
    names = {name for pact_interaction in COMMITTED for name, _ in pact_interaction.states}
    assert names <= {state.name for state in DEFAULT_FAMILY.states}


@pytest.mark.parametrize(
    ("name", "how", "reason"),
    [
        (
            "the token may only read",
            {"roles": ("writer",)},
            "no read-only token given (STOREPACT_READER_TOKEN)",
        ),
        (
            "the limit is exhausted",
            {"roles": ("writer", "reader")},
            "only a mock can be brought into the state 'the limit is exhausted'",
        ),
        (
            "no integration exists",
            {"worker": "gw1"},
            "other workers of this run create integrations at the same time; verify with one worker",
        ),
    ],
)
def test_state_that_cannot_be_had(local_mock, tmp_path, name, how, reason):
    """It is not verified, with the reason, and never passed."""
    assert verify(local_mock, tmp_path, interaction("GET", BASE, states=(name,), status=200), **how) == [
        reason
    ]


def test_none_cannot_be_had_beside_others(local_mock, tmp_path):
    """What somebody else has is left alone."""
    with gate(local_mock, seed=7) as second:
        second.workspace.pool.borrow("redis")
        verdicts = verify(
            local_mock,
            tmp_path,
            interaction("GET", BASE, states=("no integration exists",), body={"items": []}),
        )
        assert verdicts == [
            "the target lists 1 integration that this run did not create: an empty list cannot be set up"
        ]


@pytest.mark.parametrize(
    ("choices", "how", "reason"),
    [
        ({"never-synced": "empty"}, {"body": {"_status": {"lastSync": 1717263000000}}, "rules": {"$": TYPE}}, "the provider leaves out /_status/lastSync"),  # noqa: E501
        (
            {"bad-body": "422"},
            {"method": "POST", "path": REDIS, "status": 400, "sent": {"config": {}}, "states": ("an environment exists",)},  # noqa: E501
            "the provider answers 422 where the consumer expects 400",
        ),
    ],
)  # fmt: skip
def test_what_documents_leave_open_is_not_verify(local_mock, tmp_path, choices, how, reason):
    """A provider that may do otherwise has broken no promise; the difference is reported."""
    local_mock.configure(choices=choices)
    (reported,) = verify(local_mock, tmp_path, interaction(**how))
    assert reported == f"{reason}, as the documents allow; somebody relies on it"


def test_another_name_of_the_provider(local_mock, tmp_path):
    """Pacts call a provider as they like; who is meant is said with `--provider`."""
    write_pact(tmp_path / "x.json", interaction(), provider="acme-stores")
    with gate(local_mock, contracts=tmp_path) as harness:
        assert harness.interactions() == []
    with gate(local_mock, contracts=tmp_path, provider="acme-stores") as harness:
        assert [verdict(harness, pact_interaction) for pact_interaction in harness.interactions()] == [
            "passed"
        ]


def test_pending(local_mock, tmp_path):
    """A pending interaction that does not hold is not verified; one that holds has passed."""
    wrong = interaction(body={"owner": "x"}, rules={"$": TYPE}, pending=True)
    right = interaction(body={"name": "x"}, rules={"$": TYPE}, pending=True, description="another")
    verdicts = verify(local_mock, tmp_path, wrong, right)
    assert verdicts[0].startswith(
        "the pact calls it pending, and it does not hold yet: somebody: asks: body $: "
    )
    assert verdicts[1] == "passed"


def test_paths_that_contradict_their_states(local_mock, tmp_path):
    """Undetermined where a success is expected, and asked as it stands where a refusal is."""
    elsewhere = INTEGRATION.replace("redis", "dynamodb")
    interactions = [
        interaction(path=elsewhere),
        interaction(path=elsewhere, status=404, description="b"),
        interaction(status=404, description="c"),
        interaction(states=(), description="d"),
        interaction(states=("an environment exists",), description="e"),
    ]
    nobody = "no provider state says that the integration in its path exists"
    contradiction = "its states speak of a redis integration, its path of dynamodb"
    assert verify(local_mock, tmp_path, *interactions) == [
        contradiction,
        "passed",
        "passed",
        nobody,
        nobody,
    ]


def test_keys_in_links_are_moved(local_mock, tmp_path):
    """Wherever an answer repeats the keys of the path."""
    links = {
        "project": {"href": "/api/v2/projects/acme"},
        "environment": {"href": "/api/v2/projects/acme/environments/staging"},
    }
    path = INTEGRATION.replace("/default/test/", "/acme/staging/").replace("5f0a1b2c3d4e5f6a7b8c9d0e", "42")
    assert verify(local_mock, tmp_path, interaction(path=path, body={"_links": links, "_id": "42"})) == [
        "passed"
    ]


def test_rule_that_cannot_be_used(local_mock, tmp_path):
    """An invalid regex is the pact's trouble, not the provider's; the place and the rule are named."""
    unusable = interaction(body={"name": "x"}, rules={"$.name": {"match": "regex", "regex": "(("}})
    (reason,) = verify(local_mock, tmp_path, unusable)
    assert reason.startswith(
        "the pact has a rule that cannot be used: $.name: '((' is not a valid regular expression"
    )


@pytest.mark.parametrize("version", ["2.0.0", "4.0"])
def test_a_status_that_is_written_as_a_text(local_mock, tmp_path, version):
    """The verifier takes numbers only: it would look at no interaction."""
    assert verify(local_mock, tmp_path, interaction(status="200", version=version), version=version) == [
        "passed"
    ]


def test_mismatch_affects_its_own_consumer(local_mock, tmp_path):
    """A consumer whose expectation holds is neither affected nor unaffected: it has a verdict of its own."""
    odd = interaction(body={"name": "x"}, rules={"$.name": {"match": "regex", "regex": "^x[0-9]$"}})
    for name, pact in (
        ("odd", odd),
        ("content", interaction(body={"name": "x"}, rules={"$.name": TYPE})),
        ("apart", interaction()),
    ):
        write_pact(tmp_path / f"{name}.json", pact, consumer=name)
    with gate(local_mock, contracts=tmp_path) as harness:
        verdicts = {item.consumer: verdict(harness, item) for item in harness.interactions()}
        (finding,) = harness.recorder.findings.values()
    assert verdicts == {"apart": "passed", "content": "passed", "odd": "failed"}
    assert (finding.consumers, finding.spared, finding.others) == (("odd",), ("apart",), ("content",))


def test_password_of_a_pact_is_masked(local_mock, tmp_path):
    """In whatever form it stands there, it reaches no record."""
    sent = {"config": {"host": 5, "password": ["correct horse battery"]}}
    interactions = [
        interaction("POST", REDIS, status=201, states=("an environment exists",), sent=sent),
        interaction(body={"config": {"password": "correct horse battery"}}, description="b"),
        interaction(body={"config": {"password": "x"}}, description="c",
                    rules={"$.config.password": {"match": "regex", "regex": "correct horse battery"}}),
    ]  # fmt: skip
    contract = load_contract(write_pact(tmp_path / "x.json", *interactions))
    with gate(local_mock) as harness:
        assert [verdict(harness, pact_interaction) for pact_interaction in contract.interactions] == [
            "failed"
        ] * 3
        assert "battery" not in harness.recorder.snapshot().encode()


def test_redacted_example_is_no_secret(local_mock, tmp_path):
    """A pact whose example shows a redacted password makes no leak of a response that shows the same."""
    local_mock.configure(choices={"redaction": "fixed"})
    sent = {"config": {"host": "a.example.com", "password": "an-example-only"}}
    pact = interaction("POST", REDIS, status=201, states=("an environment exists",), sent=sent,
                       body={"config": {"password": "<redacted>"}}, rules={"$.config.password": TYPE})  # fmt: skip  # noqa: E501
    contract = load_contract(write_pact(tmp_path / "x.json", pact))
    with gate(local_mock) as harness:
        assert verdict(harness, contract.interactions[0]) == "passed"
        assert [finding.code for finding in harness.recorder.findings.values()] == []


def test_message_is_undetermined(local_mock, tmp_path):
    """A message is nothing that this API could send."""
    message = {"type": "Asynchronous/Messages", "description": "an event", "contents": {}}
    assert verify(local_mock, tmp_path, message) == ["it is about a message; this API speaks HTTP"]


def test_refused_token_is_the_pacts_own(local_mock, tmp_path):
    """Where 401 is expected nobody's token is sent, and without a token none."""
    without = {name: value for name, value in HEADERS.items() if name != "Authorization"}
    interactions = [
        interaction("GET", BASE, states=(), status=401),
        interaction("GET", BASE, states=(), status=401, headers=without, description="b"),
    ]
    assert verify(local_mock, tmp_path, *interactions) == ["passed", "passed"]


def test_mismatch_is_typed(local_mock, tmp_path):
    """Place, expected and actual, and the consumers that rely on it."""
    contract = load_contract(
        write_pact(tmp_path / "x.json", interaction(body={"version": "1"}, rules={"$.version": TYPE}))
    )
    with gate(local_mock, contracts=tmp_path) as harness:
        (finding,) = harness.verify_interaction(contract.interactions[0])
        recorded = next(iter(harness.recorder.findings.values()))
    assert (finding.code, finding.expected, finding.actual) == ("SP401", '"1"', "1")
    assert (finding.locus, finding.touches) == ("somebody/asks/body $.version", "200 /version")
    assert recorded.consumers == ("somebody",)


def test_another_status_is_told_once(local_mock, tmp_path):
    """All else is another answer, too."""
    contract = load_contract(write_pact(tmp_path / "x.json", interaction(status=201, body={"owner": "x"})))
    with gate(local_mock) as harness:
        found = harness.verify_interaction(contract.interactions[0])
    assert [each.message for each in found] == ["somebody: asks: status: expected 201 but was 200"]


def test_reason_of_a_refusal_is_told(local_mock, tmp_path):
    """In the provider's words."""
    told = interaction("POST", REDIS, status=201, states=("an environment exists",), sent={"config": {}})
    contract = load_contract(write_pact(tmp_path / "x.json", told))
    with gate(local_mock) as harness:
        (found,) = harness.verify_interaction(contract.interactions[0])
    assert re.search(r"status: expected 201 but was 400 \(.*host.*\)$", found.message)


def test_curl_line_makes_what_it_needs(local_mock, tmp_path):
    """The integration that the run made is gone when somebody pastes the line."""
    contract = load_contract(write_pact(tmp_path / "x.json", interaction(body={"owner": "x"})))
    with gate(local_mock) as harness:
        (found,) = harness.verify_interaction(contract.interactions[0])
    assert found.curl.startswith("ID=$(curl ")
    assert found.touches == "200 /owner"


def test_generators_fill_paths_and_bodies(local_mock, tmp_path):
    """What the provider assigns flows in under the names that pacts have for it."""
    told = interaction(path=INTEGRATION, body={"_id": "x"})
    told["request"]["generators"] = {
        "path": {"type": "ProviderState", "expression": f"{BASE}/${{project}}/${{env}}/redis/${{id}}"}
    }
    told["response"]["generators"] = {
        "body": {"$._id": {"type": "ProviderState", "expression": "${integration_id}"}}
    }
    assert verify(local_mock, tmp_path, told) == ["passed"]
    told["request"]["generators"]["path"]["expression"] = f"{BASE}/${{planet}}"
    (reason,) = verify(local_mock, tmp_path, json.loads(json.dumps(told)))
    assert reason.startswith("its states give no value for planet; known are environmentKey")
