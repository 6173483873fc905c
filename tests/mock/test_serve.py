"""The mock for other tests: the process, its control interface, and the pytest fixture."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from mock_client import REDIS
from storepact.families.persistent_store.api import BASE
from storepact.mock.options import MockOptions
from storepact.mock.serve import serve
from storepact.model.errors import UsageError


def get(url, headers):
    """Return the status of a get."""
    return httpx.get(url, headers=headers, trust_env=False).status_code


def test_choice_is_configured_while_it_runs(provider_mock):
    """A running mock accepts choices, and the next response follows them."""
    provider_mock.configure(choices={"unknown-kind": "400"})
    assert get(f"{provider_mock.url}{BASE}/default/test/cassandra/x", provider_mock.headers()) == 400


def test_issued_token_is_accepted(provider_mock):
    """`issue` returns a new token by condition."""
    (token,) = provider_mock.issue("reader").values()
    headers = {**provider_mock.headers(), "Authorization": token}
    assert token not in provider_mock.tokens.values()
    assert get(provider_mock.url + BASE, headers) == 200


@pytest.mark.parametrize(
    "settings", [{"choices": {"ids": "roman"}}, {"faults": ["nothing"]}, {"limits": {"user": 1}}]
)
def test_unknown_setting_is_refused(provider_mock, settings):
    """An unknown choice, fault or limit is an error of usage."""
    with pytest.raises(UsageError):
        provider_mock.configure(**settings)


def test_unknown_condition_is_refused(provider_mock):
    """An unknown condition is an error of usage."""
    with pytest.raises(UsageError):
        provider_mock.issue("emperor")


@pytest.mark.parametrize("command", ["tokens", "reset", "settings"])
def test_control_interface_needs_its_key(provider_mock, command):
    """Without the key every command gets 403."""
    url = f"{provider_mock.url}/_storepact/{command}"
    assert httpx.post(url, headers=provider_mock.headers(), trust_env=False).status_code == 403


SUITE = """
import urllib.request, urllib.error
import pytest

PATH = "/api/v2/integration-capabilities/big-segment-store"

def status(mock, path):
    request = urllib.request.Request(mock.url + path, headers=mock.headers())
    try:
        return urllib.request.urlopen(request).status
    except urllib.error.HTTPError as error:
        error.close()
        return error.code

def test_empty(provider_mock):
    assert status(provider_mock, PATH) == 200

@pytest.mark.provider_mock(choices={"unknown-kind": "400"})
def test_configured(provider_mock):
    assert status(provider_mock, PATH + "/default/test/x/y") == 400
"""


def test_fixture_for_consumers(tmp_path):
    """A suite outside this repository gets `provider_mock`, configured by the marker."""
    (tmp_path / "test_mine.py").write_text(SUITE)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "--strict-markers", "-p", "no:cacheprovider", str(tmp_path)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert "2 passed" in done.stdout, done.stdout + done.stderr


def test_official_client_round_trip(provider_mock):
    """The official Python client creates, gets, lists, updates, deletes, and raises its own errors."""
    ld = pytest.importorskip("launchdarkly_api", reason="the extra storepact[consumers] is not installed")

    def api(token):
        client = ld.ApiClient(
            ld.Configuration(host=provider_mock.url, api_key={"ApiKey": token}, retries=False)
        )
        client.set_default_header("LD-API-Version", "beta")
        return ld.PersistentStoreIntegrationsBetaApi(client)

    place, writer = ("default", "test", "redis"), api(provider_mock.tokens["writer"])
    reader = api(provider_mock.tokens["reader"])
    created = writer.create_big_segment_store_integration(
        *place, ld.IntegrationDeliveryConfigurationPost(**REDIS)
    )
    assert writer.get_big_segment_store_integration(*place, created.id).version == 1
    assert [item.id for item in writer.get_big_segment_store_integrations().items] == [created.id]
    rename = ld.PatchOperation(op="replace", path="/name", value="renamed")
    assert writer.patch_big_segment_store_integration(*place, created.id, [rename]).name == "renamed"
    stale = ld.PatchOperation(op="test", path="/version", value=1)
    errors = ld.exceptions
    for error, call in (
        (errors.ConflictException, lambda: writer.patch_big_segment_store_integration(
            *place, created.id, [stale])),
        (errors.BadRequestException, lambda: writer.create_big_segment_store_integration(
            *place, ld.IntegrationDeliveryConfigurationPost(config={}))),
        (errors.UnauthorizedException, lambda: api("api-unknown").get_big_segment_store_integrations()),
        (errors.ForbiddenException, lambda: reader.delete_big_segment_store_integration(*place, created.id)),
        (errors.NotFoundException, lambda: writer.get_big_segment_store_integration(*place, "0" * 24)),
    ):  # fmt: skip
        with pytest.raises(error) as raised:
            call()
        assert {"code", "message"} <= json.loads(raised.value.body).keys()
    assert writer.delete_big_segment_store_integration(*place, created.id) is None
    assert writer.get_big_segment_store_integrations().items == []


def children_of(pid):
    """The processes that a process has forked; empty once it has ended."""
    try:
        return Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return []


@pytest.mark.skipif(sys.platform != "linux", reason="needs /proc")
def test_mocks_that_start_together_have_a_process_each():
    """They do not wait for each other, and end together; what one is told, the others are not."""
    with serve(MockOptions(count=3)) as running:
        mocks = [running, *running.siblings]
        children = children_of(running.process.pid)
        assert len(children) == 2
        running.configure(faults=["version-as-string"])
        versions = []
        for mock in mocks:
            created = httpx.post(f"{mock.url}{BASE}/default/test/redis", json=REDIS, headers=mock.headers())
            assert created.status_code == 201, created.text
            listed = httpx.get(mock.url + BASE, headers=mock.headers()).json()
            assert [item["_id"] for item in listed["items"]] == [created.json()["_id"]]
            path = f"{BASE}/default/test/redis/{created.json()['_id']}"
            resource = httpx.get(mock.url + path, headers=mock.headers()).json()
            versions.append(type(resource["version"]))
        assert versions == [str, int, int]
    assert not any(Path("/proc", child).exists() for child in children)
