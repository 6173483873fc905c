"""The pytest fixture `provider_mock` of the package: the API on loopback, empty for each test."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from storepact.mock.serve import RunningMock

MARKER = "provider_mock(choices={}, faults=(), limits={}): how the provider mock of this test behaves"

#: The options of the marker.
OPTIONS = ("choices", "faults", "limits")


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker."""
    config.addinivalue_line("markers", MARKER)


@pytest.fixture(scope="session")
def provider_mock_process() -> Iterator[RunningMock]:
    """The process behind `provider_mock`: one per session (per worker, under xdist)."""
    from storepact.mock.serve import serve

    with serve(conditions=("writer", "reader", "exhausted", "contended", "orphaned")) as running:
        yield running


@pytest.fixture
def provider_mock(request: pytest.FixtureRequest, provider_mock_process: RunningMock) -> RunningMock:
    """A provider of the API, empty.

    It has `url`, `tokens` by condition, `headers(condition)`, `issue(…)`, `reset()` and `configure(…)`. The
    marker configures it:
    `@pytest.mark.provider_mock(choices={"failed-test": "400"}, faults=["stale-read"], limits={"token": 5})`.
    """
    marker = request.node.get_closest_marker("provider_mock")
    provider_mock_process.configure(**({} if marker is None else _options_of(marker)))
    return provider_mock_process


def _options_of(marker: pytest.Mark) -> dict[str, Any]:
    """The options of the marker.

    Raises:
        UsageError: there is no such option.

    """
    from storepact.model.errors import UnknownName, UsageError

    if marker.args:
        raise UsageError(f"provider_mock takes options by name, such as faults=[…]: {MARKER}")
    for name in marker.kwargs:
        if name not in OPTIONS:
            raise UnknownName("option of provider_mock", name, OPTIONS)
    return dict(marker.kwargs)
