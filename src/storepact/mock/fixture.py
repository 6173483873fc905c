"""pytest fixtures that come with the package: `provider_mock`, this API on loopback, empty at the start of each test."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from storepact.mock.serve import RunningMock

MARKER = "provider_mock(choices={}, faults=(), limits={}): how the provider mock of this test behaves"


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known."""
    config.addinivalue_line("markers", MARKER)


@pytest.fixture(scope="session")
def provider_mock_process() -> Iterator[RunningMock]:
    """The process behind `provider_mock`: one for the whole session (for each worker, under xdist)."""
    from storepact.mock.serve import serve

    with serve(conditions=("writer", "reader", "exhausted", "contended", "orphaned")) as running:
        yield running


@pytest.fixture
def provider_mock(request: pytest.FixtureRequest, provider_mock_process: RunningMock) -> RunningMock:
    """A provider of the API, empty. It has `url`, `tokens` by condition, `headers(condition)`, `reset()`, `become(…)`.

    `@pytest.mark.provider_mock(choices={"failed-test": "400"}, faults=["stale-read"], limits={"token": 5})` bends it.
    """
    marker = request.node.get_closest_marker("provider_mock")
    provider_mock_process.configure(**(marker.kwargs if marker else {}))
    return provider_mock_process
