"""The mock with `--sync`: what it writes, what `_status` shows, and what it leaves alone."""

from __future__ import annotations

import time

import pytest
import redis
from ldclient.integrations import DynamoDB, Redis

from dynamodb_tables import create_table
from mock_service import Mock
from redis_server import free_port, real_redis
from storepact.mock.control import ControlledHandler
from storepact.mock.exchange import MockRequest
from synced_mock import INTERVAL, KEY, SyncedMock, eventually, sdk_hash

TABLE = {"tableName": "segments", "region": "us-east-1", "roleArn": "arn:aws:iam::123456789012:role/x"}
LOCAL = {"region_name": "us-east-1", "aws_access_key_id": "x", "aws_secret_access_key": "x"}


@pytest.fixture
def mock():
    running = SyncedMock()
    yield running
    running.provider.clear()


def config_of(port, **members):
    return {"host": "127.0.0.1", "port": str(port), **members}


def memberships(store, *keys):
    return [store.get_membership(sdk_hash(key)) for key in keys]


def test_sdk_reads_what_was_put_in(server, mock):
    """Metadata and memberships, included and excluded, with a context key in Unicode, removed again."""
    path = mock.create(config=config_of(server.port), on=True)
    both = {"included": {"add": ["Zoë 🦄", "b"]}, "excluded": {"add": ["c", "b"]}}
    mock.change(**both)
    version = mock.change(excluded={"remove": ["c"]})["version"]
    store = Redis.new_big_segment_store(url=server.url)
    with redis.Redis(port=server.port) as client:
        eventually(lambda: client.get("launchdarkly:big_segments_cursor") == version.encode())
    assert memberships(store, "Zoë 🦄", "b", "c") == [{"beta.g1": True}, {"beta.g1": True}, None]
    status = mock.await_status(path, True)
    assert abs(store.get_metadata().last_up_to_date - status["lastSync"]) <= 10_000
    assert (status["potentiallyStale"], status["lastError"], status["errors"]) == (False, 0, [])
    store.stop()


def test_sdk_reads_dynamodb(dynamodb, endpoint, mock):
    """The same from a table, with more contexts than one transaction holds."""
    assert mock.command("stores", {"dynamodbEndpoint": endpoint}).status == 204
    path = mock.create("dynamodb", config=TABLE, on=True)
    status = mock.await_status(path, False)
    eventually(lambda: [e for e in mock.status(path)["errors"][-1:] if e["statusCode"] == 404])
    create_table(dynamodb)
    mock.change(included={"add": [f"k{number}" for number in range(60)]}, excluded={"add": ["é", "k1"]})
    status = mock.await_status(path, True)
    assert status["lastError"] > 0
    store = DynamoDB.new_big_segment_store("segments", dynamodb_opts={**LOCAL, "endpoint_url": endpoint})
    eventually(lambda: store.get_membership(sdk_hash("k59")))
    answers = memberships(store, *(f"k{number}" for number in range(60)), "é", "nobody")
    assert answers == [*[{"beta.g1": True}] * 60, {"beta.g1": False}, None]
    assert store.get_metadata().last_up_to_date > 1_500_000_000_000


def test_switched_off_and_deleted(server, mock):
    """Nothing is written any more once the response is there, and what others have written stays."""
    path = mock.create(config=config_of(server.port), on=True)
    mock.await_status(path, True)
    with redis.Redis(port=server.port) as client:
        client.set("theirs", "1")

        def is_quiet():
            client.set("launchdarkly:big_segments_synchronized_on", "1")
            mock.change(included={"add": ["late"]})
            time.sleep(3 * INTERVAL)
            return client.get("launchdarkly:big_segments_synchronized_on") == b"1"

        mock.send("PATCH", path, [{"op": "replace", "path": "/on", "value": False}])
        assert is_quiet()
        assert mock.status(path)["available"] is False
        mock.send("PATCH", path, [{"op": "replace", "path": "/on", "value": True}])
        mock.await_status(path, True)
        before = set(client.keys())
        assert mock.send("DELETE", path).status == 204
        assert is_quiet()
        assert set(client.keys()) == before
        assert client.get("theirs") == b"1"


def test_status_follows_the_store(tmp_path, mock):
    """Stopped, back with a password, password corrected: each shows in `_status`, no secret does."""
    port = free_port()
    path = mock.create(config=config_of(port, password="hidden-first"), on=True)
    eventually(lambda: [error["statusCode"] for error in mock.status(path)["errors"]] == [503])
    with real_redis(tmp_path, "--requirepass", "hidden-right", port=port):
        eventually(lambda: [error["statusCode"] for error in mock.status(path)["errors"]] == [503, 401])
        config = config_of(port, password="hidden-right")
        mock.send("PATCH", path, [{"op": "replace", "path": "/config", "value": config}])
        status = mock.await_status(path, True)
        assert status["lastSync"] > status["lastError"]
    status = mock.await_status(path, False)
    assert status["lastError"] >= status["lastSync"]
    eventually(lambda: mock.status(path)["potentiallyStale"])
    assert "hidden" not in str(mock.status(path))


