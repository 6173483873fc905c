"""The parts of a story: what a step is called, responses in one line, and requests at the same moment."""

from __future__ import annotations

import json
import threading
from dataclasses import replace

import pytest

from storepact.engines.concurrency import send_together
from storepact.engines.story_steps import Entry, Resource, Step
from storepact.engines.story_text import StoryText, summarize
from storepact.families import DEFAULT_FAMILY
from storepact.model.api import Scope
from storepact.model.case import Case, PreparedRequest
from storepact.model.exchange import Exchange, Request, Response
from storepact.model.form import Redacted

SCOPE = Scope(("default", "test"))
A = Resource("A", "64f0a1b2c3d4e5f6a7b8c9d0", "redis", SCOPE)
URL = "http://localhost"


def render(entries, names=None):
    """The steps of a story and its script; each deletion is a line that names collection and variables."""
    return StoryText(
        entries,
        names or {A.id: "A"},
        URL,
        DEFAULT_FAMILY.api,
        lambda lines, path, *variables: f"delete in {path}: {' '.join(variables)}",
    ).render()


def exchange(status, body=None, method="GET", path="/", forms=()):
    raw = b"" if body is None else json.dumps(body).encode()
    return Exchange(Request(method, path, ()), Response(status, (), raw), (), forms)


@pytest.mark.parametrize(
    ("step", "text"),
    [
        (Step("list all integrations", "list", SCOPE), "list all integrations"),
        (Step("read {resource} again", "get", SCOPE, "redis", A), "read A again"),
        (
            Step("delete {resource}", "delete", SCOPE, "redis", A, simultaneous=True),
            "at the same moment: delete A",
        ),
    ],
)
def test_text_of_a_step_names_its_resource(step, text):
    """A step is described with the letter of its resource, and whether it is simultaneous."""
    assert step.text == text


def test_text_follows_the_resource():
    """A step that is sent to another resource is described with that one's letter."""
    step = Step("give {resource} a name like 'A'", "update", SCOPE, "redis", A)
    assert replace(step, resource=replace(A, name="C")).text == "give C a name like 'A'"


@pytest.mark.parametrize(
    ("status", "body", "line"),
    [
        (0, None, "no response"),
        (204, None, "204"),
        (
            400,
            {"code": "invalid_request", "message": "on: must be a boolean"},
            "400 invalid_request: on: must be a boolean",
        ),
        (200, {"_id": "1", "name": "n", "version": 2, "_links": {}}, '200 {"name": "n", "version": 2}'),
        (200, {"items": [{}, {}]}, "200, 2 integrations"),
    ],
)
def test_response_in_one_line(status, body, line):
    """The status, and the members that matter."""
    assert summarize(exchange(status, body), DEFAULT_FAMILY.api) == line


def test_script_waits_for_simultaneous_requests():
    """Simultaneous steps run in the background; the step after them waits."""
    deletion = Step("delete {resource}", "delete", SCOPE, "redis", A, simultaneous=True)
    reading = Step("read {resource}", "get", SCOPE, "redis", A)
    entries = [
        Entry(deletion, exchange(204, method="DELETE")),
        Entry(deletion, exchange(404, method="DELETE")),
        Entry(reading, exchange(404)),
    ]
    lines = [step.curl for step in render(entries)[0]]
    assert [line.endswith(" &") for line in lines] == [True, True, False]
    assert [line.startswith("wait\n") for line in lines] == [False, False, True]


def test_script_keeps_a_secret_that_is_written_back():
    """The get that shows a redacted secret keeps it in a variable when a later step sends it back."""
    forms = (("/config/password", "form"),)
    reading = Step("read {resource}", "get", SCOPE, "redis", A)
    writing = Step("patch {resource}", "update", SCOPE, "redis", A, body=[{"value": Redacted("form")}])
    entries = [
        Entry(reading, exchange(200, {}, forms=forms)),
        Entry(writing, exchange(200, {}, method="PATCH")),
    ]
    lines = [step.curl for step in render(entries)[0]]
    assert [line.startswith("SHOWN=") for line in lines] == [True, False]


def creates(count):
    """The entries of so many creates, and the names of what they created by id."""
    step = Step("create a redis integration", "create", SCOPE, "redis", body={})
    made = [Resource(f"R{number}", f"{number:024x}", "redis", SCOPE) for number in range(count)]
    entries = [Entry(step, exchange(201, {"_id": made.id}, "POST", "/c"), made) for made in made]
    return entries, {resource.id: resource.name for resource in made}


def test_equal_creates_are_one_step():
    """Twenty of them are one loop, but for those that a later step names and the last step of all."""
    entries, names = creates(21)
    named = entries[-1].created
    reading = Step("read {resource}", "get", SCOPE, "redis", named)
    steps, script = render([*entries, Entry(reading, exchange(200, {}, path=f"/c/{named.id}"))], names)
    assert [step.does for step in steps] == [
        "create a redis integration, 20 times",
        "create a redis integration",
        "read R20",
    ]
    assert steps[0].answered == "201 (20 times)"
    assert "$(seq 20)" in steps[0].curl
    assert steps[2].curl.endswith('/c/"$R20"')
    assert script.splitlines()[-1] == "delete in /c: ALL20 R20"


def test_simultaneous_creates_are_deleted():
    """The ids of what is created in the background are collected after the last of them, and deleted."""
    entries, names = creates(2)
    entries = [
        Entry(replace(entry.step, simultaneous=True), entry.exchange, entry.created) for entry in entries
    ]
    steps, script = render(entries, names)
    assert all(step.curl.endswith(" &") for step in steps)
    assert script.splitlines()[-1] == "delete in /c: R0 R1"
    assert script.index("wait") < script.index("R0=$(sed")


def get_request(number):
    return PreparedRequest(Case("getIntegration"), "GET", f"/{number}", (), None)


def test_simultaneous_requests_come_back_in_order():
    """Each request waits for all others before it is sent; the exchanges are in the order of the requests."""
    waiting = threading.Barrier(3, timeout=5)

    def send(request):
        waiting.wait()
        return exchange(200, path=request.path)

    exchanges = send_together(send, [get_request(number) for number in range(3)])
    assert [sent.request.path for sent in exchanges] == ["/0", "/1", "/2"]


def test_error_of_a_simultaneous_request_is_raised():
    """An error in one of the threads is raised in the caller's."""

    def send(request):
        if request.path == "/1":
            raise ConnectionError("no route")
        return exchange(200)

    with pytest.raises(ConnectionError, match="no route"):
        send_together(send, [get_request(number) for number in range(2)])
