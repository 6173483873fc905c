"""The mock for other tests: the process, its control interface, and the pytest fixture."""

from __future__ import annotations

import json
import subprocess
import sys

import httpx
import pytest

from mock_client import REDIS
from storepact.families.persistent_store.api import BASE
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
