"""Every fault that shows in a single answer is caught by the check that its line in the catalogue names."""

from __future__ import annotations

import json
import re

import pytest

from gate_on_cases import asked, distinct, generated, probes
from stand_in import HOST, TABLE, Mock
from storepact.checks import CHECKS
from storepact.families import stand_in_kit
from storepact.families.persistent_store.layout import BASE

CODES = {check.code for check in CHECKS}
AWAITED = {"list-over-ten-500": "a list of eleven, which no single request makes"}
FAULTS = [fault for fault in stand_in_kit().faults if fault.caught_by in CODES and fault.name not in AWAITED]


@pytest.fixture(scope="module")
def cases():
    """Probes first: they are few."""
    return distinct([*probes(), *generated()])


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_fault_is_caught(provider_mock, cases, fault):
    """The named check speaks; the search ends when it does."""
    provider_mock.become(faults=[fault.name])
    found = asked(provider_mock, cases, until=lambda findings: any(each.code == fault.caught_by for each in findings))
    assert fault.caught_by in {each.code for each in found}


# The others are about time and state. What they do is shown by one story: with the fault it is another one.

LATER = [fault for fault in stand_in_kit().faults if fault.caught_by not in CODES and fault.category != "concurrency"]
SECRET = "correct-horse-battery"


def story(mock):
    """Everything that people do with integrations, told without ids and times; every answer is a line."""
    lines, names = [], {}

    def tell(method, path="", body=None, **headers):
        answer = mock.ask(method, path, body, **headers)
        text = json.dumps(answer.body, sort_keys=True)
        for identifier in re.findall(r"\b[0-9a-f]{24}\b", text):
            text = text.replace(identifier, names.setdefault(identifier, f"<{len(names)}>"))
        text = re.sub(r'"id": "[^"]*"|[0-9]{13}', "", text)
        told = {name: value for name, value in answer.headers.items() if name not in ("Location", "X-Ratelimit-Reset")}
        lines.append((method, answer.status, text, sorted(told.items())))
        return answer.body

    def create(name, kind="redis", where="/default/test", **body):
        config = {"redis": {**HOST, "password": SECRET}, "dynamodb": TABLE}[kind]
        answer = mock.ask("POST", f"{where}/{kind}", {"config": config, "name": name, **body})
        lines.append(("POST", answer.status))
        path = f"{where}/{kind}/{answer.body['_id']}"
        tell("GET", path)
        return path

    def patch(path, *operations, **headers):
        return tell("PATCH", path, list(operations), **headers)

    def replace(member, value):
        return {"op": "replace", "path": f"/{member}", "value": value}

    first = create("  two blanks  ", tags=["b", "B", "a", "b", "c"], on=True)
    second = create("second", config={"host": "h", "port": "40000", "username": "u", "tlsEnabled": True})
    twin = create("second", tags=["x"])
    table = create("caf\u0065\u0301 \U0001f600 %41 'q'", kind="dynamodb", config={**TABLE, "region": "eu-west-3"})
    create("x" * 100)
    mock.ask("POST", "/default/test/redis", {"config": {"host": "h", "password": SECRET}})
    tell("GET")
    tell("GET", first, token="reader")
    tell("GET", first.replace("/test/", "/production/"))
    patch(first, replace("name", "renamed"))
    tell("GET", first)
    tell("GET", first)
    tell("GET", twin)
    patch(first, {"op": "test", "path": "/version", "value": 99}, replace("name", "never"))
    patch(first, replace("name", "half"), {"op": "remove", "path": "/tags/77"})
    patch(first, {"op": "add", "path": "/tags/-", "value": "new"})
    patch(first, replace("name", "by a reader"), token="reader")
    tell("GET", first)
    tell("PATCH", first, {"comment": "why", "patch": [replace("on", False)]})
    shown = tell("GET", first)
    patch(first, replace("config", shown["config"] if shown and "config" in shown else {}))
    tell("GET", first)
    patch(first, replace("config", {"host": "other", "username": "v"}))
    patch(first, replace("config", {"host": "third"}))
    tell("POST", "/default/test/redis", {"config": {"port": "1", "password": SECRET}})
    tell("GET")
    tell("DELETE", second)
    tell("GET", second)
    patch(second, replace("name", "back"))
    tell("GET", second)
    tell("GET", twin)
    for number in range(8):
        create(f"more {number}")
    tell("GET")
    tell("GET", table)
    lines.extend((kind, mock.ask("GET", path).status) for kind, path in _links(shown or {}))
    return lines


def _links(item):
    for name, link in item.get("_links", {}).items():
        if name in ("self", "parent"):
            yield name, link["href"].partition("?")[0].removeprefix(BASE)


@pytest.mark.parametrize("fault", LATER, ids=lambda fault: fault.name)
def test_fault_changes_the_story(fault):
    """With the fault some answer of the story is another one."""
    assert story(Mock()) == story(Mock())
    assert story(Mock(faults=[fault.name])) != story(Mock())


@pytest.mark.parametrize("name", AWAITED)
def test_awaited_fault_changes_the_story(name):
    """What the single requests above cannot bring out is there."""
    assert story(Mock(faults=[name])) != story(Mock())


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