@pytest.mark.parametrize("host", ["a..b", "x" * 64 + ".example.com", "no-such-host.invalid"])
def test_host_that_has_no_address(mock, host):
    """Whatever is wrong with a name, `_status` shows it and the next attempt follows."""
    path = mock.create(config={"host": host, "port": "6379"}, on=True)
    eventually(lambda: [error["statusCode"] for error in mock.status(path)["errors"]] == [503])
    first = mock.status(path)["lastError"]
    eventually(lambda: mock.status(path)["lastError"] > first)


def test_profile_of_aws_that_does_not_exist(mock, monkeypatch):
    """An error before the first request shows as well."""
    monkeypatch.setenv("AWS_PROFILE", "no-such-profile")
    path = mock.create("dynamodb", config=TABLE, on=True)
    eventually(lambda: [error["statusCode"] for error in mock.status(path)["errors"]] == [401])


def test_user_without_permission(tmp_path, mock):
    """A user who is let in and may not write is no wrong password."""
    with real_redis(tmp_path) as running, redis.Redis(port=running.port) as client:
        client.acl_setuser("reader", enabled=True, passwords=["+p"], keys=["*"], commands=["+get"])
        path = mock.create(config=config_of(running.port, username="reader", password="p"), on=True)
        eventually(lambda: [error["statusCode"] for error in mock.status(path)["errors"]] == [403])


def test_error_that_no_driver_declares(mock, monkeypatch):
    """The thread of a store outlives it, and `_status` shows it."""
    monkeypatch.setattr("redis.Redis.get", lambda *_: 1 / 0)
    path = mock.create(config=config_of(1), on=True)
    first = eventually(lambda: mock.status(path)["lastError"])
    assert [error["statusCode"] for error in mock.status(path)["errors"]] == [500]
    eventually(lambda: mock.status(path)["lastError"] > first)


def test_memberships_survive_in_the_file(server, tmp_path):
    """A mock that starts again with its file brings an empty store in step."""
    first = SyncedMock(data=tmp_path / "mock.db")
    first.create(config=config_of(server.port), on=True)
    first.change(included={"add": ["a"]})
    version = first.change("gamma", generation=3, included={"add": ["a"]})["version"]
    with redis.Redis(port=server.port) as client:
        eventually(lambda: client.get("launchdarkly:big_segments_cursor") == version.encode())
        first.service.provider._synchronizer.stop()  # as a process that ends
        client.flushall()
        second = SyncedMock(data=tmp_path / "mock.db")
        eventually(lambda: client.get("launchdarkly:big_segments_cursor") == version.encode())
        members = client.smembers(f"launchdarkly:big_segment_include:{sdk_hash('a')}")
        assert members == {b"beta.g1", b"gamma.g3"}
        second.provider.clear()


PLACE = {"projectKey": "default", "environmentKey": "test", "segmentKey": "beta"}


@pytest.mark.parametrize(
    ("name", "body", "status"),
    [
        ("segments", b"", 400),
        ("segments", b"[]", 400),
        ("segments", {"segmentKey": "beta"}, 400),
        ("segments", {**PLACE, "segmentKey": "be ta"}, 400),
        ("segments", {**PLACE, "generation": 0}, 400),
        ("segments", {**PLACE, "included": {"add": [1]}}, 400),
        ("segments", {**PLACE, "include": {"add": ["a"]}}, 400),
        ("segments", {**PLACE, "environmentKey": "moon"}, 404),
        ("segments", {**PLACE, "included": {"add": [""]}}, 400),
        ("segments", {**PLACE, "excluded": {"add": ["a", "b"], "remove": ["b"]}}, 400),
        ("segments", {**PLACE, "included": {"remove": ["b"]}, "excluded": {"add": ["b"]}}, 201),
        ("segment", PLACE, 404),
        ("stores", {"dynamodbEndpoint": "127.0.0.1:8000"}, 400),
        ("stores", {"dynamodbEndpoint": "http://[::1:8000"}, 400),
        ("stores", {"dynamodbEndpoint": "http://127.0.0.1:99999"}, 400),
        ("stores", {"caFile": "no-such.pem"}, 400),
        ("stores", {"caFile": __file__}, 400),
        ("stores", {"dynamodb": "http://127.0.0.1:1"}, 400),
        ("segments", PLACE, 201),
    ],
)
def test_commands_refuse(mock, name, body, status):
    """A command that cannot be run is refused with a sentence."""
    response = mock.command(name, body)
    assert response.status == status
    assert status == 201 or response.body["message"]


def test_commands_are_protected(mock):
    """As the control interface: the key, POST, and only with `--sync`."""
    assert mock.command("segments", PLACE, key="wrong").status == 403
    assert mock.command("segments", PLACE, method="GET").status == 403
    plain = Mock()
    request = MockRequest("POST", "/__mock__/segments", (("authorization", KEY),), b"{}")
    assert ControlledHandler(plain.service, KEY).respond(request).status == 404
    assert ControlledHandler(plain.service).respond(request).status == 404
