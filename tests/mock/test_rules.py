"""Every rule of the mock refuses something that no other rule refuses: without the rule it is accepted."""

from __future__ import annotations

import pytest

from mock_service import HOST, TABLE, Mock
from storepact.families.persistent_store.provider.gates import GATES, ORDERS
from storepact.families.persistent_store.provider.patching import PATCH_RULES
from storepact.families.persistent_store.provider.validation import BODY_RULES


def redis(**changes):
    return {"config": {**HOST, **changes}}


def dynamo(*without, **changes):
    return {"config": {name: value for name, value in {**TABLE, **changes}.items() if name not in without}}


# rule → choices, kind, body of a create, how the message begins
BODIES = {
    "body-object": ({}, "redis", [redis()], "the body must be an object"),
    "provider-set": (
        {"set_by_provider": "refused"},
        "redis",
        {**redis(), "_id": "x"},
        "_id: is set by the provider",
    ),
    "config-required": ({}, "redis", {"name": "x"}, "config: is required"),
    "config-object": ({}, "redis", {"config": "x"}, "config: must be an object"),
    "config-known": ({}, "redis", redis(sentinel="x"), "config.sentinel: redis has no such setting"),
    "redis.host-required": ({}, "redis", {"config": {"port": "6379"}}, "config.host: is required"),
    "redis.host-type": ({}, "redis", {"config": {"host": 5}}, "config.host: must be a string"),
    "redis.host-filled": ({}, "redis", {"config": {"host": ""}}, "config.host: must not be empty"),
    "redis.host-form": ({}, "redis", {"config": {"host": "a b"}}, "config.host: must match"),
    "redis.port-type": ({}, "redis", redis(port=6379), "config.port: must be a string"),
    "redis.port-form": ({}, "redis", redis(port="http"), "config.port: must match"),
    "redis.port-range": ({}, "redis", redis(port="65536"), "config.port: must be at most 65535"),
    "redis.username-type": ({}, "redis", redis(username=1), "config.username: must be a string"),
    "redis.password-type": ({}, "redis", redis(password=1), "config.password: must be a string"),
    "redis.tlsEnabled-type": ({}, "redis", redis(tlsEnabled="true"), "config.tlsEnabled: must be a boolean"),
    "dynamodb.tableName-required": ({}, "dynamodb", dynamo("tableName"), "config.tableName: is required"),
    "dynamodb.tableName-type": ({}, "dynamodb", dynamo(tableName=1), "config.tableName: must be a string"),
    "dynamodb.tableName-filled": (
        {},
        "dynamodb",
        dynamo(tableName=""),
        "config.tableName: must not be empty",
    ),
    "dynamodb.tableName-form": ({}, "dynamodb", dynamo(tableName="a/b/c"), "config.tableName: must match"),
    "dynamodb.region-required": ({}, "dynamodb", dynamo("region"), "config.region: is required"),
    "dynamodb.region-type": ({}, "dynamodb", dynamo(region=1), "config.region: must be a string"),
    "dynamodb.region-known": (
        {},
        "dynamodb",
        dynamo(region="moon-1"),
        "config.region: must be one of us-east-1",
    ),
    "dynamodb.roleArn-required": ({}, "dynamodb", dynamo("roleArn"), "config.roleArn: is required"),
    "dynamodb.roleArn-type": ({}, "dynamodb", dynamo(roleArn=1), "config.roleArn: must be a string"),
    "dynamodb.roleArn-filled": ({}, "dynamodb", dynamo(roleArn=""), "config.roleArn: must not be empty"),
    "dynamodb.roleArn-form": ({}, "dynamodb", dynamo(roleArn="role"), "config.roleArn: must match"),
    "dynamodb.externalId-required": (
        {"external_id": "required"},
        "dynamodb",
        dynamo(),
        "config.externalId: is required",
    ),
    "dynamodb.externalId-type": ({}, "dynamodb", dynamo(externalId=1), "config.externalId: must be a string"),
    "dynamodb.externalId-form": ({}, "dynamodb", dynamo(externalId="a b"), "config.externalId: must match"),
    "redis.password-form": (
        {"passwords": "ordinary"},
        "redis",
        redis(password="short"),
        "config.password: must have 8 to 32",
    ),
    "on-type": ({}, "redis", {**redis(), "on": "yes"}, "on: must be a boolean"),
    "name-type": ({}, "redis", {**redis(), "name": 5}, "name: must be a string"),
    "name-filled": ({"empty_name": "refused"}, "redis", {**redis(), "name": " "}, "name: must not be empty"),
    "name-length": ({}, "redis", {**redis(), "name": "x" * 257}, "name: must have at most 256 characters"),
    "tags-type": ({}, "redis", {**redis(), "tags": "x"}, "tags: must be an array"),
    "tag-type": ({}, "redis", {**redis(), "tags": ["a", 1]}, "tags.1: must be a string"),
    "tags-number": ({}, "redis", {**redis(), "tags": ["x"] * 51}, "tags: must have at most 50 items"),
    "tag-length": ({}, "redis", {**redis(), "tags": ["x" * 65]}, "tags.0: must have 1 to 64 characters"),
    "tags-distinct": (
        {"duplicate_tags": "refused"},
        "redis",
        {**redis(), "tags": ["a", "a"]},
        "tags: must not have the same tag twice",
    ),
    "config-length": (
        {},
        "redis",
        redis(username="x" * 1_001),
        "config.username: must have at most 1000 characters",
    ),
    "control-characters": (
        {"control_characters": "refused"},
        "redis",
        {**redis(), "name": "a\0"},
        "name: must not have control",
    ),
    "visible-characters": (
        {"characters": "visible"},
        "redis",
        {**redis(), "name": "a\u200db"},
        "name: must not have invisible",
    ),
    "plain-characters": (
        {"characters": "plain"},
        "redis",
        {**redis(), "tags": ["a b"]},
        "tags: must have letters",
    ),
    "lone-surrogates": ({}, "redis", {**redis(), "name": "a\ud800"}, "name: must not have lone surrogates"),
}


