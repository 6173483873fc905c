"""A mock whose process starts while something else is loaded."""

from __future__ import annotations

import pytest

from storepact.mock.options import MockOptions
from storepact.mock.serve import launch
from storepact.model.errors import Undetermined


def test_launched_mock_is_awaited_by_its_user():
    """What goes wrong at the start is an error of `wait`, and the process has ended after the block."""
    with (
        launch(MockOptions(choices={"no-such-choice": "x"})) as starting,
        pytest.raises(Undetermined, match=r"^the mock did not start: [^:]*no-such-choice"),
    ):
        starting.wait()
    assert starting.process.returncode is not None


def test_launched_mock_without_a_user_is_stopped():
    """A run that ends before it needs the mock leaves no process behind."""
    with launch() as starting:
        assert starting.process.returncode is None
    assert starting.process.returncode is not None
