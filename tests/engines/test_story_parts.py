"""The parts of a story: what a step is called, responses in one line, and requests at the same moment."""

from __future__ import annotations

import json
import threading
from dataclasses import replace

import pytest

from storepact.engines.concurrency import send_together
from storepact.engines.family import Scope
from storepact.engines.story import Entry, Resource, Step
from storepact.engines.story_text import render_steps, summarize
from storepact.families import DEFAULT_FAMILY
from storepact.model.case import Case, PreparedRequest
from storepact.model.exchange import Exchange, Request, Response
from storepact.transport.redaction import Redacted

SCOPE = Scope(("default", "test"))
A = Resource("A", "64f0a1b2c3d4e5f6a7b8c9d0", "redis", SCOPE)
URL = "http://localhost"


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
    lines = [step.curl for step in render_steps(entries, {A.id: "A"}, URL, DEFAULT_FAMILY.api)]
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
    lines = [step.curl for step in render_steps(entries, {A.id: "A"}, URL, DEFAULT_FAMILY.api)]
    assert [line.startswith("SHOWN=") for line in lines] == [True, False]


def prepared(number):
    return PreparedRequest(Case("getIntegration"), "GET", f"/{number}", (), None)


def test_simultaneous_requests_come_back_in_order():
    """Each request waits for all others before it is sent; the exchanges are in the order of the requests."""
    waiting = threading.Barrier(3, timeout=5)

    def send(request):
        waiting.wait()
        return exchange(200, path=request.path)

    exchanges = send_together(send, [prepared(number) for number in range(3)])
    assert [sent.request.path for sent in exchanges] == ["/0", "/1", "/2"]


def test_error_of_a_simultaneous_request_is_raised():
    """An error in one of the threads is raised in the caller's."""

    def send(request):
        if request.path == "/1":
            raise ConnectionError("no route")
        return exchange(200)

    with pytest.raises(ConnectionError, match="no route"):
        send_together(send, [prepared(number) for number in range(2)])
