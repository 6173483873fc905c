"""Fixtures for tests of the mock."""

from __future__ import annotations

import pytest

from mock_client import client_of


@pytest.fixture
def api(provider_mock):
    """A client of the mock with the writer's token; `mock` is the mock itself."""
    with client_of(provider_mock) as client:
        client.mock = provider_mock
        yield client
