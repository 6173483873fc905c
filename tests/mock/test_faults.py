"""The catalogue of faults: unique names, explanations, real races. See tests/run/test_prove.py, too."""

from __future__ import annotations

import pytest

from mock_service import Mock
from storepact.families import mock_definition
from storepact.mock.faults import select_faults
from storepact.model.errors import UnknownName
from storepact.run.prove import proven_checks

FAULTS = mock_definition().faults


def test_names_are_unique():
    """No name occurs twice."""
    assert len({fault.name for fault in FAULTS}) == len(FAULTS) >= 60


def test_each_names_a_check_that_exists():
    """The check that must catch a fault exists, and every check is named by a fault."""
    assert {fault.caught_by for fault in FAULTS} == {check.code for check in proven_checks()}


def test_each_is_explained():
    """One line explains each fault."""
    assert all(fault.explanation and "\n" not in fault.explanation for fault in FAULTS)


@pytest.mark.parametrize(("fault", "both"), [("version-race", True), ("update-race", False)])
def test_race(fault, both):
    """Of two concurrent updates both succeed, or one is undone; without the fault neither happens."""

    def race(*faults):
        mock = Mock(faults=faults)
        path = mock.create(name="before")
        test = [{"op": "test", "path": "/version", "value": 1}] if both else []
        changes = ({"path": "/name", "value": "renamed"}, {"path": "/on", "value": True})
        requests = [mock.request("PATCH", path, [*test, {"op": "replace", **change}]) for change in changes]
        pauses = [mock.service.on_request(request) for request in requests]
        statuses = [mock.service.respond(request).status for request in requests]
        after = mock.send("GET", path).body
        return max(pauses) > 0, statuses, (after["name"], after["on"])

    assert race() == (False, [200, 409] if both else [200, 200], ("renamed", not both))
    assert race(fault) == (True, [200, 200], ("renamed", True) if both else ("before", True))


def test_unknown_fault_is_an_error():
    """The message has the nearest name."""
    with pytest.raises(UnknownName, match="stale-read"):
        select_faults(FAULTS, ["stale-reads"])
