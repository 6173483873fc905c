"""One HTTP client: no proxy for this machine, the environment's proxy for others, no redirects."""

from __future__ import annotations

import pytest

from small_provider import small_provider
from storepact.model.case import Auth, Case, PreparedRequest
from storepact.transport.client import Target
from storepact.transport.credentials import Credentials
from storepact.transport.redaction import Secrets

PREPARED = PreparedRequest(Case("list", auth=Auth.NONE), "GET", "/big-segment-store", (), None)


@pytest.fixture
def proxy(monkeypatch):
    """A proxy that the environment names."""
    with small_provider() as provider:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, provider.url)
        for name in ("NO_PROXY", "no_proxy"):
            monkeypatch.delenv(name, raising=False)
        yield provider


def status_from(url: str) -> int:
    with Target(url, Credentials(), Secrets()) as target:
        return target.send(PREPARED).response.status


def test_no_proxy_for_this_machine(proxy):
    """A target on loopback is reached directly."""
    with small_provider() as provider:
        assert status_from(provider.url) == 200
    assert (provider.requests, proxy.requests) == ([("GET", "/big-segment-store")], [])


def test_proxy_for_other_machines(proxy):
    """A target elsewhere is reached through the proxy of the environment."""
    assert status_from("http://provider.example") == 200
    assert proxy.requests == [("GET", "http://provider.example/big-segment-store")]


def test_redirects_are_not_followed():
    """A redirect is a response like any other."""
    with small_provider(list_status=302) as provider:
        assert status_from(provider.url) == 302
    assert len(provider.requests) == 1