def test_every_body_rule_has_its_body():
    """The table of rules and the table of tests have the same names."""
    assert sorted(BODIES) == sorted(BODY_RULES)


@pytest.mark.parametrize("rule", BODIES)
def test_body_rule_refuses(rule):
    """The rule refuses a create with 400 and names the member; without the rule the create succeeds."""
    choices, kind, body, message = BODIES[rule]
    mock = Mock(**choices)
    response = mock.send("POST", f"/default/test/{kind}", body)
    assert (response.status, response.body["code"]) == (400, "invalid_request")
    assert response.body["message"].startswith(message)
    assert mock.send("GET").body["items"] == []
    mock.provider.body_rules = {name: other for name, other in BODY_RULES.items() if name != rule}
    again = mock.send("POST", f"/default/test/{kind}", body)
    assert again.status == 201, again.body


# rule → one operation, how the message begins, status
OPERATIONS = {
    "operation-object": ("x", "must be an object", 400),
    "op-known": ({"op": "rename", "path": "/name", "value": "x"}, "op: must be one of", 400),
    "path-pointer": ({"op": "replace", "path": "name", "value": "x"}, "path: must be a JSON pointer", 400),
    "from-pointer": ({"op": "move", "path": "/name"}, "from: must be a JSON pointer", 400),
    "value-given": ({"op": "replace", "path": "/name"}, "value: is required", 400),
    "path-editable": ({"op": "replace", "path": "/_id", "value": "x"}, 'path: "/_id" cannot be edited', 422),
}


def test_every_patch_rule_has_its_operation():
    """The table of rules and the table of tests have the same names."""
    assert list(OPERATIONS) == list(PATCH_RULES)


@pytest.mark.parametrize("rule", OPERATIONS)
def test_patch_rule_refuses(rule):
    """The rule refuses an operation with its message; without the rule there is another response."""
    operation, message, status = OPERATIONS[rule]
    mock = Mock()
    path = mock.create(name="before")
    response = mock.send("PATCH", path, [operation])
    assert (response.status, response.body["message"].startswith(f"operation 0: {message}")) == (
        status,
        True,
    ), response.body
    mock.provider.patch_rules = {name: other for name, other in PATCH_RULES.items() if name != rule}
    again = mock.send("PATCH", path, [operation])
    assert again.status == 200 or message not in again.body["message"]


