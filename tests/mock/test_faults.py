"""The catalogue of faults: named once, explained, and the races are real. That each is caught is proven in test_prove.py."""

from __future__ import annotations

import pytest

from stand_in import Mock
from storepact.checks import CHECKS
from storepact.families import mock_definition

FAULTS = mock_definition().faults


def test_names_are_unique():
    """A name says one thing."""
    assert len({fault.name for fault in FAULTS}) == len(FAULTS) >= 60


def test_each_names_a_check_that_exists():
    """The check that must catch it is one of the table, and every check is named by a fault."""
    assert {fault.caught_by for fault in FAULTS} == {check.code for check in CHECKS}


def test_each_is_explained():
    """One line says what it does."""
    assert all(fault.explanation and "\n" not in fault.explanation for fault in FAULTS)


@pytest.mark.parametrize(("fault", "both"), [("version-race", True), ("update-race", False)])
def test_race(fault, both):
    """Two updates that arrive before either is answered: with the fault both win, or one is undone; without, neither."""

    def raced(*faults):
        mock = Mock(faults=faults)
        path = mock.made(name="before")
        test = [{"op": "test", "path": "/version", "value": 1}] if both else []
        changes = ({"path": "/name", "value": "renamed"}, {"path": "/on", "value": True})
        calls = [mock.call("PATCH", path, [*test, {"op": "replace", **change}]) for change in changes]
        pauses = [mock.standin.arrived(call) for call in calls]
        statuses = [mock.standin.answer(call).status for call in calls]
        after = mock.ask("GET", path).body
        return max(pauses) > 0, statuses, (after["name"], after["on"])

    assert raced() == (False, [200, 409] if both else [200, 200], ("renamed", not both))
    assert raced(fault) == (True, [200, 200], ("renamed", True) if both else ("before", True))