def gate_cases(mock):
    """Return for each gate a request that it refuses: arguments, headers, status."""
    there = mock.create()
    return {
        "token-known": (("GET",), {"token": "nobody"}, 401),
        "version-beta": (("GET",), {"ld_api_version": None}, 403),
        "limit-left": (("GET",), {"token": "exhausted"}, 429),
        "not-contended": (("PATCH", there, []), {"token": "contended"}, 409),
        "not-orphaned": (("GET",), {"token": "orphaned"}, 404),
        "may-write": (("POST", "/default/test/redis", redis()), {"token": "reader"}, 403),
        "project-known": (("GET", "/nowhere/test/redis/x"), {}, 404),
        "environment-known": (("GET", "/default/nowhere/redis/x"), {}, 404),
        "kind-known": (("POST", "/default/test/cassandra", redis()), {}, 404),
        "integration-there": (("PATCH", "/default/test/redis/nothing", b"["), {}, 404),
        "reads-without-body": (("GET", "", {"a": 1}), {}, 400),
        "body-small": (("POST", "/default/test/redis", {**redis(), "x": "x" * 100_000}), {}, 413),
        "media-json": (("POST", "/default/test/redis", redis()), {"content_type": "text/plain"}, 415),
        "body-json": (("POST", "/default/test/redis", b'{"config": '), {}, 400),
    }


def test_every_gate_has_a_request_and_a_place_in_every_order():
    """The table of gates, the table of tests and the four orders have the same gates."""
    assert list(gate_cases(Mock())) == list(GATES)
    assert all(set(order) == set(GATES) for order in ORDERS.values())


@pytest.mark.parametrize("gate", GATES)
def test_gate_refuses(gate):
    """The gate refuses a request with its status; without it there is another response, or an error."""
    mock = Mock(body_on_reading="refused", largest_body="100kB")
    arguments, headers, status = gate_cases(mock)[gate]
    refused = mock.send(*arguments, **headers)
    assert refused.status == status, refused.body
    mock.provider.gates = {name: other for name, other in mock.provider.gates.items() if name != gate}
    try:
        again = mock.send(*arguments, **headers)
    except (KeyError, TypeError):
        return  # the operation relies on this gate
    assert again.status < 400 or again.body["message"] != refused.body["message"]


@pytest.mark.parametrize(
    ("choices", "body", "status"),
    [
        ({}, {"comment": 5, "patch": []}, 200),
        ({"wrapper_members": "refused"}, {"comment": 5, "patch": []}, 400),
        ({"wrapper_members": "refused"}, {"patch": [], "x": 1}, 400),
        ({}, {"name": "x"}, 400),
        ({}, [{"op": "test", "path": "/version", "value": 1}] * 501, 400),
        ({"empty_patch": "422"}, [], 422),
        ({"deep_paths": "refused"}, [{"op": "replace", "path": "/config/port", "value": "1"}], 422),
        ({"removal": "refused"}, [{"op": "remove", "path": "/name"}], 422),
        ({"bad_patch": "400"}, [{"op": "remove", "path": "/tags/7"}], 400),
        ({"failed_test": "400"}, [{"op": "test", "path": "/on", "value": 0}], 400),
        ({}, [{"op": "test", "path": "/on", "value": 0}], 409),
        ({}, [{"op": "test", "path": "/on", "value": False}], 200),
        ({}, [{"op": "remove", "path": "/config/host"}], 400),
    ],
)
def test_patch_has_the_chosen_status(choices, body, status):
    """A body that is no patch, and a patch that cannot be applied, get the status that the choices name."""
    mock = Mock(**choices)
    path = mock.create()
    response = mock.send("PATCH", path, body)
    assert response.status == status, response.body
    assert mock.send("GET", path).body["version"] == 1
